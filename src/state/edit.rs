//! Changes of a state that touch no real object: moving, forgetting, marking, another provider.

use super::{InstanceState, Object, ObjectStatus, ResourceState, State};
use crate::addr::parse::Target;
use crate::addr::{ConfigResource, ModuleInstance, ModuleResource, ProviderConfig, ProviderSource, ResourceInstance};
use std::collections::BTreeMap;
use std::sync::Arc;

impl State {
    /// Takes away an instance with all its generations; the resource goes with its last instance.
    pub fn take_instance(&mut self, address: &ResourceInstance) -> Option<(ProviderConfig, InstanceState)> {
        let resource = address.in_module();
        let saved = self.resources.get_mut(&resource)?;
        let instance = saved.instances.remove(&address.key)?;
        let provider = saved.provider.clone();
        if saved.instances.is_empty() {
            self.resources.remove(&resource);
        }
        Some((provider, instance))
    }

    /// Puts an instance where there is none. A resource that is new gets the provider.
    pub fn put_instance(&mut self, address: &ResourceInstance, provider: ProviderConfig, instance: InstanceState) {
        let resource = self.resources.entry(address.in_module());
        let saved = resource.or_insert_with(|| ResourceState { provider, instances: BTreeMap::new() });
        saved.instances.insert(address.key.clone(), instance);
    }

    /// Takes away what is directly in one module instance.
    pub fn take_module(&mut self, module: &ModuleInstance) -> Vec<(ModuleResource, ResourceState)> {
        self.resources.extract_if(.., |resource, _| resource.module == *module).collect()
    }

    /// Sets the status of the current object; says whether there is one.
    pub fn set_status(&mut self, address: &ResourceInstance, status: ObjectStatus) -> bool {
        let instance =
            self.resources.get_mut(&address.in_module()).and_then(|saved| saved.instances.get_mut(&address.key));
        let Some(object) = instance.and_then(|instance| instance.current.as_mut()) else { return false };
        Arc::make_mut(object).status = status;
        true
    }

    /// Hands all resources of one provider to another; says which.
    pub fn replace_provider(&mut self, from: &ProviderSource, to: &ProviderSource) -> Vec<ModuleResource> {
        let mut replaced = Vec::new();
        for (resource, saved) in self.resources.iter_mut().filter(|(_, saved)| saved.provider.source == *from) {
            saved.provider.source = to.clone();
            replaced.push(resource.clone());
        }
        replaced
    }

    /// Forgets the recorded dependencies of objects that depended on what was moved away from `target`: the next plan finds them anew.
    pub fn forget_dependencies_on(&mut self, target: &Target) {
        let instances = self.resources.values_mut().flat_map(|saved| saved.instances.values_mut());
        for object in instances.filter_map(|instance| instance.current.as_mut()) {
            if object.dependencies.iter().any(|dependency| depends_on(dependency, target)) {
                Arc::make_mut(object).dependencies = Vec::new();
            }
        }
    }
}

impl Object {
    /// The `id` as text, whatever the type's schema is.
    pub fn id(&self) -> Option<String> {
        match &self.attributes {
            super::Attributes::Raw(text) => {
                #[derive(serde::Deserialize)]
                struct WithId {
                    id: Option<serde_json::Value>,
                }
                let object: WithId = serde_json::from_str(text).ok()?;
                object.id?.as_str().map(ToString::to_string)
            }
            super::Attributes::Decoded { value, .. } => value.get("id")?.as_str().map(|id| id.to_string()),
        }
    }
}

fn depends_on(dependency: &ConfigResource, target: &Target) -> bool {
    match target {
        Target::Module(module) => {
            let is_plain = module.0.iter().all(|(_, key)| *key == crate::addr::InstanceKey::None);
            is_plain && dependency.module.0.starts_with(&module.path().0)
        }
        Target::Resource(resource) => resource.in_config() == *dependency,
        Target::Instance(instance) => instance.in_config() == *dependency,
    }
}
