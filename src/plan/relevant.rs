//! Which attributes the changes of a plan were worked out from: only drift in those is worth showing.
//!
//! The references of every changed block and output are followed through locals, variables and module outputs to the resource attributes
//! behind them.

use super::evaluation::Evaluation;
use crate::addr::reference::{Reference, Subject, parse_reference};
use crate::addr::{ModulePath, ResourceInstance};
use crate::change::{Action, InstanceChange, OutputChange};
use crate::eval::variables;
use crate::graph::Graph;
use crate::syntax::{Body, Expression, TraversalStepKind};
use crate::value::{Path, PathStep};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Sorted, each once.
pub fn relevant_attributes(
    evaluation: &Evaluation,
    _graph: &Graph,
    changes: &[InstanceChange],
    outputs: &[OutputChange],
) -> Vec<(ResourceInstance, Path)> {
    let mut search = Search { evaluation, found: BTreeSet::new(), seen: HashSet::new() };
    let mut blocks = HashSet::new();
    for change in changes.iter().filter(|change| !matches!(change.change.action, Action::NoOp | Action::Read)) {
        if blocks.insert(change.address.in_config()) {
            search.block(&change.address);
        }
    }
    for output in outputs.iter().filter(|output| output.change.action != Action::NoOp) {
        let declared = evaluation.input.config.root().outputs.get(&output.name);
        if let Some(value) = declared.and_then(|declared| declared.value.clone()) {
            search.expression(&ModulePath::root(), &value);
        }
    }
    search.found.into_iter().collect()
}

struct Search<'a> {
    evaluation: &'a Evaluation,
    found: BTreeSet<(ResourceInstance, Path)>,
    seen: HashSet<(ModulePath, String)>,
}

impl Search<'_> {
    fn block(&mut self, address: &ResourceInstance) {
        let path = address.module.path();
        let Some(block) = self.evaluation.input.config.resource(&path, &address.resource).cloned() else { return };
        for expression in block.count.iter().chain(&block.for_each).chain(&block.lifecycle.replace_triggered_by) {
            self.expression(&path, expression);
        }
        self.body(&path, &block.body);
    }

    fn body(&mut self, module: &ModulePath, body: &Body) {
        for attribute in &body.attributes {
            self.expression(module, &attribute.expression);
        }
        for block in &body.blocks {
            self.body(module, &block.body);
        }
    }

    fn expression(&mut self, module: &ModulePath, expression: &Expression) {
        for variable in variables(expression) {
            if let Some(reference) = parse_reference(variable.traversal()).0 {
                self.reference(module, &reference);
            }
        }
    }

    fn reference(&mut self, module: &ModulePath, reference: &Reference<'_>) {
        let config = self.evaluation.input.config.clone();
        let Some(declared) = config.module(module) else { return };
        match &reference.subject {
            Subject::Resource { resource, key } => {
                let path = path_of(reference);
                for id in self.evaluation.instances(module) {
                    let address = &self.evaluation.values.module(*id).address;
                    let instance =
                        ResourceInstance { module: address.clone(), resource: resource.clone(), key: key.clone() };
                    self.found.insert((instance, path.clone()));
                }
            }
            _ if !self.seen.insert((module.clone(), reference.subject.to_string())) => {}
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
            Subject::Module { name, output, .. } => {
                let child = module.child(name);
                let outputs = config.module(&child).map(|module| module.outputs.clone()).unwrap_or_default();
                let wanted = outputs.values().filter(|it| output.as_ref().is_none_or(|output| it.name == *output));
                for value in wanted.filter_map(|output| output.value.clone()) {
                    self.expression(&child, &Arc::clone(&value));
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
