//! Editing a state without touching what it describes: locked, read, changed, saved with a backup.

use super::backend::{self, StateFlags};
use super::locking::lock;
use super::refusal::Refusal;
use super::session::Session;
use crate::diag::Diagnostic;
use crate::state::State;
use crate::store::Store;
use crate::system::{Machine, World};
use std::time::Duration;

/// How long to try for the lock; nothing: do without one (`-lock=false`).
pub type Patience = Option<Duration>;

pub const NO_STATE: &str = "No state file was found!\n\nState management commands require a state file. Run this command\nin a \
                            directory where Terraform has been run or use the -state flag\nto point the command to a specific state \
                            location.";

/// A state under the editor's hands. The lock goes with it.
pub struct Editing {
    store: Box<dyn Store>,
    pub state: State,
}

impl Editing {
    /// Locks and reads; nothing where there is no state. `operation` tells others what is going on.
    pub fn open(mut store: Box<dyn Store>, operation: &str, patience: Patience) -> Result<Option<Self>, Refusal> {
        let state = Self::begin(&mut *store, operation, patience)?;
        Ok(state.map(|state| Self { store, state }))
    }

    fn begin(store: &mut dyn Store, operation: &str, patience: Patience) -> Result<Option<State>, Refusal> {
        if let Some(patience) = patience {
            lock(store, operation, patience)?;
        }
        if store.journal_path().exists() {
            return Err(interrupted(store).into());
        }
        Ok(store.read()?)
    }

    /// [`Editing::open`] where there must be a state.
    pub fn open_existing(store: Box<dyn Store>, operation: &str, patience: Patience) -> Result<Self, Refusal> {
        Self::open(store, operation, patience)?.ok_or_else(|| Refusal::text(NO_STATE))
    }

    /// [`Editing::open`] with a new and empty state where there is none.
    pub fn open_or_new(mut store: Box<dyn Store>, operation: &str, patience: Patience) -> Result<Self, Refusal> {
        let state = Self::begin(&mut *store, operation, patience)?;
        Ok(Self { store, state: state.unwrap_or_default() })
    }

    pub fn save(mut self) -> Result<(), Refusal> {
        Ok(self.store.write(&self.state)?)
    }
}

/// The state of the session's workspace (or of `-state`), to be backed up under a name that nothing else uses: what these commands do
/// to a state cannot be had back from real objects.
pub fn store_with_own_backup(session: &Session) -> Box<dyn Store> {
    let flags = session.state_flags();
    let usual = || backend::state_path(session.backend.as_ref(), &session.workspace).display().to_string();
    let path = flags.state.clone().unwrap_or_else(usual);
    other_store(path, flags.backup.as_deref())
}

/// The state in a file, with a backup of its own.
pub fn other_store(path: String, backup: Option<&str>) -> Box<dyn Store> {
    let backup = match backup {
        Some(backup) if backup != "-" => backup.to_owned(),
        _ => format!("{path}.{}.backup", Machine.now_seconds()),
    };
    let flags = StateFlags { state: Some(path), state_out: None, backup: Some(backup) };
    backend::open_store(None, backend::DEFAULT_WORKSPACE, &flags)
}

fn interrupted(store: &dyn Store) -> Diagnostic {
    let detail = format!(
        "The journal {} says that a run on this state was interrupted. Run \"terrace plan\" once, which finds out what became of the steps \
         that were under way, and then try again.",
        store.journal_path().display()
    );
    Diagnostic::error("An interrupted run has not been cleared up", detail)
}
