//! Engine versions, which may be written shorter than they are.

use crate::value::{Text, Value};

/// `engine_version = "16"` stays as written while the database runs some 16.
pub fn with_written_version(object: Value, before: &Value) -> Value {
    let written = before.get("engine_version").and_then(Value::as_str).filter(|text| !text.is_empty());
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let keep = |name: &Text, value: &Value| match (&**name, &written, value.as_str()) {
        ("engine_version", Some(written), Some(actual)) if actual.starts_with(written.as_ref()) => Value::text(written),
        _ => value.clone(),
    };
    Value::object(entries.map(|(name, value)| (name.clone(), keep(name, value))).collect::<Vec<_>>())
}

/// For `Field::stored`: windows are kept in lower case.
pub fn in_lower_case(value: &Value) -> Value {
    value.as_str().map_or(value.clone(), |text| Value::text(&text.to_lowercase()))
}

pub fn is_same_word(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if old.eq_ignore_ascii_case(new))
}
