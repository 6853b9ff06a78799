//! What a module declares, for the static checks of references.

use super::options::Providers;
use super::scope::Place;
use crate::addr::reference::Reference;
use crate::addr::{ModulePath, Resource};
use crate::config::{Module, ResourceOwner};
use crate::diag::Diagnostics;
use crate::eval::check;

/// The declarations of one module, with the schemas of its resources.
pub struct Declared<'a> {
    pub module: &'a Module,
    pub providers: &'a Providers,
}

impl check::Declarations for Declared<'_> {
    fn module(&self) -> &ModulePath {
        &self.module.path
    }

    fn resource(&self, resource: &Resource) -> Option<check::DeclaredResource<'_>> {
        let block = self.module.resources.get(resource)?;
        let repetition = match (&block.count, &block.for_each) {
            (Some(_), _) => check::Repetition::Count,
            (_, Some(_)) => check::Repetition::ForEach,
            _ => check::Repetition::Single,
        };
        let provider = self.providers.get(&block.provider_source);
        let schema = provider.and_then(|it| it.schema().resource(resource.mode, &resource.kind)).map(|it| &it.block);
        let check = match &block.owner {
            ResourceOwner::Check(name) => Some(&**name),
            ResourceOwner::Module => None,
        };
        let (has_provider, provider) = (provider.is_some(), block.provider_source.to_string());
        Some(check::DeclaredResource { repetition, schema, has_provider, provider, check })
    }

    fn calls(&self) -> Vec<&str> {
        self.module.calls.keys().map(|name| &**name).collect()
    }
}

/// What is wrong with a reference at a place, whatever the values are.
pub fn check_reference(place: &Place<'_>, reference: &Reference<'_>) -> Diagnostics {
    let declared = Declared { module: &place.values.module(place.module).module, providers: &place.input.providers };
    let position = check::Place { self_resource: place.self_resource.as_ref(), check: place.check.as_deref() };
    check::check_reference(reference, &declared, position)
}
