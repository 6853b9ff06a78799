//! The commands: one file each, in the order in which the overview shows them.

mod completions;
mod console;
mod fmt;
mod get;
mod init;
mod metadata;
mod plan;
mod providers;
mod validate;
mod version;

use super::command::Command;

pub const LIST: &[Command] = &[
    init::COMMAND,
    validate::COMMAND,
    plan::COMMAND,
    completions::COMMAND,
    console::COMMAND,
    fmt::COMMAND,
    get::COMMAND,
    metadata::FAMILY,
    metadata::FUNCTIONS,
    providers::COMMAND,
    version::COMMAND,
];

/// The command with these words.
pub fn named(words: &str) -> Option<&'static Command> {
    LIST.iter().find(|command| command.words == words)
}
