//! Rollouts from another terminal: where they stand, and what is asked of them. After a crash: what their shadow groups become.

use crate::apply::OrderKind;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Event, Observer};
use crate::provider::{Complaint, Connection};
use crate::store::{OrderRecord, RolloutDesk, RolloutRecord, RolloutRecords, Store};
use crate::value::Text;
use std::sync::Arc;
use std::time::Duration;

/// So long requests that a shadow group still answers may take, once it gets no new ones.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Where the rollouts of a state stand; nothing where none is under way.
pub fn rollouts_of(store: &dyn Store) -> Result<Option<RolloutRecords>, Diagnostic> {
    desk_of(store).read().map_err(|error| {
        Diagnostic::error(
            "Rollouts cannot be read",
            format!("What stands beside the state could not be read: {error}."),
        )
    })
}

/// Whether the process that carries rollouts out is still there.
pub fn is_carried_out(records: &RolloutRecords) -> bool {
    let pid = i32::try_from(records.process).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

/// Asks something of a rollout that is under way, or of all.
pub fn order(store: &dyn Store, kind: OrderKind, name: Option<&str>) -> Result<(), Diagnostic> {
    let nothing = |detail: String| Diagnostic::error("No such rollout", detail);
    let records = rollouts_of(store)?.filter(is_carried_out);
    let Some(records) = records else {
        return Err(nothing("No rollout is under way in this directory.".to_owned()));
    };
    if let Some(name) = name
        && !records.rollouts.iter().any(|rollout| rollout.name == name)
    {
        let names: Vec<&str> = records.rollouts.iter().map(|rollout| rollout.name.as_str()).collect();
        return Err(nothing(format!("No rollout {name:?} is under way; there is {}.", names.join(", "))));
    }
    let record = OrderRecord { order: kind.word().to_owned(), rollout: name.map(str::to_owned) };
    desk_of(store).order(&record).map_err(|error| {
        Diagnostic::error("Order cannot be given", format!("It could not be written beside the state: {error}."))
    })
}

pub(super) fn desk_of(store: &dyn Store) -> RolloutDesk {
    RolloutDesk::beside(&store.journal_path())
}

/// Rollouts of a run that is dead, whose shadow groups may still get traffic.
pub(super) fn left_behind(store: &dyn Store) -> Vec<RolloutRecord> {
    let records = desk_of(store).read().ok().flatten().filter(|records| !is_carried_out(records));
    records.map(|records| records.rollouts).unwrap_or_default()
}

/// Returns all traffic to the configured groups and removes the shadow of each. At every stage the configured group can carry it.
pub(super) async fn remove_shadows(
    record: &RolloutRecord,
    connection: &Arc<dyn Connection>,
    observer: &dyn Observer,
) -> Diagnostics {
    let Some(traffic) = connection.traffic() else { return Diagnostics::new() };
    let token = Text::from(record.token.as_str());
    let groups: Vec<Text> = record.shadowed.iter().map(|group| Text::from(group.as_str())).collect();
    let result: Result<(), Vec<Complaint>> = async {
        for group in &groups {
            let shadow = traffic.make_shadow(group, &token).await?;
            traffic.weigh(group, &shadow, 0).await?;
        }
        tokio::time::sleep(LAST_REQUESTS).await;
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
