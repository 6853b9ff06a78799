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
pub(super) fn compare(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Unknown(unknown), _) if b.is_known() => compare_unknown(unknown, b),
        (_, Data::Unknown(unknown)) if a.is_known() => compare_unknown(unknown, a),
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => None,
        (Data::Null(_), Data::Null(_)) => Some(true),
        (Data::Null(_), _) | (_, Data::Null(_)) => Some(false),
        _ if has_open_type(a) || has_open_type(b) => {
            let (a, b) = (a.type_of(), b.type_of());
            (!a.conforms_to(&b) && !b.conforms_to(&a)).then_some(false)
        }
        _ if !is_same_type(a, b) => Some(false),
        _ => compare_parts(a, b),
    }
}

/// An unknown value differs for sure from what its refinement or type rules out.
fn compare_unknown(unknown: &Unknown, known: &Value) -> Option<bool> {
    if known.is_null() {
        return unknown.refinement.is_not_null.then_some(false);
    }
    let is_possible = unknown.refinement.may_be(known) && known.type_of().conforms_to(unknown.type_of());
    (!is_possible).then_some(false)
}

/// Whether some part is unknown and of an unknown type.
fn has_open_type(value: &Value) -> bool {
    match value.data() {
        Data::Unknown(unknown) => *unknown.type_of() == Type::Dynamic,
        _ if value.is_wholly_known() => false,
        _ => {
            value.as_items().into_iter().flatten().any(has_open_type)
                || value.as_entries().into_iter().flat_map(|entries| entries.values()).any(has_open_type)
        }
    }
}

/// `a.type_of() == b.type_of()` without making the types.
fn is_same_type(a: &Value, b: &Value) -> bool {
    match (a.data(), b.data()) {
        (Data::List(a), Data::List(b)) | (Data::Set(a), Data::Set(b)) => a.element() == b.element(),
        (Data::Map(a), Data::Map(b)) => a.element() == b.element(),
        (Data::Tuple(a), Data::Tuple(b)) => {
            Arc::ptr_eq(a, b) || a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same_type(a, b))
        }
        (Data::Object(a), Data::Object(b)) => {
            Arc::ptr_eq(a, b)
                || a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|((a_name, a), (b_name, b))| a_name == b_name && is_same_type(a, b))
        }
        _ => a.type_of() == b.type_of(),
    }
}

/// Parts of values of one type.
fn compare_part(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) | (Data::Null(_), _) | (_, Data::Null(_)) => compare(a, b),
        _ => compare_parts(a, b),
    }
}

/// Known values of one type.
fn compare_parts(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Bool(a), Data::Bool(b)) => Some(a == b),
        (Data::Number(a), Data::Number(b)) => Some(a == b),
        (Data::String(a), Data::String(b)) => Some(Arc::ptr_eq(a, b) || a == b),
        (Data::Type(a), Data::Type(b)) => Some(a == b),
        (Data::List(x), Data::List(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            compare_all(x.elements().iter().zip(y.elements().iter()))
        }
        (Data::Set(x), Data::Set(y)) => {
            let mut all = x.elements().iter().chain(y.elements().iter());
            if all.any(|element| !element.is_known()) {
                return None;
            }
            // An element with an unknown part is not found in any set, not even in its own.
            let is_known = a.is_wholly_known() && b.is_wholly_known();
            Some(is_known && x.elements().as_slice() == y.elements().as_slice())
        }
        (Data::Map(x), Data::Map(y)) => {
            if !x.entries().keys().eq(y.entries().keys()) {
                return Some(false);
            }
            compare_all(x.entries().values().zip(y.entries().values()))
        }
        (Data::Tuple(x), Data::Tuple(y)) => compare_all(x.iter().zip(y.iter())),
        (Data::Object(x), Data::Object(y)) => compare_all(x.values().zip(y.values())),
        _ => Some(false),
    }
}

/// Stops at the first difference; an unknown one before it leaves the whole unknown.
fn compare_all<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    pairs
        .try_fold(true, |_, (a, b)| match compare_part(a, b) {
            Some(true) => Ok(true),
            other => Err(other),
        })
        .map_or_else(|other| other, Some)
}

impl Refinement {
    /// Whether what is known leaves this known value possible.
    pub fn may_be(&self, value: &Value) -> bool {
        match value.data() {
            Data::Null(_) => !self.is_not_null,
            Data::String(text) => self.prefix.as_ref().is_none_or(|prefix| text.starts_with(&**prefix)),
            Data::Number(number) => self.may_be_number(number),
            Data::List(items) => self.may_have_length(items.len()),
            // Unknown elements may turn out to be equal to others.
            Data::Set(items) if !items.elements().is_wholly_known() => {
                self.length_max.is_none_or(|most| most >= 1)
                    && self.length_min.is_none_or(|least| items.len() as u64 >= least)
            }
            Data::Set(items) => self.may_have_length(items.len()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: Value, b: Value, expected: Option<bool>) {
        assert_eq!(equal(&a, &b).as_bool(), expected);
        assert_eq!(equal(&b, &a).as_bool(), expected);
    }

    fn object(value: Value) -> Value {
        Value::object([("a".into(), value)])
    }

    #[test]
    fn types_count_also_of_nulls_inside() {
        check(Value::untyped_null(), Value::null(Type::String), Some(true));
        check(object(Value::untyped_null()), object(Value::null(Type::String)), Some(false));
        check(Value::from(1), Value::from("1"), Some(false));
        check(Value::tuple(vec![]), Value::list(Type::String, vec![]), Some(false));
    }

    #[test]
    fn unknown_values_differ_from_what_they_cannot_be() {
        let name = Refinement { is_not_null: true, prefix: Some("ami-".into()), ..Refinement::default() };
        let name = Value::refined(Unknown::with(Type::String, name));
        check(name.clone(), Value::from("web"), Some(false));
        check(name.clone(), Value::untyped_null(), Some(false));
        check(name.clone(), Value::from(1), Some(false));
        check(name.clone(), Value::from("ami-1"), None);
        check(object(name.clone()), object(Value::from("web")), Some(false));
        check(object(Value::unknown(Type::Dynamic)), object(Value::from("web")), None);
        check(object(Value::unknown(Type::Dynamic)), Value::from("web"), Some(false));
    }

    #[test]
    fn a_set_with_a_half_known_element_equals_none() {
        let set = |item: Value| Value::set(item.type_of(), vec![item]);
        let half = set(object(Value::unknown(Type::String)));
        check(half.clone(), half, Some(false));
        check(set(Value::unknown(Type::String)), set(Value::from("a")), None);
        check(set(Value::from("a")), set(Value::from("a")), Some(true));
    }

    #[test]
    fn marks_go_to_the_result() {
        let secret = object(Value::from("x").with_marks(Marks::SENSITIVE));
        assert!(equal(&secret, &secret).marks().is_sensitive());
    }
}
