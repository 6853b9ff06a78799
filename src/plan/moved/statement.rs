//! What `moved` blocks say, and in which order they must be done.

use crate::addr::{InstanceKey, ModuleInstance, ModulePath, ModuleResource, ResourceInstance};
use crate::config::{Config, MoveSubject, MovedBlock};
use crate::diag::Span;
use crate::value::Text;

/// One `moved` block, inside its module.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(super) module: ModulePath,
    pub(super) from: Endpoint,
    pub(super) to: Endpoint,
    pub(super) span: Span,
}

/// What both ends of a statement mean, seen together.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Endpoint {
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
    pub(super) fn inside(&self, module: &ModuleInstance) -> Option<(ModuleInstance, Vec<(Text, InstanceKey)>)> {
        let depth = self.module.0.len();
        let matches =
            module.0.len() >= depth && module.0.iter().zip(&self.module.0).all(|((name, _), wanted)| name == wanted);
        matches.then(|| (ModuleInstance(module.0[..depth].to_vec()), module.0[depth..].to_vec()))
    }

    /// The new address of a module instance.
    pub(super) fn destination_of_module(&self, module: &ModuleInstance) -> Option<ModuleInstance> {
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

    pub(super) fn destination_of_resource(&self, resource: &ModuleResource) -> Option<ModuleResource> {
        let (Endpoint::Resource(from), Endpoint::Resource(to)) = (&self.from, &self.to) else { return None };
        let (base, rest) = self.inside(&resource.module)?;
        let matches = rest == from.module.0 && resource.resource == from.resource;
        matches.then(|| ModuleResource {
            module: ModuleInstance(base.0.into_iter().chain(to.module.0.iter().cloned()).collect()),
            resource: to.resource.clone(),
        })
    }

    pub(super) fn destination_of_instance(&self, instance: &ResourceInstance) -> Option<ResourceInstance> {
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
pub(super) fn ordered(statements: &[Statement]) -> Result<Vec<&Statement>, Vec<Vec<&Statement>>> {
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
