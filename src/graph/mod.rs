//! Dependencies, order, targets: the graph between the blocks of a configuration.
//!
//! A node is a block at its static place, whatever `count` and `for_each` make of it, so the graph is as large as the configuration and
//! not as large as the infrastructure. An edge means "needs": references in expressions, `depends_on`, a module's calls, provider
//! configurations. What happens per instance is the business of `plan`.
//!
//! ```text
//! resource "aws_instance" "web" {        Resource(aws_instance.web) -> Local(ami)
//!   ami = local.ami                                                 -> Provider(aws)
//! }
//! ```

mod build;
mod destroying;
mod node;
mod order;
mod providers;
mod references;
mod resources;
mod select;

pub use build::{build, nodes_of};
pub use node::{Node, NodeId};
pub use providers::{provider_of, provider_of_import, provider_of_resource};
pub use references::{references_in_body, references_in_expression, references_in_traversals};
pub use resources::ResourceGraph;
pub use select::{Selection, contains};

use crate::addr::ConfigResource;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// Blocks and what they need.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    graph: DiGraph<Node, ()>,
    index: HashMap<Node, NodeIndex>,
    /// By node: where a resource stands in the order of names.
    name_order: Vec<u32>,
}

impl Graph {
    fn add(&mut self, node: Node) -> NodeId {
        let index = *self.index.entry(node).or_insert_with_key(|node| self.graph.add_node(node.clone()));
        NodeId(index.index())
    }

    /// `dependent` needs `dependency`. A block does not need itself.
    fn connect(&mut self, dependent: NodeId, dependency: NodeId) {
        if dependent != dependency {
            self.graph.update_edge(dependent.index(), dependency.index(), ());
        }
    }

    /// [`Graph::connect`] for an edge that is known to be new: many edges from one node would be searched again and again.
    fn connect_new(&mut self, dependent: NodeId, dependency: NodeId) {
        self.graph.add_edge(dependent.index(), dependency.index(), ());
    }

    pub fn id(&self, node: &Node) -> Option<NodeId> {
        self.index.get(node).map(|index| NodeId(index.index()))
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.graph[id.index()]
    }

    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.len()).map(NodeId)
    }

    /// What a node needs directly.
    pub fn dependencies(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.graph.neighbors_directed(id.index(), Direction::Outgoing).map(|index| NodeId(index.index()))
    }

    /// What needs a node directly.
    pub fn dependents(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.graph.neighbors_directed(id.index(), Direction::Incoming).map(|index| NodeId(index.index()))
    }

    /// Everything that a node needs, directly and indirectly, itself not among it.
    pub fn ancestors(&self, id: NodeId) -> Vec<NodeId> {
        self.reach(id, Direction::Outgoing)
    }

    /// Everything that needs a node, directly and indirectly, itself not among it.
    pub fn descendants(&self, id: NodeId) -> Vec<NodeId> {
        self.reach(id, Direction::Incoming)
    }

    fn reach(&self, id: NodeId, direction: Direction) -> Vec<NodeId> {
        let mut seen = Seen(vec![0; self.len() / 64 + 1]);
        seen.insert(id.0);
        let mut found = Vec::new();
        let mut next = Some(id);
        let mut position = 0;
        while let Some(at) = next {
            for neighbour in self.graph.neighbors_directed(at.index(), direction) {
                if seen.insert(neighbour.index()) {
                    found.push(NodeId(neighbour.index()));
                }
            }
            next = found.get(position).copied();
            position += 1;
        }
        found
    }

    /// The resources that a block needs, directly and indirectly, in the order of their names: what state keeps as `dependencies`.
    pub fn resource_dependencies(&self, id: NodeId) -> Vec<ConfigResource> {
        let mut found: Vec<(u32, &ConfigResource)> = self
            .ancestors(id)
            .into_iter()
            .filter_map(|id| Some((self.name_order[id.0], self.node(id).resource()?)))
            .collect();
        found.sort_unstable_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, resource)| resource.clone()).collect()
    }

    /// Notes the order of the names once, so that sorting does not write them out again and again.
    fn sort_names(&mut self) {
        let mut names: Vec<(String, usize)> =
            self.ids().filter_map(|id| Some((self.node(id).resource()?.to_string(), id.0))).collect();
        names.sort_unstable();
        self.name_order = vec![0; self.len()];
        for (order, (_, id)) in names.into_iter().enumerate() {
            self.name_order[id] = order as u32;
        }
    }
}

/// Nodes that were seen, a bit each.
struct Seen(Vec<u64>);

impl Seen {
    /// True: it is seen for the first time.
    fn insert(&mut self, index: usize) -> bool {
        let (word, bit) = (&mut self.0[index / 64], 1 << (index % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}
