//! Expression + scope -> value.
//!
//! What names mean comes from a [`Scope`]; names that expressions themselves introduce (`for`, splats, `dynamic` iterators, template
//! variables) are [`Frame`]s on the stack. Values and diagnostics are those of HCL and Terraform: both sides of a conditional are looked
//! at, unknown values and marks travel, an error makes an unknown value and evaluation goes on as far as it is useful.
//!
//! Terraform looks up every reference of an expression before it evaluates, and evaluates only when all of them exist.
//! [`evaluate`] gives the same answers in the opposite order: it evaluates at once, and only when something went wrong looks at all the
//! references, because then their errors are the ones to show. [`evaluate_checked`] always looks first.

mod call;
pub mod check;
mod conditional;
mod construct;
pub mod decode;
mod dynamic;
mod evaluator;
mod explain;
mod for_loop;
mod frame;
mod lazy;
pub mod names;
pub mod operator;
pub mod repetition;
mod splat;
mod template;
mod traverse;
mod unknown_function;
mod variables;

pub use crate::value::quote;
pub use evaluator::{Evaluator, explain_values};
pub use frame::Frame;
pub use traverse::{attribute, index};
pub use variables::{Variable, variables};

use crate::addr::reference::{Reference, Subject, parse_reference};
use crate::addr::{InstanceKey, Resource};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::functions;
use crate::syntax::Expression;
use crate::value::{Type, Value};

/// What functions need of the evaluator.
pub const EVALUATION: functions::Evaluation =
    functions::Evaluation { render_template: lazy::render_template, constant };

/// What names mean at one place of the configuration.
pub trait Scope {
    /// The value of a subject. For a resource or a module this is all of it, whatever key or output the subject has.
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics>;

    /// One instance of a resource, where that is at hand without all the others.
    fn instance_of(&self, _resource: &Resource, _key: &InstanceKey) -> Option<Value> {
        None
    }

    /// One output of one instance of a module, where that is at hand without all the others.
    fn output_of(&self, _module: &str, _key: &InstanceKey, _output: &str) -> Option<Value> {
        None
    }

    /// What can be said about a reference without its value: whether it is declared, and used as its kind and schema allow.
    fn check(&self, _reference: &Reference<'_>) -> Diagnostics {
        Diagnostics::new()
    }

    /// Nothing can be referred to and nothing called: texts in JSON are then no templates.
    fn is_constant(&self) -> bool {
        false
    }

    /// What functions may know of the world; nothing where functions cannot be called.
    fn functions(&self) -> Option<&functions::Context> {
        None
    }

    /// A function of the provider that a local name means in this module.
    fn provider_function(&self, _provider: &str, _function: &str) -> Option<&'static functions::Function> {
        None
    }

    /// Whether the module's `required_providers` gives a provider with functions this name.
    fn has_provider_functions(&self, _provider: &str) -> bool {
        false
    }
}

/// A scope for constants: no names, no functions.
pub struct Constants;

impl Scope for Constants {
    fn value_of(&self, _subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        let mut error = Diagnostic::error("Variables not allowed", "Variables may not be used here.");
        error.subject = span;
        Err(error.into())
    }

    fn is_constant(&self) -> bool {
        true
    }
}

/// The value of an expression in which no names mean anything.
pub fn constant(expression: &Expression) -> (Value, Diagnostics) {
    evaluate(expression, &Constants)
}

/// The value of an expression. With errors the value is what is still known about it, down to an unknown value of no type.
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> (Value, Diagnostics) {
    evaluate_in(expression, scope, None)
}

/// [`evaluate`] where a frame gives further names.
pub fn evaluate_in(expression: &Expression, scope: &dyn Scope, frame: Option<&Frame<'_>>) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator::new(scope);
    let value = evaluator.evaluate(expression, frame);
    let is_suspect = evaluator.has_errors() || evaluator.has_failed_reference();
    if is_suspect && !scope.is_constant() {
        let references = check_references(expression, scope, frame);
        if references.has_errors() {
            return (Value::unknown(Type::Dynamic), references);
        }
    }
    (value, evaluator.into_diagnostics())
}

/// [`evaluate`], but with all references looked up first, those too that evaluation would not come to.
pub fn evaluate_checked(expression: &Expression, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut diagnostics = check_references(expression, scope, None);
    if diagnostics.has_errors() {
        return (Value::unknown(Type::Dynamic), diagnostics);
    }
    let (value, more) = evaluate(expression, scope);
    diagnostics.extend(more);
    (value, diagnostics)
}

/// Looks up every reference in an expression: first what can be said statically, then, if that went well, whether each has a value.
pub fn check_references(expression: &Expression, scope: &dyn Scope, frame: Option<&Frame<'_>>) -> Diagnostics {
    let found =
        variables(expression).filter(|variable| !frame.is_some_and(|frame| frame.binds(&variable.traversal().root)));
    check_variables(found, scope)
}

/// [`check_references`] for the variables of several expressions that are evaluated together.
pub fn check_variables<'a>(found: impl Iterator<Item = Variable<'a>>, scope: &dyn Scope) -> Diagnostics {
    let found: Vec<Variable<'a>> = found.collect();
    let mut diagnostics = Diagnostics::new();
    let mut references = Vec::new();
    for variable in &found {
        let (reference, problems) = parse_reference(variable.traversal());
        diagnostics.extend(problems);
        references.extend(reference);
    }
    let static_problems: Diagnostics = references.iter().flat_map(|reference| scope.check(reference)).collect();
    let is_declared = !static_problems.has_errors();
    diagnostics.extend(static_problems);
    if is_declared {
        let lookups =
            references.iter().filter_map(|reference| scope.value_of(&reference.subject, reference.span).err());
        diagnostics.extend(lookups.flatten());
    }
    diagnostics
}
