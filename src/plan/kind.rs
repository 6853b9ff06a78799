//! One kind of resource as its provider describes it, with what would be costly to work out per instance.

use super::options::Providers;
use crate::addr::{ProviderSource, Resource, ResourceMode};
use crate::change::{has_attribute, mark_sensitive, sensitive_paths};
use crate::diag::Diagnostic;
use crate::provider::{Private, Provider};
use crate::schema::{Block, Schema};
use crate::state::{Attributes, Object, ObjectStatus};
use crate::value::{Text, Type, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// A resource type, data source or ephemeral resource of a provider.
pub struct Kind {
    pub source: ProviderSource,
    pub mode: ResourceMode,
    pub name: Text,
    pub provider: Arc<dyn Provider>,
    pub implied: Type,
    pub has_sensitive: bool,
    pub has_write_only: bool,
    schema: Schema,
}

/// All kinds asked for so far.
#[derive(Default)]
pub struct Kinds(HashMap<(ProviderSource, ResourceMode, Text), Option<Arc<Kind>>>);

impl Kinds {
    pub fn get(&mut self, providers: &Providers, source: &ProviderSource, resource: &Resource) -> Option<Arc<Kind>> {
        let key = (source.clone(), resource.mode, resource.kind.clone());
        self.0.entry(key).or_insert_with(|| Kind::new(providers, source, resource).map(Arc::new)).clone()
    }
}

/// An object as planning sees it: decoded by the current schema, marked.
#[derive(Clone, Debug)]
pub struct Known {
    pub value: Value,
    pub is_tainted: bool,
    pub private: Private,
}

impl Kind {
    fn new(providers: &Providers, source: &ProviderSource, resource: &Resource) -> Option<Self> {
        let provider = providers.get(source)?.clone();
        let schema = provider.schema().resource(resource.mode, &resource.kind)?.clone();
        Some(Self {
            source: source.clone(),
            mode: resource.mode,
            name: resource.kind.clone(),
            implied: schema.block.implied_type(),
            has_sensitive: has_attribute(&schema.block, &|attribute| attribute.is_sensitive),
            has_write_only: has_attribute(&schema.block, &|attribute| attribute.is_write_only),
            schema,
            provider,
        })
    }

    pub fn block(&self) -> &Block {
        &self.schema.block
    }

    /// Whether the provider's plans and results are held to the schema's letter.
    pub fn is_exact(&self) -> bool {
        !self.provider.has_old_types()
    }

    pub fn null(&self) -> Value {
        Value::null(self.implied.clone())
    }

    /// Adds the marks that the schema asks for.
    pub fn mark(&self, value: Value) -> Value {
        if self.has_sensitive { mark_sensitive(self.block(), value) } else { value }
    }

    /// A saved object by the current schema.
    pub fn decode(&self, address: &str, object: &Object) -> Result<Known, Diagnostic> {
        let value = object.decode_as(address, &self.name, &self.schema, &self.implied, &*self.provider)?;
        let is_tainted = object.status == ObjectStatus::Tainted;
        Ok(Known { value: self.mark(value), is_tainted, private: object.private.clone() })
    }

    /// The object to save.
    pub fn encode(&self, known: &Known) -> Object {
        let (value, _) = known.value.clone().unmark_deep();
        Object {
            status: if known.is_tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
            schema_version: self.schema.version,
            sensitive_paths: sensitive_paths(&known.value),
            attributes: Attributes::Decoded { value, of: self.implied.clone() },
            private: known.private.clone(),
            dependencies: Vec::new(),
            create_before_destroy: false,
        }
    }
}
