//! `terrace get`

use super::init::install_modules;
use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};

pub const COMMAND: Command = Command {
    words: "get",
    group: Group::Other,
    about: "Install the modules that the configuration calls",
    usage: "",
    description: "Installs the modules that the configuration in this directory calls. The init command does this too, so there is \
                  rarely a need for it.",
    define: |command| {
        command.args([
            flags::switch("update", "Look for newer modules."),
            flags::value("test-directory", "path", "Accepted for compatibility."),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let data_directory = invocation.settings.data_directory.to_string_lossy().into_owned();
    let upgrade = invocation.is_set("update");
    match install_modules(invocation, &data_directory, upgrade) {
        Ok((config, diagnostics)) => {
            invocation.report(&diagnostics, &config.sources);
            Exit::SUCCESS
        }
        Err(exit) => exit,
    }
}
