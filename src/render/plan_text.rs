//! A plan as text, in Terraform's words.
//!
//! Terraform's text where there is nothing more to say. With an [`Explanation`] it says more: the cause of each replacement back to the
//! line that was edited, and equal changes of many instances of one block told once.

use super::change_text::{Origin, diff_of_change, has_moved, is_worth_showing, render_change};
use super::diff::{Diff, Options, Pair, Scope, attribute_name, diff_dynamic, render, symbol};
use super::paint::Paint;
use super::reasons::{explain, fold};
use super::rollout_text::render_rollout;
use super::schemas::Schemas;
use super::verdict_text::render_verdicts;
use super::wrap::wrap_paragraphs;
use crate::addr::ResourceMode;
use crate::change::{Action, InstanceChange, OutputChange};
use crate::diag::SourceMap;
use crate::plan::{Mode, Plan};
use crate::value::Path;
use std::collections::BTreeMap;

/// How a plan is told.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions<'a> {
    pub paint: Paint,
    /// Columns.
    pub width: usize,
    /// No advice on what to run.
    pub in_automation: bool,
    /// Tells causes and folds what is equal; the texts are where causes stand.
    pub explanation: Option<&'a SourceMap>,
}

impl Default for PlanOptions<'_> {
    fn default() -> Self {
        Self { paint: Paint(false), width: 78, in_automation: false, explanation: None }
    }
}

/// How many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub import: usize,
    pub add: usize,
    pub change: usize,
    pub destroy: usize,
}

impl Counts {
    pub fn of(plan: &Plan) -> Self {
        let mut counts = Self::default();
        for change in plan.changes.iter().filter(|change| is_shown(change)) {
            counts.import += usize::from(change.importing.is_some());
            match change.change.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.destroy += 1,
                Action::CreateThenDelete | Action::DeleteThenCreate => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                _ => {}
            }
        }
        counts
    }

    /// `1 to add, 0 to change, 0 to destroy.`
    pub fn planned(&self) -> String {
        let import = if self.import > 0 { format!("{} to import, ", self.import) } else { String::new() };
        format!("{import}{} to add, {} to change, {} to destroy.", self.add, self.change, self.destroy)
    }
}

/// Deleting a data source is only taking it out of the state: nobody needs to see that.
pub fn is_shown(change: &InstanceChange) -> bool {
    is_worth_showing(change)
        && !(change.change.action == Action::Delete && change.address.resource.mode != ResourceMode::Managed)
}

/// The plan from its first word to its last, without what to do next.
pub fn render_plan(plan: &Plan, schemas: &Schemas, options: PlanOptions) -> String {
    let changes: Vec<&InstanceChange> = plan.changes.iter().filter(|change| is_shown(change)).collect();
    let outputs = render_outputs(&plan.outputs, options.paint);
    let mut out = String::new();
    let has_drift = {
        let drift = render_drift(plan, schemas, options);
        out.push_str(&drift);
        !drift.is_empty()
    };
    if changes.is_empty() && outputs.is_empty() {
        let (text, is_all) = render_nothing(plan, has_drift, options);
        out.push_str(&text);
        if is_all {
            return out;
        }
    }
    if has_drift {
        out.push_str(&rule(options));
    }
    out.push_str(&render_verdicts(plan, options.paint));
    out.push_str(&render_legend(&changes, options));
    out.push_str(&render_changes(plan, &changes, schemas, options));
    for rollout in &plan.rollouts {
        let title = options.paint.bold(&format!("Rollout {}:", rollout.name));
        out.push_str(&format!("\n{title}\n\n{}", render_rollout(rollout)));
    }
    if !outputs.is_empty() {
        out.push_str(&format!("\nChanges to Outputs:\n{outputs}\n"));
        if changes.iter().all(|change| change.change.action == Action::NoOp) {
            out.push_str(&paragraph(
                "\nYou can apply this plan to save these new output values to the Terraform state, without changing any \
                 real infrastructure.",
                options,
            ));
        }
    }
    out
}

