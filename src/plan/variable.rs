//! The validations of input variables.

use super::checks::{RuleId, RuleKind};
use super::condition::truth;
use crate::config::CheckRule;
use crate::diag::{Cause, Diagnostic, Diagnostics, Span};
use crate::eval::{Scope, check_variables, evaluate, explain_values, variables};
use crate::state::CheckStatus;
use crate::syntax::Expression;
use crate::value::{Type, Value};

/// One validation's outcome.
pub struct Validated {
    pub rule: RuleId,
    pub status: CheckStatus,
    pub message: Option<String>,
}

/// Evaluates all validations. `value_span` is where the value was given.
pub fn validate(rules: &[CheckRule], scope: &dyn Scope, value_span: Span) -> (Vec<Validated>, Diagnostics) {
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

fn validate_one(rule: &CheckRule, scope: &dyn Scope, value_span: Span) -> (CheckStatus, Option<String>, Diagnostics) {
    let (Some(condition), Some(message)) = (&rule.condition, &rule.error_message) else {
        return (CheckStatus::Error, None, Diagnostics::new());
    };
    let (value, mut diagnostics) = evaluate(condition, scope);
    let (text, problems) = evaluate(message, scope);
    let has_text_problems = problems.has_errors();
    diagnostics.extend(problems);
    let invalid = |detail: String| Diagnostic {
        expression_values: explain_values(scope, condition, None, None),
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
            expression_values: explain_values(scope, message, None, None),
            cause: Some(Cause::Unknown),
            ..Diagnostic::error("Invalid error message", detail).at(message.span)
        });
        return (CheckStatus::Error, None, diagnostics);
    }
    let mut text =
        if has_text_problems { String::new() } else { message_text(&text, message, scope, &mut diagnostics) };
    if text.is_empty() {
        text = "Failed to evaluate condition error message.".to_owned();
    }
    let place = rule.span.mention();
    let detail = format!("{text}\n\nThis was checked by the validation rule at {place}.");
    diagnostics.push(Diagnostic {
        expression_values: explain_values(scope, condition, None, None),
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
            expression_values: explain_values(scope, expression, None, None),
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
