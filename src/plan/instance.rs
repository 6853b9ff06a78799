//! The change of one managed object: configuration, prior object and the provider's word, put together.
//!
//! Planning and applying both come here. Applying comes a second time, when more is known, and what comes out must then fit what was
//! planned.

use super::complaint::{locate, span_of};
use super::kind::{Kind, Known};
use crate::addr::{ProviderConfig, ResourceInstance};
use crate::change::{
    Action, ActionReason, Change, Forced, Ignored, changed_replace_paths, check_plan, decide, ignore_changes, marks_of,
    propose, with_marks_at, write_only_paths,
};
use crate::config::{IgnoreChanges, ResourceBlock};
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::Scope;
use crate::eval::decode::PreparedBody;
use crate::provider::{Connection, PlanRequest, Planned, Private};
use crate::value::{Marks, Path, Value, marked_paths};

/// What is planned for.
pub struct Subject<'a> {
    pub address: &'a ResourceInstance,
    pub block: &'a ResourceBlock,
    pub body: &'a PreparedBody,
    pub kind: &'a Kind,
    pub provider: &'a ProviderConfig,
    pub connection: &'a dyn Connection,
    pub servers_are_immutable: bool,
}

/// What is asked.
pub struct Question<'a> {
    pub prior: Option<&'a Known>,
    pub creates_first: bool,
    pub forced: Option<Forced>,
    /// While applying: what was planned.
    pub earlier: Option<(&'a Change, ActionReason)>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct PlannedChange {
    pub change: Change,
    pub reason: ActionReason,
    pub replace_paths: Vec<Path>,
    pub private: Private,
    /// The configuration as evaluated, without marks.
    pub configuration: Value,
}

/// Plans one instance. Nothing comes back where there is an error among the diagnostics.
pub fn plan_instance(
    subject: &Subject<'_>,
    question: &Question<'_>,
    scope: &dyn Scope,
) -> (Option<PlannedChange>, Diagnostics) {
    let mut found = Diagnostics::new();
    let planned = try_plan(subject, question, scope, &mut found);
    (planned.filter(|_| !found.has_errors()), found)
}

fn try_plan(
    subject: &Subject<'_>,
    question: &Question<'_>,
    scope: &dyn Scope,
    found: &mut Diagnostics,
) -> Option<PlannedChange> {
    let Subject { kind, block, .. } = subject;
    let configuration = configuration_of(subject, scope, found)?;
    let plain_configuration = configuration.clone().unmark_deep().0;
    let complaints = kind.provider.validate(kind.mode, &kind.name, &plain_configuration);
    found.extend(locate(complaints, &block.body, &subject.address.to_string()));
    if found.has_errors() {
        return None;
    }
    let tainted = question.prior.filter(|prior| prior.is_tainted);
    let prior = question.prior.filter(|prior| !prior.is_tainted);
    let null = kind.null();
    let prior_value = prior.map_or(&null, |prior| &prior.value);
    let ignored = match &block.lifecycle.ignore_changes {
        IgnoreChanges::All => Ignored::All,
        IgnoreChanges::Paths(paths) => Ignored::Paths(paths),
    };
    let effective = ignore_changes(ignored, kind.block(), prior_value, configuration.clone());
    let marks: Vec<(Path, Marks)> = marks_of(&effective)
        .into_iter()
        .map(|(path, marks)| (path, marks.without(Marks::EPHEMERAL)))
        .filter(|(_, marks)| !marks.is_empty())
        .collect();
    let plain_effective = effective.unmark_deep().0;
    let plain_prior = prior_value.clone().unmark_deep().0;
    let private = prior.map(|prior| prior.private.clone()).unwrap_or_default();
    let planned = ask(subject, &plain_prior, &plain_effective, &private, found)?;
    let wrong = match kind.is_exact() {
        true => check_plan(kind.block(), &plain_prior, &plain_effective, &planned.object),
        false => Vec::new(),
    };
    for wrong in wrong {
        let what = format!("{}{}: {}", subject.address, wrong.path, wrong.problem);
        found.push(invalid_plan(subject, &what));
    }
    if found.has_errors() {
        return None;
    }
    let write_only = if kind.has_write_only { write_only_paths(kind.block(), &planned.object) } else { Vec::new() };
    let replace_paths = changed_replace_paths(&plain_prior, &planned.object, &planned.requires_replace, &write_only);
    let replace_paths = match replace_paths {
        Ok(paths) => paths,
        Err(senseless) => {
            found.extend(senseless.iter().map(|path| senseless_replacement(subject, path)));
            return None;
        }
    };
    let (action, reason) =
        decide(&plain_prior, &planned.object, question.creates_first, question.forced, &replace_paths);
    let Planned { mut object, mut private, .. } = planned;
    if action.is_replace() {
        let again = ask(subject, &null, &plain_configuration, &private, found)?;
        (object, private) = (again.object, again.private);
    }
    let after = kind.mark(with_marks_at(object, &marks));
    let mut planned = PlannedChange {
        change: Change { action, before: prior_value.clone(), after },
        reason,
        replace_paths,
        private,
        configuration: plain_configuration,
    };
    adjust(&mut planned, question, tainted);
    Some(planned)
}

