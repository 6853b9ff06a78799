//! `terrace state rm`

use crate::cli::refusal::{edit, with_state};
use crate::cli::{Command, Exit, Group, flags};
use crate::ops::state_rm::remove;

pub const COMMAND: Command = Command {
    words: "state rm",
    group: Group::Member,
    about: "Forget objects without destroying them",
    usage: "ADDRESS...",
    description: "Takes objects out of the state. They go on existing, and are no longer managed. A removed block in the configuration does \
                  the same where others can review it.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("dry-run", "Only say what would be forgotten."),
            flags::value("state", "FILE", "Edit this state."),
            flags::value("backup", "FILE", "Keep the old state here."),
            flags::switch("ignore-remote-version", "Accepted for compatibility."),
            flags::arguments("address").required(true),
        ]))
    },
    run: |invocation| {
        with_state(invocation, |invocation, session| {
            let is_rehearsal = invocation.is_set("dry-run");
            let editing = edit(invocation, session, "state-rm")?;
            let removed = remove(editing, &invocation.texts("address"), is_rehearsal)?;
            let verb = if is_rehearsal { "Would remove" } else { "Removed" };
            removed.iter().for_each(|address| invocation.terminal.print_line(&format!("{verb} {address}")));
            match (is_rehearsal, removed.len()) {
                (true, 0) => invocation.terminal.print_line("Would have removed nothing."),
                (true, _) => {}
                (false, count) => {
                    invocation.terminal.print_line(&format!("Successfully removed {count} resource instance(s)."));
                }
            }
            Ok(Exit::SUCCESS)
        })
    },
};
