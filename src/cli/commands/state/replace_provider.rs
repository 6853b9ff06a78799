//! `terrace state replace-provider`

use crate::cli::directory::{in_directory, lock_patience};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::{Editing, store_with_own_backup};
use crate::ops::state_replace_provider::{affected, parse_sources, replace};
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "state replace-provider",
    group: Group::Member,
    about: "Hand the objects of one provider to another",
    usage: "FROM TO",
    description: "Makes another provider responsible for all objects of one: after a fork, or when a registry has moved.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("auto-approve", "Do not ask before changing the state."),
            flags::value("state", "FILE", "Edit this state instead of the workspace's own."),
            flags::value("backup", "FILE", "Where to keep the state as it was before."),
            flags::argument("from").required(true),
            flags::argument("to").required(true),
        ]))
    },
    run: |invocation| in_directory(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let (from, to) =
        parse_sources(invocation.text("from").unwrap_or_default(), invocation.text("to").unwrap_or_default())?;
    let store = store_with_own_backup(session);
    let editing = Editing::open_existing(store, "state-replace-provider", lock_patience(invocation))?;
    let resources = affected(&editing, &from);
    if resources.is_empty() {
        invocation.terminal.print_line("No matching resources found.");
        return Ok(Exit::SUCCESS);
    }
    let paint = Paint(invocation.terminal.color());
    let (tilde, minus, plus) = (paint.yellow("~"), paint.red("-"), paint.green("+"));
    let listed: String = resources.iter().map(|resource| format!("  {resource}\n")).collect();
    let changing = paint.bold("Changing");
    let count = resources.len();
    invocation.terminal.print(&format!(
        "Terraform will perform the following actions:\n\n  {tilde} Updating provider:\n    {minus} {from}\n    {plus} {to}\n\n{changing} \
         {count} resources:\n\n{listed}"
    ));
    if !invocation.is_set("auto-approve") {
        let question = paint.bold("Do you want to make these changes?");
        invocation.terminal.print(&format!("\n{question}\nOnly 'yes' will be accepted to continue.\n\n"));
        match invocation.terminal.ask("Enter a value: ").as_deref() {
            Some("yes") => {}
            Some(_) => {
                invocation.terminal.print_line("Cancelled replacing providers.");
                return Ok(Exit::SUCCESS);
            }
            None => return Err(Refusal::text("Error asking for approval: EOF")),
        }
    }
    replace(editing, &from, &to)?;
    invocation.terminal.print_line(&format!("\nSuccessfully replaced provider for {count} resources."));
    Ok(Exit::SUCCESS)
}
