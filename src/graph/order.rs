//! An order in which blocks can be evaluated, or the cycle that forbids one.

use super::{Graph, Node, NodeId};
use crate::diag::Diagnostic;
use std::collections::VecDeque;

impl Graph {
    /// Every node after what it needs; among nodes that do not need each other, the order of the configuration.
    pub fn order(&self) -> Result<Vec<NodeId>, Vec<Diagnostic>> {
        let mut missing: Vec<usize> = self.ids().map(|id| self.dependencies(id).count()).collect();
        let mut ready: VecDeque<NodeId> = self.ids().filter(|id| missing[id.0] == 0).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(id) = ready.pop_front() {
            order.push(id);
            let mut next: Vec<NodeId> = self.dependents(id).collect();
            next.sort();
            for dependent in next {
                missing[dependent.0] -= 1;
                if missing[dependent.0] == 0 {
                    ready.push_back(dependent);
                }
            }
        }
        if order.len() == self.len() { Ok(order) } else { Err(self.cycles()) }
    }

    /// By node: whether it holds for the node itself or for anything that needs it, directly or indirectly. `order` is the graph's own.
    pub fn inherited_by_dependencies(&self, order: &[NodeId], own: impl Fn(&Node) -> bool) -> Vec<bool> {
        let mut holds = vec![false; self.len()];
        for id in order.iter().rev() {
            holds[id.0] = own(self.node(*id)) || self.dependents(*id).any(|dependent| holds[dependent.0]);
        }
        holds
    }

    /// One diagnostic for each knot of blocks that need each other.
    fn cycles(&self) -> Vec<Diagnostic> {
        petgraph::algo::kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|members| members.len() > 1)
            .map(|members| {
                let names: Vec<String> = members.iter().map(|index| self.graph[*index].to_string()).collect();
                Diagnostic::error(format!("Cycle: {}", names.join(", ")), "")
            })
            .collect()
    }
}
