//! `terrace apply`, and `terrace destroy`, which is the same with nothing wanted.

use crate::apply::{Counts, Outcome};
use crate::cli::operation::{Operation, fail, usage_error};
use crate::cli::planning::{planning_options, style_of};
use crate::cli::progress::{Style, now};
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::config::has_config;
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::ops::saved_plan;
use crate::plan::{Mode, Planned};
use crate::render::output_text::render_outputs;
use crate::render::paint::Paint;
use crate::render::{events_json, plan_text};
use crate::system::Machine;

pub const APPLY: Command = Command {
    words: "apply",
    group: Group::Main,
    about: "Make the changes that the configuration asks for",
    usage: "[PLAN]",
    description: "Plans as the plan command does, shows the plan, asks, and makes the changes. With a saved plan, it does exactly what \
                  that plan says, without asking.\n\n\
                  Interrupted once (Ctrl-C), it finishes what runs and starts nothing more; interrupted twice, it cancels what runs. \
                  Whatever happens, the next run knows what was done.",
    define,
    run: |invocation| run(invocation, false),
};

pub const DESTROY: Command = Command {
    words: "destroy",
    group: Group::Main,
    about: "Destroy everything that the state knows",
    usage: "",
    description: "Shows what exists according to the state, asks, and destroys it. The same as apply -destroy.",
    define,
    run: |invocation| run(invocation, true),
};

fn define(command: clap::Command) -> clap::Command {
    flags::with_planning(command)
        .args([flags::switch("auto-approve", "Do not ask before making the changes."), flags::argument("plan")])
}

const NO_CONFIGURATION: &str = "Apply requires configuration to be present. Applying without a configuration would mark everything for \
    destruction, which is normally not what is desired. If you would like to destroy everything, run 'terraform destroy' instead.";

const INCOMPLETE: &str = "\
    The plan was created with the -target option in effect, so some changes requested in the configuration may have been ignored and the \
    output values may not be fully updated. Run the following command to verify that no other changes are pending:\n    terraform plan\n\n\
    Note that the -target option is not suitable for routine use, and is provided only for exceptional situations such as recovering from \
    errors or mistakes, or when Terraform specifically suggests to use it as part of an error message.";

fn run(invocation: &mut Invocation, is_destroy: bool) -> Exit {
    let words = if is_destroy { "destroy" } else { "apply" };
    let style = style_of(invocation);
    if style == Style::Json {
        invocation.terminal.print(&events_json::version().render(&now()));
        if !invocation.is_set("auto-approve") && invocation.text("plan").is_none() {
            let problem = Diagnostic::error(
                "Plan file or auto-approve required",
                "Terraform cannot ask for interactive approval when -json is set. You can either apply a saved plan file, or enable the \
                 -auto-approve option.",
            );
            return fail(invocation, &problem.into(), &SourceMap::new());
        }
    }
    let options = match planning_options(invocation, is_destroy) {
        Ok(options) => options,
        Err(problems) => return usage_error(invocation, words, &problems),
    };
    if let Some(path) = invocation.text("plan").map(str::to_owned) {
        return apply_saved(invocation, &path, style, is_destroy);
    }
    if options.mode != Mode::Destroy && !has_config(".", &Machine) {
        let problem = Diagnostic::error("No configuration files", NO_CONFIGURATION);
        return fail(invocation, &problem.into(), &SourceMap::new());
    }
    let mut operation = match Operation::begin(invocation, style, "OperationTypeApply") {
        Ok(operation) => operation,
        Err(exit) => return exit,
    };
    let exit = plan_and_apply(invocation, &mut operation, &options, is_destroy);
    operation.end(invocation);
    exit
}

