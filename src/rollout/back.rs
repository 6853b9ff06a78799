//! The way back: from any stage to the old version, traffic first, then the new servers go.
//!
//! Undoing is as careful as doing: an old server that is gone is made again from what it was, registered, and
//! seen healthy, in batches no larger than the way forward's, before its successor is taken out.

use super::fleet::{Fleet, Generation, Server};
use super::policy::{Policy, Strategy};
use super::situation::Situation;
use super::stage::{Action, Group, Stage, with_situations_from};
use crate::provider::Renewal;
use std::time::Duration;

/// What to do, in order, when `now` is the situation and the old version is wanted. The interrupted stage may have been done in part:
/// the caller passes what is known to be so.
pub fn way_back(fleet: &Fleet, policy: &Policy, now: &Situation) -> Vec<Stage> {
    let mut actions = Vec::new();
    if fleet.moves && !now.has_shadow {
        // It has not begun, or it is over.
        return Vec::new();
    }
    if let Some(renewal) = &now.renewal {
        let how = Renewal {
            checkpoints: Vec::new(),
            alarms: Vec::new(),
            bake: Duration::ZERO,
            skips_matching: true,
            takes_itself_back: false,
            version: renewal.former_version.clone(),
            ..renewal.clone()
        };
        let servers = (0..fleet.members.len()).map(Server::old).collect();
        return with_situations_from(now.clone(), vec![Action::Renew { servers, how }]);
    }
    // What an interrupted run left unproven is nothing to go back to.
    let old: Vec<Server> = fleet.serving_before().into_iter().map(Server::old).collect();
    let new: Vec<Server> = now.existing.iter().copied().filter(|server| server.generation == Generation::New).collect();
    if now.weight > 0 || now.has_shadow {
        // The old servers stand by in the configured group, or are brought back to it before traffic returns.
        restore(&mut actions, fleet, now, &old);
        actions.push(Action::Shift { percent: 0 });
        let in_shadow: Vec<Server> = members_of(now, Group::Shadow);
        actions.push(Action::Drain { servers: in_shadow, group: Group::Shadow });
        actions.push(Action::RemoveShadow);
        take_out(&mut actions, now, &new);
        if fleet.moves {
            actions.push(Action::RemoveGroup);
        }
    } else {
        roll_back(&mut actions, fleet, policy, now, &old, &new);
    }
    with_situations_from(now.clone(), actions)
}

/// Batches: old ones first, gated, then as many new ones go.
fn roll_back(
    actions: &mut Vec<Action>,
    fleet: &Fleet,
    policy: &Policy,
    now: &Situation,
    old: &[Server],
    new: &[Server],
) {
    let batch = match policy.strategy {
        Strategy::Rolling { batch, max_surge, max_unavailable, .. } => {
            let size = fleet.size_before().min(fleet.size_after());
            let most = max_surge.ceil_of(size) + max_unavailable.floor_of(size);
            batch.ceil_of(size).clamp(1, most.max(1))
        }
        _ => old.len().max(1),
    };
    // New servers that never got healthy serve nobody: they go first and make room.
    let (serving, idle): (Vec<Server>, Vec<Server>) =
        new.iter().partition(|server| now.ready.contains(&(**server, Group::Configured)));
    take_out(actions, now, &idle);
    let missing: Vec<Server> =
        old.iter().copied().filter(|server| !now.ready.contains(&(*server, Group::Configured))).collect();
    let leaving = |server: Server| {
        let successor = Server::new(server.member);
        if serving.contains(&successor) { successor } else { server }
    };
    for members in batches(fleet, policy, missing, batch, leaving) {
        let successors: Vec<Server> =
            members.iter().map(|server| Server::new(server.member)).filter(|server| serving.contains(server)).collect();
        // One that excludes its predecessor must go before that one can come back.
        let (first, then): (Vec<Server>, Vec<Server>) =
            successors.iter().partition(|server| fleet.members[server.member].exclusive.is_some());
        take_out(actions, now, &first);
        restore(actions, fleet, now, &members);
        take_out(actions, now, &then);
    }
    let added = serving.iter().copied().filter(|server| is_left(now, old, *server)).collect();
    for servers in batches(fleet, policy, added, batch, |server| server) {
        take_out(actions, now, &servers);
    }
}

/// A new server that no restored one takes the place of: an added one, or one whose predecessor still serves.
fn is_left(now: &Situation, old: &[Server], server: Server) -> bool {
    let predecessor = Server::old(server.member);
    !old.contains(&predecessor) || now.ready.contains(&(predecessor, Group::Configured))
}

/// No more at once than the way forward took; where the policy says so, those who leave for them are of one zone.
fn batches(
    fleet: &Fleet,
    policy: &Policy,
    mut servers: Vec<Server>,
    most: usize,
    leaving: impl Fn(Server) -> Server,
) -> Vec<Vec<Server>> {
    let by_zone = matches!(policy.strategy, Strategy::Rolling { one_zone_at_a_time: true, .. });
    let zone = |server: &Server| if by_zone { fleet.zone(leaving(*server)) } else { "" };
    servers.sort_by_key(|server| (zone(server), *server));
    servers.chunk_by(|a, b| zone(a) == zone(b)).flat_map(|alike| alike.chunks(most).map(<[Server]>::to_vec)).collect()
}

/// Makes what is gone, registers what is out, and waits until it is healthy.
fn restore(actions: &mut Vec<Action>, fleet: &Fleet, now: &Situation, servers: &[Server]) {
    let wanted = |servers: &mut dyn Iterator<Item = &Server>| servers.copied().collect::<Vec<_>>();
    let gone = wanted(&mut servers.iter().filter(|server| !now.existing.contains(server)));
    let out = wanted(&mut servers.iter().filter(|server| !now.registered.contains(&(**server, Group::Configured))));
    let unseen = wanted(&mut servers.iter().filter(|server| !now.ready.contains(&(**server, Group::Configured))));
    debug_assert!(
        gone.iter().all(|server| fleet.members[server.member].fate.takes_old()),
        "only what was taken can be gone"
    );
    actions.push(Action::Create { servers: gone });
    actions.push(Action::Register { servers: out, group: Group::Configured });
    actions.push(Action::AwaitHealthy { servers: unseen, group: Group::Configured });
}

fn take_out(actions: &mut Vec<Action>, now: &Situation, servers: &[Server]) {
    let registered: Vec<Server> =
        servers.iter().copied().filter(|server| now.registered.contains(&(*server, Group::Configured))).collect();
    actions.push(Action::Drain { servers: registered, group: Group::Configured });
    actions.push(Action::Destroy { servers: servers.to_vec() });
}

fn members_of(now: &Situation, group: Group) -> Vec<Server> {
    now.registered.iter().filter(|(_, registered)| *registered == group).map(|(server, _)| *server).collect()
}
