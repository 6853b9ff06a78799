//! The one type that values of several types can all become, as Terraform picks it.

use super::convert::is_convertible;
use super::{Text, Type};
use std::collections::BTreeMap;

/// The common type, also where getting there may fail for some value (`"a"` as a number).
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_by(types, true)
}

/// The common type that every value of these types can become.
pub fn unify_safely(types: &[Type]) -> Option<Type> {
    unify_by(types, false)
}

pub(super) fn unify_by(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let [first, rest @ ..] = types else { return Some(Type::Dynamic) };
    if rest.iter().all(|of| of == first) {
        return Some(first.clone());
    }
    let count = |is: fn(&Type) -> bool| types.iter().filter(|of| is(of)).count();
    let (maps, lists, sets) = (
        count(|of| matches!(of, Type::Map(_))),
        count(|of| matches!(of, Type::List(_))),
        count(|of| matches!(of, Type::Set(_))),
    );
    let (objects, tuples) = (count(|of| matches!(of, Type::Object(_))), count(|of| matches!(of, Type::Tuple(_))));
    let dynamics = count(|of| *of == Type::Dynamic);
    let is_all = |some: usize| some > 0 && some + dynamics == types.len();
    let is_mixed = |main: usize, other: usize| main > 0 && main + other + dynamics == types.len();
    if is_all(maps) || is_all(lists) || is_all(sets) {
        return unify_collections(types, is_unsafe, dynamics > 0);
    }
    if is_mixed(maps, objects)
        && let Some(of) = unify_structures_as_collection(types, is_unsafe)
    {
        return Some(of);
    } else if is_mixed(lists, tuples)
        && let Some(of) = unify_structures_as_collection(types, is_unsafe)
    {
        return Some(of);
    } else if is_all(objects) {
        return if dynamics > 0 { Some(Type::Dynamic) } else { unify_objects(types, is_unsafe) };
    } else if is_all(tuples) {
        return if dynamics > 0 { Some(Type::Dynamic) } else { unify_tuples(types, is_unsafe) };
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    preferred(types, is_unsafe)
}

fn unify_collections(types: &[Type], is_unsafe: bool, has_dynamic: bool) -> Option<Type> {
    if has_dynamic {
        return Some(Type::Dynamic);
    }
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    let element = unify_by(&elements, is_unsafe)?;
    let of = match types.first()? {
        Type::List(_) => Type::list(element),
        Type::Set(_) => Type::set(element),
        _ => Type::map(element),
    };
    types.iter().all(|from| *from == of || is_convertible(from, &of, is_unsafe)).then_some(of)
}

/// Objects beside maps, or tuples beside lists: first the structures alone as a collection, then all together.
fn unify_structures_as_collection(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let is_structure = |of: &&Type| matches!(of, Type::Object(_) | Type::Tuple(_));
    let structures: Vec<Type> = types.iter().filter(is_structure).cloned().collect();
    let collection = match structures.first()? {
        Type::Object(_) => objects_to_map(&structures, is_unsafe)?,
        _ => tuples_to_list(&structures, is_unsafe)?,
    };
    let replaced: Vec<Type> =
        types.iter().map(|of| if is_structure(&of) { collection.clone() } else { of.clone() }).collect();
    unify_by(&replaced, is_unsafe)
        .filter(|of| matches!((of, &collection), (Type::Map(_), Type::Map(_)) | (Type::List(_), Type::List(_))))
}

fn unify_objects(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let attributes: Vec<&BTreeMap<Text, Type>> = types.iter().filter_map(attributes_of).collect();
    let first = attributes.first()?;
    if attributes.iter().any(|other| !other.keys().eq(first.keys())) {
        return objects_to_map(types, is_unsafe);
    }
    let mut unified = Vec::new();
    for name in first.keys() {
        let across: Vec<Type> = attributes.iter().map(|attributes| attributes[name].clone()).collect();
        unified.push((name.clone(), unify_by(&across, is_unsafe)?));
    }
    let of = Type::object(unified);
    match types.iter().all(|from| *from == of || is_convertible(from, &of, is_unsafe)) {
        true => Some(of),
        false => objects_to_map(types, is_unsafe),
    }
}

fn objects_to_map(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let all: Vec<Type> =
        types.iter().filter_map(attributes_of).flat_map(|attributes| attributes.values().cloned()).collect();
    let of = Type::map(unify_by(&all, is_unsafe)?);
    types.iter().all(|from| is_convertible(from, &of, is_unsafe)).then_some(of)
}

fn unify_tuples(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let tuples: Vec<&Vec<Type>> = types.iter().filter_map(elements_of).collect();
    let length = tuples.first()?.len();
    if tuples.iter().any(|tuple| tuple.len() != length) {
        return tuples_to_list(types, is_unsafe);
    }
    let mut unified = Vec::new();
    for index in 0..length {
        let across: Vec<Type> = tuples.iter().map(|tuple| tuple[index].clone()).collect();
        unified.push(unify_by(&across, is_unsafe)?);
    }
    let of = Type::tuple(unified);
    match types.iter().all(|from| *from == of || is_convertible(from, &of, is_unsafe)) {
        true => Some(of),
        false => tuples_to_list(types, is_unsafe),
    }
}

fn tuples_to_list(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let all: Vec<Type> = types.iter().filter_map(elements_of).flatten().cloned().collect();
    let of = Type::list(unify_by(&all, is_unsafe)?);
    types.iter().all(|from| is_convertible(from, &of, is_unsafe)).then_some(of)
}

fn attributes_of(of: &Type) -> Option<&BTreeMap<Text, Type>> {
    match of {
        Type::Object(object) => Some(&object.attributes),
        _ => None,
    }
}

fn elements_of(of: &Type) -> Option<&Vec<Type>> {
    match of {
        Type::Tuple(elements) => Some(elements),
        _ => None,
    }
}

/// The first type, by preference, that all others can become.
fn preferred(types: &[Type], is_unsafe: bool) -> Option<Type> {
    let mut distinct: Vec<&Type> = Vec::new();
    for of in types {
        if !distinct.contains(&of) {
            distinct.push(of);
        }
    }
    let suits = |wanted: &&Type| distinct.iter().all(|from| from == wanted || is_convertible(from, wanted, is_unsafe));
    by_preference(&distinct).into_iter().find(suits).cloned()
}

/// More general types first; among types that do not compare, in the order written. "Better" is a partial order, so this is
/// a topological sort.
fn by_preference<'a>(distinct: &[&'a Type]) -> Vec<&'a Type> {
    let is_better = |a: usize, b: usize| compare(distinct[a], distinct[b]) < 0;
    let mut waiting: Vec<usize> =
        (0..distinct.len()).map(|index| (0..distinct.len()).filter(|other| is_better(*other, index)).count()).collect();
    let mut order: Vec<usize> = (0..distinct.len()).filter(|index| waiting[*index] == 0).collect();
    let mut next = 0;
    while let Some(done) = order.get(next).copied() {
        next += 1;
        for index in (0..distinct.len()).filter(|index| is_better(done, *index)) {
            waiting[index] -= 1;
            if waiting[index] == 0 {
                order.push(index);
            }
        }
    }
    order.into_iter().map(|index| distinct[index]).collect()
}

