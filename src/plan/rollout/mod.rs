//! Rollouts in a plan: which changes belong to a fleet behind target groups, and in which order they are made.
//!
//! A fleet is found, not declared: `members` asks the providers which types are servers, groups and attachments, and finds out which
//! attachment puts which server behind which group. A `rollout` block, or the usual policy where there is none, turns its changes
//! into stages; `order` makes the changes create or destroy first, as the stages want it. Steps follow from the stages (`plan::steps`).
//!
//! ```text
//! host_server.web["a"]                 replaced      stages: create web["a"]'
//! host_target_group_attachment["a"]    replaced              register web["a"]'   = its attachment is made
//!                                                            gate     web["a"]' healthy
//!                                                            drain    web["a"]    = its old attachment is destroyed
//!                                                            destroy  web["a"]
//! ```

mod blocks;
mod fleet;
mod members;
mod moves;
mod order;
mod path;
mod renewals;

pub use blocks::{check_written, servers_are_immutable};
pub use members::with_text;
pub use moves::GroupMove;
pub(super) use order::{destroyed_by, made_by};
pub(super) use path::paths;

use super::{Evaluation, Providers};
use crate::addr::{ConfigResource, ProviderConfig};
use crate::change::{Action, InstanceChange};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::graph::{Graph, NodeId};
use crate::provider::{Renewal, TrafficRole};
use crate::rollout::{self, Fleet, Generation, Policy, Server, Stage, stages_of};
use crate::value::{Text, Value};
use std::collections::BTreeSet;

/// How the changes of one fleet are made.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// The block's label, or the address of the resource where there is no block.
    pub name: String,
    /// A block says how; otherwise the usual policy.
    pub is_written: bool,
    pub resource: ConfigResource,
    pub provider: ProviderConfig,
    pub fleet: Fleet,
    /// What the fleet's members are made of, by the same index.
    pub parts: Vec<Parts>,
    /// Addresses or ids of the groups that the fleet stands behind.
    pub groups: Vec<String>,
    /// Those of them that are left for others.
    pub moves: Vec<GroupMove>,
    /// Changes of what forwards to those.
    pub forwards: Vec<u32>,
    pub policy: Policy,
    pub stages: Vec<Stage>,
    /// Blocks through which attachments depend on servers: evaluated again whenever new servers are there.
    pub between: Vec<NodeId>,
    /// The block, where there is one.
    pub span: Option<Span>,
}

/// The changes behind one member of a fleet, as positions in the plan's changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub server: u32,
    /// Attachments of the server that exists, with that server among their changes' `before`.
    pub old: Vec<u32>,
    /// Attachments of the server that will exist.
    pub new: Vec<u32>,
}

/// Attributes of the types involved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub server: &'static str,
    pub group: &'static str,
    pub port: Option<&'static str>,
}

impl Rollout {
    /// How the provider replaces the servers by itself, where it does.
    pub fn renewal(&self) -> Option<&Renewal> {
        self.stages.iter().find_map(|stage| match &stage.action {
            rollout::Action::Renew { how, .. } => Some(how),
            _ => None,
        })
    }

    fn changes_servers(&self) -> bool {
        self.fleet.members.iter().any(|member| member.fate != rollout::Fate::Keep)
    }

    /// Changes whose new objects a stage makes.
    pub fn made_at(&self, stage: usize) -> Vec<u32> {
        self.stages.get(stage).map(|stage| made_by(self, &stage.action)).unwrap_or_default()
    }

    /// Changes whose old objects a stage destroys.
    pub fn destroyed_at(&self, stage: usize) -> Vec<u32> {
        self.stages.get(stage).map(|stage| destroyed_by(self, &stage.action)).unwrap_or_default()
    }

    /// The attachments of one life of a member.
    pub fn attachments(&self, server: Server, group: rollout::Group) -> &[u32] {
        let parts = &self.parts[server.member];
        match server.generation {
            _ if !self.moves.is_empty() => match group {
                rollout::Group::Configured => &parts.old,
                rollout::Group::Shadow => &parts.new,
            },
            // What stays is attached as it will be.
            Generation::Old if self.fleet.members[server.member].fate == crate::rollout::Fate::Keep => &parts.new,
            Generation::Old => &parts.old,
            Generation::New => &parts.new,
        }
    }
}

/// Whether there may be any rollouts: a look at the types alone.
pub fn may_be_any(providers: &Providers, changes: &[InstanceChange]) -> bool {
    let roles = members::Roles::of(providers, changes);
    roles.has_changing_servers(changes)
        || roles.has_moving_members(changes)
        || roles.with(|role| matches!(role, TrafficRole::Fleet)).next().is_some()
}

