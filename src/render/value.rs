//! Values as `console` and `output` print them: close to the language, with conversion functions where a bare value would have
//! another type.

use crate::value::quote::quote;
use crate::value::{Data, Entries, Type, Value};
use std::fmt::Write;

/// A value on as many lines as it needs; `indent` is the column of what is inside.
pub fn render_value(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write_value(&mut out, value, indent);
    out
}

fn write_value(out: &mut String, value: &Value, indent: usize) {
    if !value.is_known() {
        return out.push_str("(known after apply)");
    }
    if value.marks().is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    if value.marks().is_ephemeral() {
        return out.push_str("(ephemeral value)");
    }
    match value.data() {
        Data::Null(of) => write_null(out, of),
        Data::Unknown(_) => {}
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(text) if text.contains('\n') => write_heredoc(out, text, indent),
        Data::String(text) => out.push_str(&quote(text)),
        Data::List(items) => wrapped(out, "tolist(", |out| write_sequence(out, items.elements().as_slice(), indent)),
        Data::Set(items) => wrapped(out, "toset(", |out| write_sequence(out, items.elements().as_slice(), indent)),
        Data::Tuple(items) => write_sequence(out, items.as_slice(), indent),
        Data::Map(mapping) => wrapped(out, "tomap(", |out| write_entries(out, mapping.entries(), indent)),
        Data::Object(entries) => write_entries(out, entries, indent),
        Data::Type(of) => out.push_str(&render_type(of)),
    }
}

fn write_null(out: &mut String, of: &Type) {
    match of {
        Type::Dynamic => out.push_str("null"),
        Type::String => out.push_str("tostring(null)"),
        Type::Number => out.push_str("tonumber(null)"),
        Type::Bool => out.push_str("tobool(null)"),
        _ => {
            let (null, name) = match of {
                Type::List(element) => ("tolist(null)", element.friendly_name()),
                Type::Set(element) => ("toset(null)", element.friendly_name()),
                Type::Map(element) => ("tomap(null)", element.friendly_name()),
                _ => {
                    let _ = write!(out, "null /* {} */", of.friendly_name());
                    return;
                }
            };
            let _ = write!(out, "{null} /* of {name} */");
        }
    }
}

fn wrapped(out: &mut String, open: &str, write_inner: impl FnOnce(&mut String)) {
    out.push_str(open);
    write_inner(out);
    out.push(')');
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_sequence(out: &mut String, items: &[Value], indent: usize) {
    out.push('[');
    for item in items {
        new_line(out, indent + 2);
        write_value(out, item, indent + 2);
        out.push(',');
    }
    if !items.is_empty() {
        new_line(out, indent);
    }
    out.push(']');
}

fn write_entries(out: &mut String, entries: &Entries, indent: usize) {
    out.push('{');
    for (key, value) in entries.iter() {
        new_line(out, indent + 2);
        write_value(out, &Value::string(key.clone()), indent + 2);
        out.push_str(" = ");
        write_value(out, value, indent + 2);
    }
    if !entries.is_empty() {
        new_line(out, indent);
    }
    out.push('}');
}

/// A text of several lines as a heredoc whose delimiter is none of its lines.
fn write_heredoc(out: &mut String, text: &str, indent: usize) {
    let mut delimiter = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == delimiter) {
        delimiter.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&delimiter);
    for line in text.split('\n') {
        new_line(out, indent);
        out.push_str(line);
    }
    new_line(out, indent);
    out.push_str(&delimiter);
}

/// A type as `type()` shows it in the console.
pub fn render_type(of: &Type) -> String {
    let mut out = String::new();
    write_type(&mut out, of, 0);
    out
}

fn tabs(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("    ", level));
}

fn write_type(out: &mut String, of: &Type, level: usize) {
    match of {
        Type::Object(object) if object.attributes.is_empty() => out.push_str("object({})"),
        Type::Object(object) => {
            out.push_str("object({\n");
            for (name, attribute) in &object.attributes {
                tabs(out, level + 1);
                let _ = write!(out, "{name}: ");
                write_type(out, attribute, level + 1);
                out.push_str(",\n");
            }
            tabs(out, level);
            out.push_str("})");
        }
        Type::Tuple(elements) if elements.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(elements) => {
            out.push_str("tuple([\n");
            for element in elements.iter() {
                tabs(out, level + 1);
                write_type(out, element, level + 1);
                out.push_str(",\n");
            }
            tabs(out, level);
            out.push_str("])");
        }
        Type::List(element) => write_collection(out, "list(", element, level),
        Type::Set(element) => write_collection(out, "set(", element, level),
        Type::Map(element) => write_collection(out, "map(", element, level),
        other => out.push_str(&other.friendly_name()),
    }
}

/// Structures inside of collections get a line of their own.
fn write_collection(out: &mut String, open: &str, element: &Type, level: usize) {
    out.push_str(open);
    if !matches!(element, Type::Object(_) | Type::Tuple(_)) {
        write_type(out, element, level);
        return out.push(')');
    }
    out.push('\n');
    tabs(out, level + 1);
    write_type(out, element, level + 1);
    out.push_str(",\n");
    tabs(out, level);
    out.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, expected: &str) {
        assert_eq!(render_value(&value, 0), expected);
    }

    #[test]
    fn values_look_like_the_language() {
        check(Value::list(Type::String, vec!["a".into()]), "tolist([\n  \"a\",\n])");
        check(Value::object([("k".into(), "x\ny".into())]), "{\n  \"k\" = <<-EOT\n  x\n  y\n  EOT\n}");
        check(Value::null(Type::list(Type::Bool)), "tolist(null) /* of bool */");
        check(Value::unknown(Type::Bool), "(known after apply)");
        check("EOT\n".into(), "<<EOT_\nEOT\n\nEOT_");
    }

    #[test]
    fn types_are_spread_over_lines() {
        let object = Type::object([("a".into(), Type::Number)]);
        assert_eq!(render_type(&Type::list(object)), "list(\n    object({\n        a: number,\n    }),\n)");
    }
}
