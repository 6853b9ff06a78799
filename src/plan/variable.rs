//! Input variables: from what was given to what expressions see, and their validations.

use super::checks::{RuleId, RuleKind};
use super::condition::truth;
use super::options::Origin;
use crate::config::{CheckRule, Variable};
use crate::diag::{Cause, Diagnostic, Diagnostics, Span};
use crate::eval::{Scope, check_variables, evaluate, explain, variables};
use crate::state::CheckStatus;
use crate::syntax::Expression;
use crate::value::{Marks, Type, Value};

/// Who gave a value.
pub enum Giver {
    /// The argument of a module call, or a file of values: the expression.
    Expression(Span),
    /// Somebody who has no place in a file.
    Outside(Origin),
}

/// Converts a given value (nothing: not given at all) to the variable's type, with its defaults and marks.
pub fn prepare(
    variable: &Variable,
    address: &str,
    given: Option<Value>,
    giver: &Giver,
) -> (Value, Diagnostics) {
    let constraint = &variable.constraint;
    let unknown = || Value::unknown(constraint.of.without_optional());
    let mut diagnostics = Diagnostics::new();
    let Some(given) = given.or_else(|| variable.default.clone()) else {
        let detail = format!("The variable {:?} is required, but is not set.", &*variable.name);
        return (unknown(), Diagnostic::error("Required variable not set", detail).at(variable.span).into());
    };
    let given = match &constraint.defaults {
        Some(defaults) if !given.is_null() => defaults.apply(given),
        _ => given,
    };
    let value = match given.convert(&constraint.of) {
        Ok(value) => value,
        Err(problem) => {
            let error = unsuitable(variable, address, giver, &problem.to_string());
            return (unknown(), error.into());
        }
    };
    let value = match (&variable.default, value.is_null() && !variable.is_nullable()) {
        (_, false) => value,
        (Some(default), true) => default.clone(),
        (None, true) => {
            diagnostics.push(null_not_allowed(variable, address, giver));
            unknown()
        }
    };
    let is_ephemeral = value.deep_marks().is_ephemeral();
    if is_ephemeral && !variable.is_ephemeral() {
        let detail = "This input variable is not declared as accepting a ephemeral values, so it cannot be set to a result derived from an ephemeral value.";
        let span = match giver {
            Giver::Expression(span) => *span,
            Giver::Outside(_) => variable.span,
        };
        diagnostics.push(Diagnostic::error("Ephemeral value not allowed", detail).at(span));
    }
    let mut marks = Marks::NONE;
    if variable.is_sensitive() {
        marks = marks | Marks::SENSITIVE;
    }
    if variable.is_ephemeral() {
        marks = marks | Marks::EPHEMERAL;
    }
    (value.with_marks(marks), diagnostics)
}

/// `set using -var="x=..."`
fn set_using(variable: &Variable, origin: &Origin) -> String {
    match origin {
        Origin::CommandLine => format!("set using -var=\"{}=...\"", variable.name),
        Origin::Environment => format!("set using the TF_VAR_{} environment variable", variable.name),
        Origin::Prompt => "set using an interactive prompt".to_owned(),
        Origin::File(_) | Origin::Plan => "set from outside of the configuration".to_owned(),
    }
}

fn unsuitable(variable: &Variable, address: &str, giver: &Giver, problem: &str) -> Diagnostic {
    let summary = "Invalid value for input variable";
    match giver {
        Giver::Outside(origin) => {
            let detail = format!("Unsuitable value for {address} {}: {problem}.", set_using(variable, origin));
            Diagnostic::error(summary, detail).at(variable.span)
        }
        Giver::Expression(span) if variable.is_sensitive() => {
            let place = span.mention();
            let detail = format!(
                "The given value is not suitable for {address}, which is sensitive: {problem}. Invalid value defined at {place}."
            );
            Diagnostic::error(summary, detail).at(variable.span)
        }
        Giver::Expression(span) => {
            let place = variable.span.mention();
            let detail = format!("The given value is not suitable for {address} declared at {place}: {problem}.");
            Diagnostic::error(summary, detail).at(*span)
        }
    }
}

fn null_not_allowed(variable: &Variable, address: &str, giver: &Giver) -> Diagnostic {
    let summary = "Required variable not set";
    match giver {
        Giver::Outside(origin) => {
            let how = set_using(variable, origin);
            let detail = format!("Unsuitable value for {address} {how}: required variable may not be set to null.");
            Diagnostic::error(summary, detail).at(variable.span)
        }
        Giver::Expression(span) => {
            let place = variable.span.mention();
            let detail = format!(
                "The given value is not suitable for {address} defined at {place}: required variable may not be set to null."
            );
            Diagnostic::error(summary, detail).at(*span)
        }
    }
}