/// What follows a plan that was only planned: how to apply it.
pub fn render_next_step(saved_to: Option<&str>, generated: Option<&str>, options: PlanOptions) -> String {
    if options.in_automation {
        return String::new();
    }
    let mut out = rule(options);
    if let Some(path) = generated {
        out.push_str(&paragraph(
            &format!(
                "\nTerraform has generated configuration and written it to {path}. Please review the configuration and edit it as \
                 necessary before adding it to version control."
            ),
            options,
        ));
    }
    out.push_str(&match saved_to {
        None => paragraph(
            "\nNote: You didn't use the -out option to save this plan, so Terraform can't guarantee to take exactly these actions if \
             you run \"terraform apply\" now.",
            options,
        ),
        Some(path) => paragraph(
            &format!(
                "\nSaved the plan to: {path}\n\nTo perform exactly these actions, run the following command to apply:\n    terraform \
                 apply {}",
                super::diff::quoted_as_go(path)
            ),
            options,
        ),
    });
    out
}

fn paragraph(text: &str, options: PlanOptions) -> String {
    wrap_paragraphs(text, text_width(options)) + "\n"
}

/// Columns for prose: one less, so that no terminal breaks a full line itself.
fn text_width(options: PlanOptions) -> usize {
    options.width.saturating_sub(1)
}

/// A line across, on a line of its own.
fn rule(options: PlanOptions) -> String {
    format!("\n{}\n", options.paint.gray(&"─".repeat(options.width.saturating_sub(1))))
}

fn render_legend(changes: &[&InstanceChange], options: PlanOptions) -> String {
    let has = |action| changes.iter().any(|change| change.change.action == action);
    if changes.iter().all(|change| change.change.action == Action::NoOp) {
        return String::new();
    }
    let mut out = paragraph(
        "\nTerraform used the selected providers to generate the following execution plan. Resource actions are indicated with the \
         following symbols:",
        options,
    );
    let legend = [
        (Action::Create, "create"),
        (Action::Update, "update in-place"),
        (Action::Delete, "destroy"),
        (Action::DeleteThenCreate, "destroy and then create replacement"),
        (Action::CreateThenDelete, "create replacement and then destroy"),
        (Action::Read, "read (data resources)"),
    ];
    for (action, meaning) in legend {
        if has(action) {
            out.push_str(&format!("{} {meaning}\n", symbol(action, options.paint)));
        }
    }
    out
}

fn render_changes(plan: &Plan, changes: &[&InstanceChange], schemas: &Schemas, options: PlanOptions) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let mut out = if plan.is_errored {
        "\nTerraform planned the following actions, but then encountered a problem:\n".to_owned()
    } else {
        "\nTerraform will perform the following actions:\n".to_owned()
    };
    let texts = changes.iter().map(|change| {
        let diff = diff_of_change(change, schemas, Scope::everywhere());
        let text = render_change(change, &diff, Origin::Proposed, options.paint);
        match options.explanation {
            Some(sources) => explain(change, text, sources, options.paint),
            None => text,
        }
    });
    let texts: Vec<String> = match options.explanation {
        Some(_) => fold(changes, texts.collect(), options.paint),
        None => texts.collect(),
    };
    for text in texts {
        out.push_str(&format!("\n{text}\n"));
    }
    out + &format!("\n{} {}\n", options.paint.bold("Plan:"), Counts::of(plan).planned())
}

/// Changes of root outputs, one a line or more; empty where there are none.
fn render_outputs(outputs: &[OutputChange], paint: Paint) -> String {
    let width = outputs.iter().map(|output| attribute_name(&output.name).len()).max().unwrap_or(0);
    let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
    for output in outputs {
        let diff = diff_of_output(output);
        if diff.action != Action::NoOp {
            let options = Options { paint, ..Options::default() };
            let name = attribute_name(&output.name);
            let text = render(&diff, 0, &options);
            by_name.insert(&output.name, format!("{} {name:width$} = {text}", symbol(diff.action, paint)));
        }
    }
    by_name.into_values().collect::<Vec<_>>().join("\n")
}

fn diff_of_output(output: &OutputChange) -> Diff {
    use crate::value::Marks;
    let marks = if output.is_sensitive { Marks::SENSITIVE } else { Marks::NONE };
    // An output is sensitive as a whole or not at all.
    let side = |value: &crate::value::Value| value.clone().unmark_deep().0.with_marks(marks);
    let (before, after) = (side(&output.change.before), side(&output.change.after));
    diff_dynamic(Pair::new(Some(&before), Some(&after)))
}

