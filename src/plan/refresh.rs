//! Refresh: what became of all saved objects, asked in batches as soon as their provider is there.

use super::Mode;
use super::complaint::{locate, unlocated};
use super::event::Event;
use super::kind::{Kind, Known};
use super::orphan::is_forgotten;
use super::walk::{Answer, Progress, Walk};
use crate::addr::{ConfigResource, ProviderConfig, ResourceInstance, ResourceMode};
use crate::change::{marks_of, with_marks_at};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::{NodeId, provider_of_resource};
use crate::provider::{ReadOutcome, ReadRequest};
use crate::state::Object;
use crate::value::Text;
use futures::FutureExt;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// An object of the state: an address and, for an old generation, its key.
pub(super) type ObjectKey = (ResourceInstance, Option<Text>);

/// What is known of saved objects.
#[derive(Default)]
pub(super) struct Refresh {
    /// Saved objects by the provider configuration that is asked about them.
    by_provider: HashMap<ProviderConfig, Vec<ObjectKey>>,
    /// As decoded from the state.
    pub saved: HashMap<ObjectKey, Known>,
    /// As read; nothing where it is gone.
    pub current: HashMap<ObjectKey, Option<Known>>,
    failed: HashMap<ObjectKey, Diagnostics>,
    /// Batches under way, by kind of resource.
    under_way: HashMap<(ProviderConfig, Text), usize>,
    waiting: HashMap<(ProviderConfig, Text), Vec<NodeId>>,
    started: HashSet<ProviderConfig>,
}

/// The answer to one batch.
pub(super) struct Refreshed {
    provider: ProviderConfig,
    kind: Arc<Kind>,
    objects: Vec<ObjectKey>,
    outcomes: Vec<ReadOutcome>,
}

