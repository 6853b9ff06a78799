//! Which providers a configuration needs, module by module.

use crate::addr::{ModulePath, ProviderSource};
use crate::config::version::Constraints;
use crate::config::{Config, Module};
use std::collections::BTreeMap;

/// What one module needs by itself, and the modules that it calls.
#[derive(Clone, Debug, Default)]
pub struct ModuleNeeds {
    /// With all that the module says about versions.
    pub providers: BTreeMap<ProviderSource, Vec<Constraints>>,
    pub children: BTreeMap<String, ModuleNeeds>,
}

pub fn needs_by_module(config: &Config) -> ModuleNeeds {
    needs_of(config, &ModulePath::root())
}

fn needs_of(config: &Config, path: &ModulePath) -> ModuleNeeds {
    let Some(module) = config.module(path) else { return ModuleNeeds::default() };
    let children = module.calls.keys().map(|name| (name.to_string(), needs_of(config, &path.child(name)))).collect();
    ModuleNeeds { providers: needs_of_module(module), children }
}

fn needs_of_module(module: &Module) -> BTreeMap<ProviderSource, Vec<Constraints>> {
    let mut needs: BTreeMap<ProviderSource, Vec<Constraints>> = BTreeMap::new();
    for requirement in module.requirements.by_name.values() {
        let versions = needs.entry(requirement.source.clone()).or_default();
        versions.extend(requirement.version.iter().map(|version| version.constraint.clone()));
    }
    for resource in module.resources.values() {
        needs.entry(resource.provider_source.clone()).or_default();
    }
    for (local, block) in &module.providers {
        let versions = needs.entry(module.provider_source(&local.name)).or_default();
        versions.extend(block.version.iter().map(|version| version.constraint.clone()));
    }
    for import in &module.imports {
        needs.entry(import.provider_source.clone()).or_default();
    }
    needs
}

impl ModuleNeeds {
    /// Of the module and all below it.
    pub fn all(&self) -> BTreeMap<ProviderSource, Vec<Constraints>> {
        let mut all = self.providers.clone();
        for child in self.children.values() {
            for (source, versions) in child.all() {
                all.entry(source).or_default().extend(versions);
            }
        }
        all
    }
}
