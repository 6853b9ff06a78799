//! Which attributes the changes of a plan were worked out from: only drift in those is worth showing.
//!
//! The references of every changed block and output are followed through locals, variables and module outputs to the resource attributes
//! behind them, within the module instance where they stand. A reference without an instance key stands for all instances.

use crate::addr::reference::{Reference, Subject, parse_reference};
use crate::addr::{ConfigResource, ModuleInstance, ResourceInstance};
use crate::change::{Action, InstanceChange, OutputChange};
use crate::config::Config;
use crate::eval::variables;
use crate::syntax::{Body, Expression, TraversalStepKind};
use crate::value::{Path, PathStep};
use std::collections::{BTreeSet, HashSet};

/// Sorted, each once.
pub fn relevant_attributes(
    config: &Config,
    changes: &[InstanceChange],
    outputs: &[OutputChange],
) -> Vec<(ResourceInstance, Path)> {
    let mut search = Search { config, found: BTreeSet::new(), seen: HashSet::new() };
    let mut blocks = HashSet::new();
    for change in changes.iter().filter(|change| !matches!(change.change.action, Action::NoOp | Action::Read)) {
        if blocks.insert((change.address.module.clone(), change.address.resource.clone())) {
            search.block(&change.address.module, &change.address.in_config());
        }
    }
    for output in outputs.iter().filter(|output| output.change.action != Action::NoOp) {
        let declared = config.root().outputs.get(&output.name);
        if let Some(value) = declared.and_then(|declared| declared.value.as_ref()) {
            search.expression(&ModuleInstance::root(), value);
        }
    }
    search.found.into_iter().collect()
}

struct Search<'a> {
    config: &'a Config,
    found: BTreeSet<(ResourceInstance, Path)>,
    seen: HashSet<(ModuleInstance, String)>,
}

impl<'a> Search<'a> {
    fn block(&mut self, module: &ModuleInstance, resource: &ConfigResource) {
        let Some(block) = self.config.resource(&resource.module, &resource.resource) else { return };
        for expression in block.count.iter().chain(&block.for_each) {
            self.expression(module, expression);
        }
        self.body(module, &block.body);
    }

    fn body(&mut self, module: &ModuleInstance, body: &Body) {
        for attribute in &body.attributes {
            self.expression(module, &attribute.expression);
        }
        for block in &body.blocks {
            self.body(module, &block.body);
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
                let instance =
                    ResourceInstance { module: module.clone(), resource: resource.clone(), key: key.clone() };
                self.found.insert((instance, path_of(reference)));
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
