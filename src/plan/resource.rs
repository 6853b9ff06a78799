//! Resource blocks: expanded, and planned instance by instance.

use super::Mode;
use super::checks::RuleKind;
use super::evaluation::expand;
use super::expansion::{Expansion, Repetition};
use super::instance::{PlannedChange, Question, Subject, plan_instance};
use super::kind::{Kind, Known};
use super::rollout::servers_are_immutable;
use super::values::ModuleId;
use super::walk::{Progress, Walk};
use crate::addr::{ConfigResource, InstanceKey, ProviderConfig, ResourceInstance, ResourceMode};
use crate::change::{Action, ActionReason, Change, Forced, InstanceChange};
use crate::config::ResourceBlock;
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::decode::PreparedBody;
use crate::graph::{NodeId, provider_of_resource};
use crate::provider::Connection;
use crate::state::{Object, ResourceState};
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What all instances of a block have in common.
#[derive(Clone)]
pub(super) struct BlockContext {
    pub node: NodeId,
    pub block: Arc<ResourceBlock>,
    pub body: Arc<PreparedBody>,
    pub kind: Arc<Kind>,
    pub provider: ProviderConfig,
    pub connection: Arc<dyn Connection>,
    pub creates_first: bool,
    pub servers_are_immutable: bool,
}

