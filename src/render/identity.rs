//! What an object is called in progress messages: its id, its name, or its name tag.

use crate::value::{Type, Value};

/// `id=i-123`, from `id` where the object has one, else from `name`.
pub fn id_of(object: &Value) -> Option<(&'static str, String)> {
    match (attribute(object, "id"), attribute(object, "name")) {
        (Some(id), _) => Some(("id", shown(id)?)),
        (None, Some(name)) => Some(("name", shown(name)?)),
        _ => None,
    }
}

/// As [`id_of`], or else the name, or the tag that names the object.
pub fn id_or_name_of(object: &Value) -> Option<(&'static str, String)> {
    id_of(object).or_else(|| name_of(object))
}

fn name_of(object: &Value) -> Option<(&'static str, String)> {
    if let Some(name) = attribute(object, "name") {
        return Some(("name", shown(name)?));
    }
    let tags = object.get("tags").filter(|tags| tags.is_wholly_known() && !tags.marks().is_sensitive())?;
    let tag = |key| tags.get(key).and_then(shown);
    tag("name").map(|name| ("tags.name", name)).or_else(|| tag("Name").map(|name| ("tags.Name", name)))
}

/// An attribute that is a string by type.
fn attribute<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| value.type_of() == Type::String)
}

fn shown(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !value.marks().is_sensitive() && !text.is_empty())?;
    Some(text.to_string())
}

/// ` [id=i-123]`; nothing where the object has no name to show.
pub fn suffix(identity: Option<(&'static str, String)>) -> String {
    identity.map(|(key, value)| format!(" [{key}={value}]")).unwrap_or_default()
}
