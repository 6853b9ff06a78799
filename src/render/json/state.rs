//! A state as JSON: `show -json` (Terraform's `internal/command/jsonstate`, format 1.0).

use super::plan::StateValues;
use super::resource::{ResourceJson, module_tree};
use super::{checks_json, known_json, sensitive_tree};
use crate::addr::ResourceInstance;
use crate::render::objects::object_value;
use crate::render::schemas::Schemas;
use crate::state::{Object, ObjectStatus, OutputValue, ResourceState, State};
use crate::value::Text;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const FORMAT_VERSION: &str = "1.0";

/// The whole state. Of an empty one only the version is told.
pub fn state_json(state: &State, schemas: &Schemas) -> Json {
    if state.is_empty() {
        return json!({ "format_version": FORMAT_VERSION });
    }
    let mut json = json!({ "format_version": FORMAT_VERSION });
    if !state.terraform_version.is_empty() {
        json["terraform_version"] = Json::from(state.terraform_version.as_str());
    }
    // Modules whose resources have no instances are told too.
    let modules = state.resources.keys().map(|resource| resource.module.clone());
    let root_module = module_tree(modules, objects(state, schemas));
    let values = StateValues { outputs: outputs_json(&state.outputs), root_module };
    json["values"] = serde_json::to_value(values).expect("the state's JSON form has text keys only");
    if !state.checks.is_empty() {
        json["checks"] = checks_json(&state.checks);
    }
    json
}

/// Outputs with value, type and whether they are sensitive.
pub fn outputs_json(outputs: &BTreeMap<Text, OutputValue>) -> BTreeMap<String, Json> {
    outputs
        .iter()
        .map(|(name, output)| {
            let json = json!({
                "sensitive": output.is_sensitive,
                "value": known_json(&output.value),
                "type": output.value.type_of().to_json(),
            });
            (name.to_string(), json)
        })
        .collect()
}

fn objects(state: &State, schemas: &Schemas) -> Vec<(crate::addr::ModuleInstance, ResourceJson)> {
    let mut objects = Vec::new();
    for (resource, resource_state) in &state.resources {
        for (key, instance) in &resource_state.instances {
            let address = resource.instance(key.clone());
            if let Some(object) = &instance.current {
                objects.push((address.module.clone(), object_json(&address, object, None, resource_state, schemas)));
            }
            for (key, object) in &instance.deposed {
                let json = object_json(&address, object, Some(key), resource_state, schemas);
                objects.push((address.module.clone(), json));
            }
        }
    }
    objects
}

fn object_json(
    address: &ResourceInstance,
    object: &Object,
    deposed: Option<&Text>,
    resource: &ResourceState,
    schemas: &Schemas,
) -> ResourceJson {
    let schema = schemas.resource(&resource.provider.source, &address.resource);
    let value = object_value(object, schema);
    let mut json = ResourceJson::named(address, resource.provider.source.to_string());
    // Terraform tells no version of deposed objects.
    json.schema_version = if deposed.is_some() { 0 } else { object.schema_version };
    json.values = (!value.is_null()).then(|| known_json(&value));
    json.sensitive_values = sensitive_tree(&value);
    json.depends_on = object.dependencies.iter().map(ToString::to_string).collect();
    json.tainted = object.status == ObjectStatus::Tainted;
    json.deposed_key = deposed.map(ToString::to_string);
    json
}
