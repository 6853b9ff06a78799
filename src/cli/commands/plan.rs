//! `terrace plan`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};

pub const COMMAND: Command = Command {
    words: "plan",
    group: Group::Main,
    about: "Show what the configuration would change",
    usage: "",
    description: "Compares the configuration with the state and with what exists, and shows the changes that would make them agree. \
                  Nothing is changed.\n\n\
                  With -out the plan is saved; terrace apply FILE then does exactly what was shown.",
    define: |command| {
        flags::with_planning(command).args([
            flags::value("out", "FILE", "Save the plan to this file."),
            flags::switch(
                "detailed-exitcode",
                "Exit with 0 if there is nothing to do, 1 on errors, 2 if there are changes.",
            ),
            flags::value(
                "generate-config-out",
                "FILE",
                "Write configuration for imported objects that have none to this new file.",
            ),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    invocation.terminal.print_error("terrace plan is not in this build yet.\n");
    Exit::FAILURE
}
