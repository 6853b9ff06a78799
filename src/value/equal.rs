//! Equality: of the language (`equal`, which may be unknown), and of values as data (`==`).

use super::{Data, Marks, Number, Refinement, Type, Unknown, Value};
use std::sync::Arc;

/// `a == b` in the language: a bool, unknown where the values do not tell. Marks of both, also of inner ones, go to the result.
pub fn equal(a: &Value, b: &Value) -> Value {
    let marks = a.deep_marks() | b.deep_marks();
    let result = match compare(a, b) {
        Some(is_equal) => Value::bool(is_equal),
        None => Value::refined(Unknown::not_null(Type::Bool)),
    };
    result.with_marks(marks)
}

/// Nothing where it cannot be told.
fn compare(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Unknown(_), Data::Unknown(_)) => None,
        (Data::Unknown(unknown), known) | (known, Data::Unknown(unknown)) => compare_unknown(unknown, known, a, b),
        (Data::Null(_), Data::Null(_)) => Some(true),
        (Data::Null(_), _) | (_, Data::Null(_)) => Some(false),
        _ => compare_known(a, b),
    }
}

/// An unknown value differs for sure from what its refinement or type rules out.
fn compare_unknown(unknown: &Unknown, known: &Data, a: &Value, b: &Value) -> Option<bool> {
    let other = if a.is_known() { a } else { b };
    if let Data::Null(_) = known {
        return unknown.refinement.is_not_null.then_some(false);
    }
    if !unknown.refinement.may_be(other) {
        return Some(false);
    }
    let is_other_type = !unknown.type_of().has_dynamic() && *unknown.type_of() != other.type_of();
    is_other_type.then_some(false)
}

fn compare_known(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Bool(a), Data::Bool(b)) => Some(a == b),
        (Data::Number(a), Data::Number(b)) => Some(a == b),
        (Data::String(a), Data::String(b)) => Some(Arc::ptr_eq(a, b) || a == b),
        (Data::Type(a), Data::Type(b)) => Some(a == b),
        (Data::List(x), Data::List(y)) => {
            if x.element() != y.element() {
                return compare_types(a, b);
            }
            if x.len() != y.len() {
                return Some(false);
            }
            compare_all(x.elements().iter().zip(y.elements().iter()))
        }
        (Data::Set(x), Data::Set(y)) => {
            if x.element() != y.element() {
                return compare_types(a, b);
            }
            if !a.is_wholly_known() || !b.is_wholly_known() {
                return None;
            }
            Some(x.len() == y.len() && x.elements().iter().zip(y.elements().iter()).all(|(a, b)| a == b))
        }
        (Data::Map(x), Data::Map(y)) => {
            if x.element() != y.element() {
                return compare_types(a, b);
            }
            if !x.entries().keys().eq(y.entries().keys()) {
                return Some(false);
            }
            compare_all(x.entries().values().zip(y.entries().values()))
        }
        (Data::Tuple(x), Data::Tuple(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            compare_parts(a, b, x.iter().zip(y.iter()))
        }
        (Data::Object(x), Data::Object(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            compare_parts(a, b, x.values().zip(y.values()))
        }
        _ => Some(false),
    }
}

/// Values of different types are not equal, unless a type is not known yet.
fn compare_types(a: &Value, b: &Value) -> Option<bool> {
    let (a, b) = (a.type_of(), b.type_of());
    if a.has_dynamic() || b.has_dynamic() { None } else { Some(false) }
}

/// The parts of structures, which must also have equal types.
fn compare_parts<'a>(a: &Value, b: &Value, parts: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let (of_a, of_b) = (a.type_of(), b.type_of());
    if of_a != of_b && !of_a.has_dynamic() && !of_b.has_dynamic() {
        return Some(false);
    }
    compare_all(parts)
}

/// Stops at the first difference; an unknown one before it leaves the whole unknown.
fn compare_all<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    for (a, b) in pairs {
        match compare(a, b) {
            Some(true) => {}
            other => return other,
        }
    }
    Some(true)
}

impl Refinement {
    /// Whether what is known leaves this known value possible.
    pub fn may_be(&self, value: &Value) -> bool {
        match value.data() {
            Data::Null(_) => !self.is_not_null,
            Data::String(text) => self.prefix.as_ref().is_none_or(|prefix| text.starts_with(&**prefix)),
            Data::Number(number) => self.may_be_number(number),
            Data::List(items) => self.may_have_length(items.len()),
            Data::Set(items) if items.elements().is_wholly_known() => self.may_have_length(items.len()),
            Data::Map(mapping) => self.may_have_length(mapping.entries().len()),
            _ => true,
        }
    }

    fn may_be_number(&self, number: &Number) -> bool {
        let above =
            self.lower.as_ref().is_none_or(|(bound, inclusive)| number > bound || *inclusive && number == bound);
        let below =
            self.upper.as_ref().is_none_or(|(bound, inclusive)| number < bound || *inclusive && number == bound);
        above && below
    }

    fn may_have_length(&self, length: usize) -> bool {
        let length = length as u64;
        self.length_min.is_none_or(|least| length >= least) && self.length_max.is_none_or(|most| length <= most)
    }
}

impl PartialEq for Value {
    /// The same type, data and marks. Shared parts are compared by pointer first.
    fn eq(&self, other: &Self) -> bool {
        self.marks() == other.marks() && is_same_data(self, other)
    }
}

fn is_same_data(a: &Value, b: &Value) -> bool {
    match (a.data(), b.data()) {
        (Data::Null(a), Data::Null(b)) => a == b,
        (Data::Unknown(a), Data::Unknown(b)) => Arc::ptr_eq(a, b) || a == b,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Number(a), Data::Number(b)) => a == b,
        (Data::String(a), Data::String(b)) => Arc::ptr_eq(a, b) || a == b,
        (Data::Type(a), Data::Type(b)) => a == b,
        (Data::List(a), Data::List(b)) | (Data::Set(a), Data::Set(b)) => {
            Arc::ptr_eq(a, b) || a.element() == b.element() && a.elements().as_slice() == b.elements().as_slice()
        }
        (Data::Map(a), Data::Map(b)) => {
            Arc::ptr_eq(a, b) || a.element() == b.element() && a.entries().iter().eq(b.entries().iter())
        }
        (Data::Tuple(a), Data::Tuple(b)) => Arc::ptr_eq(a, b) || a.as_slice() == b.as_slice(),
        (Data::Object(a), Data::Object(b)) => Arc::ptr_eq(a, b) || a.iter().eq(b.iter()),
        _ => false,
    }
}

/// Equal apart from marks.
pub fn equal_unmarked(a: &Value, b: &Value) -> bool {
    if a.deep_marks() == Marks::NONE && b.deep_marks() == Marks::NONE {
        return a == b;
    }
    a.clone().unmark_deep().0 == b.clone().unmark_deep().0
}
