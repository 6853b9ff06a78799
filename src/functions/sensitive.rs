//! Marks: what is secret and what must not be stored.

use super::entry::any;
use super::{CallError, Context, Function, Parameter};
use crate::value::{Marks, Type, Value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::computed("ephemeralasnull", [everything()], same_type, |call| {
            Ok(without_ephemeral(call.arguments[0].clone()))
        })
        .maybe_null()
        .documented(
            "`ephemeralasnull` takes a value of any type and returns a similar value of the same type with any \
             ephemeral values replaced with non-ephemeral null values and all non-ephemeral values preserved.",
        )
        .example("ephemeralasnull(\"kept\")", "\"kept\""),
        Function::new("issensitive", [everything()], Type::Bool, |call| {
            let value = &call.arguments[0];
            match value.marks().is_sensitive() {
                true => Ok(true.into()),
                false if !value.is_known() => Ok(call.unknown()),
                false => Ok(false.into()),
            }
        })
        .maybe_null()
        .documented("`issensitive` takes a value and returns a boolean indicating if the value is sensitive.")
        .example("issensitive(sensitive(\"secret\"))", "true"),
        Function::computed("nonsensitive", [everything()], same_type, |call| {
            let (plain, marks) = call.arguments[0].clone().unmark();
            Ok(plain.with_marks(marks.without(Marks::SENSITIVE)))
        })
        .maybe_null()
        .documented(
            "`nonsensitive` takes a sensitive value and returns a copy of that value with the sensitive \
             marking removed, thereby exposing the sensitive value.",
        )
        .example("nonsensitive(sensitive(\"shown\"))", "\"shown\""),
        Function::computed("sensitive", [everything()], same_type, |call| {
            Ok(call.arguments[0].clone().with_marks(Marks::SENSITIVE))
        })
        .maybe_null()
        .documented(
            "`sensitive` takes any value and returns a copy of it marked so that Terraform will treat it as \
             sensitive, with the same meaning and behavior as for [sensitive input \
             variables](/terraform/language/values/variables#suppressing-values-in-cli-output).",
        )
        .example("sensitive(1)", "(sensitive value)"),
    ]
}

fn everything() -> Parameter {
    any("value").unknown().null().marked().dynamic()
}

fn same_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    Ok(arguments[0].type_of())
}

/// Null of the same type in place of everything ephemeral.
fn without_ephemeral(value: Value) -> Value {
    if !value.deep_marks().is_ephemeral() {
        return value;
    }
    if value.marks().is_ephemeral() {
        // What is unknown may still turn out to be of a more precise type, so it stays unknown.
        let of = value.type_of();
        let plain = if value.is_known() { Value::null(of) } else { Value::unknown(of) };
        return plain.with_marks(value.marks().without(Marks::EPHEMERAL));
    }
    value.map_children(&mut without_ephemeral)
}
