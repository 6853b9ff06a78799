//! Which action a difference means.

use super::order::place_of;
use super::{Action, ActionReason};
use crate::value::{Path, PathStep, Value, equal_unmarked};

/// Why an object is replaced whatever the difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// `-replace`
    ByRequest,
    /// `replace_triggered_by`
    ByTrigger,
}

/// The action that leads from one object to the other. Values carry no marks.
pub fn decide(
    prior: &Value,
    planned: &Value,
    create_before_destroy: bool,
    forced: Option<Forced>,
    replace_paths: &[Path],
) -> (Action, ActionReason) {
    if prior.is_null() {
        return (Action::Create, ActionReason::None);
    }
    let replace = if create_before_destroy { Action::CreateThenDelete } else { Action::DeleteThenCreate };
    match forced {
        Some(Forced::ByRequest) => (replace, ActionReason::ReplaceByRequest),
        Some(Forced::ByTrigger) => (replace, ActionReason::ReplaceByTriggers),
        None if !replace_paths.is_empty() => (replace, ActionReason::ReplaceBecauseCannotUpdate),
        None if is_equal(prior, planned) => (Action::NoOp, ActionReason::None),
        None => (Action::Update, ActionReason::None),
    }
}

/// Known to be equal: an unknown part is never equal to anything.
pub fn is_equal(a: &Value, b: &Value) -> bool {
    a.is_wholly_known() && b.is_wholly_known() && a == b
}

/// Known to be equal when marks are put aside.
pub fn equal_but_for_marks(a: &Value, b: &Value) -> bool {
    a.is_wholly_known() && b.is_wholly_known() && equal_unmarked(a, b)
}

/// Of the paths that a provider says need a new object, those where something changes; or the paths that make no sense.
pub fn changed_replace_paths(
    prior: &Value,
    planned: &Value,
    required: &[Path],
    write_only: &[Path],
) -> Result<Vec<Path>, Vec<Path>> {
    if prior.is_null() {
        return Ok(Vec::new());
    }
    let exists = |value: &Value, path: &Path| path.find(value).is_some() || leads_into_nothing(value, path);
    let senseless: Vec<Path> =
        required.iter().filter(|path| !exists(prior, path) && !exists(planned, path)).cloned().collect();
    if !senseless.is_empty() {
        return Err(senseless);
    }
    let changes = |path: &&Path| match (path.find(prior), path.find(planned)) {
        (Some(before), Some(after)) => !is_equal(before, after) || write_only.contains(path),
        (None, None) => write_only.contains(path),
        (Some(only), None) | (None, Some(only)) => !only.is_null(),
    };
    let mut changed: Vec<Path> = required.iter().filter(changes).cloned().collect();
    changed.sort_by_cached_key(|path| (place_of(path), path.clone()));
    changed.dedup();
    Ok(changed)
}

/// The path goes on below something null or unknown.
fn leads_into_nothing(value: &Value, path: &Path) -> bool {
    let mut at = value;
    for step in &path.0 {
        if at.is_null() || !at.is_known() {
            return true;
        }
        let next = match step {
            PathStep::Attribute(name) | PathStep::Key(name) => at.get(name),
            PathStep::Index(index) => at.as_items().and_then(|items| items.get(*index)),
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}
