//! `import` blocks: objects that exist become managed as part of the plan.

use super::complaint::locate;
use super::event::Event;
use super::expansion::Repetition;
use super::kind::Known;
use super::resource::BlockContext;
use super::trigger::traversal_of;
use super::values::ModuleId;
use super::walk::{Answer, Progress, Walk};
use crate::addr::parse::{Target, parse_target};
use crate::addr::{ConfigResource, InstanceKey, ResourceInstance};
use crate::config::ImportBlock;
use crate::diag::{Cause, Diagnostic, Diagnostics};
use crate::eval::{evaluate, repetition::import_for_each};
use crate::graph::NodeId;
use crate::provider::{Complaint, ImportRequest, Imported, ReadOutcome, ReadRequest};
use crate::value::{Type, Value};
use futures::FutureExt;
use std::collections::{BTreeMap, HashMap};

/// What is to be imported, and what came of it.
#[derive(Default)]
pub(super) struct ImportTargets {
    done: HashMap<ResourceInstance, (String, Option<Known>, Diagnostics)>,
    generated: HashMap<ResourceInstance, String>,
    asked: std::collections::HashSet<NodeId>,
}

impl ImportTargets {
    pub fn take(&mut self, address: &ResourceInstance) -> Option<(String, Option<Known>, Diagnostics)> {
        self.done.remove(address)
    }

    pub fn generated(&self, address: &ResourceInstance) -> Option<String> {
        self.generated.get(address).cloned()
    }
}

/// The answers for one block.
pub(super) struct ImportAnswer {
    context: BlockContext,
    results: Vec<(ResourceInstance, String, ImportResult)>,
}

type ImportResult = Result<(Imported, Option<ReadOutcome>), Vec<Complaint>>;