fn render_nothing(plan: &Plan, has_drift: bool, options: PlanOptions) -> (String, bool) {
    let paint = options.paint;
    let headline = |mark: String, rest: &str| format!("\n{mark} {}\n\n", paint.bold(rest));
    let no_changes = |rest: &str| headline(paint.bold_green("No changes."), rest);
    let rule = if has_drift { rule(options) } else { String::new() };
    if plan.is_errored {
        let failed = paint.bold_red("Planning failed.");
        return (rule + &headline(failed, "Terraform encountered an error while generating this plan."), false);
    }
    let explain = |headline: String, text: &str| rule.clone() + &headline + &paragraph(text, options);
    match plan.mode {
        Mode::RefreshOnly if has_drift => (String::new(), true),
        Mode::RefreshOnly => (
            explain(
                no_changes("Your infrastructure still matches the configuration."),
                "Terraform has checked that the real remote objects still match the result of your most recent changes, and found no \
                 differences.",
            ),
            false,
        ),
        Mode::Destroy => (
            explain(
                no_changes("No objects need to be destroyed."),
                "Either you have not created any objects yet or the existing objects were already deleted outside of Terraform.",
            ),
            false,
        ),
        Mode::Normal if has_drift => {
            let command = if options.in_automation { "." } else { ":\n  terraform apply -refresh-only" };
            let text = if plan.is_applyable {
                "Your configuration already matches the changes detected above, so applying this plan will only update the state to \
                 include the changes detected above and won't change any real infrastructure."
                    .to_owned()
            } else {
                format!(
                    "Your configuration already matches the changes detected above. If you'd like to update the Terraform state to \
                     match, create and apply a refresh-only plan{command}"
                )
            };
            (explain(no_changes("Your infrastructure matches the configuration."), &text), true)
        }
        Mode::Normal => (
            explain(
                no_changes("Your infrastructure matches the configuration."),
                "Terraform has compared your real infrastructure against your configuration and found no differences, so no changes \
                 are needed.",
            ),
            false,
        ),
    }
}

fn render_drift(plan: &Plan, schemas: &Schemas, options: PlanOptions) -> String {
    let is_refresh_only = plan.mode == Mode::RefreshOnly;
    let texts: Vec<String> = plan
        .drift
        .iter()
        .filter(|drift| is_refresh_only || drift.change.action != Action::NoOp)
        .filter_map(|drift| {
            let diff = diff_of_change(drift, schemas, relevant_scope(plan, drift)?);
            let is_wanted = is_refresh_only || diff.action != Action::NoOp;
            (is_wanted && is_worth_showing(drift)).then(|| render_change(drift, &diff, Origin::Drift, options.paint))
        })
        .collect();
    if texts.is_empty() || (!is_refresh_only && is_nothing_shown(plan, schemas)) {
        return String::new();
    }
    let title = options.paint.bold("Objects have changed outside of Terraform");
    let mut out = format!("\n{} {title}\n\n", options.paint.cyan(&options.paint.bold("Note:")));
    out.push_str(&wrap_paragraphs(
        "Terraform detected the following changes made outside of Terraform since the last \"terraform apply\" which may have \
         affected this plan:\n",
        text_width(options),
    ));
    for text in texts {
        out.push_str(&format!("\n{text}\n"));
    }
    out + &paragraph(
        if is_refresh_only {
            "\n\nThis is a refresh-only plan, so Terraform will not take any actions to undo these. If you were expecting these changes \
             then you can apply this plan to record the updated values in the Terraform state without changing any remote objects."
        } else {
            "\n\nUnless you have made equivalent changes to your configuration, or ignored the relevant attributes using \
             ignore_changes, the following plan may include actions to undo or respond to these changes."
        },
        options,
    )
}

/// What of a drifted object is worth showing: what the configuration refers to. Nothing: none of it.
fn relevant_scope<'a>(plan: &'a Plan, drift: &InstanceChange) -> Option<Scope<'a>> {
    if plan.mode == Mode::RefreshOnly {
        return Some(Scope::everywhere());
    }
    let paths: Vec<&Path> = plan
        .relevant_attributes
        .iter()
        .filter(|(address, _)| *address == drift.address)
        .map(|(_, path)| path)
        .collect();
    (!paths.is_empty()).then(|| Scope::inside(paths))
}

fn is_nothing_shown(plan: &Plan, schemas: &Schemas) -> bool {
    plan.changes
        .iter()
        .all(|change| !has_moved(change) && diff_of_change(change, schemas, Scope::everywhere()).action == Action::NoOp)
        && plan.outputs.iter().all(|output| diff_of_output(output).action == Action::NoOp)
}
