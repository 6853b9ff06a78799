//! Rollouts that a dead run left: their traffic is returned by whatever command comes next, and the next apply goes on with them or takes
//! them back, by the plan that the run had.
//!
//! Going on is what the next plan does by itself, but where the provider replaces servers: once it was asked to, nothing is left to plan. Such a
//! rollout is waited for before anything is planned.

use super::apply::tell_that_state_is_written;
use super::probe::Network;
use super::record::StoreRecord;
use super::recovery::{connect_for, recovered_state};
use super::rollouts::{desk_of, is_carried_out};
use super::saved_plan::reopen_saved;
use crate::apply::{self, Counts, Interrupted, Outcome, Run, StandingState, Stop};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::file::{SavedPlan, read_plan};
use crate::plan::{Event, Input, Observer};
use crate::provider::{Complaint, Connection};
use crate::state::State;
use crate::store::{Course, RolloutRecord, RolloutRecords, Store};
use crate::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// So long requests that a shadow group still answers may take, once it gets no new ones.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Rollouts of a dead run that the next one has to end before it plans: takes back, or waits for.
pub fn to_settle(store: &dyn Store) -> Vec<RolloutRecord> {
    left_behind(store).into_iter().filter(has_to_be_settled).collect()
}

fn has_to_be_settled(record: &RolloutRecord) -> bool {
    let was_under_way =
        [StandingState::Running, StandingState::Paused].map(StandingState::word).contains(&&*record.state);
    record.if_interrupted == Course::TakeBack || record.renews && was_under_way
}

/// Takes the rollouts of a dead run back that are to be, and waits for those that the provider goes on with, by the plan that the run had.
/// Nothing where there are none.
pub async fn settle(
    store: &mut dyn Store,
    input: Input,
    parallelism: usize,
    observer: &dyn Observer,
    stop: Stop,
) -> Option<Outcome> {
    let interrupted: Vec<Interrupted> = to_settle(store).into_iter().map(interrupted_of).collect();
    if interrupted.is_empty() {
        return None;
    }
    let (state, mut diagnostics) = recovered_state(store, &input, observer).await;
    let unchanged = |diagnostics: Diagnostics, state: State| {
        Some(Outcome { state, counts: Counts::default(), diagnostics, was_stopped: false })
    };
    if diagnostics.has_errors() {
        return unchanged(diagnostics, state);
    }
    let saved = match kept_plan(store) {
        Ok(saved) => saved,
        Err(problem) => {
            diagnostics.push(problem);
            return unchanged(diagnostics, state);
        }
    };
    let planned = reopen_saved(saved, Input { state: state.clone(), ..input }, observer).await;
    diagnostics.extend(planned.diagnostics);
    let Some(plan) = planned.plan.filter(|_| !diagnostics.has_errors()) else { return unchanged(diagnostics, state) };
    let is_there = |left: &Interrupted| plan.rollouts.iter().any(|rollout| rollout.name == left.name);
    if !interrupted.iter().all(is_there) {
        diagnostics.push(no_way_back("Its plan, read now, has no such rollout."));
        return unchanged(diagnostics, state);
    }
    let connections = planned.connections.clone();
    let mut record = StoreRecord::new(store, &state, None);
    let work = Run {
        plan,
        evaluation: planned.evaluation,
        graph: planned.graph,
        connections: planned.connections,
        parallelism,
        probes: Arc::new(Network),
    };
    let mut outcome = apply::settle(work, state.clone(), &interrupted, &mut record, observer, stop).await;
    // Nothing was checked again.
    outcome.state.checks = state.checks;
    match record.finish(&outcome.state) {
        Ok(()) => diagnostics.extend(tell_that_state_is_written(&connections).await),
        Err(problems) => diagnostics.extend(problems),
    }
    diagnostics.extend(std::mem::take(&mut outcome.diagnostics));
    Some(Outcome { diagnostics, ..outcome })
}

/// The plan of the dead run.
fn kept_plan(store: &dyn Store) -> Result<SavedPlan, Diagnostic> {
    let bytes = desk_of(store).read_plan();
    let bytes = bytes.map_err(|error| no_way_back(&format!("Its plan could not be read: {error}.")))?;
    read_plan(&bytes, "of the interrupted run").map_err(|problem| no_way_back(&problem.detail))
}

fn no_way_back(problem: &str) -> Diagnostic {
    let detail =
        format!("{problem}\n\n\"terrace rollout resume\" lets the next apply go on with the new version instead.");
    Diagnostic::error("Interrupted rollout cannot be taken back", detail)
}

fn interrupted_of(record: RolloutRecord) -> Interrupted {
    let goes_on = record.if_interrupted == Course::GoOn;
    Interrupted { name: record.name, done: record.done, goes_on, ids: record.ids }
}

