//! Resources and modules as planned values and states show them.

use crate::addr::{InstanceKey, ModuleInstance, ResourceInstance, ResourceMode};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One object.
#[derive(Clone, Debug, Serialize)]
pub struct ResourceJson {
    pub address: String,
    pub mode: &'static str,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<Json>,
    pub provider_name: String,
    pub schema_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Json>,
    pub sensitive_values: Json,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposed_key: Option<String>,
}

/// Objects of a module instance and of all modules inside it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModuleJson {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceJson>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub child_modules: Vec<ModuleJson>,
}

pub fn mode_text(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data => "data",
        ResourceMode::Ephemeral => "ephemeral",
    }
}

pub fn index_json(key: &InstanceKey) -> Option<Json> {
    match key {
        InstanceKey::None => None,
        InstanceKey::Index(index) => Some(Json::from(*index)),
        InstanceKey::Key(key) => Some(Json::from(&**key)),
    }
}

impl ResourceJson {
    /// The names; what the object holds is still to be filled in.
    pub fn named(address: &ResourceInstance, provider_name: String) -> Self {
        Self {
            address: address.to_string(),
            mode: mode_text(address.resource.mode),
            kind: address.resource.kind.to_string(),
            name: address.resource.name.to_string(),
            index: index_json(&address.key),
            provider_name,
            schema_version: 0,
            values: None,
            sensitive_values: Json::Object(Default::default()),
            depends_on: Vec::new(),
            tainted: false,
            deposed_key: None,
        }
    }
}

/// The tree of these modules, of those that hold something and of those around them, children by address.
pub fn module_tree(
    modules: impl IntoIterator<Item = ModuleInstance>,
    resources: Vec<(ModuleInstance, ResourceJson)>,
) -> ModuleJson {
    let mut by_module: BTreeMap<ModuleInstance, Vec<ResourceJson>> = BTreeMap::new();
    let holding = resources.iter().map(|(module, _)| module.clone());
    for module in modules.into_iter().chain(holding) {
        let mut around = Some(module);
        while let Some(module) = around {
            around = module.parent();
            by_module.entry(module).or_default();
        }
    }
    for (module, resource) in resources {
        by_module.entry(module).or_default().push(resource);
    }
    let mut children: BTreeMap<ModuleInstance, Vec<ModuleInstance>> = BTreeMap::new();
    for module in by_module.keys() {
        if let Some(parent) = module.parent() {
            children.entry(parent).or_default().push(module.clone());
        }
    }
    module_json(&ModuleInstance::root(), &mut by_module, &children)
}

fn module_json(
    module: &ModuleInstance,
    resources: &mut BTreeMap<ModuleInstance, Vec<ResourceJson>>,
    children: &BTreeMap<ModuleInstance, Vec<ModuleInstance>>,
) -> ModuleJson {
    let mut child_modules: Vec<ModuleJson> = children
        .get(module)
        .map(|inside| inside.iter().map(|child| module_json(child, resources, children)).collect())
        .unwrap_or_default();
    child_modules.sort_by(|a, b| a.address.cmp(&b.address));
    let address = module.to_string();
    ModuleJson { resources: resources.remove(module).unwrap_or_default(), address, child_modules }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_without_instances_are_in_the_tree_and_so_are_those_around_them() {
        let inner = ModuleInstance::root().child("a", InstanceKey::Index(0)).child("b", InstanceKey::None);
        let tree = serde_json::to_value(module_tree([inner], Vec::new())).expect("text keys only");
        let expected = serde_json::json!({
            "child_modules": [{ "address": "module.a[0]", "child_modules": [{ "address": "module.a[0].module.b" }] }],
        });
        assert_eq!(tree, expected);
    }
}
