//! Blue/green and canary: a second group beside the configured one takes over the traffic, at once or by weights.
//!
//! Blue/green is a canary whose first weight is 100. New servers come up in the shadow, only as many as the next weight needs;
//! kept servers join it before it gets everything. Once all traffic is there and the bake is over, the new
//! servers are registered with the configured group, traffic returns to it, and the shadow goes: what is left is what the configuration says.
//! Old servers are destroyed last: until then the way back is a shift of traffic.
//!
//! A fleet whose group is replaced goes the same way, whatever the strategy: the next group is the second one. It stays, so that at the end
//! what forwards is turned to it, as the configuration says. Rolling has no weights; there all traffic moves at once.

use super::Refusal;
use super::fleet::{Fate, Fleet, Server};
use super::policy::{Policy, Strategy};
use super::stage::{Action, Group};
use std::time::Duration;

pub(super) fn actions(fleet: &Fleet, policy: &Policy) -> Result<Vec<Action>, Refusal> {
    let course = Course::of(policy);
    refuse(fleet, &course)?;
    let unproven: Vec<Server> = fleet.unproven().into_iter().map(Server::old).collect();
    let mut actions = Vec::new();
    if !fleet.moves {
        join(&mut actions, &unproven, Group::Configured);
    }
    actions.push(Action::MakeShadow);
    let new = fleet.with(Fate::makes_new);
    let kept: Vec<Server> = fleet.with(|fate| fate == Fate::Keep).into_iter().map(Server::old).collect();
    let (mut ready, mut apart) = (0, kept.clone());
    for weight in course.weights {
        let needed = servers_for(weight, fleet.size_after()).min(new.len()).max(ready);
        bring_in(&mut actions, &new[ready..needed]);
        ready = needed;
        if new.len() < servers_for(weight, fleet.size_after()) {
            join(&mut actions, &std::mem::take(&mut apart), Group::Shadow);
        }
        actions.push(Action::Shift { percent: weight });
        actions.push(Action::Hold { time: policy.hold_time(course.bake) });
        if course.manual_promotion {
            actions.push(Action::AwaitPromotion);
        }
    }
    if fleet.moves {
        turn(fleet, &mut actions, &kept);
    } else {
        settle(fleet, &mut actions, &new, &kept);
    }
    Ok(actions)
}

struct Course {
    /// Rising, the last is 100.
    weights: Vec<u8>,
    bake: Duration,
    manual_promotion: bool,
    name: &'static str,
}

impl Course {
    fn of(policy: &Policy) -> Self {
        match &policy.strategy {
            Strategy::Canary { weights, bake, manual_promotion } => {
                let mut weights: Vec<u8> = weights.iter().copied().filter(|weight| (1..100).contains(weight)).collect();
                weights.sort_unstable();
                weights.dedup();
                weights.push(100);
                Self { weights, bake: *bake, manual_promotion: *manual_promotion, name: "canary" }
            }
            Strategy::BlueGreen { bake } => {
                Self { weights: vec![100], bake: *bake, manual_promotion: false, name: "blue_green" }
            }
            Strategy::Rolling { pause, .. } => {
                Self { weights: vec![100], bake: *pause, manual_promotion: false, name: "rolling" }
            }
        }
    }
}

fn refuse(fleet: &Fleet, course: &Course) -> Result<(), Refusal> {
    if !fleet.can_weigh && fleet.moves {
        return Err(Refusal::new(
            "Traffic cannot be shifted",
            format!(
                "The target group of {} is replaced, and nothing in front of it can forward to both groups, so that servers could be seen \
                 healthy in the new one first. Make the new group and its members in an apply of their own, and turn what forwards to them \
                 in the next.",
                fleet.name
            ),
        ));
    }
    if !fleet.can_weigh {
        return Err(Refusal::new(
            "Traffic cannot be shifted",
            format!(
                "The strategy {:?} moves traffic between two groups, and nothing in front of {} can do that: its target group is \
                 used by no listener whose forward action could hold a second group. Use strategy \"rolling\", or put a listener in front.",
                course.name, fleet.name
            ),
        ));
    }
    if let Some(member) = fleet.members.iter().find(|member| member.fate == Fate::Replace && member.exclusive.is_some())
    {
        return Err(Refusal::new(
            "Server cannot exist twice",
            format!(
                "{} runs both versions side by side, and {} has {}, which only one server can have. Remove the fixed value, or {}.",
                if fleet.moves {
                    "A change of the target group".to_owned()
                } else {
                    format!("The strategy {:?}", course.name)
                },
                member.name,
                member.exclusive.as_deref().unwrap_or_default(),
                if fleet.moves {
                    "change the target group in an apply of its own"
                } else {
                    "use strategy \"rolling\" with max_unavailable of at least 1"
                }
            ),
        ));
    }
    Ok(())
}

/// So many of the fleet can carry that share of the traffic.
fn servers_for(percent: u8, size: usize) -> usize {
    (size * usize::from(percent)).div_ceil(100)
}

fn bring_in(actions: &mut Vec<Action>, members: &[usize]) {
    let servers: Vec<Server> = members.iter().map(|member| Server::new(*member)).collect();
    actions.push(Action::Create { servers: servers.clone() });
    join(actions, &servers, Group::Shadow);
}

fn join(actions: &mut Vec<Action>, servers: &[Server], group: Group) {
    actions.push(Action::Register { servers: servers.to_vec(), group });
    actions.push(Action::AwaitHealthy { servers: servers.to_vec(), group });
}

/// From "all traffic on the shadow" to what the configuration says.
fn settle(fleet: &Fleet, actions: &mut Vec<Action>, new: &[usize], kept: &[Server]) {
    let new: Vec<Server> = new.iter().map(|member| Server::new(*member)).collect();
    let old: Vec<Server> = fleet.with(Fate::takes_old).into_iter().map(Server::old).collect();
    join(actions, &new, Group::Configured);
    actions.push(Action::Drain { servers: old.clone(), group: Group::Configured });
    actions.push(Action::Shift { percent: 0 });
    actions.push(Action::Drain { servers: new.iter().chain(kept).copied().collect(), group: Group::Shadow });
    actions.push(Action::RemoveShadow);
    actions.push(Action::Destroy { servers: old });
}

/// From "all traffic in the next group" to what the configuration says. Until what forwards is turned, the former group can take it back.
fn turn(fleet: &Fleet, actions: &mut Vec<Action>, kept: &[Server]) {
    let old: Vec<Server> = fleet.with(Fate::takes_old).into_iter().map(Server::old).collect();
    actions.push(Action::Drain { servers: old.iter().chain(kept).copied().collect(), group: Group::Configured });
    actions.push(Action::Destroy { servers: old });
    actions.push(Action::Adopt);
}
