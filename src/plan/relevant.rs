//! Which attributes the changes of a plan were worked out from: only drift in those is worth showing.
//!
//! The references of every changed block and output are followed through locals, variables and module outputs to the resource attributes
//! behind them, and on through what those attributes are configured with, within the module instance where they stand. A reference without an
//! instance key stands for all instances. The outputs of child modules are not kept in state: each is taken for new.

use crate::addr::reference::{Reference, Subject, parse_reference};
use crate::addr::{ConfigResource, ModuleInstance, ResourceInstance};
use crate::change::{Action, InstanceChange, OutputChange};
use crate::config::Config;
use crate::eval::{Variable, variables};
use crate::syntax::{Body, Expression, TraversalStepKind};
use crate::value::{Path, PathStep, Text};
use std::collections::{BTreeSet, HashSet};

/// Sorted, each once.
pub fn relevant_attributes(
    config: &Config,
    changes: &[InstanceChange],
    outputs: &[OutputChange],
    of_children: impl Iterator<Item = (ModuleInstance, Text)>,
) -> Vec<(ResourceInstance, Path)> {
    let mut search = Search { config, found: BTreeSet::new(), seen: HashSet::new(), pending: Vec::new() };
    let mut blocks = HashSet::new();
    for change in changes.iter().filter(|change| !matches!(change.change.action, Action::NoOp | Action::Read)) {
        if blocks.insert((change.address.module.clone(), change.address.resource.clone())) {
            search.block(&change.address.module, &change.address.in_config(), &Path::root());
        }
    }
    for (module, output) in of_children {
        search.output(&module, &output);
    }
    for output in outputs.iter().filter(|output| output.change.action != Action::NoOp) {
        search.output(&ModuleInstance::root(), &output.name);
    }
    while let Some((instance, path)) = search.pending.pop() {
        search.block(&instance.module, &instance.in_config(), &path);
    }
    search.found.into_iter().collect()
}

struct Search<'a> {
    config: &'a Config,
    found: BTreeSet<(ResourceInstance, Path)>,
    seen: HashSet<(ModuleInstance, String)>,
    /// Found, but not yet what they come from: a queue, as chains of resources may be long.
    pending: Vec<(ResourceInstance, Path)>,
}

impl<'a> Search<'a> {
    fn output(&mut self, module: &ModuleInstance, name: &str) {
        let declared = self.config.module(&module.path()).and_then(|module| module.outputs.get(name));
        if let Some(value) = declared.and_then(|declared| declared.value.as_ref()) {
            self.expression(module, value);
        }
    }

    /// What the attribute at `path` of a resource is configured with; without a path, all of it.
    fn block(&mut self, module: &ModuleInstance, resource: &ConfigResource, path: &Path) {
        let Some(block) = self.config.resource(&resource.module, &resource.resource) else { return };
        let mut expressions = Vec::new();
        expressions_at(&block.body, &path.0, &mut expressions);
        let is_repetition = |variable: Variable<'_>| ["count", "each"].contains(&&*variable.traversal().root);
        if expressions.iter().any(|expression| variables(expression).any(is_repetition)) {
            expressions.extend(block.count.as_deref().into_iter().chain(block.for_each.as_deref()));
        }
        for expression in expressions {
            self.expression(module, expression);
        }
    }

    fn expression(&mut self, module: &ModuleInstance, expression: &Expression) {
        for variable in variables(expression) {
            if let Some(reference) = parse_reference(variable.traversal()).0 {
                self.reference(module, &reference);
            }
        }
    }

    fn reference(&mut self, module: &ModuleInstance, reference: &Reference<'_>) {
        let config: &'a Config = self.config;
        let Some(declared) = config.module(&module.path()) else { return };
        match &reference.subject {
            Subject::Resource { resource, key } => {
                // The iterator of a dynamic block looks like a resource, and is none.
                if !declared.resources.contains_key(resource) {
                    return;
                }
                let instance =
                    ResourceInstance { module: module.clone(), resource: resource.clone(), key: key.clone() };
                let attribute = (instance, path_of(reference));
                if self.found.insert(attribute.clone()) {
                    self.pending.push(attribute);
                }
            }
            subject if !self.seen.insert((module.clone(), subject.to_string())) => {}
            Subject::Local(name) => {
                if let Some(local) = declared.locals.get(name) {
                    self.expression(module, &local.value);
                }
            }
            Subject::Variable(name) => {
                let argument = declared.call.as_ref().and_then(|call| call.argument(name));
                if let (Some(parent), Some(argument)) = (module.parent(), argument) {
                    self.expression(&parent, &argument);
                }
            }
            Subject::Module { name, key, output } => {
                let child = module.child(name, key.clone());
                let Some(called) = config.module(&child.path()) else { return };
                let wanted = called.outputs.values().filter(|it| output.as_ref().is_none_or(|name| it.name == *name));
                for value in wanted.filter_map(|output| output.value.as_ref()) {
                    self.expression(&child, value);
                }
            }
            _ => {}
        }
    }
}

/// The expressions that say what is at these steps of a body.
fn expressions_at<'a>(body: &'a Body, steps: &[PathStep], found: &mut Vec<&'a Expression>) {
    let steps = match steps {
        [PathStep::Index(_) | PathStep::Key(_), rest @ ..] => rest,
        steps => steps,
    };
    let (name, rest) = match steps {
        [PathStep::Attribute(name), rest @ ..] => (Some(name), rest),
        _ => (None, steps),
    };
    let is_meant = |kind: &str| name.is_none_or(|name| **name == *kind);
    found.extend(body.attributes.iter().filter(|it| is_meant(&it.name)).map(|attribute| &*attribute.expression));
    for block in &body.blocks {
        match (&*block.kind, block.labels.first()) {
            ("dynamic", Some(label)) if is_meant(&label.text) => expressions_at(&block.body, &[], found),
            ("dynamic", _) => {}
            (kind, _) if is_meant(kind) => expressions_at(&block.body, rest, found),
            _ => {}
        }
    }
}

fn path_of(reference: &Reference<'_>) -> Path {
    let step = |kind: &TraversalStepKind| match kind {
        TraversalStepKind::Attribute(name) => PathStep::Attribute(name.clone()),
        TraversalStepKind::Index(key) => match key.as_str() {
            Some(key) => PathStep::Key(key.clone()),
            None => PathStep::Index(key.as_number().and_then(|number| number.to_u64()).unwrap_or(0) as usize),
        },
    };
    Path(reference.remaining.iter().map(|it| step(&it.kind)).collect())
}
