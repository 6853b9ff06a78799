//! `terrace state`: looking at the state and editing it. One file a command.

pub mod list;
pub mod mv;
pub mod pull;
pub mod push;
pub mod replace_provider;
pub mod rm;
pub mod show;

use crate::cli::Command;

pub const FAMILY: Command = Command::family(
    "state",
    "Look at the state and edit it",
    "Commands that show what the state holds, and that change what it says without changing any real object. Those that change it keep \
     a backup each.",
);
