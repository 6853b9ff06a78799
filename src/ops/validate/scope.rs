//! What names mean while a configuration is validated: almost everything is unknown.

use super::Walk;
use crate::addr::reference::{Reference, Subject};
use crate::addr::{Resource, ResourceMode};
use crate::config::{Module, ResourceBlock};
use crate::diag::{Diagnostics, Span};
use crate::eval::{Scope, check, names};
use crate::functions;
use crate::plan::Declared;
use crate::value::{Marks, Text, Type, Value};

/// A place in the configuration.
#[derive(Clone)]
pub(super) struct Place<'w, 'a> {
    pub walk: &'w Walk<'a>,
    pub module: &'a Module,
    pub repetition: Repetition,
    /// What `self` is, where there is one.
    pub self_resource: Option<&'w Resource>,
    /// The `check` block around.
    pub check: Option<&'w str>,
    /// A variable whose value is known after all: the one that is being validated.
    pub variable: Option<(&'w Text, &'w Value)>,
}

/// Which of `count` and `each` there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    None,
    Count,
    ForEach,
    /// An argument of a module call: nobody looks.
    Any,
}

impl Repetition {
    pub fn of(block: &ResourceBlock) -> Self {
        match (&block.count, &block.for_each) {
            (Some(_), _) => Self::Count,
            (None, Some(_)) => Self::ForEach,
            (None, None) => Self::None,
        }
    }
}

impl<'w, 'a> Place<'w, 'a> {
    pub fn new(walk: &'w Walk<'a>, module: &'a Module) -> Self {
        Self { walk, module, repetition: Repetition::None, self_resource: None, check: None, variable: None }
    }

    pub fn repeated(self, repetition: Repetition) -> Self {
        Self { repetition, ..self }
    }

    fn variable(&self, name: &Text, span: Option<Span>) -> Result<Value, Diagnostics> {
        let Some(variable) = self.module.variables.get(name) else {
            let known = self.module.variables.keys().map(|name| &**name);
            return names::undeclared_variable(name, known, span);
        };
        match self.variable {
            Some((own, value)) if own == name => Ok(value.clone()),
            _ => Ok(Value::unknown(variable.plain_type()).with_marks(variable.marks())),
        }
    }

    fn local(&self, name: &Text, span: Option<Span>) -> Result<Value, Diagnostics> {
        if !self.module.locals.contains_key(name) {
            return names::undeclared_local(name, self.module.locals.keys().map(|name| &**name), span);
        }
        let known = self.walk.locals.get(&self.module.path).and_then(|locals| locals.get(name));
        Ok(known.cloned().unwrap_or_else(|| Value::unknown(Type::Dynamic)))
    }

    /// The outputs as an object of unknown parts, or a collection of such objects where the call is repeated.
    fn call(&self, name: &Text, span: Option<Span>) -> Result<Value, Diagnostics> {
        let child = self.walk.config.module(&self.module.path.child(name));
        let (Some(call), Some(child)) = (self.module.calls.get(name), child) else {
            return names::undeclared_module(name, &self.module.path, span);
        };
        let instance = Type::object(child.outputs.keys().map(|output| (output.clone(), Type::Dynamic)));
        Ok(Value::unknown(match (&call.count, &call.for_each) {
            (Some(_), _) => Type::list(instance),
            (None, Some(_)) => Type::map(instance),
            (None, None) => instance,
        }))
    }

    fn resource(&self, resource: &Resource, span: Option<Span>) -> Result<Value, Diagnostics> {
        if !self.module.resources.contains_key(resource) {
            return names::undeclared_resource(resource, &self.module.path, span);
        }
        let value = Value::unknown(Type::Dynamic);
        Ok(match resource.mode {
            ResourceMode::Ephemeral => value.with_marks(Marks::EPHEMERAL),
            _ => value,
        })
    }
}

impl Scope for Place<'_, '_> {
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        let index = Value::unknown(Type::Number);
        let (key, value) = (Value::unknown(Type::String), Value::unknown(Type::Dynamic));
        let has_count = matches!(self.repetition, Repetition::Count | Repetition::Any);
        let has_each = matches!(self.repetition, Repetition::ForEach | Repetition::Any);
        match subject {
            Subject::Variable(name) => self.variable(name, span),
            Subject::Local(name) => self.local(name, span),
            Subject::Module { name, .. } => self.call(name, span),
            Subject::Resource { resource, .. } => self.resource(resource, span),
            Subject::Path(name) => names::path(name, &self.walk.paths[&self.module.path], span),
            Subject::Terraform(name) => match &**name {
                "workspace" => Ok(Value::unknown(Type::String)),
                _ => names::terraform(name, "default", false, span),
            },
            Subject::Count(name) => names::count(name, has_count.then_some(&index), span),
            Subject::Each(name) => names::each(name, has_each.then_some(&key), has_each.then_some(&value), span),
            Subject::SelfObject => match self.self_resource {
                Some(_) => Ok(Value::unknown(Type::Dynamic)),
                None => names::no_self(span),
            },
        }
    }

    fn check(&self, reference: &Reference<'_>) -> Diagnostics {
        let declared = Declared { module: self.module, providers: self.walk.world.providers };
        let place = check::Place { self_resource: self.self_resource, check: self.check };
        check::check_reference(reference, &declared, place)
    }

    fn provider_function(&self, provider: &str, function: &str) -> Option<&'static functions::Function> {
        functions::find_provider_function(function).filter(|_| self.has_provider_functions(provider))
    }

    fn has_provider_functions(&self, provider: &str) -> bool {
        self.module.declares_builtin(provider)
    }

    fn functions(&self) -> Option<&functions::Context> {
        Some(self.walk.world.functions)
    }
}
