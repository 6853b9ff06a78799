//! Evaluating the blocks that are not resources: variables, locals, outputs, module calls, checks.
//!
//! Planning and applying evaluate the same blocks in the same way; while applying, more is known. A block is evaluated once in every
//! instance of its module.

use super::checks::{Checks, RuleId, RuleKind};
use super::condition::evaluate_rule;
use super::expansion::Expansion;
use super::options::Input;
use super::scope::Place;
use super::values::{ModuleId, Values};
use super::variable;
use crate::addr::ModulePath;
use crate::config::{CheckRule, Config, InputSource, InputValue, Module, ResourceBlock, prepare_input};
use crate::diag::{Diagnostic, Diagnostics, Severity, Span};
use crate::eval::repetition::{Count, ForEach, count, for_each, unknown_count, unknown_for_each};
use crate::eval::{Scope, evaluate};
use crate::graph::Node;
use crate::state::{CheckKind, CheckStatus};
use crate::syntax::Expression;
use crate::value::{Marks, Text, Type, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The values of a configuration, on their way from nothing to all.
#[derive(Clone)]
pub struct Evaluation {
    pub input: Arc<Input>,
    pub values: Values,
    pub checks: Checks,
    /// Module instances by their static path.
    instances: HashMap<ModulePath, Vec<ModuleId>>,
    /// `terraform.applying`
    pub is_applying: bool,
    /// Failing conditions do not stop the operation.
    pub conditions_only_warn: bool,
}

impl Evaluation {
    pub fn new(input: Arc<Input>) -> Self {
        let root = input.config.modules[&ModulePath::root()].clone();
        let mut evaluation = Self {
            values: Values::new(root),
            checks: Checks::default(),
            instances: HashMap::from([(ModulePath::root(), vec![ModuleId::ROOT])]),
            is_applying: false,
            conditions_only_warn: false,
            input,
        };
        declare_checks(&evaluation.input.config, &mut evaluation.checks);
        evaluation
    }

    /// The instances that a module has.
    pub fn instances(&self, module: &ModulePath) -> &[ModuleId] {
        self.instances.get(module).map_or(&[], Vec::as_slice)
    }

    /// The view from inside a module instance.
    pub fn place(&self, module: ModuleId) -> Place<'_> {
        Place { is_applying: self.is_applying, ..Place::new(&self.input, &self.values, module) }
    }

    fn severity(&self) -> Severity {
        if self.conditions_only_warn { Severity::Warning } else { Severity::Error }
    }

    /// Evaluates a block in every instance of its module. Resources and providers are not its business.
    pub fn evaluate(&mut self, node: &Node) -> Diagnostics {
        let Some(module) = node.module().cloned() else { return Diagnostics::new() };
        let mut diagnostics = Diagnostics::new();
        if let Node::Call(module) = node {
            return self.expand_call(module);
        }
        for id in self.instances(&module).to_vec() {
            let found = match node {
                Node::Variable(_, name) => self.variable(id, name),
                Node::Validation(_, name) => self.validation(id, name),
                Node::Local(_, name) => self.local(id, name),
                Node::Output(_, name) => self.output(id, name),
                Node::Check(_, name) => self.check(id, name),
                _ => Diagnostics::new(),
            };
            diagnostics.extend(found);
        }
        diagnostics
    }

    fn expand_call(&mut self, path: &ModulePath) -> Diagnostics {
        let config = self.input.config.clone();
        let (Some(parent), Some(module)) = (path.parent(), config.modules.get(path)) else { return Diagnostics::new() };
        let Some(call) = module.call.clone() else { return Diagnostics::new() };
        let mut diagnostics = Diagnostics::new();
        let is_again = self.instances.contains_key(path);
        let mut children = Vec::new();
        for id in self.instances(&parent).to_vec() {
            match expand(&call.count, &call.for_each, &self.place(id)) {
                Ok(expansion) if is_again => self.values.refresh_call(id, &call.name, expansion),
                Ok(expansion) => children.extend(self.values.expand_call(id, &call.name, module, expansion)),
                Err(found) => diagnostics.extend(found),
            }
        }
        if !is_again {
            self.instances.insert(path.clone(), children);
        }
        diagnostics
    }

    fn variable(&mut self, id: ModuleId, name: &Text) -> Diagnostics {
        let values = self.values.module(id);
        let Some(declared) = values.module.variables.get(name).cloned() else { return Diagnostics::new() };
        let address = in_module(&values.address, &format!("var.{name}"));
        let mut diagnostics = Diagnostics::new();
        let given = match values.parent {
            None => self.input.variables.get(name).cloned().unwrap_or_else(InputValue::unset),
            Some(parent) => match argument(&values.module, name) {
                None => InputValue { value: None, source: InputSource::Written(declared.span) },
                Some(expression) => {
                    let place = self.place(parent).repeated(values.repetition.clone());
                    let (value, found) = evaluate(&expression, &place);
                    let has_errors = found.has_errors();
                    diagnostics.extend(found);
                    if has_errors {
                        return diagnostics;
                    }
                    InputValue { value: Some(value), source: InputSource::Written(expression.span) }
                }
            },
        };
        let (mut value, found) = prepare_input(&declared, &address, &given);
        diagnostics.extend(found);
        if declared.is_sensitive() {
            value = value.with_marks(Marks::SENSITIVE);
        }
        if !declared.validations.is_empty() {
            let block = in_module(&values.module.path, &format!("var.{name}"));
            self.checks.expand(&block, [address]);
        }
        self.values.module_mut(id).variables.insert(name.clone(), value);
        diagnostics
    }

    fn validation(&mut self, id: ModuleId, name: &Text) -> Diagnostics {
        let values = self.values.module(id);
        let Some(declared) = values.module.variables.get(name).cloned() else { return Diagnostics::new() };
        let value_span = match values.parent {
            None => match self.input.variables.get(name).map(|given| given.source) {
                Some(InputSource::Written(span)) => span,
                _ => declared.span,
            },
            Some(_) => argument(&values.module, name).map_or(declared.span, |expression| expression.span),
        };
        let (outcomes, diagnostics) = variable::validate(&declared.validations, &self.place(id), value_span);
        let what = format!("var.{name}");
        let (block, instance) = (in_module(&values.module.path, &what), in_module(&values.address, &what));
        for outcome in outcomes {
            self.checks.report(&block, &instance, outcome.rule, outcome.status, outcome.message);
        }
        diagnostics
    }

    fn local(&mut self, id: ModuleId, name: &Text) -> Diagnostics {
        let Some(local) = self.values.module(id).module.locals.get(name).cloned() else { return Diagnostics::new() };
        let (value, diagnostics) = evaluate(&local.value, &self.place(id));
        self.values.module_mut(id).locals.insert(name.clone(), value);
        diagnostics
    }

    fn output(&mut self, id: ModuleId, name: &Text) -> Diagnostics {
        let values = self.values.module(id);
        let Some(output) = values.module.outputs.get(name).cloned() else { return Diagnostics::new() };
        let is_root = values.parent.is_none();
        if is_root && output.is_ephemeral() {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            return Diagnostic::error("Ephemeral output not allowed", detail).at(output.span).into();
        }
        let what = format!("output.{name}");
        let (block, instance) = (in_module(&values.module.path, &what), in_module(&values.address, &what));
        let mut diagnostics = self.rules(id, &output.preconditions, RuleKind::OutputPrecondition, &block, &instance);
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let Some(expression) = &output.value else { return diagnostics };
        let (value, found) = evaluate(expression, &self.place(id));
        diagnostics.extend(found);
        if is_root && !output.is_sensitive() && value.deep_marks().is_sensitive() {
            diagnostics.push(unmarked_sensitive(output.span));
        }
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let is_ephemeral = value.deep_marks().is_ephemeral();
        if output.is_ephemeral() && !is_ephemeral {
            let detail = "This output value is declared as returning an ephemeral value, so it can only be set to an ephemeral value.";
            diagnostics.push(Diagnostic::error("Value not allowed in ephemeral output", detail).at(expression.span));
            return diagnostics;
        }
        if !output.is_ephemeral() && is_ephemeral {
            let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.";
            diagnostics.push(Diagnostic::error("Ephemeral value not allowed", detail).at(expression.span));
            return diagnostics;
        }
        // `sensitive = true` speaks of what a root module shows. Terraform 1.11 does not carry it from a child to its caller, and configurations
        // rely on it (a `for_each` over such an output), so neither do we; a value that is itself sensitive stays so.
        self.values.set_output(id, name, value);
        diagnostics
    }

    fn check(&mut self, id: ModuleId, name: &Text) -> Diagnostics {
        let values = self.values.module(id);
        let Some(check) = values.module.checks.get(name).cloned() else { return Diagnostics::new() };
        let what = format!("check.{name}");
        let (block, instance) = (in_module(&values.module.path, &what), in_module(&values.address, &what));
        self.checks.expand(&block, [instance.clone()]);
        if matches!(self.checks.status_of(&block, &instance), CheckStatus::Fail | CheckStatus::Error) {
            return Diagnostics::new();
        }
        let mut diagnostics = Diagnostics::new();
        for (index, rule) in check.asserts.iter().enumerate() {
            let place = self.place(id).in_check(name);
            let outcome = evaluate_rule(rule, RuleKind::Assertion, &place, Severity::Warning);
            diagnostics.extend(outcome.diagnostics);
            let rule = RuleId { kind: RuleKind::Assertion, index };
            self.checks.report(&block, &instance, rule, outcome.status, outcome.message);
        }
        diagnostics
    }

    /// Evaluates the conditions of an output.
    fn rules(&mut self, id: ModuleId, rules: &[CheckRule], kind: RuleKind, block: &str, instance: &str) -> Diagnostics {
        if rules.is_empty() {
            return Diagnostics::new();
        }
        self.checks.expand(block, [instance.to_owned()]);
        let severity = self.severity();
        let outcomes: Vec<_> = rules.iter().map(|rule| evaluate_rule(rule, kind, &self.place(id), severity)).collect();
        self.report(block, instance, kind, outcomes)
    }

    fn report(
        &mut self,
        block: &str,
        instance: &str,
        kind: RuleKind,
        outcomes: Vec<super::condition::Outcome>,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for (index, outcome) in outcomes.into_iter().enumerate() {
            diagnostics.extend(outcome.diagnostics);
            self.checks.report(block, instance, RuleId { kind, index }, outcome.status, outcome.message);
        }
        diagnostics
    }

    /// Evaluates the conditions of a resource instance.
    pub fn resource_rules(
        &mut self,
        block: &ResourceBlock,
        kind: RuleKind,
        id: ModuleId,
        address: &crate::addr::ResourceInstance,
        repetition: &super::expansion::Repetition,
        self_object: Option<Value>,
    ) -> Diagnostics {
        let rules = match kind {
            RuleKind::ResourcePrecondition => &block.lifecycle.preconditions,
            _ => &block.lifecycle.postconditions,
        };
        if rules.is_empty() {
            return Diagnostics::new();
        }
        let severity = self.severity();
        let mut place = self.place(id).repeated(repetition.clone());
        if let Some(object) = self_object {
            place = place.with_self(&address.resource, object);
        }
        let outcomes: Vec<_> = rules.iter().map(|rule| evaluate_rule(rule, kind, &place, severity)).collect();
        self.report(&address.in_config().to_string(), &address.to_string(), kind, outcomes)
    }
}

