//! Changes of root outputs.

use super::evaluation::Evaluation;
use super::values::ModuleId;
use crate::change::{Action, Change, OutputChange};
use crate::state::State;
use crate::value::{Text, Value};

/// The changes from the recorded outputs to the evaluated ones. Outputs that the walk did not reach are left as they are, and where only a
/// part of the configuration is planned, so are those that it does not declare.
pub fn output_changes(
    evaluation: &Evaluation,
    prior: &State,
    is_whole: bool,
    takes_part: impl Fn(&Text) -> bool,
) -> Vec<OutputChange> {
    let root = evaluation.values.module(ModuleId::ROOT);
    let mut changes = Vec::new();
    for (name, output) in &root.module.outputs {
        let Some(after) = root.outputs.get(name).filter(|_| takes_part(name)) else { continue };
        let before = prior.outputs.get(name);
        let was_sensitive = before.is_some_and(|before| before.is_sensitive);
        let action = action_of(before.map(|before| &before.value), after, output.is_sensitive() == was_sensitive);
        let before = before.map_or_else(Value::untyped_null, |before| before.value.clone());
        let change = Change { action, before, after: after.clone() };
        changes.push(OutputChange { name: name.clone(), change, is_sensitive: was_sensitive || output.is_sensitive() });
    }
    for (name, before) in &prior.outputs {
        if is_whole && !root.module.outputs.contains_key(name) {
            changes.push(removal(name, &before.value, before.is_sensitive));
        }
    }
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    changes
}

/// What destroying does to outputs.
pub fn output_removals(prior: &State) -> Vec<OutputChange> {
    prior.outputs.iter().map(|(name, before)| removal(name, &before.value, before.is_sensitive)).collect()
}

fn removal(name: &Text, before: &Value, is_sensitive: bool) -> OutputChange {
    let change = Change { action: Action::Delete, before: before.clone(), after: Value::untyped_null() };
    OutputChange { name: name.clone(), change, is_sensitive }
}

fn action_of(before: Option<&Value>, after: &Value, same_sensitivity: bool) -> Action {
    match before {
        _ if after.is_null() && before.is_none_or(Value::is_null) => Action::NoOp,
        None => Action::Create,
        Some(before) if after.is_wholly_known() && same_sensitivity && after.clone().unmark_deep().0 == *before => {
            Action::NoOp
        }
        Some(_) => Action::Update,
    }
}
