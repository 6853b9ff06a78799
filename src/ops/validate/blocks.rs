//! Variables, locals, outputs, module calls, provider configurations and checks, one by one.

use super::Walk;
use super::complaints::locate;
use super::modules::variable_address;
use super::rules;
use super::scope::{Place, Repetition};
use crate::addr::reference::{Subject, parse_reference};
use crate::addr::{ModulePath, ProviderConfig};
use crate::config::{InputSource, InputValue, LocalProvider, Module, prepare_input};
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::{self, decode::PreparedBody, repetition};
use crate::syntax::{Expression, Traversal};
use crate::value::{Text, Type, Value};

impl<'a> Walk<'a> {
    /// A root variable is an unknown value of its type; a module's is what the call gives it.
    pub(super) fn check_variable(&mut self, module: &'a Module, name: &Text) -> Diagnostics {
        let (Some(variable), Some(parent)) = (module.variables.get(name), module.path.parent()) else {
            return Diagnostics::new();
        };
        let Some(parent) = self.config.module(&parent) else { return Diagnostics::new() };
        let mut given = InputValue { value: None, source: InputSource::Written(variable.span) };
        let mut diagnostics = Diagnostics::new();
        if let Some(argument) = self.arguments[&module.path].get(name) {
            let place = Place::new(self, parent).repeated(Repetition::Any);
            let (value, found) = eval::evaluate_checked(argument, &place);
            if found.has_errors() {
                return found;
            }
            diagnostics.extend(found);
            given = InputValue { value: Some(value), source: InputSource::Written(argument.span) };
        }
        let address = variable_address(&module.path, name);
        let (value, problem) = prepare_input(variable, &address, &given);
        diagnostics.extend(problem);
        self.variables.insert((module.path.clone(), name.clone()), value.with_marks(variable.marks()));
        diagnostics
    }

    pub(super) fn check_validations(&mut self, module: &'a Module, name: &Text) -> Diagnostics {
        let Some(variable) = module.variables.get(name) else { return Diagnostics::new() };
        let unknown = Value::unknown(variable.plain_type()).with_marks(variable.marks());
        let value = self.variables.get(&(module.path.clone(), name.clone())).unwrap_or(&unknown);
        let place = Place { variable: Some((name, value)), ..Place::new(self, module) };
        let span = self.arguments[&module.path].get(name).map_or(variable.span, |argument| argument.span);
        rules::check_validations(&variable.validations, &place, span)
    }

    pub(super) fn check_local(&mut self, path: &'a ModulePath, module: &'a Module, name: &Text) -> Diagnostics {
        let Some(local) = module.locals.get(name) else { return Diagnostics::new() };
        let own = Subject::Local(name.clone());
        let mut diagnostics = Diagnostics::new();
        for variable in eval::variables(&local.value) {
            let (reference, _) = parse_reference(variable.traversal());
            if let Some(reference) = reference.filter(|reference| reference.subject == own) {
                let place = if path.is_root() { String::new() } else { format!("{path}.") };
                let detail =
                    format!("Local value {place}local.{name} cannot use its own result as part of its expression.");
                let mut error = Diagnostic::error("Self-referencing local value", detail).within(local.value.span);
                error.subject = reference.span;
                diagnostics.push(error);
            }
        }
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let (value, found) = eval::evaluate_checked(&local.value, &Place::new(self, module));
        self.locals.entry(path).or_default().insert(name.clone(), value);
        found
    }

    pub(super) fn check_output(&self, module: &'a Module, name: &Text) -> Diagnostics {
        let Some(output) = module.outputs.get(name) else { return Diagnostics::new() };
        if module.path.is_root() && output.is_ephemeral() {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            return Diagnostic::error("Ephemeral output not allowed", detail).at(output.span).into();
        }
        let place = Place::new(self, module);
        let mut diagnostics = Diagnostics::new();
        for rule in &output.preconditions {
            diagnostics.extend(rules::check_precondition(rule, &place));
        }
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let Some(expression) = &output.value else { return diagnostics };
        let (value, found) = eval::evaluate_checked(expression, &place);
        diagnostics.extend(found);
        diagnostics.extend(self.check_depends_on(module, &output.depends_on));
        if module.path.is_root() && !output.is_sensitive() && value.deep_marks().is_sensitive() {
            let detail = "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, Terraform requires that any root module output containing sensitive data be explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as sensitive by adding the following argument:\n    sensitive = true";
            diagnostics.push(Diagnostic::error("Output refers to sensitive values", detail).at(output.span));
        }
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let problem = match (output.is_ephemeral(), value.marks().is_ephemeral(), value.deep_marks().is_ephemeral()) {
            (true, false, _) => Some((
                "Value not allowed in ephemeral output",
                "This output value is declared as returning an ephemeral value, so it can only be set to an ephemeral value.",
            )),
            (false, _, true) => Some((
                "Ephemeral value not allowed",
                "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.",
            )),
            _ => None,
        };
        diagnostics.extend(problem.map(|(summary, detail)| Diagnostic::error(summary, detail).at(expression.span)));
        diagnostics
    }

