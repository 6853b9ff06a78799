//! `moved` blocks: recorded objects get the addresses that the configuration has for them now.
//!
//! Statements are done in an order in which chains come out right: `a -> b`, then `b -> c`. Where `count` was added or taken away, the
//! move between `x` and `x[0]` goes without saying. A move onto something that is already there is blocked, with a warning.

mod statement;
mod validate;

pub use statement::{Statement, statements};
pub use validate::validate;

use super::options::Providers;
use crate::addr::{InstanceKey, ModuleInstance, ModuleResource, ResourceInstance};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::{Attributes, Object, ResourceState, State};
use statement::{Endpoint, ordered};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What the moves did.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// From new to old address.
    previous: HashMap<ResourceInstance, ResourceInstance>,
    /// What could not be moved, and where to.
    blocked: BTreeMap<String, String>,
}

impl Moves {
    /// Where an object was recorded before, if it was moved.
    pub fn previous_address(&self, address: &ResourceInstance) -> Option<ResourceInstance> {
        self.previous.get(address).cloned()
    }

    /// Old and new addresses.
    pub fn pairs(&self) -> impl Iterator<Item = (&ResourceInstance, &ResourceInstance)> {
        self.previous.iter().map(|(new, old)| (old, new))
    }

    pub fn warning(&self) -> Option<Diagnostic> {
        if self.blocked.is_empty() {
            return None;
        }
        let items: String =
            self.blocked.iter().map(|(actual, wanted)| format!("\n  - {actual} could not move to {wanted}")).collect();
        let detail = format!(
            "Terraform tried to adjust resource instance addresses in the prior state based on change information recorded in the configuration, but some adjustments did not succeed due to existing objects already at the intended addresses:{items}\n\nTerraform has planned to destroy these objects. If Terraform's proposed changes aren't appropriate, you must first resolve the conflicts using the \"terraform state\" subcommands and then create a new plan."
        );
        Some(Diagnostic::warning("Unresolved resource instance address changes", detail))
    }

    fn record(&mut self, old: ResourceInstance, new: ResourceInstance) {
        let old = self.previous.remove(&old).unwrap_or(old);
        self.previous.insert(new, old);
    }
}

/// Moves recorded objects. Statements that go round in a circle do nothing; [`validate`] says so.
pub fn apply_moves(
    statements: &[Statement],
    config: &Config,
    state: &mut State,
    providers: &Providers,
) -> (Moves, Diagnostics) {
    let mut moves = Moves::default();
    let mut found = Diagnostics::new();
    let Ok(order) = ordered(statements) else { return (moves, found) };
    let implied = implied_moves(config, state, statements);
    for statement in order {
        match statement.from {
            Endpoint::Call(..) | Endpoint::Module(_) => move_modules(statement, state, &mut moves),
            Endpoint::Resource(_) => move_resources(statement, config, state, providers, &mut moves, &mut found),
            Endpoint::Instance(_) => move_instances(statement, config, state, providers, &mut moves, &mut found),
        }
    }
    for (resource, from, to) in implied {
        move_instance(state, &mut moves, resource.instance(from), resource.instance(to));
    }
    (moves, found)
}

fn move_modules(statement: &Statement, state: &mut State, moves: &mut Moves) {
    let mut moving: Vec<(ModuleResource, ModuleInstance)> = Vec::new();
    for resource in state.resources.keys() {
        if let Some(to) = statement.destination_of_module(&resource.module) {
            moving.push((resource.clone(), to));
        }
    }
    let is_taken: HashMap<ModuleInstance, bool> = moving
        .iter()
        .map(|(_, to)| (to.clone(), state.resources.keys().any(|existing| existing.module == *to)))
        .collect();
    for (resource, to) in moving {
        if is_taken[&to] {
            moves.blocked.insert(resource.module.to_string(), to.to_string());
            continue;
        }
        let Some(moved) = state.resources.remove(&resource) else { continue };
        let target = ModuleResource { module: to, resource: resource.resource.clone() };
        for key in moved.instances.keys() {
            moves.record(resource.instance(key.clone()), target.instance(key.clone()));
        }
        state.resources.insert(target, moved);
    }
}

fn move_resources(
    statement: &Statement,
    config: &Config,
    state: &mut State,
    providers: &Providers,
    moves: &mut Moves,
    found: &mut Diagnostics,
) {
    let moving: Vec<(ModuleResource, ModuleResource)> = state
        .resources
        .keys()
        .filter_map(|resource| Some((resource.clone(), statement.destination_of_resource(resource)?)))
        .collect();
    for (from, to) in moving {
        if state.resources.contains_key(&to) {
            moves.blocked.insert(from.to_string(), to.to_string());
            continue;
        }
        let Some(mut moved) = state.resources.remove(&from) else { continue };
        if from.resource.kind != to.resource.kind {
            retype(statement, config, providers, &from, &to, &mut moved, found);
        }
        for key in moved.instances.keys() {
            moves.record(from.instance(key.clone()), to.instance(key.clone()));
        }
        state.resources.insert(to, moved);
    }
}

