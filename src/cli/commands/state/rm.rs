//! `terrace state rm`

use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::{Editing, store_with_own_backup};
use crate::ops::state_rm::remove;

pub const COMMAND: Command = Command {
    words: "state rm",
    group: Group::Member,
    about: "Forget objects without destroying them",
    usage: "ADDRESS...",
    description: "Takes objects out of the state. They go on existing and nobody looks after them any more. The address of a module or \
                  of a resource stands for all that is in it.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("dry-run", "Only say what would be forgotten."),
            flags::value("state", "FILE", "Edit this state instead of the workspace's own."),
            flags::value("backup", "FILE", "Where to keep the state as it was before."),
            flags::arguments("address").required(true),
        ]))
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let is_rehearsal = invocation.is_set("dry-run");
    let editing = Editing::open_existing(store_with_own_backup(session), "state-rm", lock_patience(invocation))?;
    let removed = remove(editing, &invocation.texts("address"), is_rehearsal)?;
    let prefix = if is_rehearsal { "Would remove" } else { "Removed" };
    for address in &removed {
        invocation.terminal.print_line(&format!("{prefix} {address}"));
    }
    match (is_rehearsal, removed.is_empty()) {
        (true, true) => invocation.terminal.print_line("Would have removed nothing."),
        (true, false) => {}
        (false, _) => {
            let count = removed.len();
            invocation.terminal.print_line(&format!("Successfully removed {count} resource instance(s)."));
        }
    }
    Ok(Exit::SUCCESS)
}
