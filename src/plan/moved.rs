//! `moved` blocks: recorded objects get the addresses that the configuration has for them now.
//!
//! Statements are done in an order in which chains come out right: `a -> b`, then `b -> c`. Where `count` was added or taken away, the
//! move between `x` and `x[0]` goes without saying. A move onto something that is already there is blocked, with a warning.

use super::evaluation::Evaluation;
use super::options::Providers;
use crate::addr::{InstanceKey, ModuleInstance, ModulePath, ModuleResource, ResourceInstance};
use crate::config::{Config, MoveSubject, MovedBlock};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::state::{Attributes, Object, ResourceState, State};
use crate::value::Text;
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

/// One `moved` block, inside its module.
#[derive(Clone, Debug)]
pub struct Statement {
    module: ModulePath,
    from: Endpoint,
    to: Endpoint,
    span: Span,
}

/// What both ends of a statement mean, seen together.
#[derive(Clone, Debug, PartialEq)]
enum Endpoint {
    /// All instances of a call.
    Call(ModuleInstance, Text),
    Module(ModuleInstance),
    Resource(ModuleResource),
    Instance(ResourceInstance),
}

/// All statements of a configuration.
pub fn statements(config: &Config) -> Vec<Statement> {
    let blocks = config.modules.iter().flat_map(|(path, module)| module.moved.iter().map(move |block| (path, block)));
    blocks.filter_map(|(path, block)| statement(path, block)).collect()
}

fn statement(module: &ModulePath, block: &MovedBlock) -> Option<Statement> {
    let (from, to) = match (&block.from.subject, &block.to.subject) {
        (MoveSubject::Resource(from), MoveSubject::Resource(to)) => {
            match from.key == InstanceKey::None && to.key == InstanceKey::None {
                true => (Endpoint::Resource(from.in_module()), Endpoint::Resource(to.in_module())),
                false => (Endpoint::Instance(from.clone()), Endpoint::Instance(to.clone())),
            }
        }
        (MoveSubject::Module(from), MoveSubject::Module(to)) => {
            let has_key = |module: &ModuleInstance| module.0.last().is_some_and(|(_, key)| *key != InstanceKey::None);
            match has_key(from) || has_key(to) {
                true => (Endpoint::Module(from.clone()), Endpoint::Module(to.clone())),
                false => (call_of(from)?, call_of(to)?),
            }
        }
        _ => return None,
    };
    Some(Statement { module: module.clone(), from, to, span: block.span })
}

fn call_of(module: &ModuleInstance) -> Option<Endpoint> {
    let (name, _) = module.0.last()?.clone();
    Some(Endpoint::Call(module.parent()?, name))
}

impl Statement {
    /// The part of a module instance that is inside the statement's module, with the part before it.
    fn inside(&self, module: &ModuleInstance) -> Option<(ModuleInstance, Vec<(Text, InstanceKey)>)> {
        let depth = self.module.0.len();
        let matches =
            module.0.len() >= depth && module.0.iter().zip(&self.module.0).all(|((name, _), wanted)| name == wanted);
        matches.then(|| (ModuleInstance(module.0[..depth].to_vec()), module.0[depth..].to_vec()))
    }

    /// The new address of a module instance.
    fn destination_of_module(&self, module: &ModuleInstance) -> Option<ModuleInstance> {
        let (base, rest) = self.inside(module)?;
        let (to, rest) = match (&self.from, &self.to) {
            (Endpoint::Module(from), Endpoint::Module(to)) => (to.0.clone(), rest.strip_prefix(&from.0[..])?.to_vec()),
            (Endpoint::Call(from, name), Endpoint::Call(to, new_name)) => {
                let rest = rest.strip_prefix(&from.0[..])?;
                let ((found, key), rest) = rest.split_first()?;
                if found != name {
                    return None;
                }
                let mut to = to.0.clone();
                to.push((new_name.clone(), key.clone()));
                (to, rest.to_vec())
            }
            _ => return None,
        };
        Some(ModuleInstance(base.0.into_iter().chain(to).chain(rest).collect()))
    }

