//! `terrace workspace show`

use crate::cli::{Command, Exit, Group};
use crate::ops::session::current_workspace;
use crate::ops::workspace::check_workspace_variable;

pub const COMMAND: Command = Command {
    words: "workspace show",
    group: Group::Member,
    about: "Print the name of the selected workspace",
    usage: "",
    description: "Prints the name of the workspace that commands work on.",
    define: |command| command,
    run: |invocation| {
        if let Some(problem) = check_workspace_variable(invocation.settings.workspace.as_deref()) {
            invocation.terminal.print_error(&format!("Error selecting workspace: {}\n", problem.summary));
            return Exit::FAILURE;
        }
        let name = current_workspace(&invocation.surroundings());
        invocation.terminal.print_line(&name);
        Exit::SUCCESS
    },
};
