//! The providers in the binary: one list.

#[cfg(feature = "aws")]
pub mod aws;
pub mod builtin;
pub mod host;
mod local;
mod null;
mod random;
mod small;
mod time;

use crate::addr::ProviderSource;
use crate::provider::Provider;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Providers by where they come from.
#[derive(Clone, Default)]
pub struct Providers {
    providers: BTreeMap<ProviderSource, Arc<dyn Provider>>,
}

impl Providers {
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self { providers: providers.into_iter().map(|provider| (provider.source(), provider)).collect() }
    }

    /// All that this binary has.
    pub fn built_in() -> Self {
        Self::new(all())
    }

    pub fn get(&self, source: &ProviderSource) -> Option<&Arc<dyn Provider>> {
        self.providers.get(source)
    }

    /// As `plan` wants them.
    pub fn by_source(&self) -> BTreeMap<ProviderSource, Arc<dyn Provider>> {
        self.providers.clone()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values()
    }
}

/// The list. A new provider is a folder and a line here.
fn all() -> Vec<Arc<dyn Provider>> {
    vec![
        #[cfg(feature = "aws")]
        Arc::new(aws::AwsProvider::default()),
        Arc::new(builtin::Builtin::default()),
        Arc::new(host::HostProvider::default()),
        Arc::new(local::provider()),
        Arc::new(null::provider()),
        Arc::new(random::provider()),
        Arc::new(time::provider()),
    ]
}