impl Walk<'_> {
    /// Sorts the saved objects by who will be asked about them.
    pub(super) fn group_saved_objects(&mut self) {
        let mut by_provider: HashMap<ProviderConfig, Vec<ObjectKey>> = HashMap::new();
        for (resource, state) in &self.previous.resources {
            if resource.resource.mode != ResourceMode::Managed {
                continue;
            }
            let block = self.input.config.module(&resource.module.path());
            let provider =
                block.and_then(|module| Some((module, module.resources.get(&resource.resource)?))).map_or_else(
                    || state.provider.clone(),
                    |(module, block)| provider_of_resource(&self.input.config, module, block),
                );
            let objects = by_provider.entry(provider).or_default();
            for (key, instance) in &state.instances {
                let address = resource.instance(key.clone());
                if !self.takes_part(&address) {
                    continue;
                }
                objects.extend(instance.deposed.keys().map(|deposed| (address.clone(), Some(deposed.clone()))));
                if instance.current.is_some() {
                    objects.push((address, None));
                }
            }
        }
        self.refresh.by_provider = by_provider;
    }

    /// Whether a recorded object is looked at. What is not looked at is not planned either: nobody knows whether it exists.
    pub(super) fn takes_part(&self, address: &ResourceInstance) -> bool {
        let node = crate::graph::Node::Resource(address.in_config());
        match self.graph.id(&node).filter(|_| self.options.mode != Mode::Destroy) {
            Some(id) => self.selection.includes(id) && self.selection.includes_instance(address),
            None => self.selection.includes_orphan(address),
        }
    }

    pub(super) fn object(&self, key: &ObjectKey) -> Option<Arc<Object>> {
        let instance = self.previous.instance(&key.0)?;
        match &key.1 {
            Some(deposed) => instance.deposed.get(deposed).cloned(),
            None => instance.current.clone(),
        }
    }

    /// Decodes a provider's saved objects and asks about them, one batch a kind.
    pub(super) fn start_refresh(&mut self, provider: &ProviderConfig) {
        if !self.refresh.started.insert(provider.clone()) {
            return;
        }
        let mut by_kind: BTreeMap<Text, (Arc<Kind>, Vec<ObjectKey>)> = BTreeMap::new();
        for key in self.refresh.by_provider.remove(provider).unwrap_or_default() {
            let Some(object) = self.object(&key) else { continue };
            let Some(kind) = self.kind(provider, &key.0.resource) else {
                let problem = Diagnostic::error(
                    "Unsupported resource type in state",
                    format!(
                        "The provider {} does not support resource type {:?}, which is recorded for {}.",
                        provider.source, &*key.0.resource.kind, key.0
                    ),
                );
                self.refresh.failed.insert(key, problem.into());
                continue;
            };
            match kind.decode(&key.0.to_string(), &object) {
                // What is only forgotten is nobody's business any more.
                Ok(known) if is_forgotten(&self.input.config, &key.0) && self.options.mode == Mode::Normal => {
                    self.refresh.saved.insert(key.clone(), known.clone());
                    self.refresh.current.insert(key, Some(known));
                }
                Ok(known) => {
                    self.refresh.saved.insert(key.clone(), known);
                    by_kind.entry(kind.name.clone()).or_insert_with(|| (kind, Vec::new())).1.push(key);
                }
                Err(problem) => {
                    self.refresh.failed.insert(key, problem.into());
                }
            }
        }
        for (_, (kind, objects)) in by_kind {
            self.start_batch(provider, kind, objects);
        }
    }

    fn start_batch(&mut self, provider: &ProviderConfig, kind: Arc<Kind>, objects: Vec<ObjectKey>) {
        if !self.options.refresh {
            for key in objects {
                let known = self.refresh.saved.get(&key).cloned();
                self.refresh.current.insert(key, known);
            }
            return;
        }
        let Some(connection) = self.connections.get(provider).cloned() else { return };
        let requests: Vec<ReadRequest> = objects
            .iter()
            .map(|key| {
                let saved = &self.refresh.saved[key];
                self.observer.observe(Event::Refreshing {
                    address: &key.0,
                    deposed: key.1.as_ref(),
                    object: &saved.value,
                });
                ReadRequest {
                    kind: kind.name.clone(),
                    prior: saved.value.clone().unmark_deep().0,
                    private: saved.private.clone(),
                }
            })
            .collect();
        *self.refresh.under_way.entry((provider.clone(), kind.name.clone())).or_default() += 1;
        let provider = provider.clone();
        let reading = async move {
            let outcomes = connection.read(requests).await;
            Answer::Refreshed(Refreshed { provider, kind, objects, outcomes })
        };
        self.pending.push(reading.boxed());
    }

    pub(super) fn refreshed(&mut self, refreshed: Refreshed) -> Vec<(NodeId, Progress)> {
        let Refreshed { provider, kind, objects, outcomes } = refreshed;
        for (key, outcome) in objects.into_iter().zip(outcomes) {
            self.refreshed_one(&kind, &provider, key, outcome);
        }
        let group = (provider, kind.name.clone());
        self.refresh.under_way.remove(&group);
        let waiting = self.refresh.waiting.remove(&group).unwrap_or_default();
        waiting.into_iter().map(|node| (node, self.resume_resource(node))).collect()
    }

    fn refreshed_one(&mut self, kind: &Kind, provider: &ProviderConfig, key: ObjectKey, outcome: ReadOutcome) {
        let address = key.0.to_string();
        let block = self.input.config.resource(&key.0.module.path(), &key.0.resource).cloned();
        let diagnose = |complaints| match &block {
            Some(block) => locate(complaints, &block.body, &address),
            None => unlocated(complaints, &address),
        };
        let saved = &self.refresh.saved[&key];
        let known = match outcome {
            ReadOutcome::Gone => None,
            ReadOutcome::Failed(complaints) => {
                self.refresh.failed.insert(key, diagnose(complaints));
                return;
            }
            ReadOutcome::Present { object, private, complaints } => {
                let mut found = diagnose(complaints);
                if !object.is_wholly_known() {
                    found.push(Diagnostic::error(
                        "Provider produced invalid object",
                        format!(
                            "Provider \"{}\" planned an invalid value for {address} during refresh: The returned state contains unknown values.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                            provider.source
                        ),
                    ));
                }
                let has_errors = found.has_errors();
                if !found.is_empty() {
                    self.refresh.failed.insert(key.clone(), found);
                }
                if has_errors {
                    return;
                }
                let value = kind.mark(with_marks_at(object, &marks_of(&saved.value)));
                Some(Known { value, is_tainted: saved.is_tainted, private })
            }
        };
        let object = known.as_ref().map_or(&saved.value, |known| &known.value);
        self.observer.observe(Event::Refreshed { address: &key.0, deposed: key.1.as_ref(), object });
        self.refresh.current.insert(key, known);
    }

    /// Whether the answers about a block's objects are there; if not, the block will be visited again.
    pub(super) fn is_refreshed(&mut self, node: NodeId, provider: &ProviderConfig, resource: &ConfigResource) -> bool {
        let group = (provider.clone(), resource.resource.kind.clone());
        let is_there = !self.refresh.under_way.contains_key(&group);
        if !is_there {
            self.refresh.waiting.entry(group).or_default().push(node);
        }
        is_there
    }

    /// What became of a saved object, and what there is to say about it. Nothing was saved: nothing.
    pub(super) fn current(&mut self, key: &ObjectKey) -> (Option<Known>, Diagnostics) {
        let found = self.refresh.failed.get(key).cloned().unwrap_or_default();
        (self.refresh.current.get(key).cloned().flatten(), found)
    }
}
