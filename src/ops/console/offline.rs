//! A scope over the root module alone: its variables and locals, and what the state says of its resources.

use crate::addr::reference::{Reference, Subject};
use crate::addr::{ModulePath, Resource};
use crate::config::{Config, Module};
use crate::diag::{Diagnostics, Span};
use crate::eval::check::{self, Declarations, DeclaredResource, Repetition};
use crate::eval::names::{self, Paths};
use crate::eval::{Scope, evaluate_checked};
use crate::functions;
use crate::schema::{Attribute, Block};
use crate::value::{Text, Type, Value, from_json_as};
use std::cell::RefCell;
use std::collections::BTreeMap;

pub struct OfflineScope<'a> {
    pub module: &'a Module,
    pub variables: BTreeMap<Text, Value>,
    pub resources: BTreeMap<Resource, Value>,
    pub functions: functions::Context,
    pub paths: Paths,
    pub workspace: String,
    locals: RefCell<BTreeMap<Text, Value>>,
    terraform_data: Block,
}

impl<'a> OfflineScope<'a> {
    pub fn new(
        config: &'a Config,
        variables: BTreeMap<Text, Value>,
        functions: functions::Context,
        paths: Paths,
        workspace: &str,
        state: &serde_json::Value,
    ) -> Self {
        let attributes = [
            ("id", Attribute::computed(Type::String)),
            ("input", Attribute::optional(Type::Dynamic)),
            ("output", Attribute::computed(Type::Dynamic)),
            ("triggers_replace", Attribute::optional(Type::Dynamic)),
        ];
        let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
        let terraform_data = Block { attributes, ..Block::default() };
        let resources = read_state(state, &terraform_data.implied_type());
        Self {
            module: config.root(),
            variables,
            resources,
            functions,
            paths,
            workspace: workspace.to_owned(),
            locals: RefCell::default(),
            terraform_data,
        }
    }

    /// Evaluates all locals, in order, for what is wrong with them.
    pub fn evaluate_locals(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for name in self.module.locals.keys() {
            diagnostics.extend(self.evaluate_local(name));
        }
        diagnostics
    }

    fn evaluate_local(&self, name: &Text) -> Diagnostics {
        let Some(local) = self.module.locals.get(name) else { return Diagnostics::new() };
        if self.locals.borrow().contains_key(name) {
            return Diagnostics::new();
        }
        self.locals.borrow_mut().insert(name.clone(), Value::unknown(Type::Dynamic));
        let (value, diagnostics) = evaluate_checked(&local.value, self);
        self.locals.borrow_mut().insert(name.clone(), value);
        diagnostics
    }
}

fn read_state(state: &serde_json::Value, of: &Type) -> BTreeMap<Resource, Value> {
    let mut resources = BTreeMap::new();
    for resource in state["resources"].as_array().into_iter().flatten() {
        let (Some(kind), Some(name)) = (resource["type"].as_str(), resource["name"].as_str()) else { continue };
        let mut items: Vec<(&serde_json::Value, Value)> = Vec::new();
        for instance in resource["instances"].as_array().into_iter().flatten() {
            let value = from_json_as(&instance["attributes"], of).unwrap_or_else(|_| Value::unknown(of.clone()));
            items.push((&instance["index_key"], value));
        }
        let value = match items.first() {
            Some((serde_json::Value::String(_), _)) => {
                Value::object(items.into_iter().map(|(key, value)| (key.as_str().unwrap_or_default().into(), value)))
            }
            Some((serde_json::Value::Number(_), _)) => {
                Value::tuple(items.into_iter().map(|(_, value)| value).collect())
            }
            Some(_) => items.remove(0).1,
            None => continue,
        };
        resources.insert(Resource::managed(kind, name), value);
    }
    resources
}

impl Scope for OfflineScope<'_> {
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        let module = self.module;
        match subject {
            Subject::Resource { resource, .. } if !module.resources.contains_key(resource) => {
                names::undeclared_resource(resource, &module.path, span)
            }
            Subject::Resource { resource, .. } => {
                Ok(self.resources.get(resource).cloned().unwrap_or_else(|| Value::unknown(Type::Dynamic)))
            }
            Subject::Module { name, .. } if !module.calls.contains_key(name) => {
                names::undeclared_module(name, &module.path, span)
            }
            Subject::Module { .. } => Ok(Value::unknown(Type::Dynamic)),
            Subject::Variable(name) => match self.variables.get(name) {
                Some(value) => Ok(value.clone()),
                None => names::undeclared_variable(name, module.variables.keys().map(|name| &**name), span),
            },
            Subject::Local(name) if !module.locals.contains_key(name) => {
                names::undeclared_local(name, module.locals.keys().map(|name| &**name), span)
            }
            Subject::Local(name) => {
                self.evaluate_local(name);
                Ok(self.locals.borrow().get(name).cloned().unwrap_or_default())
            }
            Subject::Path(name) => names::path(name, &self.paths, span),
            Subject::Terraform(name) => names::terraform(name, &self.workspace, false, span),
            Subject::Count(name) => names::count(name, None, span),
            Subject::Each(name) => names::each(name, None, None, span),
            Subject::SelfObject => names::no_self(span),
        }
    }

    fn check(&self, reference: &Reference<'_>) -> Diagnostics {
        check::check_reference(reference, self, check::Place::default())
    }

    fn functions(&self) -> Option<&functions::Context> {
        Some(&self.functions)
    }
}

impl Declarations for OfflineScope<'_> {
    fn module(&self) -> &ModulePath {
        &self.module.path
    }

    fn resource(&self, resource: &Resource) -> Option<DeclaredResource<'_>> {
        let block = self.module.resources.get(resource)?;
        let repetition = match (&block.count, &block.for_each) {
            (Some(_), _) => Repetition::Count,
            (_, Some(_)) => Repetition::ForEach,
            _ => Repetition::Single,
        };
        let schema = (&*resource.kind == "terraform_data").then_some(&self.terraform_data);
        Some(DeclaredResource { repetition, schema, provider: block.provider_source.to_string(), check: None })
    }

    fn calls(&self) -> Vec<&str> {
        self.module.calls.keys().map(|name| &**name).collect()
    }
}
