//! The commands: one file each, in the order in which the overview shows them.

mod console;
mod plan;
mod validate;
mod version;

use super::command::Command;

pub const LIST: &[Command] = &[validate::COMMAND, console::COMMAND, plan::COMMAND, version::COMMAND];

/// The command with these words.
pub fn named(words: &str) -> Option<&'static Command> {
    LIST.iter().find(|command| command.words == words)
}
