//! `terrace state list`

use crate::cli::refusal::with_state;
use crate::cli::{Command, Exit, Group, flags};
use crate::ops::state_list::list;

pub const COMMAND: Command = Command {
    words: "state list",
    group: Group::Member,
    about: "List the objects in the state",
    usage: "[ADDRESS...]",
    description: "Lists the objects that the state holds, all of them or those that the addresses name. An address names a module, a \
                  resource or an instance.",
    define: |command| {
        command.args([
            flags::value("state", "FILE", "Read this state."),
            flags::value("id", "ID", "Only objects with this id."),
            flags::arguments("address"),
        ])
    },
    run: |invocation| {
        with_state(invocation, |invocation, session| {
            let found = list(&mut *session.store, &invocation.texts("address"), invocation.text("id"))?;
            found.iter().for_each(|address| invocation.terminal.print_line(&address.to_string()));
            Ok(Exit::SUCCESS)
        })
    },
};
