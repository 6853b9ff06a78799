//! `terrace state pull`

use crate::cli::directory::in_directory;
use crate::cli::{Command, Exit, Group};
use crate::ops::state_transfer::pull;

pub const COMMAND: Command = Command {
    words: "state pull",
    group: Group::Member,
    about: "Print the state as a file",
    usage: "",
    description: "Prints the state of this workspace, in the present version of the format, with everything that is secret in it.",
    define: |command| command,
    run: |invocation| {
        in_directory(invocation, |invocation, session| {
            if let Some(text) = pull(&mut *session.store)? {
                invocation.terminal.print_line(&text);
            }
            Ok(Exit::SUCCESS)
        })
    },
};
