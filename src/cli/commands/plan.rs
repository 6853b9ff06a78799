//! `terrace plan`

use crate::cli::operation::{Operation, fail, usage_error};
use crate::cli::planning::{plan_options, planning_options, style_of};
use crate::cli::progress::{Style, now};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::config::generate::{FILE_HEADER, with_origin};
use crate::config::has_config;
use crate::diag::{Diagnostic, SourceMap};
use crate::ops::saved_plan;
use crate::plan::{Mode, Plan};
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
    let mut options = match planning_options(invocation, false) {
        Ok(options) => options,
        Err(problems) => return usage_error(invocation, "plan", &problems),
    };
    let generated_path = invocation.text("generate-config-out").map(str::to_owned);
    if let Some(path) = &generated_path {
        if let Some(problem) = check_generation(path, options.mode) {
            return fail(invocation, &problem.into(), &SourceMap::new());
        }
        options.generate_configuration = true;
    }
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
    let mut has_generated = false;
    if let Some(plan) = &planned.plan {
        let saved = path.as_ref().map_or(Ok(()), |path| saved_plan::save(path, plan, &planned.evaluation.input));
        match saved.and_then(|()| write_generated(plan, generated_path.as_deref())) {
            Ok(wrote) => {
                has_generated = wrote;
                operation.show(invocation, plan);
            }
            Err(problem) => diagnostics.push(problem),
        }
    }
    let failed = operation.report(invocation, &diagnostics);
    let has_changes = planned.plan.as_ref().is_some_and(|plan| plan.is_applyable);
    if has_changes && !failed && style != Style::Json {
        let generated = generated_path.as_deref().filter(|_| has_generated);
        let text =
            render_next_step(path.as_deref(), generated, plan_options(invocation, &operation.session.config.sources));
        invocation.terminal.print(&text);
    }
    operation.end(invocation);
    match has_changes && invocation.is_set("detailed-exitcode") {
        _ if failed => Exit::FAILURE,
        true => Exit::CHANGES,
        false => Exit::SUCCESS,
    }
}

/// Configuration is only generated for a normal plan, into a file that is not there yet.
fn check_generation(path: &str, mode: Mode) -> Option<Diagnostic> {
    if mode != Mode::Normal {
        return Some(Diagnostic::error(
            "Invalid generate-config-out flag",
            "Config can only be generated during a normal plan operation, and not during a refresh-only or destroy plan.",
        ));
    }
    std::fs::exists(path).unwrap_or(false).then(|| {
        Diagnostic::error(
            "Target generated file already exists",
            "Terraform can only write generated config into a new file. Either choose a different target location or move all existing \
             configuration out of the target file, delete it and try again.",
        )
    })
}

/// Writes the configuration of imported objects that have none; says whether there was any.
fn write_generated(plan: &Plan, path: Option<&str>) -> Result<bool, Diagnostic> {
    let Some(path) = path else { return Ok(false) };
    let blocks: String = plan
        .changes
        .iter()
        .filter_map(|change| {
            let id = change.importing.as_ref().and_then(|importing| importing.id.as_deref());
            Some(with_origin(change.generated_configuration.as_ref()?, id))
        })
        .collect();
    if blocks.is_empty() {
        return Ok(false);
    }
    match std::fs::write(path, format!("{FILE_HEADER}{blocks}")) {
        Ok(()) => Ok(true),
        Err(error) => Err(Diagnostic::error(
            "Failed to create target generated file",
            format!("Terraform could not create the generated file ({path}) in the target directory: {error}."),
        )),
    }
}
