//! What is known about a function without calling it.

use super::{Call, CallError, Context};
use crate::value::{Type, Value};

/// One function of the language.
pub struct Function {
    pub name: &'static str,
    /// What it does, in Markdown, as Terraform's metadata has it. Empty for functions that Terraform no longer documents.
    pub documentation: &'static str,
    pub parameters: Vec<Parameter>,
    /// Takes all arguments beyond the parameters.
    pub variadic: Option<Parameter>,
    pub returns: Returns,
    pub availability: Availability,
    /// Gives another result with every call; a plan defers it.
    pub is_impure: bool,
    /// Reads files: not for templates that come from elsewhere.
    pub is_filesystem: bool,
    /// Renders a template: not for use inside templates.
    pub is_template: bool,
    /// Never gives null, so that an unknown result is known not to be.
    pub is_never_null: bool,
    pub examples: Vec<Example>,
    pub(super) body: Body,
}

pub(super) type Body = fn(&Call<'_>) -> Result<Value, CallError>;

/// Finds the type of the result; arguments may be unknown.
pub(super) type TypeBody = fn(&[Value], &Context) -> Result<Type, CallError>;

/// One parameter and what it lets through to the body.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub documentation: &'static str,
    pub of: Type,
    pub allows_null: bool,
    pub allows_unknown: bool,
    pub allows_marked: bool,
    /// Values whose type is not known yet.
    pub allows_dynamic: bool,
    /// The body gets the expression, not a value: the evaluator runs the function (`try`, `can`) or reads the expression first
    /// (`templatestring`).
    pub is_expression: bool,
}

/// The type of the result.
pub enum Returns {
    Always(Type),
    Depends(TypeBody),
}

/// Where a function can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    Everywhere,
    OnlyInConsole,
    NotInConsole,
}

/// A call and how the console prints what it gives.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    pub call: &'static str,
    pub result: &'static str,
}

impl Parameter {
    pub(super) fn new(name: &'static str, of: Type) -> Self {
        Self {
            name,
            documentation: "",
            of,
            allows_null: false,
            allows_unknown: false,
            allows_marked: false,
            allows_dynamic: false,
            is_expression: false,
        }
    }

    pub(super) fn documented(self, documentation: &'static str) -> Self {
        Self { documentation, ..self }
    }

    pub(super) fn null(self) -> Self {
        Self { allows_null: true, ..self }
    }

    pub(super) fn unknown(self) -> Self {
        Self { allows_unknown: true, ..self }
    }

    pub(super) fn marked(self) -> Self {
        Self { allows_marked: true, ..self }
    }

    pub(super) fn dynamic(self) -> Self {
        Self { allows_dynamic: true, ..self }
    }

    pub(super) fn expression(self) -> Self {
        Self { is_expression: true, ..self }
    }
}

/// Parameters by type, for the tables of the families.
pub(super) fn any(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Dynamic)
}

pub(super) fn text(name: &'static str) -> Parameter {
    Parameter::new(name, Type::String)
}

pub(super) fn number(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Number)
}

pub(super) fn list(name: &'static str, element: Type) -> Parameter {
    Parameter::new(name, Type::list(element))
}

impl Function {
    /// A function with a result of one type, which is never null.
    pub(super) fn new<const N: usize>(name: &'static str, parameters: [Parameter; N], gives: Type, body: Body) -> Self {
        Self {
            name,
            documentation: "",
            parameters: parameters.into(),
            variadic: None,
            returns: Returns::Always(gives),
            availability: Availability::Everywhere,
            is_impure: false,
            is_filesystem: false,
            is_template: false,
            is_never_null: true,
            examples: Vec::new(),
            body,
        }
    }

    /// A function whose result has a type that depends on the arguments.
    pub(super) fn computed<const N: usize>(
        name: &'static str,
        parameters: [Parameter; N],
        type_body: TypeBody,
        body: Body,
    ) -> Self {
        Self { returns: Returns::Depends(type_body), ..Self::new(name, parameters, Type::Dynamic, body) }
    }

    pub(super) fn documented(self, documentation: &'static str) -> Self {
        Self { documentation, ..self }
    }

    pub(super) fn variadic(self, parameter: Parameter) -> Self {
        Self { variadic: Some(parameter), ..self }
    }

    pub(super) fn maybe_null(self) -> Self {
        Self { is_never_null: false, ..self }
    }

    pub(super) fn impure(self) -> Self {
        Self { is_impure: true, ..self }
    }

    pub(super) fn filesystem(self) -> Self {
        Self { is_filesystem: true, ..self }
    }

    pub(super) fn template(self) -> Self {
        Self { is_template: true, ..self }
    }

    pub(super) fn available(self, availability: Availability) -> Self {
        Self { availability, ..self }
    }

    pub(super) fn example(mut self, call: &'static str, result: &'static str) -> Self {
        self.examples.push(Example { call, result });
        self
    }

    /// The parameter that an argument goes to.
    pub fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// `join(separator, lists...)`
    pub fn signature(&self, called_name: &str) -> String {
        let mut names: Vec<String> = self.parameters.iter().map(|parameter| parameter.name.to_owned()).collect();
        names.extend(self.variadic.iter().map(|parameter| format!("{}...", parameter.name)));
        format!("{called_name}({})", names.join(", "))
    }

    /// Whether the evaluator has to look at argument expressions before it calls.
    pub fn takes_expressions(&self) -> bool {
        self.parameters.iter().chain(&self.variadic).any(|parameter| parameter.is_expression)
    }
}
