//! Conditions that the user wrote: `precondition`, `postcondition`, `assert`.

use super::checks::RuleKind;
use crate::config::CheckRule;
use crate::diag::{Diagnostic, Diagnostics, ExpressionValue, Severity};
use crate::eval::{Scope, check_variables, evaluate, explain_values, variables};
use crate::state::CheckStatus;
use crate::syntax::Expression;
use crate::value::{Type, Value};

/// What became of one condition.
pub struct Outcome {
    pub status: CheckStatus,
    pub message: Option<String>,
    pub diagnostics: Diagnostics,
}

/// Evaluates a condition. A failure has the given severity; a condition that makes no sense is an error always.
pub fn evaluate_rule(rule: &CheckRule, kind: RuleKind, scope: &dyn Scope, severity: Severity) -> Outcome {
    let (Some(condition), Some(message)) = (&rule.condition, &rule.error_message) else {
        return Outcome { status: CheckStatus::Error, message: None, diagnostics: Diagnostics::new() };
    };
    let mut diagnostics = check_variables(variables(condition).chain(variables(message)), scope);
    if diagnostics.has_errors() {
        return Outcome { status: CheckStatus::Error, message: None, diagnostics };
    }
    let (text, problems) = error_message(message, scope);
    diagnostics.extend(problems);
    let (value, problems) = evaluate(condition, scope);
    diagnostics.extend(problems);
    if diagnostics.has_errors() {
        return Outcome { status: CheckStatus::Error, message: None, diagnostics };
    }
    let explained = |diagnostic: Diagnostic| Diagnostic {
        expression_values: explain_values(scope, condition, None, None),
        ..diagnostic.at(condition.span)
    };
    let invalid = |detail: String| explained(Diagnostic::error("Invalid condition result", detail));
    let status = match truth(&value) {
        Ok(Some(true)) => CheckStatus::Pass,
        Ok(Some(false)) => CheckStatus::Fail,
        Ok(None) => {
            if kind == RuleKind::Assertion {
                let summary = format!("{} known after apply", kind.description());
                let detail = "The condition could not be evaluated at this time, a result will be known when this plan is applied.";
                diagnostics.push(explained(Diagnostic::warning(summary, detail)));
            }
            CheckStatus::Unknown
        }
        Err(None) => {
            diagnostics.push(invalid("Condition expression must return either true or false, not null.".to_owned()));
            CheckStatus::Error
        }
        Err(Some(problem)) => {
            diagnostics.push(invalid(format!("Invalid condition result value: {problem}.")));
            CheckStatus::Error
        }
    };
    if status != CheckStatus::Fail {
        return Outcome { status, message: None, diagnostics };
    }
    let shown = match text.as_str() {
        "" => "This check failed, but has an invalid error message as described in the other accompanying messages.",
        text => text,
    };
    let failure = Diagnostic { severity, ..Diagnostic::error(format!("{} failed", kind.description()), shown) };
    diagnostics.push(explained(failure));
    Outcome { status, message: Some(text), diagnostics }
}

/// True, false, or nothing where it is not known; an error without text where it is null.
pub(super) fn truth(value: &Value) -> Result<Option<bool>, Option<String>> {
    if !value.is_known() {
        return Ok(None);
    }
    if value.is_null() {
        return Err(None);
    }
    match value.convert(&Type::Bool) {
        Ok(value) => Ok(value.as_bool()),
        Err(problem) => Err(Some(problem.to_string())),
    }
}

/// The text of an `error_message`; empty where it is not known or must not be shown.
fn error_message(expression: &Expression, scope: &dyn Scope) -> (String, Diagnostics) {
    let (value, mut diagnostics) = evaluate(expression, scope);
    if diagnostics.has_errors() {
        return (String::new(), diagnostics);
    }
    let explained = |diagnostic: Diagnostic| {
        let expression_values: Vec<ExpressionValue> = explain_values(scope, expression, None, None);
        Diagnostic { expression_values, ..diagnostic.at(expression.span) }
    };
    let invalid = |problem: String| {
        explained(Diagnostic::error("Invalid error message", format!("Unsuitable value for error message: {problem}.")))
    };
    let value = match value.convert(&Type::String) {
        Ok(value) => value,
        Err(problem) => {
            diagnostics.push(invalid(problem.to_string()));
            return (String::new(), diagnostics);
        }
    };
    if !value.is_known() {
        return (String::new(), diagnostics);
    }
    if value.is_null() {
        diagnostics.push(invalid("must not be null".to_owned()));
        return (String::new(), diagnostics);
    }
    let marks = value.marks();
    if marks.is_sensitive() {
        let detail = "The error expression used to explain this condition refers to sensitive values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.";
        diagnostics.push(explained(Diagnostic::warning("Error message refers to sensitive values", detail)));
        return (String::new(), diagnostics);
    }
    if marks.is_ephemeral() {
        let detail = "The error expression used to explain this condition refers to ephemeral values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by using the ephemeralasnull() function on the references to not reveal ephemeral data.";
        diagnostics.push(Diagnostic::warning("Error message refers to ephemeral values", detail).at(expression.span));
        return (String::new(), diagnostics);
    }
    (value.as_str().map(|text| text.trim().to_owned()).unwrap_or_default(), diagnostics)
}
