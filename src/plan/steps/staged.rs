//! Rollouts among the steps: the fleet's own changes follow the stages instead of the order of blocks.
//!
//! Every stage is one step, after the effects that belong to it (making servers, attaching them, taking them away) and after the stage
//! before. What the fleet's blocks need is there before the first stage; what else uses the fleet comes when all its changes are made, as
//! ever. An old server that goes before the last new one is there cannot wait for that; the last ones do.

use super::{Building, object_of};
use crate::addr::ConfigResource;
use crate::change::InstanceChange;
use crate::graph::{Node, NodeId};
use crate::plan::rollout::{Rollout, destroyed_by, made_by, paths};
use crate::plan::step::{StepId, StepKind};
use crate::rollout::Action;
use crate::state::State;
use std::collections::{BTreeSet, HashSet};

/// Changes whose steps follow stages.
#[derive(Default)]
pub(super) struct Staged {
    /// Their new objects are made by a stage.
    pub made: HashSet<u32>,
    /// Their old objects are destroyed by a stage.
    pub destroyed: HashSet<u32>,
    /// Those of them that nothing of the rollout comes after: they may wait for whatever else used the fleet.
    pub destroyed_last: HashSet<u32>,
    /// Blocks that old servers used: what goes of them can only go late, because the first new servers are there before the last old ones
    /// are gone, and what those need is there before that.
    used: HashSet<ConfigResource>,
}

impl Staged {
    pub fn of(rollouts: &[Rollout], changes: &[InstanceChange], prior: &State) -> Self {
        let mut staged = Self::default();
        for rollout in rollouts {
            for stage in &rollout.stages {
                staged.made.extend(made_by(rollout, &stage.action));
                staged.destroyed.extend(destroyed_by(rollout, &stage.action));
            }
            if let Some(Action::Destroy { .. }) = rollout.stages.last().map(|stage| &stage.action) {
                let last = &rollout.stages[rollout.stages.len() - 1].action;
                staged.destroyed_last.extend(destroyed_by(rollout, last));
            }
        }
        let gone = || staged.destroyed.iter().map(|index| &changes[*index as usize]);
        let own: HashSet<ConfigResource> = gone().map(|change| change.address.in_config()).collect();
        let used = gone().filter_map(|change| object_of(change, prior)).flat_map(|object| &object.dependencies);
        staged.used = used.filter(|needed| !own.contains(needed)).cloned().collect();
        staged
    }

    /// What is deleted here has to wait for old servers, and what new ones need must not wait for it.
    pub fn goes_late(&self, change: &InstanceChange) -> bool {
        self.used.contains(&change.address.in_config())
    }

    /// It waits for its stage and for nothing that the state says about who used it.
    pub fn goes_early(&self, change: u32) -> bool {
        self.destroyed.contains(&change) && !self.destroyed_last.contains(&change)
    }
}

impl Building<'_> {
    /// Puts the stages of all rollouts between the steps of their changes.
    pub(super) fn add_stages(&mut self) {
        for (index, rollout) in self.rollouts.iter().enumerate() {
            let makes_any = rollout.stages.iter().any(|stage| !made_by(rollout, &stage.action).is_empty());
            // Who only leaves needs nothing any more.
            let start = if makes_any { self.needed_by(rollout) } else { BTreeSet::new() };
            let mut before = self.joint(start, || format!("{} (ready to roll out)", rollout.name));
            for (position, stage) in rollout.stages.iter().enumerate() {
                let mut after: BTreeSet<StepId> = before.into_iter().collect();
                let made = made_by(rollout, &stage.action);
                let entry = match &stage.action {
                    Action::Adopt => self.evaluate_forwards(&made, before),
                    Action::Register { .. } if !made.is_empty() => self.evaluate_between(rollout, &made, before),
                    _ => before,
                };
                for step in made.iter().filter_map(|change| self.applies.get(change).copied()).collect::<Vec<_>>() {
                    self.wait(step, entry);
                    after.insert(step);
                }
                let destroyed = destroyed_by(rollout, &stage.action);
                for step in destroyed.iter().filter_map(|change| self.destroys.get(change).copied()).collect::<Vec<_>>()
                {
                    self.wait(step, before);
                    after.insert(step);
                }
                let kind = StepKind::Stage { rollout: index as u32, stage: position as u32 };
                before = Some(self.steps.push(kind, after.into_iter().collect()));
            }
        }
    }

    /// What the fleet's blocks need from outside. What needs something that is turned at the end cannot be there before.
    fn needed_by(&self, rollout: &Rollout) -> BTreeSet<StepId> {
        let inside = paths(self.graph, rollout, self.changes);
        let late = self.at_or_behind(&self.blocks_of(&rollout.forwards));
        inside
            .iter()
            .flat_map(|id| self.graph.dependencies(*id))
            .filter(|id| !inside.contains(id) && !late.contains(id))
            .filter_map(|id| self.done.get(&id).copied())
            .collect()
    }

    fn block_of(&self, change: u32) -> Option<NodeId> {
        self.graph.id(&Node::Resource(self.changes[change as usize].address.in_config()))
    }

    fn blocks_of(&self, changes: &[u32]) -> BTreeSet<NodeId> {
        changes.iter().filter_map(|change| self.block_of(*change)).collect()
    }

    fn at_or_behind(&self, blocks: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
        blocks.iter().flat_map(|id| self.graph.descendants(*id)).chain(blocks.iter().copied()).collect()
    }

    /// What forwards is evaluated with the new group, in the order of its blocks: a rule comes after its listener.
    fn evaluate_forwards(&mut self, forwards: &[u32], before: Option<StepId>) -> Option<StepId> {
        let blocks = self.blocks_of(forwards);
        let turned = self.at_or_behind(&blocks);
        for id in blocks {
            let needed = self.graph.dependencies(id).filter(|id| turned.contains(id));
            let needed = before.into_iter().chain(needed.filter_map(|id| self.done.get(&id).copied())).collect();
            let node = self.graph.node(id).clone();
            let entry = self.steps.push(StepKind::Evaluate { node }, needed);
            let own = forwards.iter().filter(|change| self.block_of(**change) == Some(id));
            for step in own.filter_map(|change| self.applies.get(change).copied()).collect::<Vec<_>>() {
                self.wait(step, Some(entry));
            }
        }
        before
    }

    /// Whatever stands between servers and attachments, once more with the servers that are there by now.
    fn evaluate_between(&mut self, rollout: &Rollout, made: &[u32], before: Option<StepId>) -> Option<StepId> {
        let mut entry = before;
        let blocks: BTreeSet<_> = made.iter().map(|index| self.changes[*index as usize].address.in_config()).collect();
        let is_evaluated =
            |node: &Node| matches!(node, Node::Variable(..) | Node::Local(..) | Node::Output(..) | Node::Call(_));
        let between = rollout.between.iter().map(|id| self.graph.node(*id)).filter(|node| is_evaluated(node)).cloned();
        for node in between.chain(blocks.into_iter().map(Node::Resource)) {
            let kind = StepKind::Evaluate { node };
            entry = Some(self.steps.push(kind, entry.into_iter().collect()));
        }
        entry
    }
}