impl Walk<'_> {
    pub(super) fn visit_resource(&mut self, node: NodeId, resource: &ConfigResource) -> Progress {
        if let Some(progress) = self.await_provider(node, resource) {
            return progress;
        }
        let Some(context) = self.block_context(node, resource) else { return Progress::Failed };
        if !self.expand_block(&context, resource) {
            return Progress::Failed;
        }
        match resource.resource.mode {
            ResourceMode::Data => self.visit_data(&context, resource),
            ResourceMode::Ephemeral => self.visit_ephemeral(&context, resource),
            ResourceMode::Managed => {
                if self.start_imports(&context, resource) {
                    return Progress::Pending;
                }
                if self.has_errors(node) {
                    return Progress::Failed;
                }
                self.resume_resource(node)
            }
        }
    }

    pub(super) fn block_context(&mut self, node: NodeId, resource: &ConfigResource) -> Option<BlockContext> {
        let config = self.input.config.clone();
        let module = config.module(&resource.module)?;
        let block = module.resources.get(&resource.resource)?.clone();
        let provider = provider_of_resource(&config, module, &block);
        let Some(kind) = self.kind(&provider, &resource.resource) else {
            let what = match resource.resource.mode {
                ResourceMode::Managed => ("resource type", "resource type"),
                ResourceMode::Data => ("data source", "data source"),
                ResourceMode::Ephemeral => ("ephemeral resource", "ephemeral resource"),
            };
            let detail =
                format!("The provider {} does not support {} {:?}.", provider.source, what.1, &*resource.resource.kind);
            self.report(node, [Diagnostic::error(format!("Invalid {}", what.0), detail).at(block.kind_span)]);
            return None;
        };
        let connection = self.connections.get(&provider)?.clone();
        let body = Arc::new(PreparedBody::new(&block.body, kind.block()));
        if body.problems().has_errors() {
            let found = body.problems().clone();
            self.report(node, found);
            return None;
        }
        let creates_first = self.creates_first.get(node.0).copied().unwrap_or(false);
        let servers_are_immutable = servers_are_immutable(&config, &resource.module);
        Some(BlockContext { node, block, body, kind, provider, connection, creates_first, servers_are_immutable })
    }

    /// The resources that a block needs, as state keeps them. Worked out when somebody asks: for a chain it is the square of its length.
    pub(super) fn dependencies(&mut self, node: NodeId) -> Arc<[ConfigResource]> {
        if let Some(known) = self.dependencies_of.get(&node) {
            return known.clone();
        }
        let found: Arc<[ConfigResource]> = self.graph.resource_dependencies(node).into();
        self.dependencies_of.insert(node, found.clone());
        found
    }

    /// Works out the instances in every module instance.
    fn expand_block(&mut self, context: &BlockContext, resource: &ConfigResource) -> bool {
        let mut is_fine = true;
        let block = &context.block;
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let expansion = expand(&block.count, &block.for_each, &self.evaluation.place(id));
            match expansion {
                Ok(expansion) => {
                    if has_conditions(block) {
                        let address = self.evaluation.values.module(id).address.clone();
                        let in_module =
                            crate::addr::ModuleResource { module: address, resource: resource.resource.clone() };
                        let names: Vec<String> =
                            expansion.keys().map(|key| in_module.instance(key).to_string()).collect();
                        self.evaluation.checks.expand(&resource.to_string(), names);
                    }
                    self.evaluation.values.expand_resource(id, &resource.resource, expansion);
                }
                Err(found) => {
                    self.report(context.node, found);
                    is_fine = false;
                }
            }
        }
        is_fine
    }

    pub(super) fn expansion_of(&self, id: ModuleId, resource: &ConfigResource) -> Expansion {
        let values = self.evaluation.values.module(id).resources.get(&resource.resource);
        values.map_or(Expansion::Single, |values| values.expansion.clone())
    }

    /// Plans the instances of a managed resource, if what was asked about them is answered.
    pub(super) fn resume_resource(&mut self, node: NodeId) -> Progress {
        let Some(resource) = self.graph.node(node).resource().cloned() else { return Progress::Done };
        let Some(context) = self.block_context(node, &resource) else { return Progress::Failed };
        if !self.is_refreshed(node, &context.provider, &resource) {
            return Progress::Pending;
        }
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let expansion = self.expansion_of(id, &resource);
            let in_module = crate::addr::ModuleResource {
                module: self.evaluation.values.module(id).address.clone(),
                resource: resource.resource.clone(),
            };
            self.warn_about_replace_requests(&in_module, &expansion);
            for key in expansion.keys() {
                let address = in_module.instance(key.clone());
                let repetition = expansion.repetition(&key);
                let found = self.visit_instance(&context, id, &address, &repetition);
                self.report(node, found);
            }
        }
        let orphans = self.orphans_of_block(&resource);
        for (address, reason) in orphans {
            let found = self.plan_orphan(&address, reason, Some(&context));
            self.report(node, found);
        }
        if self.has_errors(node) { Progress::Failed } else { Progress::Done }
    }

    fn visit_instance(
        &mut self,
        context: &BlockContext,
        id: ModuleId,
        address: &ResourceInstance,
        repetition: &Repetition,
    ) -> Diagnostics {
        if !self.selection.includes_instance(address) {
            let key = (address.clone(), None);
            if let Some(known) = self.object(&key).and_then(|object| context.kind.decode("", &object).ok()) {
                self.evaluation.values.set_instance(id, &address.resource, address.key.clone(), known.value);
            }
            return Diagnostics::new();
        }
        let mut found = self.plan_deposed(address, context);
        let (importing, prior, problems) = self.prior_of(address);
        found.extend(problems);
        if found.has_errors() {
            return found;
        }
        self.keep_prior(context, address, prior.as_ref(), importing.is_some());
        if self.options.mode == Mode::RefreshOnly {
            found.extend(self.settle_refreshed(context, id, address, repetition, prior.as_ref()));
            return found;
        }
        found.extend(self.plan_managed(context, id, address, repetition, prior, importing));
        found
    }

    /// The object as it is now, from an import or from the refresh.
    fn prior_of(&mut self, address: &ResourceInstance) -> (Option<String>, Option<Known>, Diagnostics) {
        if let Some((id, known, found)) = self.imports.take(address) {
            return (Some(id), known, found);
        }
        let (known, found) = self.current(&(address.clone(), None));
        (None, known, found)
    }

    /// Writes what exists into the prior state.
    fn keep_prior(&mut self, context: &BlockContext, address: &ResourceInstance, known: Option<&Known>, is_new: bool) {
        let saved = self.object(&(address.clone(), None));
        let Some(known) = known else {
            if saved.is_some() {
                self.set_prior(address, &context.provider, None);
            }
            return;
        };
        let configured = self.dependencies(context.node);
        let dependencies = match &saved {
            Some(saved) => merged(&configured, &saved.dependencies, !self.options.refresh),
            None => configured.to_vec(),
        };
        let create_before_destroy = context.creates_first;
        let is_unchanged = !is_new
            && saved.as_ref().is_some_and(|saved| {
                saved.create_before_destroy == create_before_destroy
                    && saved.dependencies == dependencies
                    && self.refresh.saved.get(&(address.clone(), None)).is_some_and(|it| is_same(it, known))
            });
        if is_unchanged {
            return;
        }
        let object = Object { dependencies, create_before_destroy, ..context.kind.encode(known) };
        self.set_prior(address, &context.provider, Some(Arc::new(object)));
        if is_new {
            let object = self.prior.instance(address).and_then(|instance| instance.current.clone());
            set_object(&mut self.previous, address, &context.provider, object);
        }
    }

    pub(super) fn set_prior(
        &mut self,
        address: &ResourceInstance,
        provider: &ProviderConfig,
        object: Option<Arc<Object>>,
    ) {
        set_object(&mut self.prior, address, provider, object);
    }

    /// In refresh-only mode nothing is planned: the refreshed object is what others see.
    fn settle_refreshed(
        &mut self,
        context: &BlockContext,
        id: ModuleId,
        address: &ResourceInstance,
        repetition: &Repetition,
        prior: Option<&Known>,
    ) -> Diagnostics {
        let block = context.block.clone();
        let rules = RuleKind::ResourcePrecondition;
        let mut found = self.evaluation.resource_rules(&block, rules, id, address, repetition, None);
        let Some(prior) = prior else { return found };
        let value = prior.value.clone();
        self.evaluation.values.set_instance(id, &address.resource, address.key.clone(), value.clone());
        let rules = RuleKind::ResourcePostcondition;
        found.extend(self.evaluation.resource_rules(&block, rules, id, address, repetition, Some(value)));
        found
    }

    fn plan_managed(
        &mut self,
        context: &BlockContext,
        id: ModuleId,
        address: &ResourceInstance,
        repetition: &Repetition,
        prior: Option<Known>,
        importing: Option<String>,
    ) -> Diagnostics {
        let block = context.block.clone();
        let (trigger, mut found) = self.trigger_of(&block, id, address);
        if found.has_errors() {
            return found;
        }
        let is_requested = self.options.force_replace.contains(address);
        let forced = match (&trigger, is_requested) {
            (Some(_), _) => Some(Forced::ByTrigger),
            (None, true) => Some(Forced::ByRequest),
            (None, false) => None,
        };
        let rules = RuleKind::ResourcePrecondition;
        found.extend(self.evaluation.resource_rules(&block, rules, id, address, repetition, None));
        if found.has_errors() {
            return found;
        }
        let subject = Subject {
            address,
            block: &block,
            body: &context.body,
            kind: &context.kind,
            provider: &context.provider,
            connection: &*context.connection,
            servers_are_immutable: context.servers_are_immutable,
        };
        let question = Question { prior: prior.as_ref(), creates_first: context.creates_first, forced, earlier: None };
        let place = self.evaluation.place(id).repeated(repetition.clone());
        let (planned, problems) = plan_instance(&subject, &question, &place);
        found.extend(problems);
        let Some(mut planned) = planned else { return found };
        if trigger.is_some() {
            planned.reason = ActionReason::ReplaceByTriggers;
        }
        let after = planned.change.after.clone();
        let is_destroyed = planned.change.action == Action::Delete || planned.change.action.is_replace();
        self.evaluation.values.set_instance(id, &address.resource, address.key.clone(), after.clone());
        self.record_planned(context, id, address, planned, importing, trigger);
        if is_destroyed {
            found.extend(prevent_destroy(&block, address));
        }
        if found.has_errors() {
            return found;
        }
        let rules = RuleKind::ResourcePostcondition;
        found.extend(self.evaluation.resource_rules(&block, rules, id, address, repetition, Some(after)));
        found
    }

    fn record_planned(
        &mut self,
        context: &BlockContext,
        id: ModuleId,
        address: &ResourceInstance,
        planned: PlannedChange,
        importing: Option<String>,
        trigger: Option<String>,
    ) {
        if planned.change.action == Action::NoOp {
            self.keep_dependencies(context, address);
        }
        let reasons = self.reasons_of(context, id, address, &planned, trigger);
        let change = InstanceChange {
            address: address.clone(),
            previous_address: self.moves.previous_address(address),
            deposed: None,
            provider: context.provider.clone(),
            change: planned.change,
            action_reason: planned.reason,
            replace_paths: planned.replace_paths,
            reasons,
            importing: importing.map(|id| crate::change::Importing { id: Some(id) }),
            generated_configuration: self.imports.generated(address),
            private: planned.private,
        };
        self.record(change);
    }

    /// An unchanged object depends on what its configuration refers to now.
    fn keep_dependencies(&mut self, context: &BlockContext, address: &ResourceInstance) {
        let Some(current) = self.prior.instance(address).and_then(|instance| instance.current.clone()) else { return };
        let configured = self.dependencies(context.node);
        if *current.dependencies != *configured {
            let object = Object { dependencies: configured.to_vec(), ..(*current).clone() };
            self.set_prior(address, &context.provider, Some(Arc::new(object)));
        }
    }

    /// What `-replace` names without a key though there are keys.
    fn warn_about_replace_requests(&mut self, resource: &crate::addr::ModuleResource, expansion: &Expansion) {
        if matches!(expansion, Expansion::Single) {
            return;
        }
        let asked = self.options.force_replace.iter().filter(|asked| asked.key == InstanceKey::None);
        let found: Vec<Diagnostic> = asked
            .filter(|asked| asked.in_module() == *resource)
            .map(|asked| incomplete_replace(asked, resource, expansion))
            .collect();
        self.found_elsewhere.extend(found);
    }
}

