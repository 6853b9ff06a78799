//! `terrace state mv`

use crate::cli::refusal::{edit, lock_patience, with_state};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::backend::{StateFlags, open_store};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::Editing;
use crate::ops::state_mv::relocate;

pub const COMMAND: Command = Command {
    words: "state mv",
    group: Group::Member,
    about: "Move an object to another address",
    usage: "SOURCE DESTINATION",
    description: "Gives what has the source address the destination address, in this state or in another one. A moved block in the \
                  configuration does the same where others can review it.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("dry-run", "Only say what would be moved."),
            flags::value("state", "FILE", "Move out of this state."),
            flags::value("state-out", "FILE", "Move into this state."),
            flags::value("backup", "FILE", "Keep the old state here."),
            flags::value("backup-out", "FILE", "Keep the old state of -state-out here."),
            flags::switch("ignore-remote-version", "Accepted for compatibility."),
            flags::argument("source").required(true),
            flags::argument("destination").required(true),
        ]))
    },
    run: |invocation| with_state(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let is_rehearsal = invocation.is_set("dry-run");
    let editing = edit(invocation, session, "state-mv")?;
    let into = match invocation.text("state-out") {
        Some(path) => {
            let flags = StateFlags {
                state: Some(path.to_owned()),
                state_out: None,
                backup: invocation.text("backup-out").map(str::to_owned),
            };
            let store = open_store(session.backend.as_ref(), &session.workspace, &flags);
            Some(Editing::open_or_new(store, "state-mv", lock_patience(invocation))?)
        }
        None => None,
    };
    let text = |name: &str| invocation.text(name).unwrap_or_default().to_owned();
    let moves = relocate(editing, into, &text("source"), &text("destination"), is_rehearsal)?;
    let verb = if is_rehearsal { "Would move" } else { "Move" };
    for one in &moves {
        invocation.terminal.print_line(&format!("{verb} \"{}\" to \"{}\"", one.from, one.to));
    }
    let closing = match (is_rehearsal, moves.len()) {
        (true, 0) => "Would have moved nothing.".to_owned(),
        (true, _) => return Ok(Exit::SUCCESS),
        (false, 0) => "No matching objects found.".to_owned(),
        (false, count) => format!("Successfully moved {count} object(s)."),
    };
    invocation.terminal.print_line(&closing);
    Ok(Exit::SUCCESS)
}
