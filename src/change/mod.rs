//! What happens to one object, and why.

mod action;
mod compatible;
mod decide;
mod ignore;
mod marking;
mod order;
mod propose;
mod reason;
mod validity;

pub use action::{Action, ActionReason};
pub use compatible::check_result;
pub use decide::{Forced, changed_replace_paths, decide, equal_but_for_marks, is_equal};
pub use ignore::{Ignored, ignore_changes};
pub use marking::{
    children, has_attribute, mark_sensitive, marks_of, sensitive_paths, with_marks_at, write_only_paths,
};
pub use propose::{empty_object, propose, propose_data};
pub use reason::{Cause, Link, Reason};
pub use validity::{Inconsistency, check_plan};

use crate::addr::{ProviderConfig, ResourceInstance};
use crate::provider::Private;
use crate::value::{Path, Text, Value};

/// The difference between a prior and a planned object.
#[derive(Clone, Debug)]
pub struct Change {
    pub action: Action,
    /// Null where nothing existed. Marked where sensitive.
    pub before: Value,
    /// Null where nothing will exist; unknown parts are decided by apply. Marked where sensitive.
    pub after: Value,
}

/// A change with its address and all that a renderer or the executor needs to know about it.
#[derive(Clone, Debug)]
pub struct InstanceChange {
    pub address: ResourceInstance,
    /// Where the object was in the prior state, if a `moved` block renamed it.
    pub previous_address: Option<ResourceInstance>,
    /// The generation, where an old one is destroyed.
    pub deposed: Option<Text>,
    pub provider: ProviderConfig,
    pub change: Change,
    /// Terraform's word for why this action.
    pub action_reason: ActionReason,
    /// Attributes whose change needs a new object.
    pub replace_paths: Vec<Path>,
    /// Why, with the chain to the source; most important first.
    pub reasons: Vec<Reason>,
    pub importing: Option<Importing>,
    /// Configuration written for an imported object.
    pub generated_configuration: Option<String>,
    /// From the provider's plan.
    pub private: Private,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Importing {
    /// Not known before apply: none.
    pub id: Option<String>,
}

/// A change of a root output.
#[derive(Clone, Debug)]
pub struct OutputChange {
    pub name: Text,
    pub change: Change,
    pub is_sensitive: bool,
}