    fn destination_of_resource(&self, resource: &ModuleResource) -> Option<ModuleResource> {
        let (Endpoint::Resource(from), Endpoint::Resource(to)) = (&self.from, &self.to) else { return None };
        let (base, rest) = self.inside(&resource.module)?;
        let matches = rest == from.module.0 && resource.resource == from.resource;
        matches.then(|| ModuleResource {
            module: ModuleInstance(base.0.into_iter().chain(to.module.0.iter().cloned()).collect()),
            resource: to.resource.clone(),
        })
    }

    fn destination_of_instance(&self, instance: &ResourceInstance) -> Option<ResourceInstance> {
        let (Endpoint::Instance(from), Endpoint::Instance(to)) = (&self.from, &self.to) else { return None };
        let (base, rest) = self.inside(&instance.module)?;
        let matches = rest == from.module.0 && instance.resource == from.resource && instance.key == from.key;
        matches.then(|| ResourceInstance {
            module: ModuleInstance(base.0.into_iter().chain(to.module.0.iter().cloned()).collect()),
            resource: to.resource.clone(),
            key: to.key.clone(),
        })
    }

    /// Names from the root to an end, keys where the statement gives some.
    fn steps(&self, endpoint: &Endpoint) -> Vec<(Text, Option<InstanceKey>)> {
        let base = self.module.0.iter().map(|name| (name.clone(), None));
        let inside = |module: &ModuleInstance| {
            module.0.iter().map(|(name, key)| (name.clone(), Some(key.clone()))).collect::<Vec<_>>()
        };
        let rest = match endpoint {
            Endpoint::Call(parent, name) => {
                let mut steps = inside(parent);
                steps.push((name.clone(), None));
                steps
            }
            Endpoint::Module(module) => inside(module),
            Endpoint::Resource(resource) => {
                let mut steps = inside(&resource.module);
                steps.push((resource.resource.to_string().into(), None));
                steps
            }
            Endpoint::Instance(instance) => {
                let mut steps = inside(&instance.module);
                steps.push((instance.resource.to_string().into(), Some(instance.key.clone())));
                steps
            }
        };
        base.chain(rest).collect()
    }

    /// `self` must come after `other`.
    fn depends_on(&self, other: &Statement) -> bool {
        let (from, to) = (self.steps(&self.from), self.steps(&self.to));
        let (other_from, other_to) = (other.steps(&other.from), other.steps(&other.to));
        let is_module = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Call(..) | Endpoint::Module(_));
        if from.len() == other_to.len() && starts_with(&from, &other_to) {
            return true;
        }
        let nested = |inner: &[(Text, Option<InstanceKey>)], outer: &[(Text, Option<InstanceKey>)], is_outer: bool| {
            is_outer && inner.len() > outer.len() && starts_with(inner, outer)
        };
        let is_nested = nested(&from, &other_to, is_module(&other.to))
            || nested(&to, &other_to, is_module(&other.to))
            || nested(&other_from, &from, is_module(&self.from))
            || nested(&other_to, &from, is_module(&self.from));
        if !is_nested {
            return false;
        }
        to.len() >= other_to.len() || !self.is_only_a_new_key()
    }

    fn is_only_a_new_key(&self) -> bool {
        match (&self.from, &self.to) {
            (Endpoint::Module(from), Endpoint::Module(to)) => from.path() == to.path(),
            (Endpoint::Call(from, name), Endpoint::Call(to, new_name)) => from.path() == to.path() && name == new_name,
            _ => false,
        }
    }
}

fn starts_with(steps: &[(Text, Option<InstanceKey>)], prefix: &[(Text, Option<InstanceKey>)]) -> bool {
    steps.len() >= prefix.len()
        && steps
            .iter()
            .zip(prefix)
            .all(|((a, a_key), (b, b_key))| a == b && (a_key.is_none() || b_key.is_none() || a_key == b_key))
}

