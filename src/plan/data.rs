//! Data sources: read while planning where all is known, a step of the plan where it is not.

use super::Mode;
use super::checks::{RuleId, RuleKind};
use super::complaint::locate;
use super::event::Event;
use super::expansion::Repetition;
use super::instance::ephemeral_problems;
use super::kind::{Kind, Known};
use super::resource::BlockContext;
use super::values::ModuleId;
use super::walk::{Answer, Progress, Walk};
use crate::addr::{ConfigResource, ModuleResource, ResourceInstance, ResourceMode};
use crate::change::{Action, ActionReason, Change, InstanceChange, marks_of, propose_data, with_marks_at};
use crate::config::{ResourceBlock, ResourceOwner};
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::graph::{Node, NodeId};
use crate::provider::{DataOutcome, DataRequest};
use crate::state::CheckStatus;
use crate::value::Value;
use futures::FutureExt;
use std::collections::HashSet;
use std::sync::Arc;

/// A data source that is being read.
pub(super) struct Read {
    id: ModuleId,
    address: ResourceInstance,
    repetition: Repetition,
    /// Marked.
    configuration: Value,
}

pub(super) struct DataRead {
    context: BlockContext,
    reads: Vec<Read>,
    outcomes: Vec<DataOutcome>,
}

impl Walk<'_> {
    pub(super) fn visit_data(&mut self, context: &BlockContext, resource: &ConfigResource) -> Progress {
        let mut reads = Vec::new();
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let expansion = self.expansion_of(id, resource);
            let module = self.evaluation.values.module(id).address.clone();
            let in_module = ModuleResource { module, resource: resource.resource.clone() };
            for key in expansion.keys() {
                let address = in_module.instance(key.clone());
                if self.selection.includes_instance(&address) {
                    reads.extend(self.prepare_read(context, id, address, expansion.repetition(&key)));
                }
            }
        }
        for (address, _) in self.orphans_of_block(resource) {
            self.set_prior(&address, &context.provider, None);
        }
        if reads.is_empty() {
            return if self.has_errors(context.node) { Progress::Failed } else { Progress::Done };
        }
        let requests: Vec<DataRequest> = reads
            .iter()
            .map(|read: &Read| {
                self.observer.observe(Event::Reading { address: &read.address });
                let configuration = read.configuration.clone().unmark_deep().0;
                DataRequest { kind: context.kind.name.clone(), configuration }
            })
            .collect();
        let connection = context.connection.clone();
        let context = context.clone();
        let reading = async move {
            let outcomes = connection.read_data(requests).await;
            Answer::DataRead(DataRead { context, reads, outcomes })
        };
        self.pending.push(reading.boxed());
        Progress::Pending
    }

    /// What to read, if it can be read now; otherwise the read becomes part of the plan.
    fn prepare_read(
        &mut self,
        context: &BlockContext,
        id: ModuleId,
        address: ResourceInstance,
        repetition: Repetition,
    ) -> Option<Read> {
        let block = context.block.clone();
        let rules = RuleKind::ResourcePrecondition;
        let found = self.evaluation.resource_rules(&block, rules, id, &address, &repetition, None);
        let has_failed = found.has_errors();
        self.report(context.node, found);
        if has_failed {
            return None;
        }
        let mut place = self.evaluation.place(id).repeated(repetition.clone());
        if let ResourceOwner::Check(name) = &block.owner {
            place = place.in_check(name);
        }
        let (configuration, mut found) = context.body.evaluate(&place);
        found.extend(ephemeral_problems(&context.kind, &block, &address, &configuration));
        let has_failed = found.has_errors();
        self.report(context.node, found);
        if has_failed {
            return None;
        }
        let is_known = configuration.is_wholly_known();
        if !is_known || self.has_pending_dependencies(context, id) {
            let reason = match is_known {
                false => ActionReason::ReadBecauseConfigUnknown,
                true => ActionReason::ReadBecauseDependencyPending,
            };
            self.defer_read(context, id, address, configuration, reason);
            return None;
        }
        let plain = configuration.clone().unmark_deep().0;
        let complaints = context.kind.provider.validate(ResourceMode::Data, &context.kind.name, &plain);
        let found = locate(complaints, &block.body, &address.to_string());
        let has_failed = found.has_errors();
        self.report(context.node, found);
        (!has_failed).then_some(Read { id, address, repetition, configuration })
    }

    fn defer_read(
        &mut self,
        context: &BlockContext,
        id: ModuleId,
        address: ResourceInstance,
        configuration: Value,
        reason: ActionReason,
    ) {
        if self.options.mode == Mode::RefreshOnly {
            return;
        }
        let after = planned_data(&context.kind, &configuration);
        self.evaluation.values.set_instance(id, &address.resource, address.key.clone(), after.clone());
        self.set_prior(&address, &context.provider, None);
        self.record_read(context, address, after, reason);
    }

    fn record_read(&mut self, context: &BlockContext, address: ResourceInstance, after: Value, reason: ActionReason) {
        self.record(InstanceChange {
            previous_address: self.moves.previous_address(&address),
            address,
            deposed: None,
            provider: context.provider.clone(),
            change: Change { action: Action::Read, before: context.kind.null(), after },
            action_reason: reason,
            replace_paths: Vec::new(),
            reasons: Vec::new(),
            importing: None,
            generated_configuration: None,
            private: Default::default(),
        });
    }

    /// Whether something that the data source explicitly depends on is going to change.
    fn has_pending_dependencies(&mut self, context: &BlockContext, id: ModuleId) -> bool {
        let here = self.evaluation.values.module(id).address.clone();
        let path = here.path();
        let has_conditions =
            !context.block.lifecycle.preconditions.is_empty() || !context.block.lifecycle.postconditions.is_empty();
        let needed: Vec<ConfigResource> = match has_conditions {
            true => self.dependencies(context.node).to_vec(),
            false => self.explicit_dependencies(context.node, &context.block),
        };
        let is_pending = |changed: &InstanceChange| {
            let is_other_instance = changed.address.module.path() == path && changed.address.module != here;
            changed.change.action != Action::NoOp && !is_other_instance
        };
        let needed: HashSet<&ConfigResource> =
            needed.iter().filter(|resource| resource.resource.mode == ResourceMode::Managed).collect();
        if needed.is_empty() {
            return false;
        }
        self.changes_of
            .iter()
            .filter(|(resource, _)| needed.contains(&resource.in_config()))
            .flat_map(|(_, positions)| positions)
            .any(|position| is_pending(&self.changes[*position]))
    }

    /// What `depends_on` names, of the block itself and of the modules around it, and managed resources that it refers to directly.
    fn explicit_dependencies(&self, node: NodeId, block: &ResourceBlock) -> Vec<ConfigResource> {
        let Some(resource) = self.graph.node(node).resource() else { return Vec::new() };
        let mut subjects = Vec::new();
        crate::graph::references_in_traversals(&block.depends_on, &mut subjects);
        let mut nodes = self.nodes_of(&resource.module, &subjects);
        let mut direct = Vec::new();
        crate::graph::references_in_body(&block.body, &mut direct);
        direct.retain(|subject| subject.resource().is_some_and(|resource| resource.mode == ResourceMode::Managed));
        nodes.extend(self.nodes_of(&resource.module, &direct));
        let mut path = resource.module.clone();
        while let (Some(parent), Some(module)) = (path.parent(), self.input.config.module(&path)) {
            if let Some(call) = &module.call {
                let mut subjects = Vec::new();
                crate::graph::references_in_traversals(&call.depends_on, &mut subjects);
                nodes.extend(self.nodes_of(&parent, &subjects));
            }
            path = parent;
        }
        let mut found = Vec::new();
        for node in nodes {
            match self.graph.node(node) {
                Node::Resource(resource) => found.push(resource.clone()),
                _ => found.extend(self.graph.resource_dependencies(node)),
            }
        }
        found
    }

    fn nodes_of(&self, module: &crate::addr::ModulePath, subjects: &[crate::addr::reference::Subject]) -> Vec<NodeId> {
        let nodes = subjects.iter().flat_map(|subject| crate::graph::nodes_of(&self.input.config, module, subject));
        nodes.filter_map(|node| self.graph.id(&node)).collect()
    }

    pub(super) fn data_read(&mut self, answer: DataRead) -> Vec<(NodeId, Progress)> {
        let DataRead { context, reads, outcomes } = answer;
        for (read, outcome) in reads.into_iter().zip(outcomes) {
            self.settle_read(&context, read, outcome);
        }
        let progress = if self.has_errors(context.node) { Progress::Failed } else { Progress::Done };
        vec![(context.node, progress)]
    }

    fn settle_read(&mut self, context: &BlockContext, read: Read, outcome: DataOutcome) {
        let Read { id, address, repetition, configuration } = read;
        let block = context.block.clone();
        let (object, mut found) = read_result(&context.kind, &block, &address, &configuration, outcome);
        if found.has_errors() {
            self.observer.observe(Event::ReadFailed { address: &address });
        }
        let mut after = object;
        if let ResourceOwner::Check(name) = &block.owner {
            let (block_name, instance) = self.check_names(id, name);
            let rule = RuleId { kind: RuleKind::CheckData, index: 0 };
            let failure = found.iter().find(|diagnostic| diagnostic.is_error());
            let (status, message) = match failure {
                Some(failure) => (CheckStatus::Fail, Some(format!("{}: {}", failure.summary, failure.detail))),
                None => (CheckStatus::Pass, None),
            };
            self.evaluation.checks.report(&block_name, &instance, rule, status, message);
            found.iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Warning);
            let value = after.take().unwrap_or_else(|| planned_data(&context.kind, &configuration));
            if self.options.mode != Mode::RefreshOnly {
                self.record_read(context, address.clone(), value.clone(), ActionReason::ReadBecauseCheckNested);
            }
            after = Some(value);
        }
        let has_failed = found.has_errors();
        self.report(context.node, found);
        let Some(value) = after.filter(|_| !has_failed) else { return };
        self.observer.observe(Event::Read { address: &address, object: &value });
        self.evaluation.values.set_instance(id, &address.resource, address.key.clone(), value.clone());
        let known = Known { value: value.clone(), is_tainted: false, private: Default::default() };
        if value.is_wholly_known() {
            let object = context.kind.encode(&known);
            self.set_prior(&address, &context.provider, Some(Arc::new(object)));
        }
        let rules = RuleKind::ResourcePostcondition;
        let found = self.evaluation.resource_rules(&block, rules, id, &address, &repetition, Some(value));
        self.report(context.node, found);
    }

    fn check_names(&self, id: ModuleId, name: &str) -> (String, String) {
        let module = self.evaluation.values.module(id);
        let what = format!("check.{name}");
        (super::evaluation::in_module(&module.module.path, &what), super::evaluation::in_module(&module.address, &what))
    }
}

