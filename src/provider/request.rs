//! Questions to providers and their answers.
//!
//! Objects are [`Value`]s that fit the type's schema; a null of the object type stands for "none".
//! Values that reach a provider carry no marks; the core puts them back.

use super::Complaint;
use crate::value::{Path, Text, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that a provider keeps with an object and nobody else reads.
pub type Private = Arc<[u8]>;

/// What should become of one object.
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    pub kind: &'a str,
    /// As refreshed; null for a new object.
    pub prior: &'a Value,
    /// The configuration, with the prior's values where the configuration says nothing and the provider decides; null to destroy.
    pub proposed: &'a Value,
    /// As written; null to destroy.
    pub configuration: &'a Value,
    pub private: &'a Private,
    /// What would change a server by stopping it makes a new one instead.
    pub servers_are_immutable: bool,
}

/// What will become of it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// With unknown values for what the API decides.
    pub object: Value,
    /// Changes at these paths need a new object.
    pub requires_replace: Vec<Path>,
    pub private: Private,
    pub complaints: Vec<Complaint>,
}

/// A planned change that is looked at before anything is done. Values without marks.
#[derive(Clone, Debug)]
pub struct PreflightRequest {
    pub kind: Text,
    /// What there is; null where nothing is.
    pub prior: Value,
    /// What there will be, with unknown parts; null where it goes.
    pub planned: Value,
    /// It will be another object than the prior one.
    pub is_new: bool,
}

/// One saved object to look at.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    pub kind: Text,
    pub prior: Value,
    pub private: Private,
}

impl Planned {
    /// Just what was proposed, with nothing to say about it.
    pub fn as_proposed(request: &PlanRequest<'_>) -> Self {
        Self {
            object: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: request.private.clone(),
            complaints: Vec::new(),
        }
    }

    /// No plan, and why.
    pub fn refused(request: &PlanRequest<'_>, complaint: Complaint) -> Self {
        Self { complaints: vec![complaint], ..Self::as_proposed(request) }
    }
}

#[derive(Clone, Debug)]
pub enum ReadOutcome {
    Present {
        object: Value,
        private: Private,
        complaints: Vec<Complaint>,
    },
    /// It does not exist any more.
    Gone,
    Failed(Vec<Complaint>),
}

/// One data source to read; the configuration is wholly known.
#[derive(Clone, Debug)]
pub struct DataRequest {
    pub kind: Text,
    pub configuration: Value,
}

pub type DataOutcome = Result<(Value, Vec<Complaint>), Vec<Complaint>>;

/// One effect to have.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// For messages and logs only.
    pub address: String,
    pub kind: Text,
    /// Null to create.
    pub prior: Value,
    /// Null to destroy.
    pub planned: Value,
    /// As written, all known; null to destroy.
    pub configuration: Value,
    pub private: Private,
    /// The same for every try of the same step.
    pub token: Text,
    pub cancellation: Cancellation,
}

/// What exists now.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Null: nothing exists. After a failed create, what was made of it (it will be tainted);
    /// after a failed update or destroy, what is still there.
    pub object: Value,
    pub private: Private,
    /// With an error among them the step has failed.
    pub complaints: Vec<Complaint>,
    /// Nobody could find out what became of it: the next run asks `recover` about this intent, as after a crash.
    pub is_open: bool,
}

/// What was about to be done when the process died, as the journal kept it.
#[derive(Clone, Debug)]
pub struct Intent {
    pub address: String,
    pub kind: Text,
    pub prior: Value,
    pub planned: Value,
    pub private: Private,
    pub token: Text,
}

#[derive(Clone, Debug)]
pub enum Recovered {
    /// The effect was had, wholly or partly: this is what exists.
    Adopt { object: Value, private: Private, is_complete: bool },
    /// Nothing exists that the intent could have made (or, for a destroy: it is gone).
    Absent,
    /// Somebody has to look; says what at.
    Unclear(Complaint),
}

#[derive(Clone, Debug)]
pub struct ImportRequest {
    pub kind: Text,
    pub id: String,
}

/// What is known from the id alone.
#[derive(Clone, Debug)]
pub struct Imported {
    pub kind: Text,
    pub object: Value,
    pub private: Private,
}

/// A value that lives only while the operation runs.
#[derive(Clone, Debug)]
pub struct OpenedEphemeral {
    pub result: Value,
    pub private: Private,
    pub complaints: Vec<Complaint>,
}

/// Whether the user asked, twice, to stop.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