/// Statements in an order in which chains come out right, or those that go round in a circle.
fn ordered(statements: &[Statement]) -> Result<Vec<&Statement>, Vec<Vec<&Statement>>> {
    let mut graph = petgraph::graph::DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..statements.len()).map(|index| graph.add_node(index)).collect();
    for (later, a) in statements.iter().enumerate() {
        for (earlier, b) in statements.iter().enumerate() {
            if later != earlier && a.depends_on(b) {
                graph.add_edge(nodes[earlier], nodes[later], ());
            }
        }
    }
    match petgraph::algo::toposort(&graph, None) {
        Ok(order) => Ok(order.into_iter().map(|node| &statements[graph[node]]).collect()),
        Err(_) => Err(petgraph::algo::kosaraju_scc(&graph)
            .into_iter()
            .filter(|members| members.len() > 1)
            .map(|members| members.into_iter().map(|node| &statements[graph[node]]).collect())
            .collect()),
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

/// What is wrong with statements, once it is known which instances the configuration declares.
pub fn validate(statements: &[Statement], config: &Config, evaluation: &Evaluation) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut sources: BTreeMap<String, (String, Span)> = BTreeMap::new();
    let mut targets: BTreeMap<String, (String, Span)> = BTreeMap::new();
    for statement in statements {
        for id in evaluation.instances(&statement.module) {
            let base = &evaluation.values.module(*id).address;
            let from = Absolute::new(base, &statement.from);
            let to = Absolute::new(base, &statement.to);
            validate_one(statement, &from, &to, config, evaluation, (&mut sources, &mut targets), &mut found);
        }
    }
    if let (false, Err(cycles)) = (found.has_errors(), ordered(statements)) {
        found.extend(cycles.iter().map(|members| cyclic(members)));
    }
    found
}

type Seen<'a> = &'a mut BTreeMap<String, (String, Span)>;

fn validate_one(
    statement: &Statement,
    from: &Absolute,
    to: &Absolute,
    config: &Config,
    evaluation: &Evaluation,
    (sources, targets): (Seen<'_>, Seen<'_>),
    found: &mut Diagnostics,
) {
    let (from_text, to_text) = (from.to_string(), to.to_string());
    if from == to {
        let detail = format!(
            "This statement declares a move from {from_text} to the same address, which is the same as not declaring this move at all."
        );
        found.push(Diagnostic::error("Redundant move statement", detail).at(statement.span));
        return;
    }
    let (noun, short) = from.noun();
    if from.exists(evaluation) {
        let place = from.declared_at(config).map(|span| format!(" at {}", start_of(config, span))).unwrap_or_default();
        let detail = format!(
            "This statement declares a move from {from_text}, but that {noun} is still declared{place}.\n\nChange your configuration so that this {short} will be declared as {to_text} instead."
        );
        found.push(Diagnostic::error("Moved object still exists", detail).at(statement.span));
    }
    match sources.get(&from_text) {
        Some((other, span)) if *other != to_text => {
            let place = start_of(config, *span);
            let detail = format!(
                "A statement at {place} declared that {from_text} moved to {other}, but this statement instead declares that it moved to {to_text}.\n\nEach {noun} can move to only one destination {short}."
            );
            found.push(Diagnostic::error("Ambiguous move statements", detail).at(statement.span));
        }
        Some(_) => {}
        None => {
            sources.insert(from_text.clone(), (to_text.clone(), statement.span));
        }
    }
    match targets.get(&to_text) {
        Some((other, span)) if *other != from_text => {
            let place = start_of(config, *span);
            let detail = format!(
                "A statement at {place} declared that {other} moved to {to_text}, but this statement instead declares that {from_text} moved there.\n\nEach {noun} can have moved from only one source {short}."
            );
            found.push(Diagnostic::error("Ambiguous move statements", detail).at(statement.span));
        }
        Some(_) => {}
        None => {
            targets.insert(to_text, (from_text, statement.span));
        }
    }
}

/// `main.tf:3,1`
fn start_of(config: &Config, span: Span) -> String {
    let start = config.sources.start(span);
    format!("{}:{},{}", config.sources.file(span.file).name, start.line, start.column)
}

