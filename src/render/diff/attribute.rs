//! Differences of attributes: by type, or by the schema of a nested attribute.

use super::pair::is_same_value;
use super::{Diff, Kind, Pair, Sensitivity, combine, diff_dynamic, sequence};
use crate::change::Action;
use crate::schema::{Attribute, AttributeShape, Nesting};
use crate::value::{Text, Type, Value};
use std::collections::{BTreeMap, HashMap, VecDeque};

pub(super) fn diff_attribute(pair: Pair, attribute: &Attribute) -> Diff {
    match &attribute.shape {
        AttributeShape::Plain(of) => diff_of_type(pair, of),
        AttributeShape::Nested { nesting, attributes } => diff_nested(pair, *nesting, attributes),
    }
}

/// The difference of two values of a type.
pub fn diff_of_type(mut pair: Pair, of: &Type) -> Diff {
    if !pair.distinguishes_empty {
        // Providers of the old kind cannot tell an empty text from none.
        for side in [&mut pair.before, &mut pair.after] {
            if side.is_empty_text() && !side.is_sensitive() {
                side.value = None;
            }
        }
    }
    if let Some(diff) = hidden(&pair, |inner| diff_of_type(inner, of)) {
        return diff;
    }
    if let Some(diff) = unknown(&pair, false, |before| diff_of_type(before, of)) {
        return diff;
    }
    match of {
        Type::Dynamic | Type::Type => diff_dynamic(pair),
        Type::Bool | Type::Number | Type::String => primitive(&pair, *of == Type::String),
        Type::Object(object) => {
            let (attributes, action) = parts(&pair, object.attributes.iter(), diff_of_type);
            Diff::new(Kind::Object { attributes, is_nested: false }, action, pair.forces_replacement())
        }
        Type::Map(element) => {
            let (elements, action) = map_elements(&pair, |part| diff_of_type(part, element));
            Diff::new(Kind::Map { elements, is_nested: false }, action, pair.forces_replacement())
        }
        Type::List(element) => {
            let is_object = matches!(**element, Type::Object(_));
            let (elements, action) = sequence::diff_items(&pair, |_| is_object, |part| diff_of_type(part, element));
            Diff::new(Kind::List { elements, shows_context: true }, action, pair.forces_replacement())
        }
        Type::Tuple(types) => {
            let elements: Vec<Diff> = types
                .iter()
                .enumerate()
                .map(|(index, of)| diff_of_type(pair.items(Some(index), Some(index)).relevant_part(), of))
                .collect();
            whole(&pair, elements, |elements| Kind::List { elements, shows_context: true })
        }
        Type::Set(element) => {
            let elements = set_elements(&pair, |part| diff_of_type(part, element));
            whole(&pair, elements, |elements| Kind::Set { elements, is_nested: false })
        }
    }
}

fn diff_nested(pair: Pair, nesting: Nesting, attributes: &BTreeMap<Text, Attribute>) -> Diff {
    if let Some(diff) = hidden(&pair, |inner| diff_nested(inner, nesting, attributes)) {
        return diff;
    }
    if let Some(diff) = unknown(&pair, true, |before| diff_nested(before, nesting, attributes)) {
        return diff;
    }
    let one = |part: Pair| diff_nested(part, Nesting::Single, attributes);
    match nesting {
        Nesting::Single | Nesting::Group => nested_object(&pair, attributes),
        Nesting::Map => {
            let (elements, action) = map_elements(&pair, one);
            Diff::new(Kind::Map { elements, is_nested: true }, action, pair.forces_replacement())
        }
        Nesting::List => {
            let elements = item_by_item(&pair).map(one).collect();
            whole(&pair, elements, |elements| Kind::List { elements, shows_context: false })
        }
        Nesting::Set => {
            let elements = set_elements(&pair, one);
            whole(&pair, elements, |elements| Kind::Set { elements, is_nested: true })
        }
    }
}