/// What a dead run left is settled by what begins now.
pub(super) fn forget_interrupted(store: &dyn Store) {
    if !left_behind(store).is_empty() {
        desk_of(store).clear();
    }
}

/// A dead run may have left traffic split between a group and its shadow.
pub(super) async fn return_traffic(store: &dyn Store, input: &Input, observer: &dyn Observer) -> Diagnostics {
    let left = left_behind(store);
    let provider_of = |record: &RolloutRecord| crate::state::v4::provider_config(&record.provider);
    let split: Vec<&RolloutRecord> = left.iter().filter(|record| is_split(record)).collect();
    let (connections, mut found) = connect_for(input, split.iter().copied().filter_map(provider_of).collect()).await;
    for record in split {
        if let Some(connection) = provider_of(record).and_then(|provider| connections.get(&provider)) {
            found.extend(return_to_groups(record, connection, observer).await);
        }
    }
    if !found.has_errors() {
        found.extend(tell_what_is_next(store, left, observer));
    }
    found
}

/// Rollouts that the next apply takes back or waits for stay on record, now without a shadow; of others nothing is left to know.
fn tell_what_is_next(store: &dyn Store, left: Vec<RolloutRecord>, observer: &dyn Observer) -> Diagnostics {
    if left.is_empty() {
        return Diagnostics::new();
    }
    if !left.iter().any(has_to_be_settled) {
        desk_of(store).clear();
        return Diagnostics::new();
    }
    for record in left.iter().filter(|record| has_to_be_settled(record)) {
        let next = match record.if_interrupted {
            Course::TakeBack => "apply takes it back; \"terrace rollout resume\" lets it go on instead",
            Course::GoOn => "apply goes on with it; \"terrace rollout abort\" has it taken back instead",
        };
        let message = format!(
            "Rollout {} was interrupted at stage {} of {} ({}): {next}",
            record.name,
            record.done + 1,
            record.total,
            record.stage
        );
        observer.observe(Event::Recovered { message: &message });
    }
    let settled =
        |record: RolloutRecord| RolloutRecord { shadowed: Vec::new(), moved: BTreeMap::new(), weight: 0, ..record };
    // No process has this number: the run is dead.
    let records = RolloutRecords { process: 0, rollouts: left.into_iter().map(settled).collect() };
    match desk_of(store).write(&records) {
        Ok(()) => Diagnostics::new(),
        Err(error) => {
            let detail = format!("What is known of them could not be written beside the state: {error}.");
            Diagnostic::error("Interrupted rollouts cannot be kept", detail).into()
        }
    }
}

/// Rollouts of a run that is dead, whose shadow groups may still get traffic.
fn left_behind(store: &dyn Store) -> Vec<RolloutRecord> {
    let records = desk_of(store).read().ok().flatten().filter(|records| !is_carried_out(records));
    records.map(|records| records.rollouts).unwrap_or_default()
}

fn is_split(record: &RolloutRecord) -> bool {
    !record.shadowed.is_empty() || !record.moved.is_empty()
}

/// Returns all traffic to the configured groups and removes the shadow of each. At every stage the configured group can carry it; a group that
/// is replaced is on record only while it can.
async fn return_to_groups(
    record: &RolloutRecord,
    connection: &Arc<dyn Connection>,
    observer: &dyn Observer,
) -> Diagnostics {
    let Some(traffic) = connection.traffic() else { return Diagnostics::new() };
    let token = Text::from(record.token.as_str());
    let groups: Vec<Text> = record.shadowed.iter().map(|group| Text::from(group.as_str())).collect();
    let moved: Vec<(Text, Text)> =
        record.moved.iter().map(|(group, next)| (group.as_str().into(), next.as_str().into())).collect();
    let result: Result<(), Vec<Complaint>> = async {
        for group in &groups {
            let shadow = traffic.make_shadow(group, &token).await?;
            traffic.weigh(group, &shadow, 0).await?;
        }
        for (group, next) in &moved {
            traffic.weigh(group, next, 0).await?;
        }
        tokio::time::sleep(LAST_REQUESTS).await;
        for (group, next) in &moved {
            traffic.leave(group, next).await?;
        }
        for group in &groups {
            traffic.remove_shadow(group, &token).await?;
        }
        Ok(())
    }
    .await;
    match result {
        Ok(()) => {
            let message = format!("Rollout {}: all traffic is with the configured group again", record.name);
            observer.observe(Event::Recovered { message: &message });
            Diagnostics::new()
        }
        Err(complaints) => crate::plan::unlocated(complaints, &record.name),
    }
}
