//! `terrace taint` and `terrace untaint`

use crate::cli::refusal::{lock_patience, refuse, with_state};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::{Editing, store_with_own_backup};
use crate::ops::taint::{Unmarked, check_taintable, mark, parse_address};
use crate::state::ObjectStatus;

pub const TAINT: Command = Command {
    words: "taint",
    group: Group::Other,
    about: "Mark an object as not fully functional, so that it is replaced",
    usage: "ADDRESS",
    description: "Marks an object in the state, so that the next plan replaces it. apply -replace=ADDRESS does the same and shows the plan \
                  first.",
    define,
    run: |invocation| with_state(invocation, |invocation, session| run(invocation, session, ObjectStatus::Tainted)),
};

pub const UNTAINT: Command = Command {
    words: "untaint",
    group: Group::Other,
    about: "Take back the mark that taint, or a failed creation, has left",
    usage: "ADDRESS",
    description: "Takes an object's mark away, so that the next plan does not replace it because of it.",
    define,
    run: |invocation| with_state(invocation, |invocation, session| run(invocation, session, ObjectStatus::Ready)),
};

fn define(command: clap::Command) -> clap::Command {
    flags::with_state_files(flags::with_locking(command.args([
        flags::switch("allow-missing", "Succeed if there is no such object."),
        flags::switch("ignore-remote-version", "Accepted for compatibility."),
        flags::argument("address").required(true),
    ])))
}

fn run(invocation: &mut Invocation, session: &mut Session, status: ObjectStatus) -> Result<Exit, Refusal> {
    let (operation, done) = match status {
        ObjectStatus::Tainted => ("taint", "been marked as tainted"),
        ObjectStatus::Ready => ("untaint", "been successfully untainted"),
    };
    let address = parse_address(invocation.text("address").unwrap_or_default())?;
    if status == ObjectStatus::Tainted {
        check_taintable(&address)?;
    }
    let editing = Editing::open(store_with_own_backup(session), operation, lock_patience(invocation))?;
    match mark(editing, &address, status) {
        Ok(()) => {
            invocation.terminal.print_line(&format!("Resource instance {address} has {done}."));
            Ok(Exit::SUCCESS)
        }
        Err(Unmarked::Missing(_)) if invocation.is_set("allow-missing") => {
            let warning = Diagnostic::warning(
                "No such resource instance",
                format!(
                    "Resource instance {address} was not found, but this is not an error because -allow-missing was set."
                ),
            );
            invocation.report(&Diagnostics::from(warning), &SourceMap::new());
            Ok(Exit::SUCCESS)
        }
        Err(Unmarked::Missing(refusal) | Unmarked::Refused(refusal)) => Ok(refuse(invocation, &refusal)),
    }
}