fn has_conditions(block: &ResourceBlock) -> bool {
    !block.lifecycle.preconditions.is_empty() || !block.lifecycle.postconditions.is_empty()
}

fn is_same(a: &Known, b: &Known) -> bool {
    a.is_tainted == b.is_tainted && a.private == b.private && a.value == b.value
}

/// Refreshing adds what the configuration refers to now to what was recorded; without refresh the record stays.
fn merged(configured: &[ConfigResource], recorded: &[ConfigResource], keeps_record: bool) -> Vec<ConfigResource> {
    if keeps_record || configured == recorded {
        return recorded.to_vec();
    }
    let mut all: BTreeMap<String, &ConfigResource> = BTreeMap::new();
    all.extend(configured.iter().chain(recorded).map(|resource| (resource.to_string(), resource)));
    all.into_values().cloned().collect()
}

/// Puts the current object of an instance into a state or takes it out, with what that leaves empty.
pub fn set_object(
    state: &mut crate::state::State,
    address: &ResourceInstance,
    provider: &ProviderConfig,
    object: Option<Arc<Object>>,
) {
    let resource = address.in_module();
    let Some(object) = object else {
        if let Some(instances) = state.resources.get_mut(&resource) {
            if let Some(instance) = instances.instances.get_mut(&address.key) {
                instance.current = None;
                if instance.deposed.is_empty() {
                    instances.instances.remove(&address.key);
                }
            }
            if instances.instances.is_empty() {
                state.resources.remove(&resource);
            }
        }
        return;
    };
    let instances = state
        .resources
        .entry(resource)
        .or_insert_with(|| ResourceState { provider: provider.clone(), instances: BTreeMap::new() });
    instances.provider = provider.clone();
    instances.instances.entry(address.key.clone()).or_default().current = Some(object);
}

