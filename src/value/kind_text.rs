//! How types are written: in messages, as constraints, and as JSON.

use super::{ObjectType, Text, Type, write_text};
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

    /// Writes the JSON form as Go's encoder does, escapes included.
    pub fn write_json(&self, out: &mut String) {
        let mut collection = |kind: &str, element: &Type| {
            out.push_str(kind);
            element.write_json(out);
            out.push(']');
        };
        match self {
            Type::Dynamic | Type::Type => out.push_str("\"dynamic\""),
            Type::Bool => out.push_str("\"bool\""),
            Type::Number => out.push_str("\"number\""),
            Type::String => out.push_str("\"string\""),
            Type::List(element) => collection("[\"list\",", element),
            Type::Set(element) => collection("[\"set\",", element),
            Type::Map(element) => collection("[\"map\",", element),
            Type::Tuple(elements) => {
                out.push_str("[\"tuple\",[");
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.write_json(out);
                }
                out.push_str("]]");
            }
            Type::Object(object) => {
                out.push_str("[\"object\",{");
                for (index, (name, of)) in object.attributes.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    of.write_json(out);
                }
                out.push('}');
                for (index, name) in object.optional.iter().enumerate() {
                    out.push_str(if index == 0 { ",[" } else { "," });
                    write_text(name, out);
                }
                out.push_str(if object.optional.is_empty() { "]" } else { "]]" });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::object_constraint;

    #[test]
    fn a_type_has_three_forms() {
        let of = object_constraint(
            [("a&b".into(), Type::list(Type::Dynamic)), ("c".into(), Type::tuple(vec![Type::Bool, Type::String]))],
            ["c".into()],
        );
        let mut text = String::new();
        of.write_json(&mut text);
        assert_eq!(text, r#"["object",{"a\u0026b":["list","dynamic"],"c":["tuple",["bool","string"]]},["c"]]"#);
        let json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(of.to_json(), json);
        assert_eq!(Type::from_json(&json), Some(of.clone()));
        assert_eq!(of.to_string(), "object({a&b=list(any),c=optional(tuple([bool,string]))})");
        assert_eq!(Type::set(Type::Dynamic).constraint_name(), "set of any single type");
        assert_eq!(Type::set(of).friendly_name(), "set of object");
    }
}
