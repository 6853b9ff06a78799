//! Operators on values: known, unknown, refined and marked.
//!
//! Operands have been converted to the operator's type and are not null; the language layer sees to that and to the error messages.
//! Results carry the marks of both operands. Of an unknown result it stays known that it is not null.

use super::equal::compare;
use super::{Data, Number, Refinement, Type, Unknown, Value};
use std::cmp::Ordering;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undefined {
    /// Zero by zero, infinity minus infinity, ...
    NoResult,
}

pub fn add(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::add, true)
}

pub fn subtract(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::subtract, true)
}

pub fn multiply(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::multiply, true)
}

pub fn divide(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::divide, false)
}

pub fn modulo(a: &Value, b: &Value) -> Result<Value, Undefined> {
    arithmetic(a, b, Number::modulo, false)
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
    let is_strictly = if is_accepted(Ordering::Less) { is_less(a, b) } else { is_less(b, a) };
    let is_equal = if is_accepted(Ordering::Equal) { compare(a, b) } else { Some(false) };
    let result = match (is_strictly, is_equal) {
        (Some(true), _) | (_, Some(true)) => Value::bool(true),
        (Some(false), Some(false)) => Value::bool(false),
        _ => unknown(Type::Bool),
    };
    result.with_marks(a.marks() | b.marks())
}

/// Nothing where the bounds of unknown numbers do not tell.
fn is_less(a: &Value, b: &Value) -> Option<bool> {
    if let (Data::Number(a), Data::Number(b)) = (a.data(), b.data()) {
        return Some(a.compare_exactly(b).is_lt());
    }
    let ((a_lower, a_upper), (b_lower, b_upper)) = (bounds(a)?, bounds(b)?);
    if a_upper < b_lower {
        Some(true)
    } else if a_lower > b_upper {
        Some(false)
    } else {
        None
    }
}

/// The least and the greatest number that a value may be; nothing if it may be no number.
fn bounds(value: &Value) -> Option<(Number, Number)> {
    if value.type_of() != Type::Number {
        return None;
    }
    let Refinement { lower, upper, .. } = Refinement::of(value);
    let lower = lower.map_or_else(|| Number::infinity(true), |(bound, _)| bound);
    let upper = upper.map_or_else(|| Number::infinity(false), |(bound, _)| bound);
    Some((lower, upper))
}

type Operation = fn(&Number, &Number) -> Option<Number>;

fn arithmetic(a: &Value, b: &Value, operation: Operation, keeps_bounds: bool) -> Result<Value, Undefined> {
    let marks = a.marks() | b.marks();
    let result = match (a.as_number(), b.as_number()) {
        (Some(a), Some(b)) => Value::number(operation(a, b).ok_or(Undefined::NoResult)?),
        _ => {
            let range = if keeps_bounds { range_of_results(a, b, operation) } else { None };
            Value::refined(Unknown::with(Type::Number, range.unwrap_or(NOT_NULL)))
        }
    };
    Ok(result.with_marks(marks))
}

const NOT_NULL: Refinement =
    Refinement { is_not_null: true, prefix: None, lower: None, upper: None, length_min: None, length_max: None };

/// The bounds of the results of an operation whose extremes lie at extremes of the operands.
fn range_of_results(a: &Value, b: &Value, operation: Operation) -> Option<Refinement> {
    let ((a_lower, a_upper), (b_lower, b_upper)) = (bounds(a)?, bounds(b)?);
    let extremes = [
        operation(&a_lower, &b_lower)?,
        operation(&a_lower, &b_upper)?,
        operation(&a_upper, &b_lower)?,
        operation(&a_upper, &b_upper)?,
    ];
    let bound =
        |number: Option<&Number>, unbounded: Number| number.filter(|it| **it != unbounded).map(|it| (it.clone(), true));
    let lower = bound(extremes.iter().min(), Number::infinity(true));
    let upper = bound(extremes.iter().max(), Number::infinity(false));
    Some(Refinement { lower, upper, ..NOT_NULL })
}

fn unknown(of: Type) -> Value {
    Value::refined(Unknown::not_null(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(lower: i64, upper: i64) -> Value {
        let bound = |bound: i64| Some((Number::from(bound), true));
        Value::refined(Unknown::with(Type::Number, Refinement { lower: bound(lower), upper: bound(upper), ..NOT_NULL }))
    }

    #[test]
    fn bounds_decide_comparisons() {
        let ordered = |a: &Value, b: &Value, is: fn(Ordering) -> bool| ordered(a, b, is).as_bool();
        let count = between(1, 3);
        assert_eq!(ordered(&count, &Value::from(0), Ordering::is_gt), Some(true));
        assert_eq!(ordered(&count, &Value::from(4), Ordering::is_ge), Some(false));
        assert_eq!(ordered(&count, &Value::from(1), Ordering::is_lt), None);
        // Terraform does not conclude this one, so neither do we.
        assert_eq!(ordered(&count, &Value::from(1), Ordering::is_ge), None);
        assert_eq!(ordered(&Value::unknown(Type::Dynamic), &Value::from(1), Ordering::is_ge), None);
    }

    #[test]
    fn bounds_follow_arithmetic() {
        let range = |value: Result<Value, Undefined>| {
            let Refinement { lower, upper, .. } = Refinement::of(&value.expect("a result"));
            (lower.map(|bound| bound.0.to_string()), upper.map(|bound| bound.0.to_string()))
        };
        let texts = |lower: &str, upper: &str| (Some(lower.to_owned()), Some(upper.to_owned()));
        assert_eq!(range(add(&between(1, 3), &Value::from(2))), texts("3", "5"));
        assert_eq!(range(multiply(&between(1, 3), &Value::from(-2))), texts("-6", "-2"));
        assert_eq!(range(subtract(&between(1, 3), &between(1, 3))), texts("-2", "2"));
        assert_eq!(range(divide(&between(1, 3), &Value::from(2))), (None, None));
        assert_eq!(range(multiply(&Value::unknown(Type::Number), &Value::from(0))), (None, None));
    }

    #[test]
    fn logic_decides_what_one_side_decides() {
        let unknown = Value::unknown(Type::Bool);
        assert_eq!(and(&Value::from(false), &unknown).as_bool(), Some(false));
        assert_eq!(or(&unknown, &Value::from(true)).as_bool(), Some(true));
        assert_eq!(and(&Value::from(true), &unknown).as_bool(), None);
    }
}
