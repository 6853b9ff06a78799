//! Fleets whose servers the provider replaces by itself: an Auto Scaling group.
//!
//! There a rollout is one step. What it asks for are numbers ([`Renewal`]); how servers come and go is the provider's business.
//! [`Provider::renewing`](super::Provider::renewing) says in the plan that a change asks for it, [`Renewals`], reached by
//! [`Connection::renewals`](super::Connection::renewals), carries it out.
//!
//! What providers must keep:
//! - `begin` may come twice; what is under way with the same numbers is the same renewal. One with others ends before the new one begins.
//! - `progress` does not wait.
//! - Servers that are what they should be may stay where `skips_matching` says so: so the way back touches only what is new.

use super::Complaint;
use crate::value::{Text, Value};
use async_trait::async_trait;
use std::time::Duration;

/// How the servers of a fleet are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Per cent of the fleet's size that stays in service, at least.
    pub min_healthy_percent: u16,
    /// Per cent of the fleet's size that exists, at most.
    pub max_healthy_percent: u16,
    /// Per cent replaced at which it holds for `checkpoint_delay`, rising.
    pub checkpoints: Vec<u8>,
    pub checkpoint_delay: Duration,
    /// How long it holds when all are replaced, before it is over.
    pub bake: Duration,
    /// How long a new server is left alone before it counts; absent: as the fleet says.
    pub warmup: Option<Duration>,
    pub skips_matching: bool,
    /// The provider itself goes back when it fails or an alarm rings.
    pub takes_itself_back: bool,
    pub alarms: Vec<Text>,
    /// The version to lead to, where the fleet names none (`$Latest`); absent: the one that is it when the renewal begins.
    pub version: Option<Text>,
    /// The version that the way back leads to, likewise.
    pub former_version: Option<Text>,
}

/// A change that is asked about, and what else changes in the plan.
#[derive(Clone, Copy)]
pub struct Renewed<'a> {
    pub kind: &'a str,
    pub before: &'a Value,
    pub after: &'a Value,
    /// Kind, before and after of the other changes of the same provider.
    pub others: &'a [(&'a str, &'a Value, &'a Value)],
}

/// What servers are made from changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewing {
    /// As the fleet's own configuration says, or the provider's usual.
    pub own: Renewal,
    /// The fleet's own configuration asks for it; otherwise a `rollout` block has to.
    pub is_asked: bool,
    pub size: usize,
    /// The target groups that it stands behind, by id.
    pub groups: Vec<Text>,
}

/// A provider that replaces servers by itself.
#[async_trait]
pub trait Renewals: Send + Sync {
    /// Begins to replace the servers of a fleet, given as state has it; what the renewal is called.
    async fn begin(&self, fleet: &Value, how: &Renewal) -> Result<Text, Vec<Complaint>>;

    /// How far one has come.
    async fn progress(&self, fleet: &Value, renewal: &Text) -> Result<Progress, Vec<Complaint>>;

    /// Asks the one that is under way to end where it is.
    async fn cancel(&self, fleet: &Value) -> Result<(), Vec<Complaint>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Per cent replaced, and what the provider says of it.
    Going {
        percent: u8,
        seen: String,
    },
    Done,
    /// It failed, was cancelled or taken back, with the reason.
    Failed(String),
}
