//! Values as JSON: what state, plans and `jsonencode` hold.
//!
//! Texts are escaped as Go's encoder does (`<`, `>` and `&` become `\u003c`, ...), since outputs are compared byte by byte.
//! Where the wanted type says "any", the value is wrapped with its type: `{"value":...,"type":...}`.

use super::quote::quote;
use super::{Data, Number, Path, PathStep, Text, Type, Value, convert};
use std::cmp::Ordering;
use std::fmt::{self, Write};

/// What cannot be written or read, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    pub path: Path,
    pub message: String,
}

impl JsonError {
    fn new(path: &Path, message: impl Into<String>) -> Self {
        Self { path: path.clone(), message: message.into() }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for JsonError {}

/// Writes a value that is wholly known and unmarked, wrapped with its type wherever `of` says "any".
pub fn write_json(value: &Value, of: &Type, out: &mut String) -> Result<(), JsonError> {
    write_at(value, of, out, &mut Path::root())
}

/// Writes a value as plain JSON, without types.
pub fn to_json_text(value: &Value) -> Result<String, JsonError> {
    let mut out = String::new();
    write_plain(value, &mut out, &mut Path::root())?;
    Ok(out)
}

fn write_at(value: &Value, of: &Type, out: &mut String, path: &mut Path) -> Result<(), JsonError> {
    check_plain(value, path)?;
    match (of, value.data()) {
        (Type::Dynamic, Data::Null(Type::Dynamic)) => out.push_str("null"),
        (Type::Dynamic, _) => {
            let own = value.type_of();
            out.push_str("{\"value\":");
            write_at(value, &own, out, path)?;
            out.push_str(",\"type\":");
            own.write_json(out);
            out.push('}');
        }
        (Type::List(element) | Type::Set(element), Data::List(items) | Data::Set(items)) => {
            write_items(items.elements().iter().map(|item| (item, &**element)), out, path)?;
        }
        (Type::Tuple(elements), Data::Tuple(items)) => write_items(items.iter().zip(elements.iter()), out, path)?,
        (Type::Map(element), Data::Map(mapping)) => {
            let typed = mapping.entries().iter().map(|(key, value)| (key, value, &**element));
            write_entries(typed, PathStep::Key, out, path)?;
        }
        (Type::Object(object), Data::Object(entries)) => {
            let typed =
                entries.iter().map(|(key, value)| (key, value, object.attributes.get(key).unwrap_or(&Type::Dynamic)));
            write_entries(typed, PathStep::Attribute, out, path)?;
        }
        _ => write_plain(value, out, path)?,
    }
    Ok(())
}

fn write_items<'a>(
    items: impl Iterator<Item = (&'a Value, &'a Type)>,
    out: &mut String,
    path: &mut Path,
) -> Result<(), JsonError> {
    out.push('[');
    for (index, (item, of)) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        path.0.push(PathStep::Index(index));
        write_at(item, of, out, path)?;
        path.0.pop();
    }
    out.push(']');
    Ok(())
}

fn write_entries<'a>(
    entries: impl Iterator<Item = (&'a Text, &'a Value, &'a Type)>,
    step: fn(Text) -> PathStep,
    out: &mut String,
    path: &mut Path,
) -> Result<(), JsonError> {
    out.push('{');
    for (index, (key, value, of)) in entries.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(key, out);
        out.push(':');
        path.0.push(step(key.clone()));
        write_at(value, of, out, path)?;
        path.0.pop();
    }
    out.push('}');
    Ok(())
}

fn write_plain(value: &Value, out: &mut String, path: &mut Path) -> Result<(), JsonError> {
    check_plain(value, path)?;
    match value.data() {
        Data::Null(_) | Data::Unknown(_) => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(text) => write_text(text, out),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            out.push('[');
            for (index, item) in value.as_items().unwrap_or_default().iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                path.0.push(PathStep::Index(index));
                write_plain(item, out, path)?;
                path.0.pop();
            }
            out.push(']');
        }
        Data::Map(_) | Data::Object(_) => {
            out.push('{');
            for (index, (key, element)) in value.as_entries().into_iter().flat_map(|entries| entries.iter()).enumerate()
            {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                path.0.push(PathStep::Attribute(key.clone()));
                write_plain(element, out, path)?;
                path.0.pop();
            }
            out.push('}');
        }
        Data::Type(of) => write_text(&of.to_string(), out),
    }
    Ok(())
}

/// What JSON has no way to say.
fn check_plain(value: &Value, path: &Path) -> Result<(), JsonError> {
    let message = match value.data() {
        _ if !value.marks().is_empty() => "value has marks, so it cannot be serialized as JSON",
        Data::Unknown(_) => "value is not known",
        Data::Number(number) if number.is_infinite() => "cannot serialize infinity as JSON",
        _ => return Ok(()),
    };
    Err(JsonError::new(path, message))
}

/// A JSON string, escaped as Go's encoder does.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(is_escaped) {
        out.push_str(&rest[..at]);
        let c = rest[at..].chars().next().unwrap_or_default();
        rest = &rest[at + c.len_utf8()..];
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
        }
    }
    out.push_str(rest);
    out.push('"');
}

fn is_escaped(c: char) -> bool {
    matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}')
}

