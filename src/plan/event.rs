//! What an operation says while it runs, to whoever shows it.
//!
//! Events carry facts, not text. Time is measured by the observer.

use super::rollout::Rollout;
use crate::addr::ResourceInstance;
use crate::change::Action;
use crate::rollout::Stage;
use crate::value::{Text, Value};

/// Hears of events; must not block.
pub trait Observer {
    fn observe(&self, event: Event<'_>);
}

/// Nobody looks.
pub struct Silence;

impl Observer for Silence {
    fn observe(&self, _event: Event<'_>) {}
}

/// How far a stage has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StagePhase<'a> {
    Began,
    /// `2/3 healthy, 4m left`
    Going(&'a str),
    Done,
    /// With what was seen.
    Failed(&'a str),
}

/// One thing that began, went on or ended.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A saved object is looked at. `object` is as saved.
    Refreshing {
        address: &'a ResourceInstance,
        deposed: Option<&'a Text>,
        object: &'a Value,
    },
    Refreshed {
        address: &'a ResourceInstance,
        deposed: Option<&'a Text>,
        object: &'a Value,
    },
    /// A data source is read.
    Reading {
        address: &'a ResourceInstance,
    },
    Read {
        address: &'a ResourceInstance,
        object: &'a Value,
    },
    ReadFailed {
        address: &'a ResourceInstance,
    },
    /// An object is looked up by its id, to be imported by a plan.
    PreparingImport {
        address: &'a ResourceInstance,
        id: &'a str,
    },
    /// `import` found the object.
    Importing {
        address: &'a ResourceInstance,
        id: &'a str,
    },
    Imported {
        address: &'a ResourceInstance,
        kind: &'a str,
    },
    /// Applying a plan makes an imported object managed.
    Adopting {
        address: &'a ResourceInstance,
        id: &'a str,
    },
    Adopted {
        address: &'a ResourceInstance,
        id: &'a str,
    },
    /// An effect begins. `object` is what exists before (for a create: what is planned).
    Applying {
        address: &'a ResourceInstance,
        deposed: Option<&'a Text>,
        action: Action,
        object: &'a Value,
    },
    /// The effect goes on; sent every ten seconds.
    StillApplying {
        address: &'a ResourceInstance,
        deposed: Option<&'a Text>,
        action: Action,
        object: &'a Value,
    },
    /// The effect was had. `object` is what exists now (for a destroy: what was there).
    Applied {
        address: &'a ResourceInstance,
        deposed: Option<&'a Text>,
        action: Action,
        object: &'a Value,
    },
    ApplyFailed {
        address: &'a ResourceInstance,
        deposed: Option<&'a Text>,
        action: Action,
    },
    Provisioning {
        address: &'a ResourceInstance,
        kind: &'a str,
    },
    ProvisionOutput {
        address: &'a ResourceInstance,
        kind: &'a str,
        line: &'a str,
    },
    Provisioned {
        address: &'a ResourceInstance,
        kind: &'a str,
        succeeded: bool,
    },
    Opening {
        address: &'a ResourceInstance,
    },
    Opened {
        address: &'a ResourceInstance,
    },
    Closing {
        address: &'a ResourceInstance,
    },
    Closed {
        address: &'a ResourceInstance,
    },
    /// A stage of a rollout. `position` is its place in the plan; nothing on the way back.
    Stage {
        rollout: &'a Rollout,
        stage: &'a Stage,
        position: Option<usize>,
        phase: StagePhase<'a>,
    },
    /// An interrupted run was completed or adopted before anything else.
    Recovered {
        message: &'a str,
    },
    /// The user asked to stop; `is_hard` the second time.
    Stopping {
        is_hard: bool,
    },
}