fn nested_object(pair: &Pair, attributes: &BTreeMap<Text, Attribute>) -> Diff {
    let stored = attributes.iter().filter(|(_, attribute)| !attribute.is_write_only);
    let (mut parts, action) = parts(pair, stored, diff_attribute);
    for (name, _) in attributes.iter().filter(|(_, attribute)| attribute.is_write_only) {
        parts.push((name.clone(), write_only(&pair.attribute(name), action)));
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    Diff::new(Kind::Object { attributes: parts, is_nested: true }, action, pair.forces_replacement())
}

/// A write-only attribute does what the whole does, except that an update of the whole says nothing about it.
pub(super) fn write_only(pair: &Pair, whole: Action) -> Diff {
    let is_sensitive = pair.before.is_sensitive() || pair.after.is_sensitive();
    let action = if whole == Action::Update { Action::NoOp } else { whole };
    Diff::new(Kind::WriteOnly { is_sensitive }, action, pair.forces_replacement())
}

fn primitive(pair: &Pair, is_string: bool) -> Diff {
    let kind = Kind::Primitive { before: pair.before.known().cloned(), after: pair.after.known().cloned(), is_string };
    Diff::new(kind, pair.action(), pair.forces_replacement())
}

/// The difference where a side is sensitive: nothing but what happens is told.
pub(super) fn hidden(pair: &Pair, inner: impl FnOnce(Pair) -> Diff) -> Option<Diff> {
    let (sensitivity, action) = sensitivity(pair, inner)?;
    Some(Diff::new(Kind::Sensitive(sensitivity), action, pair.forces_replacement()))
}

pub(super) fn sensitivity(pair: &Pair, inner: impl FnOnce(Pair) -> Diff) -> Option<(Sensitivity, Action)> {
    let (before, after) = (pair.before.is_sensitive(), pair.after.is_sensitive());
    if !before && !after {
        return None;
    }
    let plain = |value: Option<&Value>| value.map(|value| value.clone().unmark().0);
    let (plain_before, plain_after) = (plain(pair.before.value), plain(pair.after.value));
    let mut open = Pair { distinguishes_empty: false, parts_are_unknown: false, ..pair.clone() };
    open.before.value = plain_before.as_ref();
    open.after.value = plain_after.as_ref();
    let inner = inner(open).action;
    let is_nothing = pair.before.is_missing() && pair.after.is_missing();
    let action = if inner == Action::NoOp && before != after && !is_nothing { Action::Update } else { inner };
    Some((Sensitivity { before, after, inner }, action))
}

/// The difference where the new value is not known. `parts_too`: what was is shown part by part, each becoming unknown.
pub(super) fn unknown(pair: &Pair, parts_too: bool, inner: impl FnOnce(Pair) -> Diff) -> Option<Diff> {
    if !pair.after.is_unknown() {
        return None;
    }
    let mut explicit = pair.clone();
    explicit.after.is_explicit = true;
    let before = (!pair.before.is_nil()).then(|| {
        let mut before = explicit.as_deleted();
        before.parts_are_unknown = parts_too;
        Box::new(inner(before))
    });
    Some(Diff::new(Kind::Unknown { before }, explicit.action(), pair.forces_replacement()))
}

/// Parts of an object; those that are null on both sides are left out.
pub(super) fn parts<'t, T: 't>(
    pair: &Pair,
    attributes: impl Iterator<Item = (&'t Text, &'t T)>,
    diff: impl Fn(Pair, &'t T) -> Diff,
) -> (Vec<(Text, Diff)>, Action) {
    let mut parts = Vec::new();
    let mut action = pair.action_of_presence();
    for (name, attribute) in attributes {
        let part = pair.attribute(name);
        let is_nothing = part.before.is_nil() && part.after.is_nil();
        let diff = diff(part, attribute);
        if diff.action == Action::NoOp && is_nothing {
            continue;
        }
        action = combine(action, diff.action);
        parts.push((name.clone(), diff));
    }
    (parts, action)
}

/// Elements of a map by key.
pub(super) fn map_elements(pair: &Pair, diff: impl Fn(Pair) -> Diff) -> (Vec<(Text, Diff)>, Action) {
    let mut action = match (pair.before.entries(), pair.after.entries()) {
        (Some(_), None) => Action::Delete,
        (None, Some(_)) => Action::Create,
        _ => Action::NoOp,
    };
    let mut elements = Vec::new();
    for key in pair.keys() {
        let diff = diff(pair.key(&key).relevant_part());
        action = combine(action, diff.action);
        elements.push((key, diff));
    }
    (elements, action)
}

/// First with first, second with second, and so on.
pub(super) fn item_by_item<'a>(pair: &Pair<'a>) -> impl Iterator<Item = Pair<'a>> {
    let length = pair.before.items().len().max(pair.after.items().len());
    let pair = pair.clone();
    (0..length).map(move |index| pair.items(Some(index), Some(index)).relevant_part())
}

/// Elements of a set: equal ones are paired, the others go or come.
pub(super) fn set_elements(pair: &Pair, diff: impl Fn(Pair) -> Diff) -> Vec<Diff> {
    let (before, after) = (pair.before.items(), pair.after.items());
    let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, item) in after.iter().enumerate().filter(|(_, item)| item.is_known()) {
        waiting.entry(crate::render::json::canonical_text(item)).or_default().push_back(index);
    }
    let mut taken = vec![false; after.len()];
    let mut elements = Vec::new();
    let show = |before, after| diff(Pair { relevant: super::Scope::everywhere(), ..pair.items(before, after) });
    for (index, item) in before.iter().enumerate() {
        let matched = waiting
            .get_mut(&crate::render::json::canonical_text(item))
            .and_then(|same| same.pop_front())
            .filter(|other| is_same_value(item, &after[*other]) || item.is_null());
        if let Some(other) = matched {
            taken[other] = true;
        }
        elements.push(show(Some(index), matched));
    }
    let new = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(index, _)| index);
    elements.extend(new.map(|index| show(None, Some(index))));
    elements
}

/// A whole whose action follows from whether it is there and from its parts.
fn whole(pair: &Pair, elements: Vec<Diff>, kind: impl FnOnce(Vec<Diff>) -> Kind) -> Diff {
    let action = elements.iter().fold(pair.action_of_presence(), |action, element| combine(action, element.action));
    Diff::new(kind(elements), action, pair.forces_replacement())
}
