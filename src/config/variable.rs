//! `variable` blocks.

use super::call::CALL;
use super::constraint::{TypeConstraint, read_constraint};
use super::reading::{Reading, Shape};
use super::{CheckRule, check};
use crate::addr::reference::{Subject, parse_reference};
use crate::diag::Span;
use crate::eval;
use crate::syntax::{Attribute, Block};
use crate::value::{Text, Type, Value};

/// `variable "name" { ... }`
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: Text,
    pub constraint: TypeConstraint,
    /// Converted to the type. Nothing: the variable is required.
    pub default: Option<Value>,
    pub nullable: Option<bool>,
    pub sensitive: Option<bool>,
    pub ephemeral: Option<bool>,
    pub description: Option<Text>,
    pub validations: Vec<CheckRule>,
    /// The block's header.
    pub span: Span,
}

impl Variable {
    /// Whether null is a value, rather than a way to ask for the default.
    pub fn is_nullable(&self) -> bool {
        self.nullable != Some(false)
    }

    pub fn is_sensitive(&self) -> bool {
        self.sensitive == Some(true)
    }

    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral == Some(true)
    }

    pub fn is_required(&self) -> bool {
        self.default.is_none()
    }

    /// How texts from the command line and the environment become values.
    pub fn parsing(&self) -> VariableParsing {
        let of = &self.constraint.of;
        if *of == Type::Dynamic && !self.constraint.is_written || of.is_primitive() {
            VariableParsing::Literal
        } else {
            VariableParsing::Expression
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableParsing {
    /// The text is the value.
    Literal,
    /// The text is an expression of constants.
    Expression,
}

const VARIABLE: Shape = Shape {
    required: &[],
    optional: &["description", "default", "type", "sensitive", "ephemeral", "nullable"],
    blocks: &[("validation", &[])],
};

pub(super) fn read_variable(block: &Block, reading: &mut Reading) -> Variable {
    let content = reading.content(&block.body, &VARIABLE);
    let label = &block.labels[0];
    reading.check_label(block, 0, "Invalid variable name");
    if is_reserved(&label.text) {
        let detail = format!(
            "The variable name \"{}\" is reserved due to its special meaning inside module blocks.",
            label.text
        );
        reading.error("Invalid variable name", detail, label.span);
    }
    let description = content.attribute("description").and_then(|a| reading.constant_text(&a.expression));
    let constraint = match content.attribute("type") {
        Some(attribute) => read_constraint(&attribute.expression, reading),
        None => TypeConstraint { of: Type::Dynamic, defaults: None, is_written: false },
    };
    let mut bool_of = |name| content.attribute(name).map(|a| reading.constant_bool(&a.expression).unwrap_or_default());
    let (sensitive, ephemeral, nullable) = (bool_of("sensitive"), bool_of("ephemeral"), bool_of("nullable"));
    let mut variable = Variable {
        name: label.text.clone(),
        constraint,
        default: None,
        nullable,
        sensitive,
        ephemeral,
        description,
        validations: Vec::new(),
        span: block.header_span(),
    };
    if let Some(attribute) = content.attribute("default") {
        variable.default = Some(read_default(attribute, &variable, reading));
    }
    for inner in &content.blocks {
        let rule = check::read_rule(inner, reading);
        check_validation(&variable.name, &rule, reading);
        variable.validations.push(rule);
    }
    variable
}

/// Whether a `module` block could not set a variable of this name.
fn is_reserved(name: &str) -> bool {
    let is_block = CALL.blocks.iter().any(|(kind, _)| *kind == name);
    CALL.required.contains(&name) || CALL.optional.contains(&name) || is_block
}

/// The default in the variable's type. The type of an override file's variable is only known after merging.
fn read_default(attribute: &Attribute, variable: &Variable, reading: &mut Reading) -> Value {
    let span = attribute.expression.span;
    let mut value = reading.constant(&attribute.expression).unwrap_or_else(|| Value::unknown(Type::Dynamic));
    if !reading.is_override || variable.constraint.is_written {
        value = match variable.constraint.apply(value) {
            Ok(value) => value,
            Err(problem) => {
                let problem = problem.located();
                let detail =
                    format!("This default value is not compatible with the variable's type constraint: {problem}.");
                reading.error("Invalid default value for variable", detail, span);
                Value::unknown(Type::Dynamic)
            }
        };
    }
    if !variable.is_nullable() && value.is_null() {
        let detail = "A null default value is not valid when nullable=false.";
        reading.error("Invalid default value for variable", detail, span);
    }
    value
}

fn check_validation(name: &str, rule: &CheckRule, reading: &mut Reading) {
    let Some(condition) = &rule.condition else { return };
    let is_own = |variable: eval::Variable| {
        let subject = parse_reference(variable.traversal()).0.map(|reference| reference.subject);
        matches!(subject, Some(Subject::Variable(other)) if &*other == name)
    };
    if !eval::variables(condition).any(is_own) {
        reading.error(
            "Invalid variable validation condition",
            format!("The condition for variable \"{name}\" must refer to var.{name} in order to test incoming values."),
            condition.span,
        );
    }
}
