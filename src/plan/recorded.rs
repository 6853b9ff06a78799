//! Values from configuration and state alone, without asking a provider anything: what `console` shows.
//!
//! Resources have the instances that the state has. Those that the state does not know are unknown.

use super::Evaluation;
use super::expansion::Expansion;
use super::kind::Kinds;
use super::options::Input;
use super::values::ModuleId;
use crate::addr::{ConfigResource, InstanceKey, ModuleResource};
use crate::diag::Diagnostics;
use crate::graph::{Node, build};
use crate::state::ResourceState;
use crate::value::Value;
use std::sync::Arc;

/// Evaluates everything that can be evaluated; with errors, what depends on them is unknown.
pub fn evaluate_recorded(input: Arc<Input>) -> (Evaluation, Diagnostics) {
    let graph = build(&input.config, &[]);
    let mut evaluation = Evaluation::new(input.clone());
    let mut diagnostics = Diagnostics::new();
    let order = match graph.order() {
        Ok(order) => order,
        Err(cycles) => return (evaluation, cycles.into_iter().collect()),
    };
    let mut kinds = Kinds::default();
    for id in order {
        match graph.node(id) {
            Node::Resource(resource) => {
                for module in evaluation.instances(&resource.module).to_vec() {
                    diagnostics.extend(recall(&mut evaluation, &mut kinds, &input, module, resource));
                }
            }
            Node::Provider(_) | Node::Check(..) | Node::CheckStart | Node::Close(_) => {}
            node => diagnostics.extend(evaluation.evaluate(node)),
        }
    }
    (evaluation, diagnostics)
}

/// The recorded instances of a resource in one instance of its module.
fn recall(
    evaluation: &mut Evaluation,
    kinds: &mut Kinds,
    input: &Input,
    module: ModuleId,
    resource: &ConfigResource,
) -> Diagnostics {
    let address = ModuleResource {
        module: evaluation.values.module(module).address.clone(),
        resource: resource.resource.clone(),
    };
    let block = input.config.resource(&resource.module, &resource.resource);
    let (Some(block), Some(recorded)) = (block, input.state.resources.get(&address)) else { return Diagnostics::new() };
    let Some(kind) = kinds.get(&input.providers, &block.provider_source, &resource.resource) else {
        return Diagnostics::new();
    };
    let expansion = match (&block.count, &block.for_each) {
        (Some(_), _) => counted(recorded),
        (_, Some(_)) => keyed(recorded),
        _ => Expansion::Single,
    };
    let mut diagnostics = Diagnostics::new();
    let mut values: Vec<(InstanceKey, Value)> = Vec::new();
    for key in expansion.keys() {
        let object = recorded.instances.get(&key).and_then(|instance| instance.current.as_ref());
        let value = match object.map(|object| kind.decode(&address.instance(key.clone()).to_string(), object)) {
            Some(Ok(known)) => known.value,
            Some(Err(problem)) => {
                diagnostics.push(problem);
                Value::unknown(kind.implied.clone())
            }
            None => Value::unknown(kind.implied.clone()),
        };
        values.push((key, value));
    }
    evaluation.values.expand_resource(module, &resource.resource, expansion);
    for (key, value) in values {
        evaluation.values.set_instance(module, &resource.resource, key, value);
    }
    diagnostics
}

/// As many as the highest recorded index says.
fn counted(recorded: &ResourceState) -> Expansion {
    let indices = recorded.instances.keys().filter_map(|key| match key {
        InstanceKey::Index(index) => Some(index + 1),
        _ => None,
    });
    Expansion::Count(indices.max().unwrap_or(0))
}

fn keyed(recorded: &ResourceState) -> Expansion {
    let keys = recorded.instances.keys().filter_map(|key| match key {
        InstanceKey::Key(key) => Some((key.clone(), Value::untyped_null())),
        _ => None,
    });
    Expansion::ForEach(keys.collect())
}