fn cyclic(members: &[&Statement]) -> Diagnostic {
    let mut lines: Vec<String> = members
        .iter()
        .map(|statement| {
            let text = |endpoint| Absolute::new(&ModuleInstance::root(), endpoint).to_string();
            format!("\n  - {}: {} → {}", statement.span.mention(), text(&statement.from), text(&statement.to))
        })
        .collect();
    lines.sort();
    let detail = format!(
        "The following chained move statements form a cycle, and so there is no final location to move objects to:{}\n\nA chain of move statements must end with an address that doesn't appear in any other statements, and which typically also refers to an object still declared in the configuration.",
        lines.concat()
    );
    Diagnostic::error("Cyclic dependency in move statements", detail)
}

/// An end of a statement in one instance of the statement's module.
#[derive(PartialEq)]
struct Absolute(Endpoint);

impl Absolute {
    fn new(base: &ModuleInstance, endpoint: &Endpoint) -> Self {
        let inside = |module: &ModuleInstance| ModuleInstance(base.0.iter().chain(&module.0).cloned().collect());
        Self(match endpoint {
            Endpoint::Call(parent, name) => Endpoint::Call(inside(parent), name.clone()),
            Endpoint::Module(module) => Endpoint::Module(inside(module)),
            Endpoint::Resource(resource) => Endpoint::Resource(ModuleResource {
                module: inside(&resource.module),
                resource: resource.resource.clone(),
            }),
            Endpoint::Instance(instance) => {
                Endpoint::Instance(ResourceInstance { module: inside(&instance.module), ..instance.clone() })
            }
        })
    }

    fn noun(&self) -> (&'static str, &'static str) {
        match self.0 {
            Endpoint::Call(..) => ("module call", "call"),
            Endpoint::Module(_) => ("module instance", "instance"),
            Endpoint::Resource(_) => ("resource", "resource"),
            Endpoint::Instance(_) => ("resource instance", "instance"),
        }
    }

    fn exists(&self, evaluation: &Evaluation) -> bool {
        let module = |address: &ModuleInstance| evaluation.values.id_of(address).map(|id| evaluation.values.module(id));
        match &self.0 {
            Endpoint::Call(parent, name) => module(parent).is_some_and(|parent| parent.calls.contains_key(name)),
            Endpoint::Module(address) => module(address).is_some(),
            Endpoint::Resource(resource) => {
                module(&resource.module).is_some_and(|module| module.resources.contains_key(&resource.resource))
            }
            Endpoint::Instance(instance) => module(&instance.module)
                .and_then(|module| module.resources.get(&instance.resource))
                .is_some_and(|values| values.expansion.contains(&instance.key)),
        }
    }

    fn declared_at(&self, config: &Config) -> Option<Span> {
        match &self.0 {
            Endpoint::Call(parent, name) => Some(config.module(&parent.path())?.calls.get(name)?.span),
            Endpoint::Module(address) => {
                let (name, _) = address.0.last()?;
                let call = config.module(&address.parent()?.path())?.calls.get(name)?;
                let repeated = call.for_each.as_ref().or(call.count.as_ref());
                Some(repeated.map_or(call.span, |expression| expression.span))
            }
            Endpoint::Resource(resource) => Some(config.resource(&resource.module.path(), &resource.resource)?.span),
            Endpoint::Instance(instance) => {
                let block = config.resource(&instance.module.path(), &instance.resource)?;
                let repeated = block.for_each.as_ref().or(block.count.as_ref());
                Some(repeated.map_or(block.span, |expression| expression.span))
            }
        }
    }
}

impl std::fmt::Display for Absolute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Endpoint::Call(parent, name) if parent.is_root() => write!(f, "module.{name}"),
            Endpoint::Call(parent, name) => write!(f, "{parent}.module.{name}"),
            Endpoint::Module(module) => module.fmt(f),
            Endpoint::Resource(resource) => resource.fmt(f),
            Endpoint::Instance(instance) => instance.fmt(f),
        }
    }
}
