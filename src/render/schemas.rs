//! The schemas that renderers look things up in.

use crate::addr::{ProviderSource, Resource};
use crate::provider::ProviderSchema;
use crate::schema::Schema;
use std::collections::BTreeMap;

/// Schemas of providers by source.
#[derive(Clone, Debug, Default)]
pub struct Schemas<'a>(BTreeMap<ProviderSource, &'a ProviderSchema>);

impl<'a> Schemas<'a> {
    pub fn new(providers: impl IntoIterator<Item = (ProviderSource, &'a ProviderSchema)>) -> Self {
        Self(providers.into_iter().collect())
    }

    pub fn provider(&self, source: &ProviderSource) -> Option<&'a ProviderSchema> {
        self.0.get(source).copied()
    }

    pub fn resource(&self, source: &ProviderSource, resource: &Resource) -> Option<&'a Schema> {
        self.provider(source)?.resource(resource.mode, &resource.kind)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&ProviderSource, &'a ProviderSchema)> {
        self.0.iter().map(|(source, schema)| (source, *schema))
    }
}