/// What only shows in the light of the whole: tainted objects, marks, and what was planned before.
fn adjust(planned: &mut PlannedChange, question: &Question<'_>, tainted: Option<&Known>) {
    let change = &mut planned.change;
    if let (Action::Create, Some(tainted)) = (change.action, tainted) {
        change.action = if question.creates_first { Action::CreateThenDelete } else { Action::DeleteThenCreate };
        change.before = tainted.value.clone();
        planned.reason = ActionReason::ReplaceBecauseTainted;
    }
    if change.action == Action::NoOp && marks_of(&change.before) != marks_of(&change.after) {
        change.action = Action::Update;
    }
    if let Some((earlier, reason)) = question.earlier
        && earlier.action.is_replace()
        && change.action == Action::Create
    {
        change.action = earlier.action;
        change.before = earlier.before.clone();
        planned.reason = reason;
    }
}

/// The configuration of one instance, marked.
fn configuration_of(subject: &Subject<'_>, scope: &dyn Scope, found: &mut Diagnostics) -> Option<Value> {
    let (value, problems) = subject.body.evaluate(scope);
    found.extend(problems);
    found.extend(ephemeral_problems(subject.kind, subject.block, subject.address, &value));
    (!found.has_errors()).then_some(value)
}

/// Ephemeral values may only go where nothing is stored.
pub(super) fn ephemeral_problems(
    kind: &Kind,
    block: &ResourceBlock,
    address: &ResourceInstance,
    value: &Value,
) -> Diagnostics {
    if !value.deep_marks().is_ephemeral() {
        return Diagnostics::new();
    }
    let write_only = write_only_paths(kind.block(), value);
    let misplaced = marked_paths(value, Marks::EPHEMERAL)
        .into_iter()
        .filter(|path| !write_only.iter().any(|allowed| path.starts_with(allowed)));
    misplaced
        .map(|path| {
            let name = path.to_string();
            let detail = match path.0.is_empty() {
                true => format!("Ephemeral values are not valid for {name:?}, because it is not an assignable attribute."),
                false => format!(
                    "Ephemeral values are not valid for {:?}, because it is not a write-only attribute and must be persisted to state.",
                    name.trim_start_matches('.')
                ),
            };
            let mut diagnostic = Diagnostic::error("Invalid use of ephemeral value", detail);
            diagnostic.subject = span_of(&block.body, &path);
            diagnostic.about(address)
        })
        .collect()
}

fn ask(
    subject: &Subject<'_>,
    prior: &Value,
    configuration: &Value,
    private: &Private,
    found: &mut Diagnostics,
) -> Option<Planned> {
    let proposed = propose(subject.kind.block(), prior, configuration);
    let request = PlanRequest {
        kind: &subject.kind.name,
        prior,
        proposed: &proposed,
        configuration,
        private,
        servers_are_immutable: subject.servers_are_immutable,
    };
    let planned = subject.connection.plan(request);
    let complaints = planned.complaints.clone();
    found.extend(locate(complaints, &subject.block.body, &subject.address.to_string()));
    (!found.has_errors()).then_some(planned)
}

fn invalid_plan(subject: &Subject<'_>, what: &str) -> Diagnostic {
    Diagnostic::error(
        "Provider produced invalid plan",
        format!(
            "Provider \"{}\" planned an invalid value for {what}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
            subject.provider.source
        ),
    )
}

fn senseless_replacement(subject: &Subject<'_>, path: &Path) -> Diagnostic {
    Diagnostic::error(
        "Provider produced invalid plan",
        format!(
            "Provider \"{}\" has indicated \"requires replacement\" on {} for a non-existent attribute path {path}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
            subject.provider.source, subject.address
        ),
    )
}
