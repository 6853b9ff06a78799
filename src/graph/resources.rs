//! The graph reduced to resources: what `graph` draws.
//!
//! An edge is left out where a longer way leads to the same resource. The reduction walks what each resource can reach, so it costs as
//! much as the drawing is dense; only the `graph` command pays for it.

use super::{Graph, Node, NodeId};
use crate::addr::{ConfigResource, ResourceMode};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Resources in drawing order, with what each needs directly.
#[derive(Clone, Debug, Default)]
pub struct ResourceGraph(pub Vec<(ConfigResource, Vec<ConfigResource>)>);

impl ResourceGraph {
    pub fn of(graph: &Graph) -> Self {
        let resources = graph.ids().filter(|id| graph.node(*id).resource().is_some());
        let direct: BTreeMap<NodeId, BTreeSet<NodeId>> =
            resources.map(|id| (id, nearest_resources(graph, id))).collect();
        let mut drawn: Vec<(ConfigResource, Vec<ConfigResource>)> = direct
            .iter()
            .map(|(id, needed)| {
                let mut kept: Vec<ConfigResource> =
                    without_shortcuts(&direct, needed).into_iter().map(|id| resource_of(graph, id)).collect();
                kept.sort_by_key(drawing_order);
                (resource_of(graph, *id), kept)
            })
            .collect();
        drawn.sort_by_key(|(resource, _)| drawing_order(resource));
        Self(drawn)
    }
}

fn resource_of(graph: &Graph, id: NodeId) -> ConfigResource {
    match graph.node(id) {
        Node::Resource(resource) => resource.clone(),
        _ => unreachable!("only resources are collected"),
    }
}

fn drawing_order(resource: &ConfigResource) -> (String, bool, String, String) {
    let ConfigResource { module, resource } = resource;
    (module.to_string(), resource.mode != ResourceMode::Data, resource.kind.to_string(), resource.name.to_string())
}

/// Resources that a node reaches without passing through another one.
fn nearest_resources(graph: &Graph, id: NodeId) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    let mut seen = HashSet::from([id]);
    let mut open = vec![id];
    while let Some(next) = open.pop() {
        for needed in graph.dependencies(next) {
            if !seen.insert(needed) {
                continue;
            }
            match graph.node(needed) {
                Node::Resource(_) => {
                    found.insert(needed);
                }
                _ => open.push(needed),
            }
        }
    }
    found
}

/// Leaves out what is reached through another member.
fn without_shortcuts(direct: &BTreeMap<NodeId, BTreeSet<NodeId>>, needed: &BTreeSet<NodeId>) -> Vec<NodeId> {
    let mut reached = HashSet::new();
    let mut open: Vec<NodeId> = needed.iter().flat_map(|id| direct[id].iter().copied()).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(direct[&next].iter().copied());
        }
    }
    needed.iter().copied().filter(|id| !reached.contains(id)).collect()
}
