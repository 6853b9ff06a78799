//! What stands between servers and their attachments.
//!
//! An attachment may take a server's id through locals, variables and outputs. Each time new servers are there, these are evaluated
//! again before the attachments are made. A resource in between is another matter: it is changed once, when all servers are there, so the
//! attachments of the first batch would wait for the last.

use super::fleet::Candidate;
use crate::change::{Action, InstanceChange};
use crate::graph::{Graph, Node, NodeId};
use std::collections::BTreeSet;

/// Blocks to evaluate again, in order; or what is in the way.
pub(super) fn between(
    graph: &Graph,
    order: &[NodeId],
    changes: &[InstanceChange],
    candidate: &Candidate<'_>,
) -> Result<Vec<NodeId>, String> {
    let Some(server) = graph.id(&Node::Resource(candidate.resource.clone())) else { return Ok(Vec::new()) };
    let attachments: BTreeSet<NodeId> = candidate
        .parts
        .iter()
        .flat_map(|parts| &parts.new)
        .filter_map(|index| graph.id(&Node::Resource(changes[*index as usize].address.in_config())))
        .collect();
    let below: BTreeSet<NodeId> = graph.descendants(server).into_iter().collect();
    let above: BTreeSet<NodeId> = attachments.iter().flat_map(|id| graph.ancestors(*id)).collect();
    let path: BTreeSet<NodeId> =
        below.intersection(&above).copied().filter(|id| *id != server && !attachments.contains(id)).collect();
    for id in &path {
        let Node::Resource(resource) = graph.node(*id) else { continue };
        let is_changed = |change: &InstanceChange| change.change.action != Action::NoOp;
        if let Some(change) = changes.iter().find(|it| it.address.in_config() == *resource && is_changed(it)) {
            return Err(format!(
                "{} is changed too and stands between {} and its attachments: they could only be made when all servers are there.",
                change.address, candidate.resource
            ));
        }
    }
    Ok(order.iter().copied().filter(|id| path.contains(id)).collect())
}

/// What forwards is turned when the members are behind the next group: they cannot need it.
pub(super) fn forward_in_front(graph: &Graph, changes: &[InstanceChange], candidate: &Candidate<'_>) -> Option<String> {
    if candidate.forwards.is_empty() {
        return None;
    }
    let attachments = candidate.parts.iter().flat_map(|parts| parts.new.iter().copied().chain([parts.server]));
    let members: BTreeSet<NodeId> = attachments
        .filter_map(|index| graph.id(&Node::Resource(changes[index as usize].address.in_config())))
        .flat_map(|id| graph.ancestors(id))
        .collect();
    let forwards = candidate.forwards.iter().map(|index| &changes[*index as usize].address);
    let mut needed = forwards
        .filter(|address| graph.id(&Node::Resource(address.in_config())).is_some_and(|id| members.contains(&id)));
    needed.next().map(|address| {
        format!(
            "Its target group is replaced, and its members depend on {address}, which is to be turned to the new group only when they are \
             healthy there. Remove that dependency."
        )
    })
}

/// Nodes that a rollout orders by itself: servers, attachments and what stands between them, and what is turned to another group.
pub fn paths(graph: &Graph, rollout: &super::Rollout, changes: &[InstanceChange]) -> BTreeSet<NodeId> {
    let attachments = rollout.parts.iter().flat_map(|parts| parts.new.iter().chain(&parts.old));
    let blocks = attachments.chain(&rollout.forwards).map(|index| changes[*index as usize].address.in_config());
    let resources = std::iter::once(rollout.resource.clone()).chain(blocks);
    let nodes = resources.filter_map(|resource| graph.id(&Node::Resource(resource)));
    nodes.chain(rollout.between.iter().copied()).collect()
}