/// What a data source will look like once it is read: all that is not configured is unknown.
pub fn planned_data(kind: &Kind, configuration: &Value) -> Value {
    let marks = marks_of(configuration);
    let plain = configuration.clone().unmark_deep().0;
    kind.mark(with_marks_at(propose_data(kind.block(), &plain), &marks))
}

/// The marked object that was read, or what is wrong with the answer.
pub fn read_result(
    kind: &Kind,
    block: &ResourceBlock,
    address: &ResourceInstance,
    configuration: &Value,
    outcome: DataOutcome,
) -> (Option<Value>, Diagnostics) {
    let (object, complaints) = match outcome {
        Ok(answer) => answer,
        Err(complaints) => return (None, locate(complaints, &block.body, &address.to_string())),
    };
    let mut found = locate(complaints, &block.body, &address.to_string());
    let invalid = |summary: &str, problem: &str| {
        Diagnostic::error(
            summary,
            format!(
                "Provider \"{}\" {problem}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                kind.source
            ),
        )
    };
    if object.is_null() {
        let problem = format!("produced a null value for {address}");
        found.push(invalid("Provider produced null object", &problem));
    } else if !object.is_wholly_known() {
        let problem = format!("produced a value for {address} that is not wholly known");
        found.push(invalid("Provider produced invalid object", &problem));
    }
    if found.has_errors() {
        return (None, found);
    }
    (Some(kind.mark(with_marks_at(object, &marks_of(configuration)))), found)
}
