//! Where state lives and is locked.
//!
//! A [`Store`] is one state of one workspace. The local one keeps Terraform's files and takes Terraform's locks, so that both tools exclude
//! each other. The journal lies beside the state: what is about to be done and what came of it, so that state and journal
//! together are the truth at every instant.

mod journal;
mod local;
mod lock;
mod rollouts;

pub use journal::{Action, Header, IntentRecord, Journal, OutcomeRecord, Replay};
pub use local::{LocalPaths, LocalStore};
pub use lock::{LockError, LockInfo};
pub use rollouts::{Course, OrderRecord, RolloutDesk, RolloutRecord, RolloutRecords};

use crate::diag::Diagnostics;
use crate::state::State;
use std::path::PathBuf;

/// One state and its lock.
pub trait Store: Send {
    /// The state as saved; nothing where none was ever saved.
    fn read(&mut self) -> Result<Option<State>, Diagnostics>;

    /// Saves the state. Serial and lineage are the store's business: the serial rises when something changed, and nothing is written otherwise.
    fn write(&mut self, state: &State) -> Result<(), Diagnostics>;

    /// Saves a state with its own serial and lineage, after checking that it may follow the present one (unless forced).
    fn push(&mut self, state: &State, is_forced: bool) -> Result<(), Diagnostics>;

    /// Takes the lock or says who holds it.
    fn lock(&mut self, info: LockInfo) -> Result<(), LockError>;

    fn unlock(&mut self) -> Result<(), Diagnostics>;

    /// Breaks a lock that a process left behind.
    fn force_unlock(&mut self, id: &str) -> Result<(), Diagnostics>;

    /// Where the journal of this state is.
    fn journal_path(&self) -> PathBuf;

    /// How messages name the state.
    fn name(&self) -> String;
}
