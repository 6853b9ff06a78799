//! `terrace workspace new`

use super::tell_created;
use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::workspace::create;
use crate::system::reason;

pub const COMMAND: Command = Command {
    words: "workspace new",
    group: Group::Member,
    about: "Make a workspace and select it",
    usage: "NAME",
    description: "Makes a new workspace, empty or with a copy of a state file, and selects it.",
    define: |command| {
        flags::with_locking(command.args([
            flags::value("state", "FILE", "Begin with a copy of this state."),
            flags::argument("name").required(true),
        ]))
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = invocation.text("name").unwrap_or_default().to_owned();
    let path = invocation.text("state");
    let read = |path: &str| {
        std::fs::read_to_string(path).map_err(|error| Refusal::text(format!("open {path}: {}", reason(&error))))
    };
    let text = path.map(read).transpose()?;
    create(session, &name, text.as_deref().zip(path), lock_patience(invocation))?;
    tell_created(invocation, &name);
    Ok(Exit::SUCCESS)
}
