//! What is wrong with `moved` blocks, seen together and against what the configuration declares.

use super::statement::{Endpoint, Statement, ordered};
use crate::addr::{ModuleInstance, ModuleResource, ResourceInstance};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::plan::Evaluation;
use std::collections::BTreeMap;

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
