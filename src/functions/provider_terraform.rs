//! Functions of the built-in provider: `provider::terraform::encode_tfvars` and its siblings.

use super::entry::{any, text};
use super::json::unknown_text;
use super::{Call, CallError, Function};
use crate::diag::{Diagnostic, Diagnostics, FileId, SourceMap};
use crate::syntax::{format, is_identifier, parse_body};
use crate::value::quote::quote;
use crate::value::{Data, Refinement, Type, Unknown, Value};
use std::sync::LazyLock;

static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
    vec![
        Function::new("decode_tfvars", [text("src")], Type::Dynamic, decode_tfvars)
            .maybe_null()
            .documented(
                "Parses a string containing a `.tfvars` file into an object with an attribute for each variable.",
            )
            .example("provider::terraform::decode_tfvars(\"a = 1\")", "{\n  \"a\" = 1\n}"),
        Function::new("encode_expr", [any("value").null().unknown().dynamic()], Type::String, |call| {
            let value = &call.arguments[0];
            Ok(if value.is_wholly_known() { Value::string(expression(value)) } else { unknown_text(value) })
        })
        .documented("Writes a value as an expression of the language.")
        .example("provider::terraform::encode_expr([1])", "\"[1]\""),
        Function::new("encode_tfvars", [any("value").unknown()], Type::String, encode_tfvars)
            .documented("Writes an object as the contents of a `.tfvars` file.")
            .example("provider::terraform::encode_tfvars({ a = 1 })", "<<EOT\na = 1\n\nEOT"),
    ]
});

/// A function of `terraform.io/builtin/terraform` by its plain name.
pub fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().find(|function| function.name == name)
}

/// All of them, sorted by name.
pub fn all() -> &'static [Function] {
    &ALL
}

fn encode_tfvars(call: &Call<'_>) -> Result<Value, CallError> {
    let value = &call.arguments[0];
    if !value.is_wholly_known() {
        let refinement = Refinement { is_not_null: true, ..Refinement::default() };
        return Ok(Value::refined(Unknown::with(Type::String, refinement)));
    }
    let Some(entries) = value.as_entries() else {
        return Err(CallError::argument(
            1,
            "invalid value to encode: must be an object whose attribute names will become the encoded variable names",
        ));
    };
    let mut out = String::new();
    for (name, value) in entries.iter() {
        if !is_identifier(name) {
            let message = format!(
                "invalid variable name {}: must be a valid identifier, per Terraform's rules for input variable declarations",
                quote(name)
            );
            return Err(CallError::argument(1, message));
        }
        out.push_str(&format!("{name} = {}\n", expression(value)));
    }
    Ok(Value::string(formatted(&out)))
}

/// The value in the language's own notation.
fn expression(value: &Value) -> String {
    let mut out = String::new();
    write_expression(value, &mut out);
    let formatted = formatted(&format!("x = {out}\n"));
    formatted.strip_prefix("x = ").unwrap_or(&formatted).trim_end().to_owned()
}

/// What was written here has no mistakes to report.
fn formatted(text: &str) -> String {
    format(text, FileId(0), false).unwrap_or_else(|_| text.to_owned())
}

fn write_expression(value: &Value, out: &mut String) {
    match value.data() {
        Data::Bool(value) => out.push_str(&value.to_string()),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => out.push_str(&template_literal(text)),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            out.push('[');
            for (index, item) in value.as_items().unwrap_or_default().iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_expression(item, out);
            }
            out.push(']');
        }
        Data::Map(_) | Data::Object(_) => {
            out.push('{');
            let entries = value.as_entries().into_iter().flat_map(|entries| entries.iter());
            for (index, (key, item)) in entries.enumerate() {
                out.push_str(if index == 0 { "\n" } else { "" });
                match is_identifier(key) {
                    true => out.push_str(key),
                    false => out.push_str(&template_literal(key)),
                }
                out.push_str(" = ");
                write_expression(item, out);
                out.push('\n');
            }
            out.push('}');
        }
        Data::Null(_) | Data::Unknown(_) | Data::Type(_) => out.push_str("null"),
    }
}

/// A quoted text in which nothing is a template.
fn template_literal(text: &str) -> String {
    let mut out = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if characters.peek() == Some(&'{') => out.extend([character, character]),
            character if character.is_control() => {
                let code = character as u32;
                out.push_str(&if code < 0x10000 { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") });
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

fn decode_tfvars(call: &Call<'_>) -> Result<Value, CallError> {
    let text = call.text(0);
    let mut sources = SourceMap::new();
    let file = sources.add("<decode_tfvars argument>", text);
    let fail = |what: &str, problems: &Diagnostics| -> CallError {
        sources.resolve(&format!("{what}: {}", problems.one_line())).into_owned().into()
    };
    let (body, problems) = parse_body(text, file);
    if problems.has_errors() {
        return Err(fail("invalid tfvars syntax", &problems));
    }
    let blocks: Diagnostics = body
        .blocks
        .iter()
        .map(|block| {
            let summary = format!("Unexpected {} block", quote(&block.kind));
            Diagnostic::error(summary, "Blocks are not allowed here.").at(block.kind_span)
        })
        .collect();
    if blocks.has_errors() {
        return Err(fail("invalid tfvars content", &blocks));
    }
    let mut entries = Vec::new();
    for attribute in &body.attributes {
        let (value, problems) = (call.context.evaluation.constant)(&attribute.expression);
        if problems.has_errors() {
            return Err(fail(&format!("invalid expression for variable {}", quote(&attribute.name)), &problems));
        }
        entries.push((attribute.name.clone(), value));
    }
    Ok(Value::object(entries))
}
