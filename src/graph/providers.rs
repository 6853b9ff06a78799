//! Which provider configuration a name means: through `providers` arguments, or inherited, up to where the block stands.

use crate::addr::{ModulePath, ProviderConfig};
use crate::config::{Config, ImportBlock, LocalProvider, Module, ResourceBlock};

/// The configuration that a resource block uses.
pub fn provider_of_resource(config: &Config, module: &Module, resource: &ResourceBlock) -> ProviderConfig {
    provider_of(config, module, &resource.local_provider())
}

/// The configuration that an import without a resource block uses.
pub fn provider_of_import(config: &Config, import: &ImportBlock) -> ProviderConfig {
    let local = match &import.provider {
        Some(reference) => reference.local.clone(),
        None => LocalProvider::default_of(import.to_resource.resource.implied_provider()),
    };
    provider_of(config, config.root(), &local)
}

/// The configuration that a local name means in a module. Where no block stands anywhere it is the root's implied empty one.
pub fn provider_of(config: &Config, module: &Module, local: &LocalProvider) -> ProviderConfig {
    let source = module.provider_source(&local.name);
    let mut module = module;
    let mut local = local.clone();
    loop {
        let here = |module: &Module| ProviderConfig {
            module: module.path.clone(),
            source: source.clone(),
            alias: local.alias.clone(),
        };
        let (Some(call), Some(parent)) = (&module.call, module.path.parent().and_then(|path| config.module(&path)))
        else {
            return ProviderConfig { module: ModulePath::root(), ..here(module) };
        };
        match call.providers.iter().find(|passed| passed.in_child.local == local) {
            Some(passed) => local = passed.in_parent.local.clone(),
            None if module.providers.contains_key(&local) || local.alias.is_some() => return here(module),
            None => local = LocalProvider::default_of(local_name_of(parent, &source, &local)),
        }
        module = parent;
    }
}

/// What a module calls a provider that its child calls something else.
fn local_name_of<'a>(module: &'a Module, source: &crate::addr::ProviderSource, local: &'a LocalProvider) -> &'a str {
    let requirements = &module.requirements.by_name;
    requirements.iter().find(|(_, requirement)| requirement.source == *source).map_or(&local.name, |(name, _)| name)
}
