//! Whether an actual object is what was planned, with unknown parts filled in and nothing else different.
//!
//! Follows Terraform's `objchange.AssertObjectCompatible`: it holds providers to their word between plan and apply.

use super::propose::elements_of;
use super::validity::Inconsistency;
use crate::schema::{Block, NestedBlock, Nesting};
use crate::value::{Data, Path, Type, Value, mismatch};

/// All that contradicts the plan. Values may carry marks; what is sensitive is not shown.
pub fn check_result(block: &Block, planned: &Value, actual: &Value) -> Vec<Inconsistency> {
    let mut found = Vec::new();
    check_block(block, planned, actual, &Path::root(), &mut found);
    found
}

fn report(found: &mut Vec<Inconsistency>, path: &Path, problem: impl Into<String>) {
    found.push(Inconsistency { path: path.clone(), problem: problem.into() });
}

fn check_block(block: &Block, planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Inconsistency>) {
    let root = if path.0.is_empty() { "Root object " } else { "" };
    match (planned.is_null(), actual.is_null()) {
        (true, false) => return report(found, path, format!("{root}was absent, but now present")),
        (false, true) => return report(found, path, format!("{root}was present, but now absent")),
        (true, true) => return,
        (false, false) => {}
    }
    if !planned.is_known() {
        return;
    }
    for (name, attribute) in &block.attributes {
        let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) else { continue };
        let is_sensitive =
            attribute.is_sensitive || planned.deep_marks().is_sensitive() || actual.deep_marks().is_sensitive();
        let path = path.attribute(name);
        let mut problems = Vec::new();
        check_value(&planned.clone().unmark_deep().0, &actual.clone().unmark_deep().0, &path, &mut problems);
        match is_sensitive {
            true if problems.is_empty() => {}
            true => report(found, &path, "inconsistent values for sensitive attribute"),
            false => found.append(&mut problems),
        }
    }
    for (name, nested) in &block.blocks {
        let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) else { continue };
        check_nested(nested, planned, actual, &path.attribute(name), found);
    }
}

fn check_nested(nested: &NestedBlock, planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Inconsistency>) {
    if matches!(nested.nesting, Nesting::Single | Nesting::Group) {
        if planned.is_known() || !actual.is_null() {
            check_block(&nested.block, planned, actual, path, found);
        }
        return;
    }
    if !planned.is_known() || !actual.is_known() || planned.is_null() || actual.is_null() {
        return;
    }
    let (before, after) = (elements_of(nested.nesting, planned), elements_of(nested.nesting, actual));
    match nested.nesting {
        Nesting::Set => {
            let fits = |planned: &Value, actual: &Value| check_result(&nested.block, planned, actual).is_empty();
            check_set(&before, &after, path, &fits, found);
            if before.len() < after.len() {
                let problem = format!("block set length changed from {} to {}", before.len(), after.len());
                report(found, path, problem);
            }
        }
        Nesting::Map if matches!(planned.data(), Data::Object(_)) => {
            check_block_object(nested, planned, actual, path, found);
        }
        _ if before.len() != after.len() => {
            report(found, path, format!("block count changed from {} to {}", before.len(), after.len()));
        }
        Nesting::Map => {
            for (key, element) in planned.as_entries().into_iter().flat_map(|entries| entries.iter()) {
                if let Some(actual) = actual.get(key) {
                    check_block(&nested.block, element, actual, &path.key(key), found);
                }
            }
        }
        _ => {
            for (index, (planned, actual)) in before.iter().zip(&after).enumerate() {
                check_block(&nested.block, planned, actual, &path.index(index), found);
            }
        }
    }
}

