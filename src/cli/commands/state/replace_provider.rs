//! `terrace state replace-provider`

use crate::cli::refusal::{edit, with_state};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_replace_provider::{affected, parse_sources, replace};
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "state replace-provider",
    group: Group::Member,
    about: "Give the objects of one provider to another",
    usage: "FROM_PROVIDER TO_PROVIDER",
    description: "Records another provider for all objects of a provider, as is needed after moving to a fork or another registry.",
    define: |command| {
        flags::with_locking(command.args([
            flags::switch("auto-approve", "Do not ask."),
            flags::value("state", "FILE", "Edit this state."),
            flags::value("backup", "FILE", "Keep the old state here."),
            flags::switch("ignore-remote-version", "Accepted for compatibility."),
            flags::argument("from").required(true),
            flags::argument("to").required(true),
        ]))
    },
    run: |invocation| with_state(invocation, run),
};

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let text = |name: &str| invocation.text(name).unwrap_or_default();
    let (from, to) = parse_sources(text("from"), text("to"))?;
    let editing = edit(invocation, session, "state-replace-provider")?;
    let resources = affected(&editing, &from);
    if resources.is_empty() {
        invocation.terminal.print_line("No matching resources found.");
        return Ok(Exit::SUCCESS);
    }
    let paint = Paint(invocation.terminal.color());
    invocation.terminal.print(&format!(
        "Terraform will perform the following actions:\n\n  {} Updating provider:\n    {} {from}\n    {} {to}\n\n{} {} resources:\n\n",
        paint.yellow("~"),
        paint.red("-"),
        paint.green("+"),
        paint.bold("Changing"),
        resources.len()
    ));
    resources.iter().for_each(|resource| invocation.terminal.print_line(&format!("  {resource}")));
    if !invocation.is_set("auto-approve") {
        let question = format!(
            "\n{}\nOnly 'yes' will be accepted to continue.\n\nEnter a value: ",
            paint.bold("Do you want to make these changes?")
        );
        if invocation.terminal.ask(&question).as_deref() != Some("yes") {
            invocation.terminal.print_line("Cancelled replacing providers.");
            return Ok(Exit::SUCCESS);
        }
    }
    replace(editing, &from, &to)?;
    invocation.terminal.print_line(&format!("\nSuccessfully replaced provider for {} resources.", resources.len()));
    Ok(Exit::SUCCESS)
}
