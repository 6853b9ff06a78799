//! What names mean inside one module instance: the bridge between the values of a walk and the evaluator.

use super::expansion::Repetition;
use super::options::Input;
use super::values::{ModuleId, Values};
use crate::addr::reference::{Reference, Subject};
use crate::addr::{InstanceKey, Resource, ResourceMode};
use crate::diag::{Diagnostics, Span};
use crate::eval::{Scope, names};
use crate::functions;
use crate::value::{Marks, Text, Type, Value};

/// A place in the configuration from which expressions look at the values.
pub struct Place<'a> {
    pub input: &'a Input,
    pub values: &'a Values,
    pub module: ModuleId,
    pub repetition: Repetition,
    /// `self`, where there is one.
    pub self_object: Option<Value>,
    /// The check block that the expression stands in: it may use its own data source.
    pub check: Option<Text>,
    pub self_resource: Option<Resource>,
    /// `terraform.applying`
    pub is_applying: bool,
}

impl<'a> Place<'a> {
    pub fn new(input: &'a Input, values: &'a Values, module: ModuleId) -> Self {
        Self {
            input,
            values,
            module,
            repetition: Repetition::default(),
            self_object: None,
            check: None,
            self_resource: None,
            is_applying: false,
        }
    }

    pub fn repeated(self, repetition: Repetition) -> Self {
        Self { repetition, ..self }
    }

    pub fn with_self(self, resource: &Resource, object: Value) -> Self {
        Self { self_object: Some(object), self_resource: Some(resource.clone()), ..self }
    }

    pub fn in_check(self, name: &Text) -> Self {
        Self { check: Some(name.clone()), ..self }
    }

    fn resource(&self, resource: &Resource) -> Value {
        let absent = || match resource.mode {
            ResourceMode::Ephemeral => Value::unknown(Type::Dynamic).with_marks(Marks::EPHEMERAL),
            _ => Value::unknown(Type::Dynamic),
        };
        match self.values.module(self.module).resources.get(resource) {
            Some(values) => values.whole(absent).clone(),
            None => absent(),
        }
    }
}

impl Scope for Place<'_> {
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        let values = self.values.module(self.module);
        let unknown = || Value::unknown(Type::Dynamic);
        match subject {
            Subject::Resource { resource, .. } if !values.module.resources.contains_key(resource) => {
                names::undeclared_resource(resource, &values.module.path, span)
            }
            Subject::Resource { resource, .. } => Ok(self.resource(resource)),
            Subject::Module { name, .. } if !values.module.calls.contains_key(name) => {
                names::undeclared_module(name, &values.module.path, span)
            }
            Subject::Module { name, .. } => {
                Ok(self.values.whole_call(self.module, name).cloned().unwrap_or_else(unknown))
            }
            Subject::Variable(name) if !values.module.variables.contains_key(name) => {
                names::undeclared_variable(name, values.module.variables.keys().map(|it| &**it), span)
            }
            Subject::Variable(name) => Ok(values.variables.get(name).cloned().unwrap_or_else(unknown)),
            Subject::Local(name) if !values.module.locals.contains_key(name) => {
                names::undeclared_local(name, values.module.locals.keys().map(|it| &**it), span)
            }
            Subject::Local(name) => Ok(values.locals.get(name).cloned().unwrap_or_else(unknown)),
            Subject::Path(name) => {
                let paths = names::Paths {
                    working: self.input.working_directory.clone(),
                    module: values.module.directory.clone(),
                    root: self.input.root_directory.clone(),
                };
                names::path(name, &paths, span)
            }
            Subject::Terraform(name) => names::terraform(name, &self.input.workspace, self.is_applying, span),
            Subject::Count(name) => {
                let index = self.repetition.count_index.map(|index| Value::from(index as i64));
                names::count(name, index.as_ref(), span)
            }
            Subject::Each(name) => {
                let key = self.repetition.each_key.clone().map(Value::string);
                names::each(name, key.as_ref(), self.repetition.each_value.as_ref(), span)
            }
            Subject::SelfObject => self.self_object.clone().map_or_else(|| names::no_self(span), Ok),
        }
    }

    fn instance_of(&self, resource: &Resource, key: &InstanceKey) -> Option<Value> {
        self.values.module(self.module).resources.get(resource)?.instance(key).cloned()
    }

    fn output_of(&self, module: &str, key: &InstanceKey, output: &str) -> Option<Value> {
        let child = *self.values.module(self.module).calls.get(module)?.instances.get(key)?;
        self.values.module(child).outputs.get(output).cloned()
    }

    fn check(&self, reference: &Reference<'_>) -> Diagnostics {
        super::declared::check_reference(self, reference)
    }

    fn functions(&self) -> Option<&functions::Context> {
        Some(&self.input.functions)
    }

    fn provider_function(&self, provider: &str, function: &str) -> Option<&'static functions::Function> {
        self.has_provider_functions(provider).then(|| functions::find_provider_function(function))?
    }

    /// Only the built-in provider has any.
    fn has_provider_functions(&self, provider: &str) -> bool {
        self.values.module(self.module).module.declares_builtin(provider)
    }
}
