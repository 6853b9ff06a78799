//! `terrace why ADDRESS`

use crate::addr::parse::{Target, parse_target};
use crate::change::{Action, InstanceChange};
use crate::cli::operation::{Operation, usage_error};
use crate::cli::planning::{planning_options, traversal_of};
use crate::cli::progress::Style;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::contains;
use crate::render::paint::Paint;
use crate::render::reasons::render_reason;

pub const COMMAND: Command = Command {
    words: "why",
    group: Group::Other,
    about: "Tell why the plan would change an object",
    usage: "ADDRESS",
    description: "Plans, and tells for a module, a resource or an instance what would be done with it and why: from the attribute that \
                  changes back to the line that somebody edited. Nothing is changed.",
    define: |command| flags::with_planning(command).arg(flags::argument("address").required(true)),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let text = invocation.text("address").unwrap_or_default().to_owned();
    let target = traversal_of(&text).and_then(|traversal| {
        parse_target(&traversal)
            .map_err(|problems| problems.iter().next().map(|problem| problem.detail.clone()).unwrap_or_default())
    });
    let target = match target {
        Ok(target) => target,
        Err(detail) => {
            let problem = Diagnostic::error(format!("Invalid address {text:?}"), detail);
            return usage_error(invocation, "why", &problem.into());
        }
    };
    let options = match planning_options(invocation, false) {
        Ok(options) => options,
        Err(problems) => return usage_error(invocation, "why", &problems),
    };
    let style = if invocation.terminal.is_terminal() { Style::Live } else { Style::Quiet };
    let mut operation = match Operation::begin(invocation, style, "OperationTypePlan") {
        Ok(operation) => operation,
        Err(exit) => return exit,
    };
    let planned = match operation.plan(invocation, &options) {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    let errors: Diagnostics = planned.diagnostics.iter().filter(|problem| problem.is_error()).cloned().collect();
    let failed = operation.report(invocation, &errors);
    let changes = planned.plan.as_ref().map(|plan| plan.changes.as_slice()).unwrap_or_default();
    tell(invocation, &operation, changes, &target);
    operation.end(invocation);
    Exit::failed_if(failed)
}

fn tell(invocation: &mut Invocation, operation: &Operation, changes: &[InstanceChange], target: &Target) {
    let paint = Paint(invocation.terminal.color());
    let named: Vec<&InstanceChange> = changes.iter().filter(|change| contains(target, &change.address)).collect();
    if named.is_empty() {
        invocation.terminal.print_line("Neither the configuration nor the state has anything at this address.");
    }
    for change in named {
        let what = verb(change.change.action);
        invocation.terminal.print_line(&format!("{} {what}", paint.bold(&change.address.to_string())));
        for reason in &change.reasons {
            let text = render_reason(reason, &operation.session.config.sources);
            invocation.terminal.print_line(&format!("  because {text}"));
        }
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::NoOp => "stays as it is",
        Action::Create => "will be created",
        Action::Read => "will be read during apply",
        Action::Update => "will be updated in-place",
        Action::DeleteThenCreate | Action::CreateThenDelete => "must be replaced",
        Action::Delete => "will be destroyed",
        Action::Forget => "will no longer be managed",
        Action::ForgetThenCreate => "will be created anew, and the old object kept",
    }
}
