//! What state and workspace commands have in common: opening the state, and telling why something was not done.

use super::command::{Exit, Invocation};
use super::operation::patience;
use crate::diag::SourceMap;
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::{Editing, Patience, store_with_own_backup};

/// Opens the directory for its state.
pub fn open(invocation: &mut Invocation) -> Result<Session, Exit> {
    invocation.terminal.space_diagnostics();
    Session::open_state(invocation.surroundings()).map_err(|(config, problems)| {
        invocation.report(&problems, &config.sources);
        Exit::FAILURE
    })
}

/// How long to try for the lock; nothing: without one.
pub fn lock_patience(invocation: &Invocation) -> Patience {
    (invocation.switch("lock") != Some(false)).then(|| patience(invocation))
}

/// The state, to be edited; `operation` is what others see who want the lock.
pub fn edit(invocation: &Invocation, session: &Session, operation: &str) -> Result<Editing, Refusal> {
    Editing::open_existing(store_with_own_backup(session), operation, lock_patience(invocation))
}

/// Runs a command that needs the state; a refusal is told.
pub fn with_state(
    invocation: &mut Invocation,
    run: impl FnOnce(&mut Invocation, &mut Session) -> Result<Exit, Refusal>,
) -> Exit {
    let mut session = match open(invocation) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    match run(invocation, &mut session) {
        Ok(exit) => exit,
        Err(refusal) => refuse(invocation, &refusal),
    }
}

pub fn refuse(invocation: &mut Invocation, refusal: &Refusal) -> Exit {
    match refusal {
        Refusal::Text(text) => invocation.terminal.print_error(&format!("{text}\n")),
        Refusal::Diagnostics(problems) => drop(invocation.report(problems, &SourceMap::new())),
    }
    Exit::FAILURE
}
