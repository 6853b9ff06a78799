//! Saved objects as values, for showing.

use crate::schema::Schema;
use crate::state::{Attributes, Object};
use crate::value::{Marks, Value, from_json, mark_paths};

/// What an object holds, its sensitive parts marked; as JSON has it where there is no schema.
pub fn object_value(object: &Object, schema: Option<&Schema>) -> Value {
    let value = match &object.attributes {
        Attributes::Decoded { value, .. } => value.clone(),
        Attributes::Raw(text) => decode(text, schema),
    };
    mark_paths(value, &object.sensitive_paths, Marks::SENSITIVE)
}

fn decode(text: &str, schema: Option<&Schema>) -> Value {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return Value::untyped_null() };
    let typed = schema.and_then(|schema| crate::value::from_json_as(&json, &schema.block.implied_type()).ok());
    typed.unwrap_or_else(|| from_json(&json))
}
