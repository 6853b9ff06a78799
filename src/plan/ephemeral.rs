//! Ephemeral resources: opened when the walk comes to them, closed at its end, never stored.

use super::checks::RuleKind;
use super::complaint::locate;
use super::evaluation::Evaluation;
use super::event::{Event, Observer};
use super::expansion::{Expansion, Repetition};
use super::kind::Kinds;
use super::resource::BlockContext;
use super::values::ModuleId;
use super::walk::{Answer, Progress, Walk};
use crate::addr::{ConfigResource, ModuleResource, ProviderConfig, ResourceInstance};
use crate::config::ResourceBlock;
use crate::diag::Diagnostics;
use crate::eval::decode::PreparedBody;
use crate::graph::{NodeId, provider_of_resource};
use crate::provider::{Complaint, Connection, OpenedEphemeral, Private};
use crate::value::{Marks, Text};
use futures::FutureExt;
use std::collections::HashMap;
use std::sync::Arc;

/// One that must be closed.
pub(super) struct Opened {
    pub address: ResourceInstance,
    pub kind: Text,
    pub private: Private,
    pub connection: Arc<dyn Connection>,
}

struct Opening {
    id: ModuleId,
    address: ResourceInstance,
    repetition: Repetition,
}

pub(super) struct OpenAnswer {
    context: BlockContext,
    results: Vec<(Opening, Result<OpenedEphemeral, Vec<Complaint>>)>,
}

impl Walk<'_> {
    pub(super) fn visit_ephemeral(&mut self, context: &BlockContext, resource: &ConfigResource) -> Progress {
        let mut opening = Vec::new();
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let expansion = self.expansion_of(id, resource);
            let module = self.evaluation.values.module(id).address.clone();
            let in_module = ModuleResource { module, resource: resource.resource.clone() };
            for key in expansion.keys() {
                let address = in_module.instance(key.clone());
                let repetition = expansion.repetition(&key);
                let block = context.block.clone();
                let rules = RuleKind::ResourcePrecondition;
                let mut found = self.evaluation.resource_rules(&block, rules, id, &address, &repetition, None);
                let place = self.evaluation.place(id).repeated(repetition.clone());
                let (configuration, problems) = context.body.evaluate(&place);
                found.extend(problems);
                let has_failed = found.has_errors();
                self.report(context.node, found);
                // What is not known yet is opened while applying.
                if has_failed || !configuration.is_wholly_known() {
                    continue;
                }
                opening.push((Opening { id, address, repetition }, configuration.unmark_deep().0));
            }
        }
        if opening.is_empty() {
            return if self.has_errors(context.node) { Progress::Failed } else { Progress::Done };
        }
        for (opening, _) in &opening {
            self.observer.observe(Event::Opening { address: &opening.address });
        }
        let context = context.clone();
        let future = async move {
            let mut results = Vec::new();
            for (opening, configuration) in opening {
                results.push((opening, context.connection.open(&context.kind.name, configuration).await));
            }
            Answer::Opened(OpenAnswer { context, results })
        };
        self.pending.push(future.boxed());
        Progress::Pending
    }

    pub(super) fn opened(&mut self, answer: OpenAnswer) -> Vec<(NodeId, Progress)> {
        let OpenAnswer { context, results } = answer;
        for (Opening { id, address, repetition }, result) in results {
            let block = context.block.clone();
            let opened = match result {
                Ok(opened) => opened,
                Err(complaints) => {
                    self.report(context.node, locate(complaints, &block.body, &address.to_string()));
                    continue;
                }
            };
            self.report(context.node, locate(opened.complaints, &block.body, &address.to_string()));
            self.observer.observe(Event::Opened { address: &address });
            let value = context.kind.mark(opened.result).with_marks(Marks::EPHEMERAL);
            self.evaluation.values.set_instance(id, &address.resource, address.key.clone(), value.clone());
            let rules = RuleKind::ResourcePostcondition;
            let found = self.evaluation.resource_rules(&block, rules, id, &address, &repetition, Some(value));
            self.report(context.node, found);
            let (kind, connection) = (context.kind.name.clone(), context.connection.clone());
            self.opened.push(Opened { address, kind, private: opened.private, connection });
        }
        let progress = if self.has_errors(context.node) { Progress::Failed } else { Progress::Done };
        vec![(context.node, progress)]
    }

    /// Closes everything, last opened first.
    pub(super) async fn close_ephemeral(&mut self) {
        while let Some(opened) = self.opened.pop() {
            self.observer.observe(Event::Closing { address: &opened.address });
            let complaints = opened.connection.close(&opened.kind, opened.private).await;
            self.observer.observe(Event::Closed { address: &opened.address });
            self.found_elsewhere.extend(super::complaint::unlocated(complaints, &opened.address.to_string()));
        }
    }
}

/// Opens the instances of a block again, for a saved plan. They are closed with the process.
#[expect(clippy::too_many_arguments, reason = "what a walk would bring along")]
pub(super) async fn open_again(
    evaluation: &mut Evaluation,
    kinds: &mut Kinds,
    connections: &HashMap<ProviderConfig, Arc<dyn Connection>>,
    block: &ResourceBlock,
    id: ModuleId,
    in_module: &ModuleResource,
    expansion: &Expansion,
    observer: &dyn Observer,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    let config = evaluation.input.config.clone();
    let Some(module) = config.module(&in_module.module.path()) else { return found };
    let provider = provider_of_resource(&config, module, block);
    let kind = kinds.get(&evaluation.input.providers, &provider.source, &in_module.resource);
    let (Some(kind), Some(connection)) = (kind, connections.get(&provider)) else { return found };
    let body = PreparedBody::new(&block.body, kind.block());
    for key in expansion.keys() {
        let address = in_module.instance(key.clone());
        let (configuration, problems) = body.evaluate(&evaluation.place(id).repeated(expansion.repetition(&key)));
        found.extend(problems);
        if !configuration.is_wholly_known() {
            continue;
        }
        observer.observe(Event::Opening { address: &address });
        match connection.open(&kind.name, configuration.unmark_deep().0).await {
            Ok(opened) => {
                observer.observe(Event::Opened { address: &address });
                let value = kind.mark(opened.result).with_marks(Marks::EPHEMERAL);
                evaluation.values.set_instance(id, &in_module.resource, key, value);
            }
            Err(complaints) => found.extend(locate(complaints, &block.body, &address.to_string())),
        }
    }
    found
}
