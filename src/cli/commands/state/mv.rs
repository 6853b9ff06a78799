//! `terrace state mv`

use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::{Editing, other_store, store_with_own_backup};
use crate::ops::state_mv::relocate;

pub const COMMAND: Command = Command {
    words: "state mv",
    group: Group::Member,
    about: "Move an object to another address",
    usage: "SOURCE DESTINATION",
    description: "Gives an object, a resource or a module another address in the state, or moves it to another state. A moved block in \
                  the configuration does the same for everybody who uses it; prefer that.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("dry-run", "Only say what would be moved."),
            flags::value("state", "FILE", "Edit this state instead of the workspace's own."),
            flags::value("state-out", "FILE", "Move to this state."),
            flags::value("backup", "FILE", "Where to keep the state as it was before."),
            flags::value("backup-out", "FILE", "Where to keep the receiving state as it was before."),
            flags::argument("source").required(true),
            flags::argument("destination").required(true),
        ]))
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let patience = lock_patience(invocation);
    let is_rehearsal = invocation.is_set("dry-run");
    let editing = Editing::open_existing(store_with_own_backup(session), "state-mv", patience)?;
    let into = match invocation.text("state-out") {
        Some(path) => {
            let store = other_store(path.to_owned(), invocation.text("backup-out"));
            Some(Editing::open_or_new(store, "state-mv", patience)?)
        }
        None => None,
    };
    let source = invocation.text("source").unwrap_or_default();
    let destination = invocation.text("destination").unwrap_or_default();
    let moves = relocate(editing, into, source, destination, is_rehearsal)?;
    let prefix = if is_rehearsal { "Would move" } else { "Move" };
    for moved in &moves {
        invocation.terminal.print_line(&format!("{prefix} {:?} to {:?}", moved.from, moved.to));
    }
    if !is_rehearsal {
        invocation.terminal.print_line(&format!("Successfully moved {} object(s).", moves.len()));
    }
    Ok(Exit::SUCCESS)
}
