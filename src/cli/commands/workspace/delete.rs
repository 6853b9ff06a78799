//! `terrace workspace delete`

use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::workspace::delete;
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "workspace delete",
    group: Group::Member,
    about: "Delete a workspace",
    usage: "NAME",
    description: "Deletes a workspace with its state. A workspace that still holds objects is only deleted with -force; they go on \
                  existing and nobody looks after them any more.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("force", "Delete the workspace even if it holds objects."),
            flags::argument("name").required(true),
        ]))
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = invocation.text("name").unwrap_or_default().to_owned();
    let held_objects = delete(session, &name, invocation.is_set("force"), lock_patience(invocation))?;
    let paint = Paint(invocation.terminal.color());
    invocation.terminal.print_line(&paint.green(&format!("Deleted workspace {name:?}!")));
    if held_objects {
        invocation.terminal.print_line(&paint.yellow(&format!(
            "WARNING: {name:?} was non-empty.\nThe resources managed by the deleted workspace may still exist,\nbut are no longer manageable \
             by Terraform since the state has\nbeen deleted.\n"
        )));
    }
    Ok(Exit::SUCCESS)
}
