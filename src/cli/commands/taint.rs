//! `terrace taint` and `terrace untaint`

use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::Diagnostic;
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::Editing;
use crate::ops::taint::{Unmarked, check_taintable, mark, parse_address};
use crate::state::ObjectStatus;

pub const TAINT: Command = Command {
    words: "taint",
    group: Group::Other,
    about: "Mark an object as to be replaced",
    usage: "ADDRESS",
    description: "Marks one object in the state: the next plan replaces it. Prefer plan -replace=ADDRESS, which shows what follows from \
                  it before anything is changed.",
    define,
    run: |invocation| in_directory(invocation, |invocation, session| run(invocation, session, ObjectStatus::Tainted)),
};

pub const UNTAINT: Command = Command {
    words: "untaint",
    group: Group::Other,
    about: "Take back the mark of taint, or of a failed creation",
    usage: "ADDRESS",
    description: "Takes the mark from one object in the state: the next plan keeps it.",
    define,
    run: |invocation| in_directory(invocation, |invocation, session| run(invocation, session, ObjectStatus::Ready)),
};

fn define(command: clap::Command) -> clap::Command {
    let command = command.args([
        flags::switch("allow-missing", "Succeed if there is no such object."),
        flags::argument("address").required(true),
    ]);
    flags::with_state_files(flags::with_locking(command))
}

fn run(invocation: &mut Invocation, session: &mut Session, status: ObjectStatus) -> Result<Exit, Refusal> {
    let is_tainting = status == ObjectStatus::Tainted;
    let address = parse_address(invocation.text("address").unwrap_or_default())?;
    if is_tainting {
        check_taintable(&address)?;
    }
    let operation = if is_tainting { "taint" } else { "untaint" };
    let editing = Editing::open(session.open_store(), operation, lock_patience(invocation))?;
    match mark(editing, &address, status) {
        Ok(()) => invocation.terminal.print_line(&match is_tainting {
            true => format!("Resource instance {address} has been marked as tainted."),
            false => format!("Resource instance {address} has been successfully untainted."),
        }),
        Err(Unmarked::Missing(_)) if invocation.is_set("allow-missing") => {
            let detail = format!(
                "Resource instance {address} was not found, but this is not an error because -allow-missing was set."
            );
            invocation.terminal.print_diagnostic(&Diagnostic::warning("No such resource instance", detail));
        }
        Err(Unmarked::Missing(refusal) | Unmarked::Refused(refusal)) => return Err(refusal),
    }
    Ok(Exit::SUCCESS)
}
