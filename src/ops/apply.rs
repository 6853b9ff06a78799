//! Applying a plan to a state.

use super::interrupted_rollouts::forget_interrupted;
use super::probe::Network;
use super::record::StoreRecord;
use crate::addr::ProviderConfig;
use crate::apply::{Outcome, Run, Stop, run};
use crate::diag::Diagnostics;
use crate::plan::file::write_plan;
use crate::plan::{Mode, Observer, Planned};
use crate::provider::Connection;
use crate::store::Store;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many effects at once where nothing else is said.
pub const DEFAULT_PARALLELISM: usize = 10;

/// Runs a plan and saves the state, whatever happens on the way. Nothing where there is no plan to run.
pub async fn apply(
    store: &mut dyn Store,
    planned: Planned,
    parallelism: usize,
    observer: &dyn Observer,
    stop: Stop,
) -> Option<Outcome> {
    let plan = planned.plan?;
    let connections = planned.connections.clone();
    if plan.mode != Mode::RefreshOnly {
        // What is done now is the way on.
        forget_interrupted(store);
    }
    let kept = (!plan.rollouts.is_empty()).then(|| write_plan(&plan, &planned.evaluation.input));
    let mut record = StoreRecord::new(store, &plan.previous_state, kept);
    let work = Run {
        plan,
        evaluation: planned.evaluation,
        graph: planned.graph,
        connections: planned.connections,
        parallelism,
        probes: Arc::new(Network),
    };
    let mut outcome = run(work, &mut record, observer, stop).await;
    match record.finish(&outcome.state) {
        Ok(()) => outcome.diagnostics.extend(tell_that_state_is_written(&connections).await),
        Err(problems) => outcome.diagnostics.extend(problems),
    }
    Some(outcome)
}

/// From now on the state names everything that providers made.
pub(super) async fn tell_that_state_is_written(
    connections: &HashMap<ProviderConfig, Arc<dyn Connection>>,
) -> Diagnostics {
    let in_order: BTreeMap<_, _> = connections.iter().collect();
    let mut found = Diagnostics::new();
    for (provider, connection) in in_order {
        found.extend(crate::plan::unlocated(connection.state_is_written().await, &provider.to_string()));
    }
    found
}
