//! From bonds to fleets: servers of one resource that stand behind the same groups, and what is to become of each.

use super::members::{Bonds, Group, Roles};
use super::moves::{GroupMove, forwards_of, moves_of, present};
use super::{Parts, text_of};
use crate::addr::ConfigResource;
use crate::change::{Action, InstanceChange};
use crate::plan::Evaluation;
use crate::provider::TrafficRole;
use crate::rollout::{Amount, Fate, Fleet, Member, Policy, Strategy, Written};
use crate::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A fleet with something to roll out.
pub(super) struct Candidate<'a> {
    pub resource: ConfigResource,
    /// In the order of their addresses.
    pub parts: Vec<Parts>,
    /// For people.
    pub groups: Vec<String>,
    group_ids: Vec<Text>,
    /// The groups that its members leave for others, or why that cannot be told.
    pub moves: Result<Vec<GroupMove>, String>,
    /// What forwards to them.
    pub forwards: Vec<u32>,
    pub written: Option<&'a Written>,
}

/// All fleets that stand behind something and in which servers are replaced, removed or (where a block says how) added.
pub(super) fn candidates<'a>(
    changes: &[InstanceChange],
    roles: &Roles,
    bonds: &Bonds,
    written: &'a [Written],
) -> Vec<Candidate<'a>> {
    let mut parts: BTreeMap<u32, Parts> = BTreeMap::new();
    let mut groups_of: BTreeMap<u32, BTreeSet<Group>> = BTreeMap::new();
    for (bond, is_old) in bonds.old.iter().map(|bond| (bond, true)).chain(bonds.new.iter().map(|bond| (bond, false))) {
        let found = parts.entry(bond.server).or_insert_with(|| Parts { server: bond.server, ..Parts::default() });
        if is_old {
            found.old.push(bond.attachment)
        } else {
            found.new.push(bond.attachment)
        }
        groups_of.entry(bond.server).or_default().insert(present(&bond.group, changes));
    }
    let mut fleets: Vec<Candidate<'a>> = Vec::new();
    let mut by_resource: BTreeMap<ConfigResource, Vec<u32>> = BTreeMap::new();
    for server in parts.keys() {
        by_resource.entry(changes[*server as usize].address.in_config()).or_default().push(*server);
    }
    for (resource, servers) in by_resource {
        let block = written.iter().find(|written| written.fleet == resource);
        for servers in split(&servers, &groups_of, block.is_some()) {
            let groups: BTreeSet<&Group> = servers.iter().flat_map(|server| &groups_of[server]).collect();
            let moves = moves_of(&servers, bonds, changes, roles);
            let (moves, forwards) = match moves.and_then(|moves| Ok((forwards_of(&moves, changes, roles)?, moves))) {
                Ok((forwards, moves)) => (Ok(moves), forwards),
                Err(obstacle) => (Err(obstacle), Vec::new()),
            };
            let candidate = Candidate {
                resource: resource.clone(),
                parts: servers.iter().map(|server| parts[server].clone()).collect(),
                groups: groups.iter().map(|group| shown(group, changes)).collect(),
                moves,
                forwards,
                group_ids: groups.iter().filter_map(|group| id_of(group, changes, roles)).collect(),
                written: block,
            };
            if has_work(&candidate, changes) {
                fleets.push(candidate);
            }
        }
    }
    fleets
}

/// Servers that share a group, directly or through others. Who wrote a block speaks of all of them at once.
fn split(servers: &[u32], groups_of: &BTreeMap<u32, BTreeSet<Group>>, is_one: bool) -> Vec<Vec<u32>> {
    if is_one {
        return vec![servers.to_vec()];
    }
    let mut fleets: Vec<(BTreeSet<&Group>, Vec<u32>)> = Vec::new();
    for server in servers {
        let (mut groups, mut together) = (groups_of[server].iter().collect::<BTreeSet<_>>(), vec![*server]);
        let (joined, others): (Vec<_>, Vec<_>) = fleets.into_iter().partition(|(known, _)| !known.is_disjoint(&groups));
        for (known, servers) in joined {
            groups.extend(known);
            together.extend(servers);
        }
        together.sort_unstable();
        fleets = others;
        fleets.push((groups, together));
    }
    fleets.into_iter().map(|(_, servers)| servers).collect()
}