/// Below zero where `a` is the better common type, above where `b` is.
fn compare(a: &Type, b: &Type) -> i32 {
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => 0,
        (Type::Dynamic, _) => 1,
        (_, Type::Dynamic) => -1,
        (Type::String, Type::Bool | Type::Number) => -1,
        (Type::Bool | Type::Number, Type::String) => 1,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => compare(a, b),
        (Type::Tuple(_) | Type::List(_), Type::Set(_)) => -1,
        (Type::Set(_), Type::Tuple(_) | Type::List(_)) => 1,
        (Type::List(_), Type::Tuple(_)) | (Type::Map(_), Type::Object(_)) => -1,
        (Type::Tuple(_), Type::List(_)) | (Type::Object(_), Type::Map(_)) => 1,
        (Type::Object(a), Type::Object(b)) if a.attributes.keys().eq(b.attributes.keys()) => {
            compare_all(a.attributes.values().zip(b.attributes.values()))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => compare_all(a.iter().zip(b.iter())),
        _ => 0,
    }
}

/// One structure is better only where no part of the other is.
fn compare_all<'a>(pairs: impl Iterator<Item = (&'a Type, &'a Type)>) -> i32 {
    let (mut has_better_a, mut has_better_b) = (false, false);
    for (a, b) in pairs {
        let order = compare(a, b);
        has_better_a |= order < 0;
        has_better_b |= order > 0;
    }
    match (has_better_a, has_better_b) {
        (true, false) => -1,
        (false, true) => 1,
        _ => 0,
    }
}
