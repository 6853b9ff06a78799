//! `replace_triggered_by`: replaced because something else changes.

use super::expansion::Repetition;
use super::values::ModuleId;
use super::walk::Walk;
use crate::addr::reference::{Subject, parse_reference};
use crate::addr::{InstanceKey, ModuleResource, ResourceInstance};
use crate::change::{Action, InstanceChange};
use crate::config::ResourceBlock;
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::evaluate;
use crate::syntax::{Expression, ExpressionKind, Traversal, TraversalStep, TraversalStepKind};
use crate::value::{Path, PathStep};

impl Walk<'_> {
    /// The first thing named by `replace_triggered_by` whose change replaces the instance.
    pub(super) fn trigger_of(
        &self,
        block: &ResourceBlock,
        id: ModuleId,
        address: &ResourceInstance,
    ) -> (Option<String>, Diagnostics) {
        let repetition = Repetition::of_key(&address.key);
        let mut found = Diagnostics::new();
        for expression in &block.lifecycle.replace_triggered_by {
            let place = self.evaluation.place(id).repeated(repetition.clone());
            let (traversal, problems) = traversal_of(expression, &|key| evaluate(key, &place));
            found.extend(problems);
            let Some(traversal) = traversal.filter(|_| !found.has_errors()) else { continue };
            match self.is_triggered(&traversal, id, expression) {
                Ok(Some(trigger)) => return (Some(trigger), found),
                Ok(None) => {}
                Err(problem) => found.push(problem),
            }
        }
        (None, found)
    }

    fn is_triggered(
        &self,
        traversal: &Traversal,
        id: ModuleId,
        expression: &Expression,
    ) -> Result<Option<String>, Diagnostic> {
        let Some(reference) = parse_reference(traversal).0 else { return Ok(None) };
        let Subject::Resource { resource, key } = &reference.subject else { return Ok(None) };
        let module = self.evaluation.values.module(id);
        if !module.module.resources.contains_key(resource) {
            let place = if module.parent.is_none() { "the root module".to_owned() } else { module.address.to_string() };
            let detail = format!("A resource {} has not been declared in {place}", reference.subject);
            return Err(Diagnostic::error("Reference to undeclared resource", detail).at(expression.span));
        }
        let named = ModuleResource { module: module.address.clone(), resource: resource.clone() };
        let changes: Vec<&InstanceChange> = match key {
            InstanceKey::None if !module.module.resources[resource].is_expanded() => self
                .change_at
                .get(&named.instance(InstanceKey::None))
                .map(|at| &self.changes[*at])
                .into_iter()
                .collect(),
            InstanceKey::None => {
                self.changes_of.get(&named).into_iter().flatten().map(|at| &self.changes[*at]).collect()
            }
            key => self.change_at.get(&named.instance(key.clone())).map(|at| &self.changes[*at]).into_iter().collect(),
        };
        if changes.is_empty() {
            let place = if module.parent.is_none() { "the root module".to_owned() } else { module.address.to_string() };
            return Err(Diagnostic::error(format!("no change found for {} in {place}", reference.subject), ""));
        }
        let changes_much = |change: &&InstanceChange| {
            matches!(change.change.action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete)
        };
        let path = path_of(reference.remaining);
        let is_different = |change: &&InstanceChange| {
            path.0.is_empty() || path.find(&change.change.before) != path.find(&change.change.after)
        };
        let triggering = changes.into_iter().filter(changes_much).find(is_different);
        Ok(triggering.map(|_| format!("{}{path}", reference.subject)))
    }
}

fn path_of(steps: &[TraversalStep]) -> Path {
    let step = |step: &TraversalStep| match &step.kind {
        TraversalStepKind::Attribute(name) => PathStep::Attribute(name.clone()),
        TraversalStepKind::Index(key) => match key.as_str() {
            Some(key) => PathStep::Key(key.clone()),
            None => PathStep::Index(key.as_number().and_then(|number| number.to_u64()).unwrap_or(u64::MAX) as usize),
        },
    };
    Path(steps.iter().map(step).collect())
}

/// An expression as a traversal, with keys such as `count.index` evaluated.
pub(super) fn traversal_of(
    expression: &Expression,
    evaluate_key: &dyn Fn(&Expression) -> (crate::value::Value, Diagnostics),
) -> (Option<Traversal>, Diagnostics) {
    match &expression.kind {
        ExpressionKind::Traversal(traversal) => (Some(traversal.clone()), Diagnostics::new()),
        ExpressionKind::RelativeTraversal { source, steps } => {
            let (traversal, found) = traversal_of(source, evaluate_key);
            let longer = traversal.map(|mut traversal| {
                traversal.steps.extend(steps.iter().cloned());
                traversal
            });
            (longer, found)
        }
        ExpressionKind::Index { collection, key, bracket_span, .. } => {
            let (traversal, mut found) = traversal_of(collection, evaluate_key);
            let (value, problems) = evaluate_key(key);
            found.extend(problems);
            let longer = traversal.map(|mut traversal| {
                let kind = TraversalStepKind::Index(value.unmark().0);
                traversal.steps.push(TraversalStep { kind, span: *bracket_span });
                traversal
            });
            (longer, found)
        }
        _ => (None, Diagnostics::new()),
    }
}
