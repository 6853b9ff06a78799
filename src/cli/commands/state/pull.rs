//! `terrace state pull`

use crate::cli::refusal::with_state;
use crate::cli::{Command, Exit, Group};
use crate::ops::state_transfer::pull;

pub const COMMAND: Command = Command {
    words: "state pull",
    group: Group::Member,
    about: "Print the state file",
    usage: "",
    description: "Prints the present state as a state file, whatever backend keeps it.",
    define: |command| command,
    run: |invocation| {
        with_state(invocation, |invocation, session| {
            if let Some(text) = pull(&mut *session.store)? {
                invocation.terminal.print_line(&text);
            }
            Ok(Exit::SUCCESS)
        })
    },
};
