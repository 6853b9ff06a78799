//! Configuration written for an object that exists and has none: what `-generate-config-out` saves.
//!
//! Every argument that can be written is written, with the object's value, so that planning what was generated proposes no change.
//! Sensitive values are left out with a remark. The forms are those of Terraform's `internal/genconfig`.

use super::LocalProvider;
use crate::addr::{ResourceInstance, quoted};
use crate::diag::SourceMap;
use crate::schema::{Attribute, AttributeShape, Block, NestedBlock, Nesting};
use crate::syntax::format;
use crate::value::{Data, Text, Value, from_json};
use std::collections::BTreeMap;

/// The head of a file of generated configuration.
pub const FILE_HEADER: &str = "# __generated__ by Terraform
# Please review these resources and move them into your main configuration files.
";

/// A `resource` block for the object.
pub fn generate_resource(
    address: &ResourceInstance,
    provider: &LocalProvider,
    block: &Block,
    object: &Value,
) -> String {
    let mut body = String::new();
    if &*provider.name != address.resource.implied_provider() || provider.alias.is_some() {
        body.push_str(&format!("provider = {provider}\n"));
    }
    write_block(block, object, &mut body);
    let text = format!("resource {} {} {{\n{body}}}", quoted(&address.resource.kind), quoted(&address.resource.name));
    let file = SourceMap::new().add("<generated>", &text);
    format(&text, file, false).unwrap_or(text)
}

/// The block with the remark that says where it comes from.
pub fn with_origin(block: &str, id: Option<&str>) -> String {
    let origin = id.map(|id| format!(" from {}", quoted(id))).unwrap_or_default();
    format!("\n# __generated__ by Terraform{origin}\n{block}\n")
}

fn write_block(block: &Block, object: &Value, out: &mut String) {
    write_attributes(&block.attributes, object, out);
    for (name, nested) in &block.blocks {
        if let Some(value) = object.get(name) {
            write_nested_blocks(name, nested, value, out);
        }
    }
}

fn write_attributes(attributes: &BTreeMap<Text, Attribute>, object: &Value, out: &mut String) {
    for (name, attribute) in attributes {
        let value = object.get(name).cloned().unwrap_or_default();
        match &attribute.shape {
            AttributeShape::Nested { nesting, attributes } => {
                write_nested_attribute(name, attribute, *nesting, attributes, &value, out);
            }
            AttributeShape::Plain(_) if attribute.is_required || attribute.is_optional => {
                out.push_str(&format!("{name} = {}\n", argument_text(attribute, &value)));
            }
            AttributeShape::Plain(_) => {}
        }
    }
}

fn argument_text(attribute: &Attribute, value: &Value) -> String {
    if attribute.is_sensitive || !value.deep_marks().is_empty() {
        return "null # sensitive".to_owned();
    }
    match value.as_str() {
        // Older providers cannot tell an empty text from none.
        Some(text) if text.is_empty() && attribute.is_optional => "null".to_owned(),
        Some(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(json @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) => {
                format!("jsonencode({})", value_text(&from_json(&json)))
            }
            _ => quoted(text),
        },
        None => value_text(value),
    }
}

fn write_nested_attribute(
    name: &str,
    attribute: &Attribute,
    nesting: Nesting,
    attributes: &BTreeMap<Text, Attribute>,
    value: &Value,
    out: &mut String,
) {
    let is_sensitive = attribute.is_sensitive || value.marks().is_sensitive();
    let inside = |value: &Value| {
        let mut body = String::new();
        write_attributes(attributes, value, &mut body);
        format!("{{\n{body}}}")
    };
    let text = match nesting {
        Nesting::List | Nesting::Set if is_sensitive => "[] # sensitive".to_owned(),
        _ if is_sensitive => "{} # sensitive".to_owned(),
        _ if value.is_null() => "null".to_owned(),
        Nesting::Single | Nesting::Group => inside(value),
        Nesting::List | Nesting::Set => {
            let items = value.as_items().unwrap_or_default().iter().map(|item| match item.marks().is_empty() {
                true => format!("{},\n", inside(item)),
                false => "{}, # sensitive\n".to_owned(),
            });
            format!("[\n{}]", items.collect::<String>())
        }
        Nesting::Map => {
            let entries = value.as_entries().into_iter().flat_map(|entries| entries.iter());
            let entries = entries.map(|(key, item)| format!("{} = {}\n", key_text(key), inside(item)));
            format!("{{\n{}}}", entries.collect::<String>())
        }
    };
    out.push_str(&format!("{name} = {text}\n"));
}

fn write_nested_blocks(name: &str, nested: &NestedBlock, value: &Value, out: &mut String) {
    let mut write_one = |label: &str, item: &Value| {
        if item.marks().is_sensitive() {
            out.push_str(&format!("{name}{label} {{}} # sensitive\n"));
            return;
        }
        out.push_str(&format!("{name}{label} {{\n"));
        write_block(&nested.block, item, out);
        out.push_str("}\n");
    };
    match nested.nesting {
        _ if value.is_null() => {}
        Nesting::Single | Nesting::Group => write_one("", value),
        Nesting::List | Nesting::Set => {
            value.as_items().unwrap_or_default().iter().for_each(|item| write_one("", item));
        }
        Nesting::Map => {
            let entries = value.as_entries().into_iter().flat_map(|entries| entries.iter());
            entries.for_each(|(key, item)| write_one(&format!(" {}", quoted(key)), item));
        }
    }
}

/// A value as an expression.
fn value_text(value: &Value) -> String {
    match value.data() {
        Data::Null(_) | Data::Unknown(_) | Data::Type(_) => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => quoted(text),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            let items: Vec<String> = value.as_items().unwrap_or_default().iter().map(value_text).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Map(_) | Data::Object(_) => match value.as_entries() {
            Some(entries) if !entries.is_empty() => {
                let lines = entries.iter().map(|(key, value)| format!("{} = {}\n", key_text(key), value_text(value)));
                format!("{{\n{}}}", lines.collect::<String>())
            }
            _ => "{}".to_owned(),
        },
    }
}

fn key_text(key: &str) -> String {
    let is_name = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if is_name { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::{InstanceKey, ModuleInstance, Resource};
    use crate::value::Type;

    #[test]
    fn arguments_are_written_as_people_would() {
        let mut block = Block::default();
        for (name, attribute) in [
            ("id", Attribute::computed(Type::String)),
            ("password", Attribute::optional(Type::String).sensitive()),
            ("policy", Attribute::optional(Type::String)),
            ("tags", Attribute::optional(Type::map(Type::String))),
        ] {
            block.attributes.insert(name.into(), attribute);
        }
        let object = Value::object([
            ("id".into(), Value::string("1")),
            ("password".into(), Value::string("secret")),
            ("policy".into(), Value::string("{\"a\":[1,true]}")),
            ("tags".into(), Value::map(Type::String, [("Name".into(), Value::string("x"))])),
        ]);
        let address = ResourceInstance {
            module: ModuleInstance::root(),
            resource: Resource::managed("aws_thing", "this"),
            key: InstanceKey::None,
        };
        let text = generate_resource(&address, &LocalProvider::default_of("aws"), &block, &object);
        assert_eq!(
            text,
            "resource \"aws_thing\" \"this\" {\n  password = null # sensitive\n  policy = jsonencode({\n    a = [1, true]\n  })\n  \
             tags = {\n    Name = \"x\"\n  }\n}"
        );
    }
}
