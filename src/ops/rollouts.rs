//! Rollouts from another terminal: where they stand, and what is asked of them.

use crate::apply::OrderKind;
use crate::diag::Diagnostic;
use crate::store::{Course, OrderRecord, RolloutDesk, RolloutRecords, Store};

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

/// Asks something of a rollout that is under way, or of all. Of one that was interrupted: what the next run does with it.
pub fn order(store: &dyn Store, kind: OrderKind, name: Option<&str>) -> Result<Heard, Diagnostic> {
    let nothing = |detail: String| Diagnostic::error("No such rollout", detail);
    let Some(mut records) = rollouts_of(store)? else {
        return Err(nothing("No rollout is under way in this directory.".to_owned()));
    };
    if let Some(name) = name
        && !records.rollouts.iter().any(|rollout| rollout.name == name)
    {
        let names: Vec<&str> = records.rollouts.iter().map(|rollout| rollout.name.as_str()).collect();
        return Err(nothing(format!("No rollout {name:?} is under way; there is {}.", names.join(", "))));
    }
    let unwritten = |error: std::io::Error| {
        Diagnostic::error("Order cannot be given", format!("It could not be written beside the state: {error}."))
    };
    if is_carried_out(&records) {
        let record = OrderRecord { order: kind.word().to_owned(), rollout: name.map(str::to_owned) };
        return desk_of(store).order(&record).map(|()| Heard::Now).map_err(unwritten);
    }
    let course = match kind {
        OrderKind::Resume => Course::GoOn,
        OrderKind::Abort => Course::TakeBack,
        OrderKind::Pause | OrderKind::Promote => {
            let detail = "The run that carried it out was interrupted. \"rollout resume\" lets the next apply go on with it, \"rollout abort\" lets \
                          it take it back.";
            return Err(Diagnostic::error("Nothing is under way", detail));
        }
    };
    for rollout in records.rollouts.iter_mut().filter(|it| name.is_none_or(|name| it.name == name)) {
        rollout.if_interrupted = course;
    }
    desk_of(store).write(&records).map(|()| Heard::ByTheNextRun).map_err(unwritten)
}

/// Who follows an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Now,
    ByTheNextRun,
}

pub(super) fn desk_of(store: &dyn Store) -> RolloutDesk {
    RolloutDesk::beside(&store.journal_path())
}