fn move_instances(
    statement: &Statement,
    config: &Config,
    state: &mut State,
    providers: &Providers,
    moves: &mut Moves,
    found: &mut Diagnostics,
) {
    let moving: Vec<(ResourceInstance, ResourceInstance)> = state
        .resources
        .iter()
        .flat_map(|(resource, state)| state.instances.keys().map(|key| resource.instance(key.clone())))
        .filter_map(|instance| {
            let to = statement.destination_of_instance(&instance)?;
            Some((instance, to))
        })
        .collect();
    for (from, to) in moving {
        let changes_type = from.resource.kind != to.resource.kind;
        let has_moved = move_instance(state, moves, from.clone(), to.clone());
        if let (true, true, Some(moved)) = (changes_type, has_moved, state.resources.get_mut(&to.in_module())) {
            retype(statement, config, providers, &from.in_module(), &to.in_module(), moved, found);
        }
    }
}

fn move_instance(state: &mut State, moves: &mut Moves, from: ResourceInstance, to: ResourceInstance) -> bool {
    if state.instance(&to).is_some() {
        moves.blocked.insert(from.to_string(), to.to_string());
        return false;
    }
    let source = from.in_module();
    let Some(resource) = state.resources.get_mut(&source) else { return false };
    let provider = resource.provider.clone();
    let Some(instance) = resource.instances.remove(&from.key) else { return false };
    if resource.instances.is_empty() {
        state.resources.remove(&source);
    }
    let target =
        state.resources.entry(to.in_module()).or_insert_with(|| ResourceState { provider, instances: BTreeMap::new() });
    target.instances.insert(to.key.clone(), instance);
    moves.record(from, to);
    true
}

/// The objects of one type as objects of another, if that type's provider knows how.
fn retype(
    statement: &Statement,
    config: &Config,
    providers: &Providers,
    from: &ModuleResource,
    to: &ModuleResource,
    moved: &mut ResourceState,
    found: &mut Diagnostics,
) {
    let Some(block) = config.resource(&to.module.path(), &to.resource) else { return };
    let Some(provider) = providers.get(&block.provider_source) else { return };
    let module = config.module(&to.module.path());
    for instance in moved.instances.values_mut() {
        let Some(object) = &instance.current else { continue };
        let attributes = match &object.attributes {
            Attributes::Raw(text) => serde_json::from_str(text).ok(),
            Attributes::Decoded { .. } => None,
        };
        let answer = attributes.and_then(|it| provider.move_from(&to.resource.kind, &from.resource.kind, &it));
        let Some(answer) = answer else {
            let detail = format!(
                "The provider {} does not support moving from {} to {}.",
                block.provider_source, from.resource, to.resource
            );
            found.push(Diagnostic::error("Unsupported `moved` across resource types", detail).at(statement.span));
            return;
        };
        let schema = provider.schema().resources.get(&to.resource.kind);
        instance.current = Some(Arc::new(Object {
            schema_version: schema.map_or(0, |schema| schema.version),
            attributes: Attributes::Raw(answer.to_string().into()),
            sensitive_paths: Vec::new(),
            private: Default::default(),
            ..(**object).clone()
        }));
    }
    if let Some(module) = module {
        moved.provider = crate::graph::provider_of_resource(config, module, block);
    }
}

/// Where `count` was added or taken away and nobody says anything else.
fn implied_moves(
    config: &Config,
    state: &State,
    statements: &[Statement],
) -> Vec<(ModuleResource, InstanceKey, InstanceKey)> {
    let mut implied = Vec::new();
    for (resource, recorded) in &state.resources {
        let Some(block) = config.resource(&resource.module.path(), &resource.resource) else { continue };
        let (from, to) = match (&block.count, &block.for_each) {
            (Some(_), _) => (InstanceKey::None, InstanceKey::Index(0)),
            (None, None) => (InstanceKey::Index(0), InstanceKey::None),
            (None, Some(_)) => continue,
        };
        if recorded.instances.contains_key(&from) && !statements.iter().any(|statement| names(statement, resource)) {
            implied.push((resource.clone(), from, to));
        }
    }
    implied
}

/// Whether either end of a statement is the resource or one of its instances.
fn names(statement: &Statement, resource: &ModuleResource) -> bool {
    let Some((_, rest)) = statement.inside(&resource.module) else { return false };
    [&statement.from, &statement.to].into_iter().any(|endpoint| match endpoint {
        Endpoint::Resource(named) => named.module.0 == rest && named.resource == resource.resource,
        Endpoint::Instance(named) => named.module.0 == rest && named.resource == resource.resource,
        _ => false,
    })
}
