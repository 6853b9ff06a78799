//! `terrace state list`

use crate::cli::directory::in_directory;
use crate::cli::{Command, Exit, Group, flags};
use crate::ops::state_list::list;

pub const COMMAND: Command = Command {
    words: "state list",
    group: Group::Member,
    about: "List what the state holds",
    usage: "[ADDRESS...]",
    description: "Lists the addresses of all objects in the state, or of those in the given modules and resources.",
    define: |command| {
        command.args([
            flags::value("state", "FILE", "Look at this state instead of the workspace's own."),
            flags::value("id", "ID", "Only objects whose id is this."),
            flags::arguments("address"),
        ])
    },
    run: |invocation| {
        in_directory(invocation, |invocation, session| {
            let found = list(&mut *session.store, &invocation.texts("address"), invocation.text("id"))?;
            found.iter().for_each(|address| invocation.terminal.print_line(&address.to_string()));
            Ok(Exit::SUCCESS)
        })
    },
};