fn check_block_object(
    nested: &NestedBlock,
    planned: &Value,
    actual: &Value,
    path: &Path,
    found: &mut Vec<Inconsistency>,
) {
    let entries = |value: &Value| -> Vec<_> {
        value
            .as_entries()
            .map(|entries| entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
            .unwrap_or_default()
    };
    for (key, element) in entries(planned) {
        match actual.get(&key) {
            Some(actual) => check_block(&nested.block, &element, actual, &path.attribute(&key), found),
            None => report(found, path, format!("block key {key:?} has vanished")),
        }
    }
    for (key, _) in entries(actual) {
        if planned.get(&key).is_none() {
            report(found, path, format!("new block key {key:?} has appeared"));
        }
    }
}

fn check_value(planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Inconsistency>) {
    if planned == actual || matches!(planned.data(), Data::Unknown(unknown) if *unknown.type_of() == Type::Dynamic) {
        return;
    }
    if planned.is_null() && planned.type_of() == Type::Dynamic {
        if !actual.is_null() {
            report(found, path, format!("was null, but now {actual:?}"));
        }
        return;
    }
    let (of, wanted) = (actual.type_of(), planned.type_of());
    if !of.conforms_to(&wanted) {
        return report(found, path, format!("wrong final value type: {}", mismatch(&of, &wanted)));
    }
    if let Data::Unknown(unknown) = planned.data() {
        if !unknown.refinement.may_be(actual) {
            report(found, path, format!("final value {actual:?} does not conform to planning placeholder {planned:?}"));
        }
        return;
    }
    match (planned.is_null(), actual.is_null()) {
        (true, true) => return,
        (false, true) => return report(found, path, format!("was {planned:?}, but now null")),
        (true, false) => return report(found, path, format!("was null, but now {actual:?}")),
        (false, false) => {}
    }
    match (planned.data(), actual.data()) {
        (_, Data::Unknown(_)) => report(found, path, "was known, but now unknown"),
        (Data::List(_) | Data::Tuple(_), _) => {
            let (before, after) = (planned.as_items().unwrap_or_default(), actual.as_items().unwrap_or_default());
            for (index, (planned, actual)) in before.iter().zip(after).enumerate() {
                check_value(planned, actual, &path.index(index), found);
            }
            for index in after.len()..before.len() {
                report(found, path, format!("element {index} has vanished"));
            }
            for index in before.len()..after.len() {
                report(found, path, format!("new element {index} has appeared"));
            }
        }
        (Data::Map(_) | Data::Object(_), _) => {
            for (key, planned) in planned.as_entries().into_iter().flat_map(|entries| entries.iter()) {
                match actual.get(key) {
                    Some(actual) => check_value(planned, actual, &path.key(key), found),
                    None => report(found, path, format!("element {key:?} has vanished")),
                }
            }
            for key in actual.as_entries().into_iter().flat_map(|entries| entries.keys()) {
                if planned.get(key).is_none() {
                    report(found, path, format!("new element {key:?} has appeared"));
                }
            }
        }
        (Data::Set(before), Data::Set(after)) => {
            let fits = |planned: &Value, actual: &Value| {
                let mut problems = Vec::new();
                check_value(planned, actual, path, &mut problems);
                problems.is_empty()
            };
            check_set(before.elements().as_slice(), after.elements().as_slice(), path, &fits, found);
            if before.len() < after.len() {
                report(found, path, format!("length changed from {} to {}", before.len(), after.len()));
            }
        }
        _ => report(found, path, format!("was {planned:?}, but now {actual:?}")),
    }
}

/// Every element must have a partner on the other side.
fn check_set(
    planned: &[Value],
    actual: &[Value],
    path: &Path,
    fits: &dyn Fn(&Value, &Value) -> bool,
    found: &mut Vec<Inconsistency>,
) {
    let lonely = |of: &[Value], other: &[Value], fits: &dyn Fn(&Value, &Value) -> bool| -> Vec<Value> {
        of.iter()
            .filter(|element| !other.contains(element) && !other.iter().any(|it| fits(element, it)))
            .cloned()
            .collect()
    };
    let missing = lonely(planned, actual, fits);
    if !missing.is_empty() {
        for element in missing {
            report(
                found,
                path,
                format!("planned set element {element:?} does not correlate with any element in actual"),
            );
        }
        return;
    }
    for element in lonely(actual, planned, &|actual, planned| fits(planned, actual)) {
        report(found, path, format!("actual set element {element:?} does not correlate with any element in plan"));
    }
}
