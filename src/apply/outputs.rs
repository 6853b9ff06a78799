//! What an apply writes into the state besides objects: outputs, and resources that have no instances.

use super::run::Worker;
use crate::addr::{ConfigResource, ResourceMode};
use crate::change::Action;
use crate::graph::Node;
use crate::plan::values::ModuleId;
use crate::plan::{Mode, StepKind};
use crate::state::{OutputValue, ResourceState};
use crate::value::{Text, Value};
use std::collections::{BTreeMap, HashSet};

impl Worker<'_> {
    /// The state names all resources of the configuration, also those without instances.
    pub(super) fn declare_resources(&mut self) {
        if self.plan.mode != Mode::Normal {
            return;
        }
        let waiting: HashSet<ConfigResource> = self
            .plan
            .steps
            .0
            .iter()
            .filter_map(|step| match &step.kind {
                StepKind::Evaluate { node: Node::Resource(resource) } => Some(resource.clone()),
                _ => None,
            })
            .collect();
        let config = self.input.config.clone();
        for (path, module) in &config.modules {
            for resource in module.resources.keys() {
                let resource = ConfigResource { module: path.clone(), resource: resource.clone() };
                if !waiting.contains(&resource) {
                    self.declare_resource(&resource);
                }
            }
        }
    }

    pub(super) fn declare_resource(&mut self, resource: &ConfigResource) {
        let config = self.input.config.clone();
        let Some(module) = config.module(&resource.module) else { return };
        let Some(block) = module.resources.get(&resource.resource) else { return };
        if resource.resource.mode == ResourceMode::Ephemeral {
            return;
        }
        let is_partial = !self.plan.targets.is_empty() || !self.plan.excludes.is_empty();
        let provider = crate::graph::provider_of_resource(&config, module, block);
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let values = self.evaluation.values.module(id);
            if is_partial && !values.resources.contains_key(&resource.resource) {
                continue;
            }
            let address =
                crate::addr::ModuleResource { module: values.address.clone(), resource: resource.resource.clone() };
            let empty = || ResourceState { provider: provider.clone(), instances: BTreeMap::new() };
            self.state.resources.entry(address).or_insert_with(empty);
        }
    }

    pub(super) fn settle_outputs(&mut self) {
        for output in self.plan.outputs.clone() {
            match output.change.action {
                Action::Delete => {
                    self.state.outputs.remove(&output.name);
                }
                _ if output.change.after.is_wholly_known() => self.settle_output(&output.name),
                _ => {}
            }
        }
    }

    pub(super) fn settle_output(&mut self, name: &Text) {
        let Some(declared) = self.input.config.root().outputs.get(name).cloned() else { return };
        let Some(value) = self.evaluation.values.module(ModuleId::ROOT).outputs.get(name).cloned() else { return };
        if declared.is_ephemeral() {
            return;
        }
        if value.is_null() {
            self.state.outputs.remove(name);
            return;
        }
        let value = known_parts(value.unmark_deep().0);
        self.state.outputs.insert(name.clone(), OutputValue { value, is_sensitive: declared.is_sensitive() });
    }
}

/// Unknown parts are null: they are not known because a step failed.
fn known_parts(value: Value) -> Value {
    match value.is_wholly_known() {
        true => value,
        false if !value.is_known() => Value::null(value.type_of()),
        false => value.map_children(&mut known_parts),
    }
}