impl Walk<'_> {
    /// Asks for what the block's import blocks name and the state does not have. True: an answer will come.
    pub(super) fn start_imports(&mut self, context: &BlockContext, resource: &ConfigResource) -> bool {
        if !self.imports.asked.insert(context.node) {
            return false;
        }
        let config = self.input.config.clone();
        let blocks: Vec<&ImportBlock> =
            config.root().imports.iter().filter(|import| import.to_resource == *resource).collect();
        if blocks.is_empty() {
            return false;
        }
        let mut targets: BTreeMap<ResourceInstance, String> = BTreeMap::new();
        for block in blocks {
            let (named, found) = self.targets_of(block);
            self.report(context.node, found);
            targets.extend(named);
        }
        if self.has_errors(context.node) {
            return false;
        }
        targets.retain(|address, _| self.previous.instance(address).is_none());
        for address in targets.keys() {
            if !self.is_declared(resource, address) {
                let detail = format!(
                    "The configuration for the given import {address} does not exist. All target instances must have an associated configuration to be imported."
                );
                self.report(
                    context.node,
                    [Diagnostic::error("Configuration for import target does not exist", detail)],
                );
                return false;
            }
        }
        targets.retain(|address, _| self.selection.includes_instance(address));
        if targets.is_empty() {
            return false;
        }
        let observer = self.observer;
        targets.iter().for_each(|(address, id)| observer.observe(Event::PreparingImport { address, id }));
        let context = context.clone();
        let future = async move {
            let results = import_all(&context, targets).await;
            Answer::Imported(ImportAnswer { context, results })
        };
        self.pending.push(future.boxed());
        true
    }

    fn is_declared(&self, resource: &ConfigResource, address: &ResourceInstance) -> bool {
        let module = self.evaluation.values.id_of(&address.module);
        module.is_some_and(|id| self.expansion_of(id, resource).contains(&address.key))
    }

    /// The addresses and ids of a block, one for each element of its `for_each`.
    pub(super) fn targets_of(&self, import: &ImportBlock) -> (Vec<(ResourceInstance, String)>, Diagnostics) {
        let mut targets = Vec::new();
        let mut found = Diagnostics::new();
        let root = self.evaluation.place(ModuleId::ROOT);
        let repetitions = match &import.for_each {
            None => vec![Repetition::default()],
            Some(expression) => match import_for_each(expression, &root) {
                Ok(elements) => elements.into_iter().map(|(key, value)| repetition_of(&key, value)).collect(),
                Err(problems) => return (targets, problems),
            },
        };
        for repetition in repetitions {
            match self.target_of(import, &repetition) {
                Ok(target) => targets.push(target),
                Err(problems) => {
                    found.extend(problems);
                    return (targets, found);
                }
            }
        }
        (targets, found)
    }

    fn target_of(
        &self,
        import: &ImportBlock,
        repetition: &Repetition,
    ) -> Result<(ResourceInstance, String), Diagnostics> {
        let place = self.evaluation.place(ModuleId::ROOT).repeated(repetition.clone());
        let (traversal, found) = traversal_of(&import.to, &|key| evaluate(key, &place));
        if found.has_errors() {
            return Err(found);
        }
        let invalid = || {
            let detail = "The import block 'to' argument does not resolve to a single resource instance.";
            Diagnostics::from(Diagnostic::error("Invalid import 'to' expression", detail).at(import.to.span))
        };
        let address = match parse_target(&traversal.ok_or_else(invalid)?)? {
            Target::Resource(resource) => resource.instance(InstanceKey::None),
            Target::Instance(instance) => instance,
            Target::Module(_) => return Err(invalid()),
        };
        self.check_keys(import, &address)?;
        let id = import.id.as_ref().ok_or_else(Diagnostics::new)?;
        let (value, mut found) = evaluate(id, &place);
        let wrong = |detail: &str| Diagnostic::error("Invalid import id argument", detail).at(id.span);
        if found.has_errors() {
            return Err(found);
        }
        let value = value.unmark_deep().0;
        let problem = match value.convert(&Type::String) {
            _ if value.is_null() => wrong("The import ID cannot be null."),
            _ if !value.is_known() => Diagnostic {
                cause: Some(Cause::Unknown),
                ..wrong(
                    "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so Terraform cannot plan to import this resource.",
                )
            },
            Ok(text) => match text.as_str() {
                Some(text) if !text.is_empty() => return Ok((address, text.to_string())),
                _ => wrong("The import ID value evaluates to an empty string, please provide a non-empty value."),
            },
            Err(_) => wrong("The import ID value is unsuitable: not a string."),
        };
        found.push(problem);
        Err(found)
    }

    /// Keys must be where the block has `count` or `for_each`, and nowhere else.
    fn check_keys(&self, import: &ImportBlock, address: &ResourceInstance) -> Result<(), Diagnostics> {
        let Some(block) = self.input.config.resource(&address.module.path(), &address.resource) else { return Ok(()) };
        let problem = match (&address.key, &block.count, &block.for_each) {
            (InstanceKey::Key(_), _, None) => "The target resource does not use for_each.",
            (InstanceKey::Index(_), None, _) => "The target resource does not use count.",
            (InstanceKey::None, _, Some(_)) => "The target resource is using for_each.",
            (InstanceKey::None, Some(_), _) => "The target resource is using count.",
            _ => return Ok(()),
        };
        Err(Diagnostic::error("Invalid import 'to' expression", problem).at(import.to.span).into())
    }

    pub(super) fn imported(&mut self, answer: ImportAnswer) -> Vec<(NodeId, Progress)> {
        let ImportAnswer { context, results } = answer;
        for (address, id, result) in results {
            let (known, found) = self.settle_import(&context, &address, &id, result);
            self.imports.done.insert(address, (id, known, found));
        }
        vec![(context.node, self.resume_resource(context.node))]
    }

    fn settle_import(
        &mut self,
        context: &BlockContext,
        address: &ResourceInstance,
        id: &str,
        result: ImportResult,
    ) -> (Option<Known>, Diagnostics) {
        let name = address.to_string();
        let (imported, outcome) = match result {
            Ok(answer) => answer,
            Err(complaints) => return (None, super::complaint::unlocated(complaints, "")),
        };
        let kind = &context.kind;
        let known = |object: Value, private| Known { value: kind.mark(object), is_tainted: false, private };
        if imported.object.is_null() {
            let detail =
                format!("While attempting to import with ID {id}, the provider returned an instance with no state.");
            return (None, Diagnostic::error("Import returned null resource", detail).into());
        }
        match outcome {
            None => (Some(known(imported.object, imported.private)), Diagnostics::new()),
            Some(ReadOutcome::Gone) => (None, no_such_object(&name).into()),
            Some(ReadOutcome::Failed(complaints)) => (None, locate(complaints, &context.block.body, &name)),
            Some(ReadOutcome::Present { object, private, complaints }) => {
                self.observer.observe(Event::Refreshing { address, deposed: None, object: &imported.object });
                let found = locate(complaints, &context.block.body, &name);
                (Some(known(object, private)), found)
            }
        }
    }
}

/// The id means nothing.
pub fn no_such_object(address: &str) -> Diagnostic {
    let detail = format!(
        "While attempting to import an existing object to {address:?}, the provider detected that no object exists with the given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated with the provider's configured region or endpoint, or use \"terraform apply\" to create a new remote object for this resource."
    );
    Diagnostic::error("Cannot import non-existent remote object", detail)
}

/// Imports, then reads what was imported, each in one call.
async fn import_all(
    context: &BlockContext,
    targets: BTreeMap<ResourceInstance, String>,
) -> Vec<(ResourceInstance, String, ImportResult)> {
    let kind = context.kind.name.clone();
    let requests = targets.values().map(|id| ImportRequest { kind: kind.clone(), id: id.clone() }).collect();
    let answers = context.connection.import(requests).await;
    let reads: Vec<ReadRequest> = answers
        .iter()
        .flatten()
        .map(|imported| ReadRequest {
            kind: imported.kind.clone(),
            prior: imported.object.clone(),
            private: imported.private.clone(),
        })
        .collect();
    let mut outcomes = context.connection.read(reads).await.into_iter();
    targets
        .into_iter()
        .zip(answers)
        .map(|((address, id), answer)| {
            let result = answer.map(|imported| (imported, outcomes.next()));
            (address, id, result)
        })
        .collect()
}

fn repetition_of(key: &Value, value: Value) -> Repetition {
    let key = key.convert(&Type::String).ok().and_then(|key| key.as_str().cloned());
    Repetition { each_key: key, each_value: Some(value), ..Repetition::default() }
}
