//! `terrace state`: looking at the state and editing it.

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
    "Look at the state, and edit it",
    "These commands look at the state or change it, without touching what it describes. Before each change the state is backed up.",
);
