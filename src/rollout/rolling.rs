//! Rolling: batch after batch, within what surge and unavailability allow.
//!
//! Added servers come first and removed ones go last, so that both help the capacity. Within a batch, as many old servers as
//! the policy lets go are taken out first; the others leave when their successors have been seen healthy.

use super::Refusal;
use super::fleet::{Fate, Fleet, Server};
use super::policy::{Policy, Strategy};
use super::stage::{Action, Group};
use std::time::Duration;

pub(super) fn actions(fleet: &Fleet, policy: &Policy) -> Result<Vec<Action>, Refusal> {
    let limits = Limits::of(fleet, policy)?;
    let mut actions = Vec::new();
    let unproven: Vec<Server> = fleet.unproven().into_iter().map(Server::old).collect();
    actions.push(Action::Register { servers: unproven.clone(), group: Group::Configured });
    actions.push(Action::AwaitHealthy { servers: unproven, group: Group::Configured });
    for batch in fleet.with(|fate| fate == Fate::Add).chunks(limits.batch) {
        bring_in(&mut actions, batch);
        pause(&mut actions, policy.hold_time(limits.pause));
    }
    for batch in batches(fleet, &limits, Fate::Replace) {
        replace(fleet, &limits, &batch, &mut actions);
        pause(&mut actions, policy.hold_time(limits.pause));
    }
    for batch in batches(fleet, &limits, Fate::Remove) {
        take_out(&mut actions, &batch);
    }
    if matches!(actions.last(), Some(Action::Hold { .. })) && policy.analysis.is_empty() {
        actions.pop();
    }
    Ok(actions)
}

struct Limits {
    batch: usize,
    surge: usize,
    unavailable: usize,
    one_zone_at_a_time: bool,
    pause: Duration,
}

impl Limits {
    fn of(fleet: &Fleet, policy: &Policy) -> Result<Self, Refusal> {
        let Strategy::Rolling { batch, max_surge, one_zone_at_a_time, pause, .. } = policy.strategy else {
            // Another strategy with nothing new to bring in: servers go one by one.
            return Ok(Self { batch: 1, surge: 0, unavailable: 0, one_zone_at_a_time: false, pause: Duration::ZERO });
        };
        let size = fleet.size_before().min(fleet.size_after());
        let surge = max_surge.ceil_of(size);
        let unavailable = policy.unavailable_of(size);
        if surge + unavailable == 0 && !fleet.with(|fate| fate == Fate::Replace).is_empty() {
            return Err(Refusal::new(
                "Rollout can never begin",
                format!(
                    "{} has max_surge = 0 and max_unavailable = 0: no server may be added before one is taken away, and none may be \
                     taken away before one is added. Allow one of the two.",
                    fleet.name
                ),
            ));
        }
        refuse_exclusive(fleet, unavailable)?;
        // A batch can be no larger than what may be missing and what may be there twice.
        let batch = batch.ceil_of(size).clamp(1, (surge + unavailable).max(1));
        Ok(Self { batch, surge, unavailable, one_zone_at_a_time, pause })
    }
}

/// A member whose generations exclude each other must be out of service for a moment; the policy has to allow that.
fn refuse_exclusive(fleet: &Fleet, unavailable: usize) -> Result<(), Refusal> {
    let stuck = fleet.members.iter().find(|member| member.fate == Fate::Replace && member.exclusive.is_some());
    match stuck {
        Some(member) if unavailable == 0 => Err(Refusal::new(
            "Server cannot exist twice",
            format!(
                "{} has {}, so its successor cannot be made while it is there, and max_unavailable = 0 forbids to take it away first. \
                 Remove the fixed value, or set max_unavailable to at least 1.",
                member.name,
                member.exclusive.as_deref().unwrap_or_default()
            ),
        )),
        _ => Ok(()),
    }
}

/// Members with a fate, in batches: where that is asked for, those of a batch leave one zone, wherever their successors will be. Exclusive
/// members go among themselves, no more at once than may be missing.
fn batches(fleet: &Fleet, limits: &Limits, fate: Fate) -> Vec<Vec<usize>> {
    let mut members = fleet.with(|found| found == fate);
    let key = |member: &usize| {
        let zone = if limits.one_zone_at_a_time { fleet.zone(Server::old(*member)) } else { "" };
        (zone, fleet.members[*member].exclusive.is_some())
    };
    members.sort_by_key(key);
    members
        .chunk_by(|a, b| key(a) == key(b))
        .flat_map(|alike| {
            let is_exclusive = fleet.members[alike[0]].exclusive.is_some();
            let most = if is_exclusive { limits.batch.min(limits.unavailable).max(1) } else { limits.batch };
            alike.chunks(most).map(<[usize]>::to_vec)
        })
        .collect()
}

fn replace(fleet: &Fleet, limits: &Limits, batch: &[usize], actions: &mut Vec<Action>) {
    let is_exclusive = fleet.members[batch[0]].exclusive.is_some();
    let first_out = if is_exclusive { batch.len() } else { batch.len().saturating_sub(limits.surge) };
    let (before, after) = batch.split_at(first_out);
    take_out(actions, before);
    bring_in(actions, batch);
    take_out(actions, after);
}

fn bring_in(actions: &mut Vec<Action>, members: &[usize]) {
    let servers: Vec<Server> = members.iter().map(|member| Server::new(*member)).collect();
    actions.push(Action::Create { servers: servers.clone() });
    actions.push(Action::Register { servers: servers.clone(), group: Group::Configured });
    actions.push(Action::AwaitHealthy { servers, group: Group::Configured });
}

fn take_out(actions: &mut Vec<Action>, members: &[usize]) {
    let servers: Vec<Server> = members.iter().map(|member| Server::old(*member)).collect();
    actions.push(Action::Drain { servers: servers.clone(), group: Group::Configured });
    actions.push(Action::Destroy { servers });
}

fn pause(actions: &mut Vec<Action>, time: Duration) {
    actions.push(Action::Hold { time });
}
