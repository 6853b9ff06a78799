//! The commands: one file each, in the order in which the overview shows them.

mod apply;
mod completions;
mod console;
mod fmt;
mod get;
mod graph;
mod init;
mod metadata;
mod output;
mod plan;
mod providers;
mod refresh;
mod show;
mod validate;
mod version;

use super::command::Command;

pub const LIST: &[Command] = &[
    init::COMMAND,
    validate::COMMAND,
    plan::COMMAND,
    apply::APPLY,
    apply::DESTROY,
    completions::COMMAND,
    console::COMMAND,
    fmt::COMMAND,
    get::COMMAND,
    graph::COMMAND,
    metadata::FAMILY,
    metadata::FUNCTIONS,
    output::COMMAND,
    providers::COMMAND,
    refresh::COMMAND,
    show::COMMAND,
    version::COMMAND,
];

/// The command with these words.
pub fn named(words: &str) -> Option<&'static Command> {
    LIST.iter().find(|command| command.words == words)
}