    /// `count`, `for_each` and `depends_on` of the call that made this module.
    pub(super) fn check_call(&self, module: &'a Module) -> Diagnostics {
        let parent = module.path.parent().and_then(|parent| self.config.module(&parent));
        let (Some(call), Some(parent)) = (&module.call, parent) else { return Diagnostics::new() };
        let mut diagnostics = self.check_repetition(parent, call.count.as_deref(), call.for_each.as_deref());
        diagnostics.extend(self.check_depends_on(parent, &call.depends_on));
        diagnostics
    }

    pub(super) fn check_repetition(
        &self,
        module: &'a Module,
        count: Option<&Expression>,
        for_each: Option<&Expression>,
    ) -> Diagnostics {
        let place = Place::new(self, module);
        let expressions = count.into_iter().chain(for_each);
        let references = eval::check_variables(expressions.flat_map(eval::variables), &place);
        if references.has_errors() {
            return references;
        }
        let mut diagnostics = references;
        if let Some(count) = count {
            diagnostics.extend(repetition::count(count, &place).err().into_iter().flatten());
        } else if let Some(for_each) = for_each {
            diagnostics.extend(repetition::for_each(for_each, &place).err().into_iter().flatten());
        }
        diagnostics
    }

    /// References to whole things that exist.
    pub(super) fn check_depends_on(&self, module: &'a Module, depends_on: &[Traversal]) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for traversal in depends_on {
            let (reference, found) = parse_reference(traversal);
            let is_sound = !found.has_errors();
            diagnostics.extend(found);
            let Some(reference) = reference.filter(|_| is_sound) else { continue };
            if let (Some(first), Some(last)) = (reference.remaining.first(), reference.remaining.last()) {
                let detail = "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.";
                diagnostics
                    .push(Diagnostic::error("Invalid depends_on reference", detail).at(first.span.to(last.span)));
            }
            if diagnostics.has_errors() {
                continue;
            }
            let place = Place::new(self, module);
            diagnostics.extend(eval::check_variables(std::iter::once(eval::Variable::of(traversal)), &place));
        }
        diagnostics
    }

    pub(super) fn check_provider(&self, module: &'a Module, provider: &ProviderConfig) -> Diagnostics {
        let is_it = |local: &&LocalProvider| {
            local.alias == provider.alias && module.provider_source(&local.name) == provider.source
        };
        let block = module.providers.keys().find(is_it).and_then(|local| module.providers.get(local));
        let (Some(block), Some(kind)) = (block, self.world.providers.get(&provider.source)) else {
            return Diagnostics::new();
        };
        if crate::config::is_empty_body(&block.body) {
            return Diagnostics::new();
        }
        let prepared = PreparedBody::new(&block.body, &kind.schema().configuration.block);
        let (value, mut diagnostics) = self.decode(&prepared, &Place::new(self, module));
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let (value, _) = value.unmark_deep();
        let complaints = kind.validate_configuration(&value);
        diagnostics.extend(complaints.into_iter().flat_map(|complaint| locate(complaint, &block.body, provider)));
        diagnostics
    }

    pub(super) fn check_check(&self, module: &'a Module, name: &Text) -> Diagnostics {
        let Some(check) = module.checks.get(name) else { return Diagnostics::new() };
        let place = Place { check: Some(name), ..Place::new(self, module) };
        check.asserts.iter().flat_map(|rule| rules::check_assertion(rule, &place)).collect()
    }

    /// A body's value, with references looked at first.
    pub(super) fn decode(&self, prepared: &PreparedBody, place: &Place) -> (Value, Diagnostics) {
        let mut diagnostics = eval::check_variables(prepared.variables().into_iter(), place);
        if diagnostics.has_errors() {
            return (Value::unknown(Type::Dynamic), diagnostics);
        }
        let (value, found) = prepared.evaluate(place);
        diagnostics.extend(found);
        (value, diagnostics)
    }
}
