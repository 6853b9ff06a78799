//! Explicit conversions, and `type`.

use super::entry::any;
use super::{Availability, Call, CallError, Context, Function};
use crate::value::{Data, Type, Value, is_convertible};
use std::sync::Arc;

pub(super) fn functions() -> Vec<Function> {
    vec![
        to("tobool", |arguments, _| check(arguments, Type::Bool))
            .documented("`tobool` converts its argument to a boolean value.")
            .example("tobool(\"true\")", "true"),
        to("tolist", |arguments, _| check(arguments, Type::list(Type::Dynamic)))
            .documented("`tolist` converts its argument to a list value.")
            .example("tolist([\"a\", 3])", "tolist([\n  \"a\",\n  \"3\",\n])"),
        to("tomap", |arguments, _| check(arguments, Type::map(Type::Dynamic)))
            .documented("`tomap` converts its argument to a map value.")
            .example("tomap({ a = 1 })", "tomap({\n  \"a\" = 1\n})"),
        to("tonumber", |arguments, _| check(arguments, Type::Number))
            .documented("`tonumber` converts its argument to a number value.")
            .example("tonumber(\"1\")", "1"),
        to("toset", |arguments, _| check(arguments, Type::set(Type::Dynamic)))
            .documented("`toset` converts its argument to a set value.")
            .example("toset([\"c\", \"b\", \"b\"])", "toset([\n  \"b\",\n  \"c\",\n])"),
        to("tostring", |arguments, _| check(arguments, Type::String))
            .documented("`tostring` converts its argument to a string value.")
            .example("tostring(1)", "\"1\""),
        Function::new("type", [any("value").dynamic().unknown().null()], Type::Type, |call| {
            Ok(Value::new(Data::Type(Arc::new(call.arguments[0].type_of()))))
        })
        .maybe_null()
        .available(Availability::OnlyInConsole)
        .example("type([1])", "tuple([\n    number,\n])"),
    ]
}

fn to(name: &'static str, type_body: fn(&[Value], &Context) -> Result<Type, CallError>) -> Function {
    Function::computed(name, [any("v").null().marked().dynamic().unknown()], type_body, convert).maybe_null()
}

fn check(arguments: &[Value], wanted: Type) -> Result<Type, CallError> {
    let got = arguments[0].type_of();
    match got == wanted || is_convertible(&got, &wanted, true) {
        true => Ok(wanted),
        false => Err(cannot("", &got, &wanted)),
    }
}

fn convert(call: &Call<'_>) -> Result<Value, CallError> {
    let (value, wanted) = (&call.arguments[0], call.returns);
    if !value.is_known() {
        return Ok(call.unknown().with_marks(value.marks()));
    }
    value.convert(wanted).map_err(|_| {
        let got = value.type_of();
        let shown = || value.as_str().map_or("string".to_owned(), |text| format!("{text:?}"));
        match (&got, wanted) {
            _ if value.marks().is_sensitive() => cannot("this sensitive ", &got, wanted),
            (Type::String, Type::Bool) => CallError::argument(
                0,
                format!("cannot convert {} to bool; only the strings \"true\" or \"false\" are allowed", shown()),
            ),
            (Type::String, Type::Number) => CallError::argument(
                0,
                format!(
                    "cannot convert {} to number; given string must be a decimal representation of a number",
                    shown()
                ),
            ),
            _ => cannot("", &got, wanted),
        }
    })
}

fn cannot(which: &str, got: &Type, wanted: &Type) -> CallError {
    let (got, wanted) = (got.friendly_name(), wanted.constraint_name());
    CallError::argument(0, format!("cannot convert {which}{got} to {wanted}"))
}
