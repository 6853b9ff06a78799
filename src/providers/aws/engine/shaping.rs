//! What a getter gives, in the shape that is declared.

use super::declared::Declared;
use super::planning::zero_of;
use crate::value::{Text, Type, Value};

/// A read value in the attribute's own type (a list that is kept as a set, say), its blocks complete.
pub fn shaped(value: Value, declared: &Declared) -> Value {
    let value = fit(complete(value, declared), &declared.of);
    if declared.is_never_null && value.is_null() { zero_of(&declared.of) } else { value }
}

fn fit(value: Value, of: &Type) -> Value {
    crate::value::convert(&value, of).unwrap_or_else(|_| Value::null(of.clone()))
}

/// Nested blocks with everything that is declared: what a getter leaves out is null, or no block.
fn complete(value: Value, declared: &Declared) -> Value {
    let Some(nested) = &declared.nested else { return value };
    let whole = |item: &Value| {
        Value::object(nested.fields.iter().map(|field| {
            let inner = item.get(field.name).filter(|inner| !inner.is_null()).cloned();
            let inner = inner.map_or_else(|| nothing(field), |inner| complete(inner, field));
            (Text::from(field.name), inner)
        }))
    };
    match value.as_items() {
        Some(items) => Value::tuple(items.iter().map(whole).collect()),
        None => nothing(declared),
    }
}

/// No block, or a null.
fn nothing(declared: &Declared) -> Value {
    match (&declared.nested, &declared.of) {
        (Some(nested), Type::List(_) | Type::Set(_)) if !nested.is_attribute => {
            fit(Value::tuple(Vec::new()), &declared.of)
        }
        (_, of) => Value::null(of.clone()),
    }
}
