//! Why a change happens: from the changed attribute to the line that somebody edited.
//!
//! The chain follows the first reference of each expression that leads on: attribute, local, variable, the argument of the module call,
//! and at last where the variable's value came from. It is only followed for changes of existing objects.

use super::instance::PlannedChange;
use super::resource::BlockContext;
use super::values::ModuleId;
use super::walk::Walk;
use crate::addr::ResourceInstance;
use crate::addr::reference::{Subject, parse_reference};
use crate::change::{Action, ActionReason, Cause, Link, Reason};
use crate::config::InputSource;
use crate::eval::variables;
use crate::syntax::Expression;
use crate::value::{Path, PathStep, Text};
use std::sync::Arc;

/// How far a chain is followed.
const LONGEST_CHAIN: usize = 20;

impl Walk<'_> {
    pub(super) fn reasons_of(
        &self,
        context: &BlockContext,
        id: ModuleId,
        address: &ResourceInstance,
        planned: &PlannedChange,
        trigger: Option<String>,
    ) -> Vec<Reason> {
        let alone = |cause| vec![Reason { cause, chain: Vec::new() }];
        match (planned.change.action, planned.reason) {
            (Action::NoOp, _) => return Vec::new(),
            (Action::Create, _) => {
                let key = (address.clone(), None);
                let has_disappeared = self.refresh.saved.contains_key(&key);
                return alone(if has_disappeared { Cause::Disappeared } else { Cause::New });
            }
            (_, ActionReason::ReplaceBecauseTainted) => return alone(Cause::Tainted),
            (_, ActionReason::ReplaceByRequest) => return alone(Cause::Requested),
            (_, ActionReason::ReplaceByTriggers) => {
                return alone(Cause::Triggered { by: trigger.unwrap_or_default() });
            }
            _ => {}
        }
        let mut reasons: Vec<Reason> = changed_attributes(planned)
            .into_iter()
            .filter_map(|name| self.reason_of_attribute(context, id, address, planned, &name))
            .collect();
        reasons.sort_by_key(|reason| !matches!(reason.cause, Cause::Attribute { forces_replacement: true, .. }));
        reasons
    }

    fn reason_of_attribute(
        &self,
        context: &BlockContext,
        id: ModuleId,
        address: &ResourceInstance,
        planned: &PlannedChange,
        name: &Text,
    ) -> Option<Reason> {
        let path = Path(vec![PathStep::Attribute(name.clone())]);
        let forcing =
            planned.replace_paths.iter().find(|path| path.0.first() == Some(&PathStep::Attribute(name.clone())));
        let argument = context.body.argument(name);
        let Some(argument) = argument else {
            // Computed: it only follows what is configured, unless it is all there is.
            return forcing.map(|path| Reason {
                cause: Cause::Attribute { path: path.clone(), forces_replacement: true },
                chain: Vec::new(),
            });
        };
        if self.has_drifted(address, name) {
            return Some(Reason { cause: Cause::Drift { path }, chain: Vec::new() });
        }
        let path = forcing.cloned().unwrap_or(path);
        let mut chain = Vec::new();
        self.follow(id, &argument.expression, &mut chain);
        Some(Reason { cause: Cause::Attribute { path, forces_replacement: forcing.is_some() }, chain })
    }

    fn has_drifted(&self, address: &ResourceInstance, name: &str) -> bool {
        let key = (address.clone(), None);
        let (Some(saved), Some(Some(current))) = (self.refresh.saved.get(&key), self.refresh.current.get(&key)) else {
            return false;
        };
        saved.value.get(name) != current.value.get(name)
    }

    /// Adds what an expression refers to, as long as it leads on.
    fn follow(&self, id: ModuleId, expression: &Expression, chain: &mut Vec<Link>) {
        if chain.len() >= LONGEST_CHAIN {
            return;
        }
        let module = self.evaluation.values.module(id);
        let subjects = variables(expression).filter_map(|variable| parse_reference(variable.traversal()).0);
        let Some(subject) = subjects.map(|reference| reference.subject).find(leads_on) else {
            if chain.is_empty() {
                chain.push(Link { what: "configuration".to_owned(), span: Some(expression.span) });
            }
            return;
        };
        match &subject {
            Subject::Local(name) => {
                let Some(local) = module.module.locals.get(name) else { return };
                chain.push(Link { what: format!("local.{name}"), span: Some(local.span) });
                self.follow(id, &local.value, chain);
            }
            Subject::Variable(name) => self.follow_variable(id, name, chain),
            Subject::Module { name, output: Some(output), key } => {
                let child = module
                    .calls
                    .get(name)
                    .and_then(|call| call.instances.get(key).or_else(|| call.instances.values().next()).copied());
                let Some(child) = child else { return };
                let Some(declared) = self.evaluation.values.module(child).module.outputs.get(output) else { return };
                chain.push(Link { what: format!("module.{name}.{output}"), span: Some(declared.span) });
                if let Some(value) = &declared.value {
                    self.follow(child, &Arc::clone(value), chain);
                }
            }
            Subject::Resource { resource, .. } => {
                let address =
                    crate::addr::ModuleResource { module: module.address.clone(), resource: resource.clone() };
                let changes = self.changes_of.get(&address).into_iter().flatten().map(|at| &self.changes[*at]);
                let what = match changes.map(|change| change.change.action).find(|action| *action != Action::NoOp) {
                    Some(action) if action.is_replace() => format!("{resource} (replaced)"),
                    Some(Action::Create) => format!("{resource} (created)"),
                    Some(Action::Update) => format!("{resource} (updated)"),
                    _ => resource.to_string(),
                };
                let span = module.module.resources.get(resource).map(|block| block.span);
                chain.push(Link { what, span });
            }
            _ => {}
        }
    }

    fn follow_variable(&self, id: ModuleId, name: &Text, chain: &mut Vec<Link>) {
        let module = self.evaluation.values.module(id);
        let Some(variable) = module.module.variables.get(name) else { return };
        chain.push(Link { what: format!("var.{name}"), span: Some(variable.span) });
        if let Some(parent) = module.parent {
            if let Some(argument) = module.module.call.as_ref().and_then(|call| call.argument(name)) {
                let what = match module.address.0.last() {
                    Some((call, _)) => format!("module.{call}"),
                    None => "module".to_owned(),
                };
                chain.push(Link { what, span: Some(argument.span) });
                self.follow(parent, &argument, chain);
            }
            return;
        }
        let (what, span) = match self.input.variables.get(name).map(|given| given.source) {
            Some(InputSource::Written(span)) => {
                (self.input.config.sources.file(span.file).name.to_string(), Some(span))
            }
            Some(InputSource::CommandLine) => ("-var on the command line".to_owned(), None),
            Some(InputSource::Environment) => (format!("environment variable TF_VAR_{name}"), None),
            Some(InputSource::Prompt) => ("typed in".to_owned(), None),
            Some(InputSource::Unset) | None => ("default".to_owned(), Some(variable.span)),
        };
        chain.push(Link { what, span });
    }

    pub(super) fn reasons_of_removal(&self, address: &ResourceInstance, reason: ActionReason) -> Vec<Reason> {
        if reason == ActionReason::None {
            return Vec::new();
        }
        let block = self.input.config.resource(&address.module.path(), &address.resource);
        let expression = block.and_then(|block| block.count.as_ref().or(block.for_each.as_ref()));
        let mut chain = Vec::new();
        if let (Some(expression), Some(id)) = (expression, self.evaluation.values.id_of(&address.module)) {
            self.follow(id, expression, &mut chain);
        }
        vec![Reason { cause: Cause::Removed, chain }]
    }
}

fn leads_on(subject: &Subject) -> bool {
    matches!(
        subject,
        Subject::Local(_) | Subject::Variable(_) | Subject::Resource { .. } | Subject::Module { output: Some(_), .. }
    )
}

/// Top-level attributes that are different.
fn changed_attributes(planned: &PlannedChange) -> Vec<Text> {
    let (before, after) = (&planned.change.before, &planned.change.after);
    let Some(entries) = after.as_entries() else { return Vec::new() };
    entries.iter().filter(|(name, value)| before.get(name) != Some(*value)).map(|(name, _)| name.clone()).collect()
}
