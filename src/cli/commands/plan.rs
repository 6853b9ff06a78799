//! `terrace plan`

use crate::cli::operation::{Operation, fail, usage_error};
use crate::cli::planning::{plan_options, planning_options, style_of};
use crate::cli::progress::{Style, now};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::config::has_config;
use crate::diag::{Diagnostic, SourceMap};
use crate::ops::saved_plan;
use crate::plan::Mode;
use crate::render::events_json;
use crate::render::plan_text::render_next_step;
use crate::system::Machine;

pub const COMMAND: Command = Command {
    words: "plan",
    group: Group::Main,
    about: "Show what the configuration would change",
    usage: "",
    description: "Compares the configuration with the state and with what exists, and shows the changes that would make them agree. \
                  Nothing is changed.\n\n\
                  With -out the plan is saved; terrace apply FILE then does exactly what was shown.",
    define: |command| {
        flags::with_planning(command).args([
            flags::value("out", "FILE", "Save the plan to this file."),
            flags::switch(
                "detailed-exitcode",
                "Exit with 0 if there is nothing to do, 1 on errors, 2 if there are changes.",
            ),
            flags::value(
                "generate-config-out",
                "FILE",
                "Write configuration for imported objects that have none to this new file.",
            ),
        ])
    },
    run,
};

const NO_CONFIGURATION: &str = "Plan requires configuration to be present. Planning without a configuration would mark everything for \
    destruction, which is normally not what is desired. If you would like to destroy everything, run plan with the -destroy option. \
    Otherwise, create a Terraform configuration file (.tf file) and try again.";

fn run(invocation: &mut Invocation) -> Exit {
    let style = style_of(invocation);
    if style == Style::Json {
        invocation.terminal.print(&events_json::version().render(&now()));
    }
    let options = match planning_options(invocation, false) {
        Ok(options) => options,
        Err(problems) => return usage_error(invocation, "plan", &problems),
    };
    if options.mode != Mode::Destroy && !has_config(".", &Machine) {
        let problem = Diagnostic::error("No configuration files", NO_CONFIGURATION);
        return fail(invocation, &problem.into(), &SourceMap::new());
    }
    let mut operation = match Operation::begin(invocation, style, "OperationTypePlan") {
        Ok(operation) => operation,
        Err(exit) => return exit,
    };
    let planned = match operation.plan(invocation, &options) {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    let path = invocation.text("out").map(str::to_owned);
    let mut diagnostics = planned.diagnostics;
    if let Some(plan) = &planned.plan {
        let saved = path.as_ref().map_or(Ok(()), |path| saved_plan::save(path, plan, &planned.evaluation.input));
        match saved {
            Ok(()) => operation.show(invocation, plan),
            Err(problem) => diagnostics.push(problem),
        }
    }
    let failed = operation.report(invocation, &diagnostics);
    let has_changes = planned.plan.as_ref().is_some_and(|plan| plan.is_applyable);
    if has_changes && !failed && style != Style::Json {
        let text = render_next_step(path.as_deref(), None, plan_options(invocation, &operation.session.config.sources));
        invocation.terminal.print(&text);
    }
    operation.end(invocation);
    match has_changes && invocation.is_set("detailed-exitcode") {
        _ if failed => Exit::FAILURE,
        true => Exit::CHANGES,
        false => Exit::SUCCESS,
    }
}
