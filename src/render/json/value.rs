//! Values as JSON: what is known, and trees that say where something is unknown or sensitive.
//!
//! In the trees a leaf is `true`; what is not marked is left out of objects, and stands as `false` (or an empty tree) in arrays, so that
//! positions stay. Terraform's `internal/command/jsonplan` and `jsonstate` have the same forms.

use crate::value::{Data, Type, Value};
use serde_json::{Map, Value as Json};

/// What is known of a value: unknown parts are left out of objects and are null in arrays. Marks do not show.
pub fn known_json(value: &Value) -> Json {
    match value.data() {
        Data::Null(_) | Data::Unknown(_) | Data::Type(_) => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(number) => number_json(&number.to_string()),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(items) | Data::Set(items) => Json::Array(items.elements().iter().map(known_json).collect()),
        Data::Tuple(items) => Json::Array(items.iter().map(known_json).collect()),
        Data::Map(_) | Data::Object(_) => {
            let entries = value.as_entries().into_iter().flat_map(|entries| entries.iter());
            Json::Object(
                entries
                    .filter(|(_, value)| value.is_known())
                    .map(|(key, value)| (key.to_string(), known_json(value)))
                    .collect(),
            )
        }
    }
}

/// A number with all its digits.
fn number_json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or(Json::Null)
}

/// The JSON as text, for comparing.
pub fn canonical_text(value: &Value) -> String {
    known_json(value).to_string()
}

/// Where a value is unknown.
pub fn unknown_tree(value: &Value) -> Json {
    tree(value, &|value| !value.is_known())
}

/// Where a value is sensitive.
pub fn sensitive_tree(value: &Value) -> Json {
    tree(value, &|value| value.marks().is_sensitive())
}

/// Of an unknown value there are no parts to tell of, but what it is.
fn empty_tree(of: &Type) -> Json {
    match of {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Json::Array(Vec::new()),
        Type::Map(_) | Type::Object(_) => Json::Object(Map::new()),
        _ => Json::Bool(false),
    }
}

fn tree(value: &Value, is_leaf: &dyn Fn(&Value) -> bool) -> Json {
    if is_leaf(value) {
        return Json::Bool(true);
    }
    if let Some(items) = value.as_items() {
        return Json::Array(items.iter().map(|item| tree(item, is_leaf)).collect());
    }
    let Some(entries) = value.as_entries() else {
        return if value.is_known() { Json::Bool(false) } else { empty_tree(&value.type_of()) };
    };
    let mut object = Map::new();
    for (key, value) in entries.iter() {
        let part = tree(value, is_leaf);
        if part != Json::Bool(false) {
            object.insert(key.to_string(), part);
        }
    }
    Json::Object(object)
}
