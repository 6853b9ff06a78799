//! `terrace metadata functions`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::eval;
use crate::functions::{self, metadata_json};
use crate::system::Machine;
use std::sync::Arc;

pub const FAMILY: Command = Command::family(
    "metadata",
    "Facts about the language, for other programs",
    "What other programs, such as editors, want to know about the language.",
);

pub const FUNCTIONS: Command = Command {
    words: "metadata functions",
    group: Group::Member,
    about: "Show the functions and their parameters as JSON",
    usage: "",
    description: "Prints all functions of the language with their parameters as JSON.",
    define: |command| command.arg(flags::switch("json", "Print JSON; must be given.")),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    if !invocation.is_set("json") {
        invocation.terminal.print_error("The `terrace metadata functions` command requires the `-json` flag.\n");
        return Exit::FAILURE;
    }
    let context = functions::Context::new(Arc::new(Machine), ".", eval::EVALUATION);
    invocation.terminal.print(&metadata_json(&context));
    Exit::SUCCESS
}
