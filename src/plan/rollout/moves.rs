//! Groups that are replaced, and whose members go to others.
//!
//! A group is left for its own next life (`aws_lb_target_group.web` has another port), for the one that an interrupted run made in its place,
//! or for another one that the attachments name. What forwards to it is turned only when the members have been seen healthy behind the
//! next one: so the changes of listeners and rules belong to the rollout.

use super::fleet::holds;
use super::members::{Bond, Bonds, Group, Roles};
use super::text_of;
use crate::change::{Action, InstanceChange};
use crate::provider::TrafficRole;
use crate::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// A group that is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMove {
    /// Its id.
    pub from: Text,
    /// The change whose object is the group that the members go to.
    pub to: u32,
}

/// Where an old generation of a group stands, its present one.
pub(super) fn present(group: &Group, changes: &[InstanceChange]) -> Group {
    let Group::Change(index) = group else { return group.clone() };
    let change = &changes[*index as usize];
    let is_present = |it: &InstanceChange| it.deposed.is_none() && it.address == change.address;
    match changes.iter().position(is_present).filter(|_| change.deposed.is_some()) {
        Some(present) => Group::Change(present as u32),
        None => group.clone(),
    }
}

/// The groups that these servers leave for others. Or why it cannot be told where they go.
pub(super) fn moves_of(
    servers: &[u32],
    bonds: &Bonds,
    changes: &[InstanceChange],
    roles: &Roles,
) -> Result<Vec<GroupMove>, String> {
    let behind = |bonds: &[Bond]| -> BTreeSet<Group> {
        bonds.iter().filter(|bond| servers.contains(&bond.server)).map(|bond| bond.group.clone()).collect()
    };
    let (old, new) = (behind(&bonds.old), behind(&bonds.new));
    let is_replaced = |group: &Group| match group {
        Group::Change(index) => changes[*index as usize].change.action.is_replace(),
        Group::Id(_) => false,
    };
    let mut next: BTreeMap<&Group, Group> = BTreeMap::new();
    for group in &old {
        let present = present(group, changes);
        if is_replaced(group) || present != *group {
            next.insert(group, present);
        }
    }
    let left: Vec<&Group> = old.iter().filter(|group| !next.contains_key(group) && !new.contains(group)).collect();
    let taken: BTreeSet<Group> = next.values().cloned().collect();
    let reached: Vec<&Group> = new.iter().filter(|group| !old.contains(group) && !taken.contains(group)).collect();
    match (left.as_slice(), reached.as_slice()) {
        ([], []) => {}
        ([one], [other]) => drop(next.insert(*one, (*other).clone())),
        // Members that leave for good, or come to one group more.
        ([], _) | (_, []) if next.is_empty() => return Ok(Vec::new()),
        _ => return Err("Several of its target groups change at once".to_owned()),
    }
    let stays = old.iter().any(|group| !next.contains_key(group) && !next.values().any(|taken| taken == group));
    let targets: BTreeSet<&Group> = next.values().collect();
    if !next.is_empty() && (stays || targets.len() < next.len()) {
        return Err("Only some of its target groups change".to_owned());
    }
    let moved = |(from, to): (&Group, Group)| {
        let from = id_before(from, changes, roles)?;
        let Group::Change(to) = to else { return None };
        Some(GroupMove { from, to })
    };
    let unknown = || "It goes behind a target group that is not in this configuration".to_owned();
    next.into_iter().map(|pair| moved(pair).ok_or_else(unknown)).collect()
}

/// The id of a group that exists.
fn id_before(group: &Group, changes: &[InstanceChange], roles: &Roles) -> Option<Text> {
    match group {
        Group::Id(id) => Some(id.clone()),
        Group::Change(index) => match roles.role(*index)? {
            TrafficRole::Group { id } => text_of(&changes[*index as usize].change.before, id).cloned(),
            _ => None,
        },
    }
}

/// What forwards to the groups that are left, by position in the plan's changes.
pub(super) fn forwards_of(moves: &[GroupMove], changes: &[InstanceChange], roles: &Roles) -> Result<Vec<u32>, String> {
    let mut found = Vec::new();
    for index in roles.with(|role| matches!(role, TrafficRole::Forward { .. })) {
        let change = &changes[index as usize];
        if !moves.iter().any(|group| holds(&change.change.before, &group.from)) {
            continue;
        }
        match change.change.action {
            Action::Update => found.push(index),
            // It ends to forward, as is wanted.
            Action::Delete => {}
            Action::NoOp => {
                return Err(format!("{} goes on forwarding to the target group that is left", change.address));
            }
            _ => return Err(format!("{} is replaced too", change.address)),
        }
    }
    Ok(found)
}