/// One validation's outcome.
pub struct Validated {
    pub rule: RuleId,
    pub status: CheckStatus,
    pub message: Option<String>,
}

/// Evaluates all validations. `value_span` is where the value was given.
pub fn validate(
    rules: &[CheckRule],
    scope: &dyn Scope,
    value_span: Span,
) -> (Vec<Validated>, Diagnostics) {
    let expressions = || rules.iter().flat_map(|rule| rule.condition.iter().chain(&rule.error_message));
    let mut diagnostics = check_variables(expressions().flat_map(|expression| variables(expression)), scope);
    if diagnostics.has_errors() {
        return (Vec::new(), diagnostics);
    }
    let mut validated = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let (status, message, found) = validate_one(rule, scope, value_span);
        diagnostics.extend(found);
        validated.push(Validated { rule: RuleId { kind: RuleKind::Validation, index }, status, message });
    }
    (validated, diagnostics)
}

fn validate_one(
    rule: &CheckRule,
    scope: &dyn Scope,
    value_span: Span,
) -> (CheckStatus, Option<String>, Diagnostics) {
    let (Some(condition), Some(message)) = (&rule.condition, &rule.error_message) else {
        return (CheckStatus::Error, None, Diagnostics::new());
    };
    let (value, mut diagnostics) = evaluate(condition, scope);
    let (text, problems) = evaluate(message, scope);
    let has_text_problems = problems.has_errors();
    diagnostics.extend(problems);
    let invalid = |detail: String| Diagnostic {
        expression_values: explain(condition, scope),
        ..Diagnostic::error("Invalid variable validation result", detail).at(condition.span)
    };
    match truth(&value) {
        Ok(Some(true)) => return (CheckStatus::Pass, None, diagnostics),
        Ok(None) => return (CheckStatus::Unknown, None, diagnostics),
        Ok(Some(false)) => {}
        Err(None) => {
            let detail = "Validation condition expression must return either true or false, not null.".to_owned();
            diagnostics.push(invalid(detail));
            return (CheckStatus::Error, None, diagnostics);
        }
        Err(Some(problem)) => {
            diagnostics.push(invalid(format!("Invalid validation condition result value: {problem}.")));
            return (CheckStatus::Error, None, diagnostics);
        }
    }
    if !text.is_known() && !has_text_problems {
        let detail = "Unsuitable value for error message: expression refers to values that won't be known until the apply phase.";
        diagnostics.push(Diagnostic {
            expression_values: explain(message, scope),
            cause: Some(Cause::Unknown),
            ..Diagnostic::error("Invalid error message", detail).at(message.span)
        });
        return (CheckStatus::Error, None, diagnostics);
    }
    let mut text = if has_text_problems { String::new() } else { message_text(&text, message, scope, &mut diagnostics) };
    if text.is_empty() {
        text = "Failed to evaluate condition error message.".to_owned();
    }
    let place = rule.span.mention();
    let detail = format!("{text}\n\nThis was checked by the validation rule at {place}.");
    diagnostics.push(Diagnostic {
        expression_values: explain(condition, scope),
        ..Diagnostic::error("Invalid value for variable", detail).at(value_span)
    });
    (CheckStatus::Fail, Some(text), diagnostics)
}

fn message_text(value: &Value, expression: &Expression, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> String {
    if value.is_null() {
        return String::new();
    }
    let mut complain = |summary: &str, detail: String| {
        diagnostics.push(Diagnostic {
            expression_values: explain(expression, scope),
            ..Diagnostic::error(summary, detail).at(expression.span)
        });
    };
    let hidden = "The error message included a sensitive value, so it will not be displayed.".to_owned();
    match value.convert(&Type::String) {
        Err(problem) => {
            complain("Invalid error message", format!("Unsuitable value for error message: {problem}."));
            String::new()
        }
        Ok(text) if text.marks().is_sensitive() => {
            complain("Error message refers to sensitive values", "The error expression used to explain this condition refers to sensitive values. Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.".to_owned());
            hidden
        }
        Ok(text) if text.marks().is_ephemeral() => {
            complain("Error message refers to ephemeral values", "The error expression used to explain this condition refers to ephemeral values. Terraform will not display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by carefully using the ephemeralasnull() function if the expression will not reveal the ephemeral data.".to_owned());
            hidden
        }
        Ok(text) => text.as_str().map(|text| text.trim().to_owned()).unwrap_or_default(),
    }
}
