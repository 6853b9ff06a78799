//! How types are written: in messages, as constraints, and as JSON.

use super::{ObjectType, Text, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

impl Type {
    /// As messages name it: `list of string`, `object`, `dynamic`.
    pub fn friendly_name(&self) -> String {
        self.friendly(false)
    }

    /// As messages name a requirement: `list of any single type`, `any type`.
    pub fn constraint_name(&self) -> String {
        self.friendly(true)
    }

    fn friendly(&self, is_constraint: bool) -> String {
        let of = |kind: &str, element: &Type| match element {
            Type::Dynamic if is_constraint => format!("{kind} of any single type"),
            element => format!("{kind} of {}", element.friendly(is_constraint)),
        };
        match self {
            Type::Dynamic if is_constraint => "any type".into(),
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(element) => of("list", element),
            Type::Set(element) => of("set", element),
            Type::Map(element) => of("map", element),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
            Type::Type => "type".into(),
        }
    }

    /// Without optional attributes: the type of a value that satisfies the constraint.
    pub fn without_optional(&self) -> Type {
        match self {
            Type::List(element) => Type::list(element.without_optional()),
            Type::Set(element) => Type::set(element.without_optional()),
            Type::Map(element) => Type::map(element.without_optional()),
            Type::Tuple(elements) => Type::tuple(elements.iter().map(Type::without_optional).collect()),
            Type::Object(object) => {
                Type::object(object.attributes.iter().map(|(name, of)| (name.clone(), of.without_optional())))
            }
            other => other.clone(),
        }
    }

    /// Terraform's JSON form: `"string"`, `["list","string"]`, `["object",{"a":"bool"},["a"]]`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Type::Dynamic | Type::Type => json!("dynamic"),
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::List(element) => json!(["list", element.to_json()]),
            Type::Set(element) => json!(["set", element.to_json()]),
            Type::Map(element) => json!(["map", element.to_json()]),
            Type::Tuple(elements) => json!(["tuple", elements.iter().map(Type::to_json).collect::<Vec<_>>()]),
            Type::Object(object) => {
                let attributes: serde_json::Map<String, serde_json::Value> =
                    object.attributes.iter().map(|(name, of)| (name.to_string(), of.to_json())).collect();
                match object.optional.is_empty() {
                    true => json!(["object", attributes]),
                    false => json!([
                        "object",
                        attributes,
                        object.optional.iter().map(|name| name.to_string()).collect::<Vec<_>>()
                    ]),
                }
            }
        }
    }

    /// Reads the JSON form; nothing where it is not one.
    pub fn from_json(json: &serde_json::Value) -> Option<Type> {
        match json {
            serde_json::Value::String(name) => match name.as_str() {
                "dynamic" => Some(Type::Dynamic),
                "bool" => Some(Type::Bool),
                "number" => Some(Type::Number),
                "string" => Some(Type::String),
                _ => None,
            },
            serde_json::Value::Array(parts) => {
                let inner = parts.get(1)?;
                match parts.first()?.as_str()? {
                    "list" => Some(Type::list(Type::from_json(inner)?)),
                    "set" => Some(Type::set(Type::from_json(inner)?)),
                    "map" => Some(Type::map(Type::from_json(inner)?)),
                    "tuple" => Some(Type::tuple(inner.as_array()?.iter().map(Type::from_json).collect::<Option<_>>()?)),
                    "object" => object_from_json(inner, parts.get(2)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn object_from_json(attributes: &serde_json::Value, optional: Option<&serde_json::Value>) -> Option<Type> {
    let mut object = ObjectType { attributes: BTreeMap::new(), optional: BTreeSet::new() };
    for (name, of) in attributes.as_object()? {
        object.attributes.insert(Text::from(name.as_str()), Type::from_json(of)?);
    }
    for name in optional.and_then(|names| names.as_array()).into_iter().flatten() {
        object.optional.insert(name.as_str()?.into());
    }
    Some(Type::Object(std::sync::Arc::new(object)))
}

impl fmt::Display for Type {
    /// As a constraint is written on one line: `list(string)`, `object({a=string})`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::Type => f.write_str("type"),
            Type::List(element) => write!(f, "list({element})"),
            Type::Set(element) => write!(f, "set({element})"),
            Type::Map(element) => write!(f, "map({element})"),
            Type::Tuple(elements) => {
                let elements: Vec<String> = elements.iter().map(Type::to_string).collect();
                write!(f, "tuple([{}])", elements.join(","))
            }
            Type::Object(object) => {
                let attribute = |(name, of): (&Text, &Type)| match object.optional.contains(name) {
                    true => format!("{name}=optional({of})"),
                    false => format!("{name}={of}"),
                };
                let attributes: Vec<String> = object.attributes.iter().map(attribute).collect();
                write!(f, "object({{{}}})", attributes.join(","))
            }
        }
    }
}