fn plan_and_apply(
    invocation: &mut Invocation,
    operation: &mut Operation,
    options: &crate::plan::Options,
    is_destroy: bool,
) -> Exit {
    if options.mode == Mode::Normal
        && let Err(exit) = operation.settle_rollouts(invocation)
    {
        return exit;
    }
    let mut planned = match operation.plan(invocation, options) {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    let mut diagnostics = std::mem::take(&mut planned.diagnostics);
    let Some(plan) = &planned.plan else {
        operation.report(invocation, &diagnostics);
        return Exit::FAILURE;
    };
    if diagnostics.has_errors() {
        if !plan.changes.is_empty() || !plan.outputs.is_empty() {
            operation.show(invocation, plan);
        }
        operation.report(invocation, &diagnostics);
        return Exit::FAILURE;
    }
    operation.show(invocation, plan);
    if plan.is_applyable && !invocation.is_set("auto-approve") {
        operation.report(invocation, &diagnostics);
        diagnostics = Diagnostics::new();
        if let Err(exit) = confirm(invocation, operation, plan.mode) {
            return exit;
        }
    } else {
        // Checks are made again while applying; what they say then is what counts.
        diagnostics = diagnostics.into_iter().filter(|problem| !is_about_check(problem)).collect();
    }
    run_plan(invocation, operation, planned, diagnostics, is_destroy)
}

/// Does what a saved plan says.
fn apply_saved(invocation: &mut Invocation, path: &str, style: Style, is_destroy: bool) -> Exit {
    let saved = match saved_plan::load(path) {
        Ok(saved) => saved,
        Err(problem) => return fail(invocation, &problem.into(), &SourceMap::new()),
    };
    if saved.plan.is_errored {
        let problem = Diagnostic::error(
            "Cannot apply incomplete plan",
            "Terraform encountered an error when generating this plan, so it cannot be applied.",
        );
        return fail(invocation, &problem.into(), &SourceMap::new());
    }
    let mut operation = match Operation::begin_saved(invocation, style, "OperationTypeApply") {
        Ok(operation) => operation,
        Err(exit) => return exit,
    };
    if saved.plan.mode == Mode::Normal
        && let Err(exit) = operation.settle_rollouts(invocation)
    {
        return exit;
    }
    let exit = match operation.reopen(invocation, saved) {
        Ok(mut planned) => {
            let diagnostics = std::mem::take(&mut planned.diagnostics);
            if diagnostics.has_errors() {
                operation.report(invocation, &diagnostics);
                Exit::FAILURE
            } else {
                run_plan(invocation, &mut operation, planned, diagnostics, is_destroy)
            }
        }
        Err(exit) => return exit,
    };
    operation.end(invocation);
    exit
}

fn run_plan(
    invocation: &mut Invocation,
    operation: &mut Operation,
    planned: Planned,
    mut diagnostics: Diagnostics,
    is_destroy: bool,
) -> Exit {
    let is_targeted = planned.plan.as_ref().is_some_and(|plan| !plan.targets.is_empty());
    let outcome = match operation.apply(invocation, planned) {
        Ok(outcome) => outcome,
        Err(exit) => return exit,
    };
    if is_targeted {
        diagnostics.push(Diagnostic::warning("Applied changes may be incomplete", INCOMPLETE));
    }
    diagnostics.extend(outcome.diagnostics.iter().cloned());
    let failed = operation.report(invocation, &diagnostics) || outcome.was_stopped;
    if failed {
        return Exit::FAILURE;
    }
    tell_outcome(invocation, operation.style, &outcome, is_destroy);
    Exit::SUCCESS
}

fn is_about_check(problem: &Diagnostic) -> bool {
    problem.summary.starts_with("Check block assertion")
}

/// Asks; anything but `yes` is no.
fn confirm(invocation: &mut Invocation, operation: &Operation, mode: Mode) -> Result<(), Exit> {
    if !invocation.may_ask() {
        let problem = Diagnostic::error(
            "Approval required",
            "There is something to apply and nobody may be asked (-input=false). Use -auto-approve, or apply a saved plan.",
        );
        return Err(fail(invocation, &problem.into(), &SourceMap::new()));
    }
    let (question, explanation) = question(&operation.session.workspace, mode);
    let paint = Paint(invocation.terminal.color());
    let prompt = format!(
        "\n{}\n  {}\n\n  {} ",
        paint.bold(&question),
        explanation.replace('\n', "\n  "),
        paint.bold("Enter a value:")
    );
    let answer = invocation.terminal.ask(&prompt);
    invocation.terminal.print("\n");
    match answer.as_deref() {
        Some("yes") => Ok(()),
        Some(_) => {
            let what = if mode == Mode::Destroy { "Destroy" } else { "Apply" };
            invocation.terminal.print_line(&format!("{what} cancelled."));
            Err(Exit::FAILURE)
        }
        None => {
            let problem = Diagnostic::error("error asking for approval: EOF", "");
            Err(fail(invocation, &problem.into(), &SourceMap::new()))
        }
    }
}

fn question(workspace: &str, mode: Mode) -> (String, &'static str) {
    let named = workspace != crate::ops::backend::DEFAULT_WORKSPACE;
    match mode {
        Mode::Destroy => {
            let place = if named { format!(" in workspace \"{workspace}\"") } else { String::new() };
            (
                format!("Do you really want to destroy all resources{place}?"),
                "Terraform will destroy all your managed infrastructure, as shown above.\nThere is no undo. Only 'yes' will be accepted to \
                 confirm.",
            )
        }
        Mode::RefreshOnly => {
            let place = if named { format!(" for \"{workspace}\"") } else { String::new() };
            (
                format!("Would you like to update the Terraform state{place} to reflect these detected changes?"),
                "Terraform will write these changes to the state without modifying any real infrastructure.\nThere is no undo. Only 'yes' \
                 will be accepted to confirm.",
            )
        }
        Mode::Normal => {
            let place = if named { format!(" in workspace \"{workspace}\"") } else { String::new() };
            (
                format!("Do you want to perform these actions{place}?"),
                "Terraform will perform the actions described above.\nOnly 'yes' will be accepted to approve.",
            )
        }
    }
}

/// The closing words, and the outputs.
fn tell_outcome(invocation: &mut Invocation, style: Style, outcome: &Outcome, is_destroy: bool) {
    let text = closing_words(&outcome.counts, is_destroy);
    if style == Style::Json {
        let operation = if is_destroy { "destroy" } else { "apply" };
        let Counts { added, changed, destroyed, imported, .. } = outcome.counts;
        let counts = plan_text::Counts { import: imported, add: added, change: changed, destroy: destroyed };
        invocation.terminal.print(&events_json::summary(operation, text, counts).render(&now()));
        if !is_destroy {
            invocation.terminal.print(&events_json::outputs(&outcome.state.outputs).render(&now()));
        }
        return;
    }
    let paint = Paint(invocation.terminal.color());
    invocation.terminal.print(&format!("\n{}\n", paint.bold_green(&text)));
    if !is_destroy && !outcome.state.outputs.is_empty() {
        let outputs = render_outputs(&outcome.state.outputs);
        invocation.terminal.print(&format!("\n{}\n\n{outputs}", paint.bold_green("Outputs:")));
    }
}

fn closing_words(counts: &Counts, is_destroy: bool) -> String {
    let Counts { added, changed, destroyed, imported, .. } = counts;
    if is_destroy {
        return format!("Destroy complete! Resources: {destroyed} destroyed.");
    }
    let import = if *imported > 0 { format!("{imported} imported, ") } else { String::new() };
    format!("Apply complete! Resources: {import}{added} added, {changed} changed, {destroyed} destroyed.")
}