/// All rollouts of a plan. Changes are made to create first or destroy first as the stages need it.
pub(super) fn rollouts_of(
    evaluation: &Evaluation,
    graph: &Graph,
    order: &[NodeId],
    changes: &mut [InstanceChange],
) -> (Vec<Rollout>, Diagnostics) {
    let (written, mut found) = blocks::written(evaluation);
    let roles = members::Roles::of(&evaluation.input.providers, changes);
    found.extend(blocks::check_types(evaluation, &written));
    if found.has_errors() {
        return (Vec::new(), found);
    }
    let (mut rollouts, problems) = renewals::renewals_of(&evaluation.input.providers, changes, &roles, &written);
    found.extend(problems);
    if !roles.has_changing_servers(changes) && !roles.has_moving_members(changes) {
        return (rollouts, found);
    }
    let mut turned: BTreeSet<u32> = BTreeSet::new();
    let bonds = members::bonds(evaluation, graph, order, changes, &roles);
    for candidate in fleet::candidates(changes, &roles, &bonds, &written) {
        let planned = plan_rollout(evaluation, graph, order, changes, &roles, candidate).and_then(|rollout| {
            let Some(rollout) = rollout else { return Ok(None) };
            let is_moving = !rollout.moves.is_empty();
            let refusing = rollout.span.filter(|_| !is_moving || rollout.changes_servers());
            if let Some(forward) = rollout.forwards.iter().find(|forward| turned.contains(forward)) {
                let forward = &changes[*forward as usize].address;
                let obstacle = format!(
                    "{forward} forwards to target groups of several fleets, and more than one of them is replaced."
                );
                return refuse_or_leave(refusing, &rollout.fleet.name, is_moving, obstacle);
            }
            match order::spread(graph, &rollout, changes) {
                Ok(needed) => Ok(Some((rollout, needed))),
                Err(obstacle) => refuse_or_leave(refusing, &rollout.fleet.name, is_moving, obstacle),
            }
        });
        match planned {
            Ok(Some((rollout, needed))) => {
                order::set_actions(&rollout, changes);
                turned.extend(rollout.forwards.iter().copied());
                for change in needed {
                    changes[change as usize].change.action = Action::CreateThenDelete;
                }
                rollouts.push(rollout);
            }
            Ok(None) => {}
            Err(problem) => found.push(problem),
        }
    }
    (rollouts, found)
}

fn plan_rollout(
    evaluation: &Evaluation,
    graph: &Graph,
    order: &[NodeId],
    changes: &[InstanceChange],
    roles: &members::Roles,
    candidate: fleet::Candidate<'_>,
) -> Result<Option<Rollout>, Diagnostic> {
    let span = candidate.written.map(|written| written.span);
    let (name, is_moving) = (candidate.resource.to_string(), candidate.is_moving());
    // Where no server changes, there is no other way to change the group.
    let refusing = span.filter(|_| !is_moving || fleet::changes_servers(&candidate, changes));
    let refuse_or_leave = |obstacle: String| refuse_or_leave(refusing, &name, is_moving, obstacle);
    let at = |problem: Diagnostic| match candidate.written {
        Some(written) => problem.at(written.strategy_span),
        None => problem,
    };
    let obstacle = fleet::obstacle(&candidate, changes);
    if let Some(obstacle) = obstacle.or_else(|| path::forward_in_front(graph, changes, &candidate)) {
        return refuse_or_leave(obstacle);
    }
    let between = match path::between(graph, order, changes, &candidate) {
        Ok(between) => between,
        Err(obstacle) => return refuse_or_leave(obstacle),
    };
    let fleet = fleet::fleet_of(evaluation, changes, roles, &candidate);
    let policy = match candidate.written {
        Some(written) => written.policy.clone(),
        None => fleet::usual_policy(&fleet),
    };
    let stages = match stages_of(&fleet, &policy) {
        Ok(stages) => stages,
        Err(refusal) if refusing.is_none() && is_moving => return refuse_or_leave(refusal.detail),
        Err(refusal) => return Err(at(Diagnostic::error(refusal.summary, refusal.detail).about(&fleet.name))),
    };
    if stages.is_empty() {
        return Ok(None);
    }
    Ok(Some(Rollout {
        name: candidate.written.map_or_else(|| fleet.name.clone(), |written| written.name.to_string()),
        is_written: candidate.written.is_some(),
        resource: candidate.resource.clone(),
        provider: changes[candidate.parts[0].server as usize].provider.clone(),
        groups: candidate.groups.clone(),
        moves: candidate.moves.unwrap_or_default(),
        forwards: candidate.forwards,
        parts: candidate.parts,
        fleet,
        policy,
        stages,
        between,
        span,
    }))
}

/// Whoever wrote a block is told why it cannot be followed; without one, servers are replaced as their lifecycle says. That the traffic turns
/// to a new group before anybody is healthy there is said all the same.
fn refuse_or_leave<T>(
    span: Option<Span>,
    name: &str,
    is_moving: bool,
    obstacle: String,
) -> Result<Option<T>, Diagnostic> {
    match span {
        Some(span) => Err(Diagnostic::error("Rollout cannot be followed", obstacle).at(span)),
        None if is_moving => {
            let detail = format!(
                "The servers {name} go behind another target group, and this cannot be done step by step. {obstacle}\n\nRequests are lost until \
                 the servers are healthy there. A second group beside the first, and a listener that is turned to it by a later apply, avoid that."
            );
            Err(Diagnostic::warning("Target group is changed without a rollout", detail))
        }
        None => Ok(None),
    }
}

/// A text attribute, where it is known.
fn text_of<'a>(object: &'a Value, name: &str) -> Option<&'a Text> {
    object.get(name)?.as_str()
}
