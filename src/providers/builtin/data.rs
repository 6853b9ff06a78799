//! `terraform_data`: keeps a value, and is replaced when another changes.

use crate::provider::{Complaint, PlanRequest, Planned};
use crate::schema::{Attribute, Block, Schema};
use crate::value::{Path, Text, Type, Unknown, Value};

pub const NAME: &str = "terraform_data";

pub fn schema() -> Schema {
    let attributes = [
        ("id", Attribute::computed(Type::String)),
        ("input", Attribute::optional(Type::Dynamic)),
        ("output", Attribute::computed(Type::Dynamic)),
        ("triggers_replace", Attribute::optional(Type::Dynamic)),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (Text::from(name), attribute)).collect();
    Schema { version: 0, block: Block { attributes, ..Block::default() } }
}

pub fn validate(configuration: &Value) -> Vec<Complaint> {
    let is_set = |name: &&str| configuration.get(name).is_some_and(|value| !value.is_null());
    ["id", "output"]
        .iter()
        .filter(|name| is_set(name))
        .map(|name| Complaint::error(format!("{name:?} attribute is read-only"), ""))
        .collect()
}

pub fn plan(request: &PlanRequest<'_>) -> Planned {
    let mut planned = Planned::as_proposed(request);
    if request.proposed.is_null() {
        return planned;
    }
    let input = attribute(request.proposed, "input");
    let is_new = request.prior.is_null();
    let is_triggered =
        !is_new && attribute(request.prior, "triggers_replace") != attribute(request.proposed, "triggers_replace");
    if is_triggered {
        planned.requires_replace.push(Path::of_attribute("triggers_replace"));
    }
    if is_new || is_triggered {
        let output = if input.is_null() { input } else { Value::unknown(input.type_of()) };
        planned.object = object(request.proposed, Value::refined(Unknown::not_null(Type::String)), output);
    } else if attribute(request.prior, "input") != input {
        planned.object = object(request.proposed, attribute(request.proposed, "id"), Value::unknown(input.type_of()));
    }
    planned
}

/// What exists once the plan is carried out.
pub fn applied(planned: &Value) -> Value {
    if planned.is_null() {
        return planned.clone();
    }
    let (id, output) = (attribute(planned, "id"), attribute(planned, "output"));
    let id = if id.is_known() { id } else { Value::string(uuid::Uuid::new_v4().to_string()) };
    let output = if output.is_known() { output } else { attribute(planned, "input") };
    object(planned, id, output)
}

pub fn imported(id: &str) -> Value {
    object(&Value::empty_object(), Value::text(id), Value::untyped_null())
}

/// A `null_resource` as `terraform_data`: its triggers become ours.
pub fn moved_from_null(attributes: &serde_json::Value) -> serde_json::Value {
    let triggers = match attributes.get("triggers") {
        Some(serde_json::Value::Object(triggers)) => {
            serde_json::json!({ "value": triggers, "type": ["map", "string"] })
        }
        _ => serde_json::Value::Null,
    };
    serde_json::json!({ "id": attributes.get("id"), "input": null, "output": null, "triggers_replace": triggers })
}

fn attribute(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_default()
}

/// The given object with another id and output.
fn object(of: &Value, id: Value, output: Value) -> Value {
    Value::object([
        (Text::from("id"), id),
        ("input".into(), attribute(of, "input")),
        ("output".into(), output),
        ("triggers_replace".into(), attribute(of, "triggers_replace")),
    ])
}
