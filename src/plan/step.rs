//! The graph of steps.
//!
//! Steps know nothing of each other's meaning: a step waits for others, does one thing, and may be where a run is held up.
//! What is done to resources, and the gates, holds and traffic shifts of a rollout, are all steps.
//! Between two blocks of n and m instances stands one joint, so there are n + m edges, never n x m.

use crate::addr::ResourceInstance;

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
    /// Evaluates and applies the creating or updating half of a change (or records a no-op's checks).
    Apply { change: u32 },
    /// Destroys: a delete, the old half of a replacement, or a deposed generation.
    Destroy { change: u32 },
    /// Reads a data source whose inputs were unknown.
    Read { change: u32 },
    /// Removes from the state only.
    Forget { change: u32 },
    /// Evaluates something that is not a resource (local, output, variable, check) of one module instance.
    Evaluate { node: String },
    /// Opens or closes an ephemeral resource.
    Ephemeral { address: ResourceInstance, opens: bool },
}

/// All steps of a plan, in an order in which they could run one by one.
#[derive(Clone, Debug, Default)]
pub struct Steps(pub Vec<Step>);
