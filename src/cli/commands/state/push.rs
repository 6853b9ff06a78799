//! `terrace state push`

use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_transfer::push;
use crate::system::reason;

pub const COMMAND: Command = Command {
    words: "state push",
    group: Group::Member,
    about: "Make a file the state",
    usage: "FILE",
    description: "Replaces the state of this workspace by the given file, or by standard input where the file is -. The new state must \
                  have the same lineage and not be older.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("force", "Push a state of another lineage, or an older one, too."),
            flags::argument("file").required(true),
        ]))
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let name = invocation.text("file").unwrap_or_default().to_owned();
    let bytes = match name.as_str() {
        "-" => invocation.terminal.read_all(),
        path => std::fs::read(path),
    };
    let bytes = bytes.map_err(|error| Refusal::text(format!("open {name}: {}", reason(&error))))?;
    let text = String::from_utf8_lossy(&bytes);
    push(&mut *session.store, &text, &name, invocation.is_set("force"), lock_patience(invocation))?;
    Ok(Exit::SUCCESS)
}
