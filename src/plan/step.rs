//! The graph of steps.
//!
//! Steps know nothing of each other's meaning: a step waits for others, does one thing, and may be where a run is held up.
//! What is done to resources, and the gates, holds and traffic shifts of a rollout, are all steps.
//! Between two blocks of n and m instances stands one joint, so there are n + m edges, never n x m.

use crate::graph::Node;

/// Position in [`Steps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

#[derive(Clone, Debug)]
pub struct Step {
    pub kind: StepKind,
    /// All of them must have succeeded before this one starts.
    pub after: Vec<StepId>,
}

/// What a step does. `change` is an index into the plan's changes.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// Nothing: where edges meet.
    Joint { label: String },
    /// Evaluates and applies the creating or updating half of a change; for a no-op only its conditions.
    Apply { change: u32 },
    /// Destroys: a delete, the old half of a replacement, or a deposed generation.
    Destroy { change: u32 },
    /// Reads a data source whose inputs were unknown.
    Read { change: u32 },
    /// Removes from the state only.
    Forget { change: u32 },
    /// A stage of a rollout, once the effects that belong to it have been had: a gate, a shift of traffic, or just the record that it is over.
    Stage { rollout: u32, stage: u32 },
    /// Evaluates a block of which more is known by then, in every instance of its module.
    Evaluate { node: Node },
}

/// All steps of a plan, in an order in which they could run one by one.
#[derive(Clone, Debug, Default)]
pub struct Steps(pub Vec<Step>);

impl Steps {
    pub fn push(&mut self, kind: StepKind, after: Vec<StepId>) -> StepId {
        let id = StepId(self.0.len() as u32);
        self.0.push(Step { kind, after });
        id
    }

    pub fn step(&self, id: StepId) -> &Step {
        &self.0[id.0 as usize]
    }

    /// The same steps, each after those it waits for; or those that wait for each other.
    pub fn sorted(self) -> Result<Steps, Vec<StepKind>> {
        let count = self.0.len();
        let mut waiting = vec![0usize; count];
        let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (index, step) in self.0.iter().enumerate() {
            waiting[index] = step.after.len();
            for earlier in &step.after {
                dependents[earlier.0 as usize].push(index as u32);
            }
        }
        let mut order: Vec<u32> = (0..count as u32).filter(|index| waiting[*index as usize] == 0).collect();
        let mut next = 0;
        while next < order.len() {
            for dependent in &dependents[order[next] as usize] {
                waiting[*dependent as usize] -= 1;
                if waiting[*dependent as usize] == 0 {
                    order.push(*dependent);
                }
            }
            next += 1;
        }
        if order.len() < count {
            let stuck = self.0.into_iter().zip(waiting).filter(|(_, waiting)| *waiting > 0);
            return Err(stuck.map(|(step, _)| step.kind).collect());
        }
        let mut position = vec![0u32; count];
        for (index, old) in order.iter().enumerate() {
            position[*old as usize] = index as u32;
        }
        let mut steps: Vec<Option<Step>> = self.0.into_iter().map(Some).collect();
        let sorted = order.iter().filter_map(|old| {
            let mut step = steps[*old as usize].take()?;
            step.after.iter_mut().for_each(|id| id.0 = position[id.0 as usize]);
            step.after.sort();
            Some(step)
        });
        Ok(Steps(sorted.collect()))
    }
}
