//! Targets and excludes: which part of the graph an operation is about.
//!
//! A targeted resource brings everything that it needs. Root outputs that need nothing else come along. An excluded resource takes
//! with it everything that needs it. When destroying it is the other way round (`destroying`).

use super::destroying::to_destroy;
use super::{Graph, Node, NodeId};
use crate::addr::parse::Target;
use crate::addr::{ConfigResource, InstanceKey, ModuleInstance, ResourceInstance};
use crate::state::State;
use crate::value::Text;
use std::collections::BTreeSet;

/// Whether some instance of a block may be meant.
fn may_contain(target: &Target, resource: &ConfigResource) -> bool {
    match target {
        Target::Module(module) => resource.module.0.starts_with(&module.path().0),
        Target::Resource(target) => target.in_config() == *resource,
        Target::Instance(target) => target.in_config() == *resource,
    }
}

/// Whether one instance is meant. Where the target has no keys it means all instances.
pub fn contains(target: &Target, instance: &ResourceInstance) -> bool {
    match target {
        Target::Module(module) => is_within(&instance.module, module),
        Target::Resource(target) => {
            target.resource == instance.resource
                && target.module.0.len() == instance.module.0.len()
                && is_within(&instance.module, &target.module)
        }
        Target::Instance(target) => *target == *instance,
    }
}

/// A step of the target without a key stands for every instance of that module.
fn is_within(module: &ModuleInstance, target: &ModuleInstance) -> bool {
    let is_step = |(wanted, given): (&(Text, InstanceKey), &(Text, InstanceKey))| {
        wanted.0 == given.0 && (wanted.1 == InstanceKey::None || wanted.1 == given.1)
    };
    target.0.len() <= module.0.len() && target.0.iter().zip(&module.0).all(is_step)
}

/// Which nodes take part, and which instances of those that were named.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    targets: Vec<Target>,
    excludes: Vec<Target>,
    /// By node; empty: all.
    selected: Vec<bool>,
    /// When destroying: what goes.
    to_destroy: Option<BTreeSet<ResourceInstance>>,
}

impl Selection {
    pub fn everything() -> Self {
        Self::default()
    }

    pub fn new(graph: &Graph, targets: &[Target], excludes: &[Target], state: &State) -> Self {
        let mut selected = if targets.is_empty() { vec![true; graph.len()] } else { targeted(graph, targets, state) };
        for id in graph.ids() {
            let is_excluded = graph
                .node(id)
                .resource()
                .is_some_and(|resource| excludes.iter().any(|exclude| excludes_whole_block(exclude, resource)));
            if is_excluded {
                selected[id.0] = false;
                graph.descendants(id).into_iter().for_each(|id| selected[id.0] = false);
            }
        }
        if targets.is_empty() && excludes.is_empty() {
            selected.clear();
        }
        Self { targets: targets.to_vec(), excludes: excludes.to_vec(), selected, to_destroy: None }
    }

    /// For destroying: recorded objects, provider configurations and what these need.
    pub fn for_destroying(graph: &Graph, targets: &[Target], excludes: &[Target], state: &State) -> Self {
        let mut selected = vec![false; graph.len()];
        for id in graph.ids() {
            if matches!(graph.node(id), Node::Provider(_)) {
                selected[id.0] = true;
                graph.ancestors(id).into_iter().for_each(|id| selected[id.0] = true);
            }
        }
        let is_partial = !targets.is_empty() || !excludes.is_empty();
        let to_destroy = is_partial.then(|| to_destroy(state, targets, excludes));
        Self { targets: targets.to_vec(), excludes: excludes.to_vec(), selected, to_destroy }
    }

    pub fn is_everything(&self) -> bool {
        self.selected.is_empty()
    }

    pub fn includes(&self, id: NodeId) -> bool {
        self.selected.is_empty() || self.selected[id.0]
    }

    /// Whether an instance of an included block takes part. Blocks that only came along take part with all instances.
    pub fn includes_instance(&self, instance: &ResourceInstance) -> bool {
        if self.targets.is_empty() && self.excludes.is_empty() {
            return true;
        }
        let block = instance.in_config();
        let is_named = self.targets.iter().any(|target| may_contain(target, &block));
        (!is_named || self.targets.iter().any(|target| contains(target, instance))) && !self.is_excluded(instance)
    }

    fn is_excluded(&self, instance: &ResourceInstance) -> bool {
        self.excludes.iter().any(|exclude| contains(exclude, instance))
    }

    /// Whether a recorded instance without a block takes part.
    pub fn includes_orphan(&self, instance: &ResourceInstance) -> bool {
        if let Some(to_destroy) = &self.to_destroy {
            return to_destroy.contains(instance);
        }
        (self.targets.is_empty() || self.targets.iter().any(|target| contains(target, instance)))
            && !self.is_excluded(instance)
    }
}

/// An exclude with an instance key leaves the block's other instances in.
fn excludes_whole_block(exclude: &Target, resource: &ConfigResource) -> bool {
    let has_no_keys = |module: &ModuleInstance| module.0.iter().all(|(_, key)| *key == InstanceKey::None);
    may_contain(exclude, resource)
        && match exclude {
            Target::Module(module) => has_no_keys(module),
            Target::Resource(target) => has_no_keys(&target.module),
            Target::Instance(target) => target.key == InstanceKey::None && has_no_keys(&target.module),
        }
}

fn targeted(graph: &Graph, targets: &[Target], state: &State) -> Vec<bool> {
    let mut selected = vec![false; graph.len()];
    // What is recorded and has no block any more needs its provider to go.
    for (resource, recorded) in &state.resources {
        let is_meant = |key: &InstanceKey| {
            let address = resource.instance(key.clone());
            targets.iter().any(|target| contains(target, &address))
        };
        let has_block = graph.id(&Node::Resource(resource.in_config())).is_some();
        let provider = graph.id(&Node::Provider(recorded.provider.clone()));
        if let Some(provider) = provider.filter(|_| !has_block && recorded.instances.keys().any(is_meant)) {
            selected[provider.0] = true;
            graph.ancestors(provider).into_iter().for_each(|id| selected[id.0] = true);
        }
    }
    for id in graph.ids() {
        let Node::Resource(resource) = graph.node(id) else { continue };
        if targets.iter().any(|target| may_contain(target, resource)) {
            selected[id.0] = true;
            graph.ancestors(id).into_iter().for_each(|id| selected[id.0] = true);
        }
    }
    for id in graph.ids() {
        if !matches!(graph.node(id), Node::Output(module, _) if module.is_root()) {
            continue;
        }
        let needed = graph.ancestors(id);
        let mut resources = needed.iter().filter(|id| graph.node(**id).resource().is_some()).peekable();
        if resources.peek().is_some() && resources.all(|id| selected[id.0]) {
            selected[id.0] = true;
            needed.into_iter().for_each(|id| selected[id.0] = true);
        }
    }
    selected
}
