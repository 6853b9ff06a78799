//! Configuration + state + providers' answers -> plan: the whole decision, as a graph of steps.
//!
//! Apply runs the steps and decides nothing that a person would have wanted to review. Same inputs, same bytes.

mod checks;
mod complaint;
mod condition;
mod connect;
pub mod connection;
pub mod data;
mod declared;
mod drift;
mod ephemeral;
pub mod evaluation;
mod event;
pub mod expansion;
pub mod file;
mod generate;
mod import;
pub mod instance;
pub mod kind;
mod make;
mod moved;
mod options;
mod orphan;
pub mod outputs;
mod preflight;
mod reasons;
mod recorded;
mod refresh;
mod relevant;
mod reopen;
pub mod resource;
pub mod rollout;
mod scope;
mod step;
mod steps;
mod trigger;
pub mod values;
mod variable;
mod verdict;
mod walk;

pub use checks::{Checks, RuleId, RuleKind};
pub use complaint::{locate, unlocated};
pub use declared::Declared;
pub use evaluation::Evaluation;
pub use event::{Event, Observer, Silence, StagePhase};
pub use import::no_such_object;
pub use make::{Planned, creates_first, make};
pub use options::{Input, Options, Providers};
pub use orphan::matches as is_removed_by;
pub use recorded::evaluate_recorded;
pub use reopen::{outline, reopen};
pub use rollout::{GroupMove, Rollout};
pub use scope::Place;
pub use step::{Step, StepId, StepKind, Steps};
pub use verdict::Noticed;

use crate::addr::ResourceInstance;
use crate::change::{InstanceChange, OutputChange};
use crate::state::{CheckResult, State};
use crate::value::{Path, Text, Value};
use std::collections::BTreeMap;

/// What will be done.
#[derive(Clone, Debug)]
pub struct Plan {
    pub mode: Mode,
    /// In the order shown: by address, deposed generations after current ones. No-ops are in it.
    pub changes: Vec<InstanceChange>,
    pub outputs: Vec<OutputChange>,
    /// What changed outside of Terrace, as changes from the saved to the refreshed object.
    pub drift: Vec<InstanceChange>,
    /// Attributes that the configuration refers to: only drift in them is worth showing.
    pub relevant_attributes: Vec<(ResourceInstance, Path)>,
    pub checks: Vec<CheckResult>,
    /// As saved, before refresh.
    pub previous_state: State,
    /// As refreshed and moved.
    pub prior_state: State,
    /// Values of root variables that were given (marked where sensitive); defaults are not in it.
    pub variables: BTreeMap<Text, Value>,
    pub targets: Vec<String>,
    pub excludes: Vec<String>,
    pub force_replace: Vec<ResourceInstance>,
    /// How the changes of fleets behind target groups are spread over steps.
    pub rollouts: Vec<Rollout>,
    pub steps: Steps,
    /// Changes that those who use the stack will notice.
    pub verdicts: Vec<Noticed>,
    /// Planning stopped with errors; the plan can be looked at, not applied.
    pub is_errored: bool,
    /// Nothing was left out by targets or deferred.
    pub is_complete: bool,
    /// There is something to apply.
    pub is_applyable: bool,
    /// RFC 3339, the plan's own "now".
    pub timestamp: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Normal,
    Destroy,
    RefreshOnly,
}
