//! `terrace workspace list`

use crate::cli::directory::in_directory;
use crate::cli::{Command, Exit, Group};
use crate::ops::workspace::list;

pub const COMMAND: Command = Command {
    words: "workspace list",
    group: Group::Member,
    about: "List the workspaces",
    usage: "",
    description: "Lists all workspaces, with a star before the one that is selected.",
    define: |command| command,
    run: |invocation| {
        in_directory(invocation, |invocation, session| {
            for name in list(session.backend.as_ref())? {
                let star = if name == session.workspace { "*" } else { " " };
                invocation.terminal.print_line(&format!("{star} {name}"));
            }
            invocation.terminal.print("\n");
            if session.is_workspace_overridden() {
                invocation.terminal.print(
                    "\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n\n",
                );
            }
            Ok(Exit::SUCCESS)
        })
    },
};