/// How many instances a block has, and which.
pub fn expand(
    count_argument: &Option<Arc<Expression>>,
    for_each_argument: &Option<Arc<Expression>>,
    scope: &dyn Scope,
) -> Result<Expansion, Diagnostics> {
    if let Some(expression) = count_argument {
        return match count(expression, scope)? {
            Count::Known(count) => Ok(Expansion::Count(count)),
            Count::Unknown => Err(unknown_count(expression).into()),
        };
    }
    if let Some(expression) = for_each_argument {
        return match for_each(expression, scope)? {
            ForEach::Known(mut entries) => {
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                Ok(Expansion::ForEach(entries.into()))
            }
            ForEach::Unknown => Err(unknown_for_each(expression, scope).into()),
        };
    }
    Ok(Expansion::Single)
}

/// What the call of a module gives for one of its variables.
fn argument(module: &Module, name: &str) -> Option<Arc<Expression>> {
    module.call.as_ref()?.argument(name)
}

fn unmarked_sensitive(span: Span) -> Diagnostic {
    Diagnostic::error(
        "Output refers to sensitive values",
        "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, Terraform requires that any root module output containing sensitive data be explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as sensitive by adding the following argument:\n    sensitive = true",
    )
    .at(span)
}

/// `module.a.output.x`
pub fn in_module(module: &dyn std::fmt::Display, what: &str) -> String {
    match module.to_string() {
        module if module.is_empty() => what.to_owned(),
        module => format!("{module}.{what}"),
    }
}

/// Every block with conditions is known to the checks, whether it is ever evaluated or not.
fn declare_checks(config: &Config, checks: &mut Checks) {
    for (path, module) in &config.modules {
        for (name, variable) in &module.variables {
            if !variable.validations.is_empty() {
                checks.declare(CheckKind::InputVariable, in_module(path, &format!("var.{name}")));
            }
        }
        for (name, output) in &module.outputs {
            if !output.preconditions.is_empty() {
                checks.declare(CheckKind::Output, in_module(path, &format!("output.{name}")));
            }
        }
        for (resource, block) in &module.resources {
            if !block.lifecycle.preconditions.is_empty() || !block.lifecycle.postconditions.is_empty() {
                checks.declare(CheckKind::Resource, in_module(path, &resource.to_string()));
            }
        }
        for name in module.checks.keys() {
            checks.declare(CheckKind::Check, in_module(path, &format!("check.{name}")));
        }
    }
}

/// The unknown value that stands for a block that could not be evaluated.
pub fn unknown() -> Value {
    Value::unknown(Type::Dynamic)
}
