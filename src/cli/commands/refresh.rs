//! `terrace refresh`: `apply -refresh-only -auto-approve` under its old name.

use crate::cli::operation::{Operation, usage_error};
use crate::cli::planning::{planning_options, style_of};
use crate::cli::progress::{Style, now};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::plan::{Mode, Options};
use crate::render::events_json;
use crate::render::output_text::render_outputs;
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "refresh",
    group: Group::Other,
    about: "Bring the state up to date with what exists",
    usage: "",
    description: "Looks at what exists and writes it to the state, without showing a plan first. Prefer apply -refresh-only, which asks.",
    define: |command| {
        flags::with_running(flags::with_variables(command.args([flags::repeated(
            "target",
            "ADDRESS",
            "Only this module, resource or instance, and what it needs.",
        )])))
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let style = style_of(invocation);
    if style == Style::Json {
        invocation.terminal.print(&events_json::version().render(&now()));
    }
    let options = match planning_options(invocation, false) {
        Ok(options) => Options { mode: Mode::RefreshOnly, ..options },
        Err(problems) => return usage_error(invocation, "refresh", &problems),
    };
    let mut operation = match Operation::begin(invocation, style, "OperationTypeRefresh") {
        Ok(operation) => operation,
        Err(exit) => return exit,
    };
    let exit = refresh(invocation, &mut operation, &options);
    operation.end(invocation);
    exit
}

fn refresh(invocation: &mut Invocation, operation: &mut Operation, options: &Options) -> Exit {
    let mut planned = match operation.plan(invocation, options) {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    let mut diagnostics = std::mem::take(&mut planned.diagnostics);
    if diagnostics.has_errors() {
        operation.report(invocation, &diagnostics);
        return Exit::FAILURE;
    }
    let outcome = match operation.apply(invocation, planned) {
        Ok(outcome) => outcome,
        Err(exit) => return exit,
    };
    diagnostics.extend(outcome.diagnostics.iter().cloned());
    if operation.report(invocation, &diagnostics) {
        return Exit::FAILURE;
    }
    let outputs = &outcome.state.outputs;
    if operation.style == Style::Json {
        invocation.terminal.print(&events_json::outputs(outputs).render(&now()));
    } else if !outputs.is_empty() {
        let title = Paint(invocation.terminal.color()).bold_green("Outputs:");
        invocation.terminal.print(&format!("\n{title}\n\n{}", render_outputs(outputs)));
    }
    Exit::SUCCESS
}
