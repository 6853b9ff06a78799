//! Values given to variables, made into what the module sees.
//!
//! A value comes from the command line, the environment, a file or a module call. It gets the type's defaults and is converted to the type;
//! null becomes the default where the variable is not nullable. What is wrong is said where the value was written, or at the declaration
//! where it was not written in any file.

use super::Variable;
use crate::diag::{Diagnostic, Span};
use crate::value::{Marks, Text, Type, Value};

/// A value for a variable before it is looked at. Nothing: not set at all, not even to null.
#[derive(Clone, Debug)]
pub struct InputValue {
    pub value: Option<Value>,
    pub source: InputSource,
}

/// Where a value was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputSource {
    /// Nowhere.
    Unset,
    /// `-var name=value`
    CommandLine,
    /// `TF_VAR_name`
    Environment,
    /// Asked for on the terminal.
    Prompt,
    /// A tfvars file or a module call.
    Written(Span),
}

impl InputValue {
    pub fn unset() -> Self {
        Self { value: None, source: InputSource::Unset }
    }
}

/// The value inside the module. `address` is the variable's, with its module. With a diagnostic, an unknown value of the type.
pub fn prepare_input(variable: &Variable, address: &str, given: &InputValue) -> (Value, Option<Diagnostic>) {
    let preparing = Preparing { variable, address, source: given.source };
    match preparing.value(given.value.as_ref()) {
        Ok(value) => (value, None),
        Err(diagnostic) => (Value::unknown(variable.plain_type()), Some(diagnostic)),
    }
}

struct Preparing<'a> {
    variable: &'a Variable,
    address: &'a str,
    source: InputSource,
}

impl Preparing<'_> {
    fn value(&self, given: Option<&Value>) -> Result<Value, Diagnostic> {
        let variable = self.variable;
        let Some(given) = given.or(variable.default.as_ref()) else {
            let detail = format!("The variable \"{}\" is required, but is not set.", variable.name);
            return Err(Diagnostic::error("Required variable not set", detail).at(variable.span));
        };
        let value =
            variable.constraint.apply(given.clone()).map_err(|problem| self.unsuitable(&problem.to_string()))?;
        let value = match (value.is_null() && !variable.is_nullable(), &variable.default) {
            (false, _) => value,
            (true, Some(default)) => default.clone(),
            (true, None) => return Err(self.null_not_allowed()),
        };
        if variable.is_ephemeral() {
            return Ok(value.with_marks(Marks::EPHEMERAL));
        }
        if value.deep_marks().is_ephemeral() {
            let detail = "This input variable is not declared as accepting a ephemeral values, so it cannot be set to a result derived from an ephemeral value.";
            return Err(Diagnostic::error("Ephemeral value not allowed", detail).at(self.span()));
        }
        Ok(value)
    }

    /// Where the value was written, else where the variable was.
    fn span(&self) -> Span {
        match self.source {
            InputSource::Written(span) => span,
            _ => self.variable.span,
        }
    }

    fn unwritten_source(&self) -> Option<String> {
        let name = &self.variable.name;
        Some(match self.source {
            InputSource::Written(_) => return None,
            InputSource::CommandLine => format!("set using -var=\"{name}=...\""),
            InputSource::Environment => format!("set using the TF_VAR_{name} environment variable"),
            InputSource::Prompt => "set using an interactive prompt".to_owned(),
            InputSource::Unset => "set from outside of the configuration".to_owned(),
        })
    }

    fn unsuitable(&self, problem: &str) -> Diagnostic {
        let summary = "Invalid value for input variable";
        let (address, declared) = (self.address, self.variable.span);
        if let Some(source) = self.unwritten_source() {
            let detail = format!("Unsuitable value for {address} {source}: {problem}.");
            return Diagnostic::error(summary, detail).at(declared);
        }
        // Who runs this may not be meant to see the file that holds the secret.
        if self.variable.is_sensitive() {
            let place = self.span().mention();
            let detail = format!(
                "The given value is not suitable for {address}, which is sensitive: {problem}. Invalid value defined at {place}."
            );
            return Diagnostic::error(summary, detail).at(declared);
        }
        let place = declared.mention();
        let detail = format!("The given value is not suitable for {address} declared at {place}: {problem}.");
        Diagnostic::error(summary, detail).at(self.span())
    }

    fn null_not_allowed(&self) -> Diagnostic {
        let (summary, address) = ("Required variable not set", self.address);
        let problem = "required variable may not be set to null.";
        match self.unwritten_source() {
            Some(source) => {
                let detail = format!("Unsuitable value for {address} {source}: {problem}");
                Diagnostic::error(summary, detail).at(self.variable.span)
            }
            None => {
                let place = self.variable.span.mention();
                let detail = format!("The given value is not suitable for {address} defined at {place}: {problem}");
                Diagnostic::error(summary, detail).at(self.span())
            }
        }
    }
}

impl Variable {
    /// The type of its values, which have all attributes whether optional or not.
    pub fn plain_type(&self) -> Type {
        self.constraint.of.without_optional()
    }

    /// How the value is marked inside the module.
    pub fn marks(&self) -> Marks {
        let sensitive = if self.is_sensitive() { Marks::SENSITIVE } else { Marks::NONE };
        let ephemeral = if self.is_ephemeral() { Marks::EPHEMERAL } else { Marks::NONE };
        sensitive | ephemeral
    }

    /// `var.name`
    pub fn address(&self) -> Text {
        format!("var.{}", self.name).into()
    }
}
