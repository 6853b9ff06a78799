//! Applying a plan to a state.

use super::probe::Network;
use super::record::StoreRecord;
use crate::apply::{Outcome, Run, Stop, run};
use crate::plan::{Observer, Planned};
use crate::store::Store;
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
    let mut record = StoreRecord::new(store, &plan.previous_state);
    let work = Run {
        plan,
        evaluation: planned.evaluation,
        graph: planned.graph,
        connections: planned.connections,
        parallelism,
        probes: Arc::new(Network),
    };
    let mut outcome = run(work, &mut record, observer, stop).await;
    if let Err(problems) = record.finish(&outcome.state) {
        outcome.diagnostics.extend(problems);
    }
    Some(outcome)
}