/// `lifecycle { prevent_destroy = true }`
pub(super) fn prevent_destroy(block: &ResourceBlock, address: &ResourceInstance) -> Option<Diagnostic> {
    if block.lifecycle.prevent_destroy != Some(true) {
        return None;
    }
    let detail = format!(
        "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the plan using the -target option."
    );
    Some(Diagnostic::error("Instance cannot be destroyed", detail).at(block.span))
}

fn incomplete_replace(
    asked: &ResourceInstance,
    resource: &crate::addr::ModuleResource,
    expansion: &Expansion,
) -> Diagnostic {
    let quoted = |key| crate::addr::quoted(&resource.instance(key).to_string());
    let detail = match expansion.len() {
        0 => format!(
            "Your force-replace request for {asked} doesn't match any resource instances because this resource doesn't have any instances."
        ),
        1 => format!(
            "Your force-replace request for {asked} doesn't match any resource instances because it lacks an instance key.\n\nTo force replacement of the single declared instance, use the following option instead:\n  -replace={}",
            expansion.keys().next().map(quoted).unwrap_or_default()
        ),
        _ => {
            let options: String = expansion.keys().map(|key| format!("\n  -replace={}", quoted(key))).collect();
            format!(
                "Your force-replace request for {asked} doesn't match any resource instances because it lacks an instance key.\n\nTo force replacement of particular instances, use one or more of the following options instead:{options}"
            )
        }
    };
    Diagnostic::warning("Incompletely-matched force-replace resource instance", detail)
}

/// A change that takes an object away.
pub(super) fn deletion(action: Action, before: Value) -> Change {
    let after = Value::null(before.type_of());
    Change { action, before, after }
}