/// Reads JSON as the type that it implies: objects and tuples, numbers, texts, bools; null is of no particular type.
pub fn from_json(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::untyped_null(),
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => number_of(number).map_or_else(Value::untyped_null, Value::number),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::tuple(items.iter().map(from_json).collect()),
        Json::Object(entries) => Value::object(entries.iter().map(|(key, value)| (nfc(key), from_json(value)))),
    }
}

/// Reads JSON as a value of a type, the counterpart of [`write_json`].
pub fn from_json_as(json: &serde_json::Value, of: &Type) -> Result<Value, JsonError> {
    read_at(json, of, &mut Path::root())
}

fn read_at(json: &serde_json::Value, of: &Type, path: &mut Path) -> Result<Value, JsonError> {
    use serde_json::Value as Json;
    match (of, json) {
        (_, Json::Null) => Ok(Value::null(of.clone())),
        (Type::Dynamic, Json::Object(wrapped)) => read_wrapped(wrapped, path),
        (Type::Bool, Json::Bool(value)) => Ok(Value::bool(*value)),
        (Type::Bool | Type::Number, Json::String(text)) => {
            convert(&Value::text(text), of).map_err(|error| JsonError::new(path, error.message))
        }
        (Type::Number, Json::Number(number)) => match number_of(number) {
            Some(number) => Ok(Value::number(number)),
            None => Err(JsonError::new(path, "a number is required")),
        },
        (Type::String, Json::String(text)) => Ok(Value::text(text)),
        (Type::String, Json::Bool(value)) => Ok(Value::string(if *value { "true" } else { "false" })),
        (Type::String, Json::Number(number)) => Ok(Value::string(number.as_str())),
        (Type::List(element), Json::Array(items)) => {
            Ok(Value::list((**element).clone(), read_items(items, |_| element, path)?))
        }
        (Type::Set(element), Json::Array(items)) => {
            Ok(Value::set((**element).clone(), read_items(items, |_| element, path)?))
        }
        (Type::Tuple(elements), Json::Array(items)) => match items.len().cmp(&elements.len()) {
            Ordering::Equal => Ok(Value::tuple(read_items(items, |index| &elements[index], path)?)),
            Ordering::Greater => {
                Err(JsonError::new(path, format!("too many tuple elements (need {})", elements.len())))
            }
            Ordering::Less => Err(JsonError::new(path, format!("not enough tuple elements (need {})", elements.len()))),
        },
        (Type::Map(element), Json::Object(entries)) => {
            let mut read = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                path.0.push(PathStep::Key(key.as_str().into()));
                read.push((nfc(key), read_at(value, element, path)?));
                path.0.pop();
            }
            Ok(Value::map((**element).clone(), read))
        }
        (Type::Object(object), Json::Object(entries)) => read_object(entries, object, path),
        (Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => Err(JsonError::new(path, "missing expected [")),
        (Type::Map(_) | Type::Object(_) | Type::Dynamic, _) => Err(JsonError::new(path, "missing expected {")),
        (of, _) => Err(JsonError::new(path, format!("{} is required", of.friendly_name()))),
    }
}

/// `{"value":...,"type":...}`
fn read_wrapped(wrapped: &serde_json::Map<String, serde_json::Value>, path: &mut Path) -> Result<Value, JsonError> {
    if let Some(key) = wrapped.keys().find(|key| !matches!(key.as_str(), "type" | "value")) {
        return Err(JsonError::new(path, format!("invalid key {} in dynamically-typed value", quote(key))));
    }
    let Some(of) = wrapped.get("type") else {
        return Err(JsonError::new(path, "missing type in dynamically-typed value"));
    };
    let Some(of) = Type::from_json(of) else {
        return Err(JsonError::new(path, "failed to decode type for dynamic value"));
    };
    match wrapped.get("value") {
        Some(value) => read_at(value, &of, path),
        None => Err(JsonError::new(path, "missing value in dynamically-typed value")),
    }
}

fn read_items<'a>(
    items: &[serde_json::Value],
    of: impl Fn(usize) -> &'a Type,
    path: &mut Path,
) -> Result<Vec<Value>, JsonError> {
    let mut read = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        path.0.push(PathStep::Index(index));
        read.push(read_at(item, of(index), path)?);
        path.0.pop();
    }
    Ok(read)
}

fn read_object(
    entries: &serde_json::Map<String, serde_json::Value>,
    object: &super::ObjectType,
    path: &mut Path,
) -> Result<Value, JsonError> {
    let mut read = Vec::with_capacity(object.attributes.len());
    for (name, value) in entries {
        let Some((name, of)) = object.attributes.get_key_value(name.as_str()) else {
            return Err(JsonError::new(path, format!("unsupported attribute {}", quote(name))));
        };
        path.0.push(PathStep::Attribute(name.clone()));
        read.push((name.clone(), read_at(value, of, path)?));
        path.0.pop();
    }
    let missing = object.attributes.iter().filter(|(name, _)| !entries.contains_key(&***name));
    read.extend(missing.map(|(name, of)| (name.clone(), Value::null(of.clone()))).collect::<Vec<_>>());
    Ok(Value::object(read))
}

/// With arbitrary precision, numbers are kept as they were written.
fn number_of(number: &serde_json::Number) -> Option<Number> {
    Number::parse(number.as_str())
}

fn nfc(text: &str) -> Text {
    use unicode_normalization::UnicodeNormalization;
    if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() }
}
