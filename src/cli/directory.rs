//! Commands that only need the directory opened: its workspace and its state, not a plan.

use super::command::{Exit, Invocation};
use super::operation::patience;
use crate::diag::SourceMap;
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::Patience;

/// Opens the directory and runs the command in it; what is refused is told.
pub fn in_directory(
    invocation: &mut Invocation,
    run: impl FnOnce(&mut Invocation, &mut Session) -> Result<Exit, Refusal>,
) -> Exit {
    invocation.terminal.space_diagnostics();
    let mut session = match Session::open_state(invocation.surroundings()) {
        Ok(session) => session,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    match run(invocation, &mut session) {
        Ok(exit) => exit,
        Err(refusal) => tell(invocation, refusal, &session.config.sources),
    }
}

fn tell(invocation: &mut Invocation, refusal: Refusal, sources: &SourceMap) -> Exit {
    match refusal {
        Refusal::Text(text) => invocation.terminal.print_error(&format!("{text}\n")),
        Refusal::Diagnostics(diagnostics) => drop(invocation.report(&diagnostics, sources)),
    }
    Exit::FAILURE
}

/// `-lock` and `-lock-timeout`.
pub fn lock_patience(invocation: &Invocation) -> Patience {
    (invocation.switch("lock") != Some(false)).then(|| patience(invocation))
}
