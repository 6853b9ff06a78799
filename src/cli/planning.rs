//! What `plan`, `apply`, `destroy` and `refresh` ask for, from their flags.

use super::command::Invocation;
use super::progress::Style;
use crate::addr::parse::{Target, parse_instance, parse_target};
use crate::addr::{ResourceInstance, ResourceMode};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::plan::{Mode, Options};
use crate::render::paint::Paint;
use crate::render::plan_text::PlanOptions;
use crate::syntax::{Traversal, parse_traversal};

/// The options of planning, or what is wrong with the flags.
pub fn planning_options(invocation: &Invocation, is_destroy: bool) -> Result<Options, Diagnostics> {
    let mut problems = Diagnostics::new();
    let targets = addresses(&invocation.texts("target"), "target", target_of, &mut problems);
    let excludes = addresses(&invocation.texts("exclude"), "exclude", target_of, &mut problems);
    let force_replace = addresses(&invocation.texts("replace"), "force-replace address", replaced_of, &mut problems);
    let mode = mode_of(invocation, is_destroy, &mut problems);
    let options = Options {
        mode,
        refresh: invocation.switch("refresh") != Some(false),
        preflight: invocation.switch("preflight") != Some(false),
        targets,
        excludes,
        force_replace,
        ..Options::default()
    };
    if problems.has_errors() { Err(problems) } else { Ok(options) }
}

fn mode_of(invocation: &Invocation, is_destroy: bool, problems: &mut Diagnostics) -> Mode {
    let is_refresh_only = invocation.is_set("refresh-only");
    match (is_destroy || invocation.is_set("destroy"), is_refresh_only) {
        (true, true) => {
            let detail = "The -destroy and -refresh-only options are mutually-exclusive.";
            problems.push(Diagnostic::error("Incompatible plan mode options", detail));
            Mode::Normal
        }
        (true, false) => Mode::Destroy,
        (false, true) => {
            if invocation.switch("refresh") == Some(false) {
                problems.push(Diagnostic::error(
                    "Incompatible refresh options",
                    "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because Terraform would have \
                     nothing to do.",
                ));
            }
            Mode::RefreshOnly
        }
        (false, false) => Mode::Normal,
    }
}

fn addresses<T>(
    texts: &[String],
    what: &str,
    read: impl Fn(&Traversal) -> Result<T, String>,
    problems: &mut Diagnostics,
) -> Vec<T> {
    let mut found = Vec::new();
    for text in texts {
        match traversal_of(text).and_then(|traversal| read(&traversal)) {
            Ok(address) => found.push(address),
            Err(detail) => problems.push(Diagnostic::error(format!("Invalid {what} {text:?}"), detail)),
        }
    }
    found
}

/// An address given on the command line, as far as its shape goes.
pub fn traversal_of(text: &str) -> Result<Traversal, String> {
    let file = SourceMap::new().add("", text);
    let (traversal, problems) = parse_traversal(text, file, 0);
    traversal.filter(|_| !problems.has_errors()).ok_or_else(|| first_detail(&problems))
}

fn first_detail(problems: &Diagnostics) -> String {
    problems.iter().next().map(|problem| problem.detail.clone()).unwrap_or_default()
}

fn target_of(traversal: &Traversal) -> Result<Target, String> {
    parse_target(traversal).map_err(|problems| first_detail(&problems))
}

fn replaced_of(traversal: &Traversal) -> Result<ResourceInstance, String> {
    let address = parse_instance(traversal).map_err(|problems| first_detail(&problems))?;
    if address.resource.mode == ResourceMode::Managed {
        Ok(address)
    } else {
        Err("Only managed resources can be used with the -replace=... option.".to_owned())
    }
}

/// How to show what happens.
pub fn style_of(invocation: &Invocation) -> Style {
    if invocation.is_set("json") {
        Style::Json
    } else if invocation.terminal.is_terminal() && !invocation.is_set("no-live") {
        Style::Live
    } else {
        Style::Lines
    }
}

/// How to tell a plan: with causes where a person looks at it, or where they are asked for.
pub fn plan_options<'a>(invocation: &Invocation, sources: &'a SourceMap) -> PlanOptions<'a> {
    let explains = invocation.switch("explain").unwrap_or(invocation.terminal.is_terminal());
    PlanOptions {
        paint: Paint(invocation.terminal.color()),
        width: invocation.terminal.width(),
        in_automation: invocation.settings.in_automation,
        explanation: explains.then_some(sources),
    }
}
