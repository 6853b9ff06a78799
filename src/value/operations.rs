//! Operators on values: known, unknown, refined and marked.
//!
//! Operands have been converted to the operator's type and are not null; the language layer sees to that and to the error messages.
//! Results carry the marks of both operands. Of an unknown result it stays known that it is not null.

use super::{Data, Number, Type, Unknown, Value};
use std::cmp::Ordering;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undefined {
    /// Zero by zero, infinity minus infinity, ...
    NoResult,
}

pub fn add(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::add)
}

pub fn subtract(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::subtract)
}

pub fn multiply(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::multiply)
}

pub fn divide(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::divide)
}

pub fn modulo(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::modulo)
}

pub fn negate(a: &Value) -> Value {
    match a.data() {
        Data::Number(number) => Value::number(number.negate()).with_marks(a.marks()),
        _ => unknown(Type::Number).with_marks(a.marks()),
    }
}

pub fn not(a: &Value) -> Value {
    match a.data() {
        Data::Bool(value) => Value::bool(!value).with_marks(a.marks()),
        _ => unknown(Type::Bool).with_marks(a.marks()),
    }
}

/// False if either is false, whatever the other.
pub fn and(a: &Value, b: &Value) -> Value {
    let result = match (a.as_bool(), b.as_bool()) {
        (Some(false), _) | (_, Some(false)) => Value::bool(false),
        (Some(true), Some(true)) => Value::bool(true),
        _ => unknown(Type::Bool),
    };
    result.with_marks(a.marks() | b.marks())
}

/// True if either is true, whatever the other.
pub fn or(a: &Value, b: &Value) -> Value {
    let result = match (a.as_bool(), b.as_bool()) {
        (Some(true), _) | (_, Some(true)) => Value::bool(true),
        (Some(false), Some(false)) => Value::bool(false),
        _ => unknown(Type::Bool),
    };
    result.with_marks(a.marks() | b.marks())
}

/// Whether the order of two numbers is one of the accepted ones; bounds of unknown numbers may tell.
pub fn ordered(a: &Value, b: &Value, is_accepted: fn(Ordering) -> bool) -> Value {
    let result = match (a.as_number(), b.as_number()) {
        (Some(x), Some(y)) => Value::bool(is_accepted(x.cmp(y))),
        _ => by_bounds(a, b, is_accepted).map_or_else(|| unknown(Type::Bool), Value::bool),
    };
    result.with_marks(a.marks() | b.marks())
}

type Bound = Option<(Number, bool)>;

/// Decided only where one lies wholly below the other.
fn by_bounds(a: &Value, b: &Value, is_accepted: fn(Ordering) -> bool) -> Option<bool> {
    let (a_lower, a_upper) = bounds(a);
    let (b_lower, b_upper) = bounds(b);
    let is_below = |upper: &Bound, lower: &Bound| match (upper, lower) {
        (Some((upper, upper_in)), Some((lower, lower_in))) => {
            upper < lower || upper == lower && !(*upper_in && *lower_in)
        }
        _ => false,
    };
    let touches =
        |upper: &Bound, lower: &Bound| matches!((upper, lower), (Some((upper, _)), Some((lower, _))) if upper <= lower);
    if is_below(&a_upper, &b_lower) {
        return Some(is_accepted(Ordering::Less));
    }
    if is_below(&b_upper, &a_lower) {
        return Some(is_accepted(Ordering::Greater));
    }
    if touches(&a_upper, &b_lower) && is_accepted(Ordering::Less) == is_accepted(Ordering::Equal) {
        return Some(is_accepted(Ordering::Less));
    }
    if touches(&b_upper, &a_lower) && is_accepted(Ordering::Greater) == is_accepted(Ordering::Equal) {
        return Some(is_accepted(Ordering::Greater));
    }
    None
}

fn bounds(value: &Value) -> (Bound, Bound) {
    match value.data() {
        Data::Number(number) => (Some((number.clone(), true)), Some((number.clone(), true))),
        Data::Unknown(unknown) => (unknown.refinement.lower.clone(), unknown.refinement.upper.clone()),
        _ => (None, None),
    }
}

fn arithmetic(a: &Value, b: &Value, operation: fn(&Number, &Number) -> Option<Number>) -> Result<Value, Undefined> {
    let marks = a.marks() | b.marks();
    let result = match (a.as_number(), b.as_number()) {
        (Some(a), Some(b)) => Value::number(operation(a, b).ok_or(Undefined::NoResult)?),
        _ => unknown(Type::Number),
    };
    Ok(result.with_marks(marks))
}

fn unknown(of: Type) -> Value {
    Value::refined(Unknown::not_null(of))
}