fn shown(group: &Group, changes: &[InstanceChange]) -> String {
    match group {
        Group::Change(index) => changes[*index as usize].address.to_string(),
        Group::Id(id) => id.to_string(),
    }
}

/// The id of a group that exists and stays.
fn id_of(group: &Group, changes: &[InstanceChange], roles: &Roles) -> Option<Text> {
    match group {
        Group::Id(id) => Some(id.clone()),
        Group::Change(index) => match roles.role(*index)? {
            TrafficRole::Group { id } => text_of(&changes[*index as usize].change.after, id).cloned(),
            _ => None,
        },
    }
}

impl Candidate<'_> {
    /// Its members go behind other groups than before.
    pub fn is_moving(&self) -> bool {
        self.moves.as_ref().map_or(true, |moves| !moves.is_empty())
    }
}

fn fate_of(change: &InstanceChange) -> Fate {
    match change.change.action {
        Action::Create => Fate::Add,
        Action::Delete => Fate::Remove,
        action if action.is_replace() => Fate::Replace,
        _ => Fate::Keep,
    }
}

/// Something serves now and will serve, and the way there is not nothing.
fn has_work(candidate: &Candidate<'_>, changes: &[InstanceChange]) -> bool {
    let fates = || candidate.parts.iter().map(|parts| (fate_of(&changes[parts.server as usize]), parts));
    let serves_now = fates().any(|(fate, parts)| fate.has_old() && !parts.old.is_empty());
    let will_serve = fates().any(|(fate, parts)| fate != Fate::Remove && !parts.new.is_empty());
    let changes_something =
        fates().any(|(fate, _)| fate.takes_old() || (fate == Fate::Add && candidate.written.is_some()));
    serves_now && will_serve && (changes_something || candidate.is_moving())
}

/// Servers come, go or are made anew.
pub(super) fn changes_servers(candidate: &Candidate<'_>, changes: &[InstanceChange]) -> bool {
    candidate.parts.iter().any(|parts| fate_of(&changes[parts.server as usize]) != Fate::Keep)
}

/// Why the fleet's changes cannot be spread over stages at all.
pub(super) fn obstacle(candidate: &Candidate<'_>, changes: &[InstanceChange]) -> Option<String> {
    if let Err(obstacle) = &candidate.moves {
        return Some(format!("{obstacle}: what forwards turns to another group at once, whoever is healthy there."));
    }
    for parts in &candidate.parts {
        let server = &changes[parts.server as usize];
        if matches!(server.change.action, Action::Forget | Action::ForgetThenCreate) {
            return Some(format!(
                "{} is only forgotten, not destroyed: nothing can be said about who serves.",
                server.address
            ));
        }
        let changed_in_place = parts.old.iter().chain(&parts.new).map(|index| &changes[*index as usize]);
        let stuck = changed_in_place.filter(|it| {
            matches!(it.change.action, Action::Update | Action::Forget | Action::ForgetThenCreate)
                && (fate_of(server) != Fate::Keep || candidate.is_moving())
        });
        if let Some(attachment) = stuck.into_iter().next() {
            return Some(format!(
                "{} is changed in place, so there is no moment at which both servers are registered.",
                attachment.address
            ));
        }
    }
    None
}

