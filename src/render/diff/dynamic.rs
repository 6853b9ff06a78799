//! Differences of values without a type: of outputs, of attributes of any type, and of JSON inside strings.

use super::attribute::{hidden, sensitivity, unknown};
use super::{Diff, Kind, Pair, combine, diff_of_type, sequence};
use crate::change::Action;
use crate::value::{Data, Type, Value};

/// What a value looks like in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    Bool,
    Number,
    String,
    Object,
    Array,
}

fn form_of(value: Option<&Value>) -> Form {
    match value.map(Value::data) {
        Some(Data::Bool(_)) => Form::Bool,
        Some(Data::Number(_)) => Form::Number,
        Some(Data::String(_)) => Form::String,
        Some(Data::Map(_) | Data::Object(_)) => Form::Object,
        Some(Data::List(_) | Data::Set(_) | Data::Tuple(_)) => Form::Array,
        _ => Form::Null,
    }
}

/// The difference of two values of any type.
pub fn diff_dynamic(pair: Pair) -> Diff {
    if let Some(diff) = hidden(&pair, |inner| diff_of_type(inner, &Type::Dynamic)) {
        return diff;
    }
    match unknown(&pair, false, |before| diff_of_type(before, &Type::Dynamic)) {
        Some(diff) => diff,
        None => diff_part(pair),
    }
}

/// A value inside of one without a type. Nothing in there forces a replacement by itself.
pub(super) fn diff_part(pair: Pair) -> Diff {
    if let Some((sensitivity, action)) = sensitivity(&pair, diff_part) {
        return Diff::new(Kind::Sensitive(sensitivity), action, false);
    }
    if pair.after.is_unknown() {
        let before = (!pair.before.is_nil()).then(|| Box::new(diff_part(pair.as_deleted())));
        let action = if before.is_some() { Action::Update } else { Action::Create };
        return Diff::new(Kind::Unknown { before }, action, false);
    }
    let (before, after) = (form_of(pair.before.known()), form_of(pair.after.known()));
    if before == after || pair.before.is_missing() || pair.after.is_missing() {
        let form = if before == Form::Null { after } else { before };
        return diff_of_form(pair, form);
    }
    let old = Box::new(diff_of_form(pair.as_deleted(), before));
    let new = Box::new(diff_of_form(pair.as_created(), after));
    Diff::new(Kind::TypeChange { before: old, after: new }, Action::Update, false)
}

fn diff_of_form(pair: Pair, form: Form) -> Diff {
    match form {
        Form::Object => diff_object(&pair),
        Form::Array => {
            let is_object = |item: &Value| form_of(Some(item)) == Form::Object;
            let (elements, action) = sequence::diff_items(&pair, is_object, diff_part);
            Diff::new(Kind::List { elements, shows_context: true }, action, false)
        }
        form => {
            let action = match (pair.before.is_missing(), pair.after.is_missing()) {
                (true, false) => Action::Create,
                (false, true) => Action::Delete,
                _ if pair.has_same_value() => Action::NoOp,
                _ => Action::Update,
            };
            let kind = Kind::Primitive {
                before: pair.before.known().cloned(),
                after: pair.after.known().cloned(),
                is_string: form == Form::String,
            };
            Diff::new(kind, action, false)
        }
    }
}

fn diff_object(pair: &Pair) -> Diff {
    let mut action = match (pair.before.entries(), pair.after.entries()) {
        (Some(_), None) => Action::Delete,
        (None, Some(_)) => Action::Create,
        _ => Action::NoOp,
    };
    let mut attributes = Vec::new();
    for key in pair.keys() {
        let diff = diff_part(pair.key(&key).relevant_part());
        action = combine(action, diff.action);
        attributes.push((key, diff));
    }
    Diff::new(Kind::Object { attributes, is_nested: false }, action, false)
}
