//! `terrace state push`

use crate::cli::refusal::{lock_patience, with_state};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_transfer::push;

pub const COMMAND: Command = Command {
    words: "state push",
    group: Group::Member,
    about: "Make a file the present state",
    usage: "FILE",
    description: "Makes the state in a file (- for standard input) the present state. It must be a successor of the one that is there, \
                  unless -force is given.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("force", "Even if the state there is another one, or a later one."),
            flags::switch("ignore-remote-version", "Accepted for compatibility."),
            flags::argument("file").required(true),
        ]))
    },
    run: |invocation| with_state(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let path = invocation.text("file").unwrap_or_default().to_owned();
    let read = match path.as_str() {
        "-" => invocation.terminal.read_all().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        path => std::fs::read_to_string(path),
    };
    let text = read.map_err(|error| {
        let reason = crate::system::reason(&error);
        Refusal::text(format!("Error reading source state {path:?}: open {path}: {reason}"))
    })?;
    push(&mut *session.store, &text, &path, invocation.is_set("force"), lock_patience(invocation))?;
    Ok(Exit::SUCCESS)
}