/// The fleet as strategies see it.
pub(super) fn fleet_of(
    evaluation: &Evaluation,
    changes: &[InstanceChange],
    roles: &Roles,
    candidate: &Candidate<'_>,
) -> Fleet {
    let deposed: BTreeSet<_> = candidate
        .parts
        .iter()
        .map(|parts| &changes[parts.server as usize])
        .filter(|change| change.deposed.is_some())
        .map(|change| &change.address)
        .collect();
    let member = |parts: &Parts| {
        let change = &changes[parts.server as usize];
        // A zone that is not known yet is taken for the one of before.
        let (before, after) = (&change.change.before, &change.change.after);
        let zone_in = |first: &Value, other: &Value, name: &str| {
            text_of(first, name).or_else(|| text_of(other, name)).map_or_else(String::new, ToString::to_string)
        };
        let (zone, next_zone, exclusive) = match roles.role(parts.server) {
            Some(TrafficRole::Server { zone, exclusive, .. }) => (
                zone_in(before, after, zone),
                zone_in(after, before, zone),
                exclusive_of(evaluation, change, exclusive),
            ),
            _ => (String::new(), String::new(), None),
        };
        let name = match &change.deposed {
            Some(key) => format!("{} (deposed {key})", change.address),
            None => change.address.to_string(),
        };
        // One that stands behind nothing yet, or whose predecessor is still kept, was left so by an interrupted run.
        let is_unproven = change.deposed.is_none()
            && (deposed.contains(&change.address) || parts.old.is_empty())
            && fate_of(change).has_old();
        Member { name, zone, next_zone, fate: fate_of(change), exclusive, is_unproven }
    };
    Fleet {
        name: candidate.resource.to_string(),
        members: candidate.parts.iter().map(member).collect(),
        can_weigh: match candidate.moves.as_deref() {
            Ok(moves @ [_, ..]) => {
                let left: Vec<Text> = moves.iter().map(|group| group.from.clone()).collect();
                can_weigh(changes, roles, &left)
            }
            _ => can_weigh(changes, roles, &candidate.group_ids),
        },
        moves: candidate.is_moving(),
    }
}

/// What the configuration fixes for both generations, although only one server can have it.
fn exclusive_of(evaluation: &Evaluation, change: &InstanceChange, names: &[&str]) -> Option<String> {
    let block = evaluation.input.config.resource(&change.address.module.path(), &change.address.resource)?;
    let is_written = |name: &str| {
        block.body.attributes.iter().any(|attribute| &*attribute.name == name)
            || block.body.blocks.iter().any(|block| &*block.kind == name)
            || block.body.json.is_some()
    };
    names.iter().filter(|name| change.change.action.is_replace() && is_written(name)).find_map(|name| {
        let (before, after) = (change.change.before.get(name)?, change.change.after.get(name)?);
        let is_empty = after.is_null() || after.as_items().is_some_and(<[Value]>::is_empty);
        if is_empty || before != after {
            return None;
        }
        Some(match (after.as_str(), after.as_number()) {
            (Some(text), _) => format!("{name} = {:?}", &**text),
            (None, Some(number)) => format!("{name} = {number}"),
            _ => format!("a fixed {name}"),
        })
    })
}

/// Every group has somebody in front who splits traffic, and the group is there already.
fn can_weigh(changes: &[InstanceChange], roles: &Roles, groups: &[Text]) -> bool {
    let forwards: Vec<(&InstanceChange, bool)> = roles
        .with(|role| matches!(role, TrafficRole::Forward { .. }))
        .filter_map(|index| {
            let change = &changes[index as usize];
            let Some(TrafficRole::Forward { unless }) = roles.role(index) else { return None };
            let forbids = |(name, values): (&str, &[&str])| {
                text_of(&change.change.before, name).is_some_and(|value| values.contains(&&**value))
            };
            (!change.change.after.is_null()).then(|| (change, !unless.is_some_and(forbids)))
        })
        .collect();
    let is_forwarded = |group: &Text| {
        let mut here = forwards.iter().filter(|(change, _)| holds(&change.change.before, group)).peekable();
        here.peek().is_some() && here.all(|(_, can_split)| *can_split)
    };
    !groups.is_empty() && groups.iter().all(is_forwarded)
}

/// Whether a text stands anywhere in a value.
pub(super) fn holds(value: &Value, text: &Text) -> bool {
    value.as_str() == Some(text)
        || value.as_items().is_some_and(|items| items.iter().any(|item| holds(item, text)))
        || value.as_entries().is_some_and(|entries| entries.values().any(|item| holds(item, text)))
}

/// What a fleet gets where nobody wrote anything: one at a time, and where two generations cannot be there at once, the old one
/// is taken out of service first.
pub(super) fn usual_policy(fleet: &Fleet) -> Policy {
    let is_exclusive = fleet.members.iter().any(|member| member.exclusive.is_some());
    let usual = Policy::default();
    let Strategy::Rolling { batch, one_zone_at_a_time, pause, .. } = usual.strategy else { return usual };
    if !is_exclusive {
        return usual;
    }
    let (max_surge, max_unavailable) = (Amount::Count(0), Amount::Count(1));
    Policy { strategy: Strategy::Rolling { batch, max_surge, max_unavailable, one_zone_at_a_time, pause }, ..usual }
}
