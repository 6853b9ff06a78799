//! `terrace get`

use super::init::note_modules;
use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::config::Manifest;
use crate::ops::configuration::open_configuration;
use crate::system::Machine;

pub const COMMAND: Command = Command {
    words: "get",
    group: Group::Other,
    about: "Look up the modules that the configuration calls",
    usage: "",
    description: "Finds the modules that the configuration in this directory calls, and notes where they are. The init command does \
                  this too, so there is rarely a need for it.",
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
    let (config, diagnostics) = open_configuration(&data_directory, &Machine);
    if invocation.report(&diagnostics, &config.sources) {
        return Exit::FAILURE;
    }
    if config.root().calls.is_empty() {
        return Exit::SUCCESS;
    }
    match note_modules(invocation, &data_directory, &Manifest::of(&config)) {
        Ok(()) => Exit::SUCCESS,
        Err(problem) => {
            invocation.terminal.print_diagnostic(&problem);
            Exit::FAILURE
        }
    }
}
