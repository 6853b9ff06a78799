//! Plans in files: written by `plan -out`, run by `apply FILE`.

use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::file::{SavedPlan, is_plan, read_plan, write_plan};
use crate::plan::rollout::may_be_any;
use crate::plan::{Input, Observer, Plan, Planned, outline, reopen};
use crate::state::State;
use crate::system::file;
use std::path::Path;
use std::sync::Arc;

/// Writes a plan file. It holds what the state holds, secrets too: only its owner may read it.
pub fn save(path: &str, plan: &Plan, input: &Input) -> Result<(), Diagnostic> {
    file::write_privately(Path::new(path), &write_plan(plan, input)).map_err(|error| {
        let detail = format!("The plan file could not be written to {path}: {error}.");
        Diagnostic::error("Failed to write plan file", detail)
    })
}

/// Whether a file is a plan rather than something else, as far as its beginning tells.
pub fn is_plan_file(path: &str) -> bool {
    std::fs::read(path).is_ok_and(|bytes| is_plan(&bytes))
}

pub fn load(path: &str) -> Result<SavedPlan, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|error| {
        let detail = format!("Couldn't load \"{path}\" as a plan file: {error}.");
        Diagnostic::error("Failed to load plan file", detail)
    })?;
    read_plan(&bytes, path)
}

/// Whether the state is still the one that the plan was made from, and if not, what is different.
pub fn check_current(plan: &Plan, current: &State) -> Option<Diagnostic> {
    let before = &plan.previous_state;
    if !before.lineage.is_empty() && !current.lineage.is_empty() && before.lineage != current.lineage {
        return Some(Diagnostic::error(
            "Saved plan does not match the given state",
            "The given plan file can not be applied because it was created from a different state lineage.",
        ));
    }
    if before.serial != current.serial || before.lineage != current.lineage {
        let detail = format!(
            "The given plan file can no longer be applied because the state was changed by another operation after the plan was created.\n\nThe plan was made from serial {}, and the state has serial {} now. Make a new plan.",
            before.serial, current.serial
        );
        return Some(Diagnostic::error("Saved plan is stale", detail));
    }
    None
}

/// Makes a saved plan ready to run. `input` is as for a new plan; the configuration and the variables become those of the plan, and only
/// ephemeral variables are taken from what is given now.
pub async fn reopen_saved(saved: SavedPlan, input: Input, observer: &dyn Observer) -> Planned {
    let (config, found) = saved.snapshot.load();
    let mut variables = saved.variables;
    for name in &saved.ephemeral_variables {
        if let Some(given) = input.variables.get(name) {
            variables.insert(name.clone(), given.clone());
        }
    }
    let timestamp = saved.plan.timestamp.clone();
    let workspace = saved.workspace;
    let input = Input { config: Arc::new(config), variables, timestamp, workspace, ..input };
    let missing: Diagnostics = saved
        .ephemeral_variables
        .iter()
        .filter(|name| !input.variables.contains_key(*name))
        .map(|name| {
            let detail = format!(
                "The ephemeral input variable \"{name}\" was set when the plan was made. Its value is not in the plan file: give it again with -var or -var-file."
            );
            Diagnostic::error("No value for required variable", detail)
        })
        .collect();
    let mut planned = reopen(saved.plan, Arc::new(input), observer).await;
    let mut all = found;
    all.extend(missing);
    all.extend(std::mem::take(&mut planned.diagnostics));
    planned.diagnostics = all;
    planned
}

/// A saved plan with the rollouts that follow from it, to be shown. `input` is as for a new plan.
pub async fn outlined(saved: SavedPlan, input: Input) -> Plan {
    let plan = saved.plan.clone();
    if !may_be_any(&input.providers, &plan.changes) {
        return plan;
    }
    let (config, _) = saved.snapshot.load();
    let (timestamp, workspace) = (plan.timestamp.clone(), saved.workspace);
    let input = Input { config: Arc::new(config), variables: saved.variables, timestamp, workspace, ..input };
    outline(saved.plan, Arc::new(input)).await.unwrap_or(plan)
}
