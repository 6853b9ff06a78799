//! Which objects of a state an address names, and the order in which lists show them.
//!
//! State commands take keys at their word: `module.a.x.y` is not `module.a["k"].x.y`. Only a module that stands last and without
//! a key stands for all of its instances.

use super::State;
use crate::addr::parse::Target;
use crate::addr::{InstanceKey, ModuleInstance, ResourceInstance, ResourceMode};

impl State {
    /// Every instance that the address names, in the order of lists; nothing where there is no such module, resource or instance.
    pub fn select(&self, target: &Target) -> Option<Vec<ResourceInstance>> {
        match target {
            Target::Instance(instance) => self.instance(instance).map(|_| vec![instance.clone()]),
            Target::Resource(resource) => {
                let keys = self.resources.get(resource)?.instances.keys();
                Some(keys.map(|key| resource.instance(key.clone())).collect())
            }
            Target::Module(module) => {
                if !self.resources.keys().any(|resource| is_within(&resource.module, module)) {
                    return None;
                }
                Some(self.listed(|address| is_within(&address.module, module)))
            }
        }
    }

    /// Every instance, in the order of lists: by depth of module, then data sources before resources.
    pub fn list(&self) -> Vec<ResourceInstance> {
        self.listed(|_| true)
    }

    fn listed(&self, is_wanted: impl Fn(&ResourceInstance) -> bool) -> Vec<ResourceInstance> {
        let mut found: Vec<_> =
            self.instances().map(|(address, _)| address).filter(|address| is_wanted(address)).collect();
        // Within a module and a mode the state's own order is right already; the sort is stable.
        let rank = |address: &ResourceInstance| (address.module.0.len(), address.resource.mode != ResourceMode::Data);
        found.sort_by(|a, b| (rank(a).0, &a.module, rank(a).1).cmp(&(rank(b).0, &b.module, rank(b).1)));
        found
    }

    /// The module instances that hold resources, in order.
    pub fn modules(&self) -> Vec<&ModuleInstance> {
        let mut modules: Vec<_> = self.resources.keys().map(|resource| &resource.module).collect();
        modules.dedup();
        modules
    }
}

fn is_within(module: &ModuleInstance, target: &ModuleInstance) -> bool {
    let Some(((name, key), above)) = target.0.split_last() else { return true };
    module.0.starts_with(above)
        && module
            .0
            .get(above.len())
            .is_some_and(|(found, found_key)| found == name && (*key == InstanceKey::None || key == found_key))
}
