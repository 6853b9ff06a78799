//! `terrace workspace select`

use super::tell_created;
use crate::cli::directory::in_directory;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::workspace::{Selected, select};
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "workspace select",
    group: Group::Member,
    about: "Select a workspace",
    usage: "NAME",
    description: "Makes a workspace the one that commands work on.",
    define: |command| {
        command.args([
            flags::switch("or-create", "Make the workspace if there is none of this name."),
            flags::argument("name").required(true),
        ])
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = invocation.text("name").unwrap_or_default().to_owned();
    match select(session, &name, invocation.is_set("or-create"))? {
        Selected::Already => {}
        Selected::Created => tell_created(invocation, &name),
        Selected::Switched => {
            let paint = Paint(invocation.terminal.color());
            invocation.terminal.print_line(&paint.green(&format!("Switched to workspace {name:?}.")));
        }
    }
    Ok(Exit::SUCCESS)
}
