//! The user's own conditions, as far as they can be judged without a plan.

use super::scope::Place;
use crate::addr::reference::parse_reference;
use crate::config::CheckRule;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::eval::{self, Scope, explain_values};
use crate::syntax::Expression;
use crate::value::{Type, Value};
use std::sync::Arc;

/// What a condition came to.
enum Verdict {
    Holds,
    Fails,
    Unknown,
    /// Neither true nor false; why not, or nothing where it is null.
    Nonsense(Option<String>),
}

fn verdict(value: &Value) -> Verdict {
    if !value.is_known() {
        return Verdict::Unknown;
    }
    if value.is_null() {
        return Verdict::Nonsense(None);
    }
    match value.convert(&Type::Bool) {
        Err(problem) => Verdict::Nonsense(Some(problem.located())),
        Ok(value) => match value.as_bool() {
            Some(true) => Verdict::Holds,
            Some(false) => Verdict::Fails,
            None => Verdict::Unknown,
        },
    }
}

fn explained(diagnostic: Diagnostic, expression: &Expression, place: &Place) -> Diagnostic {
    let expression_values = explain_values(place, expression, None, diagnostic.cause);
    Diagnostic { expression_values, ..diagnostic.at(expression.span) }
}

/// A condition that must make sense, and hold where that is known: of an output.
pub(super) fn check_precondition(rule: &CheckRule, place: &Place) -> Diagnostics {
    let (Some(condition), Some(message)) = (&rule.condition, &rule.error_message) else { return Diagnostics::new() };
    let (text, mut diagnostics) = check_references_and_message(condition, message, place);
    if diagnostics.has_errors() {
        diagnostics.extend(names_without_values(condition, &[condition, message], place));
        return diagnostics;
    }
    let (value, found) = eval::evaluate(condition, place);
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return diagnostics;
    }
    let invalid = |detail| explained(Diagnostic::error("Invalid condition result", detail), condition, place);
    match verdict(&value) {
        Verdict::Holds | Verdict::Unknown => {}
        Verdict::Nonsense(None) => {
            diagnostics.push(invalid("Condition expression must return either true or false, not null.".to_owned()));
        }
        Verdict::Nonsense(Some(problem)) => {
            diagnostics.push(invalid(format!("Invalid condition result value: {problem}.")));
        }
        Verdict::Fails => {
            let text = match text.as_str() {
                "" => {
                    "This check failed, but has an invalid error message as described in the other accompanying messages."
                }
                text => text,
            };
            let failure = Diagnostic::error("Module output value precondition failed", text);
            diagnostics.push(explained(failure, condition, place));
        }
    }
    diagnostics
}

/// References and message of an assertion; whether it holds is for a plan to say.
pub(super) fn check_assertion(rule: &CheckRule, place: &Place) -> Diagnostics {
    let (Some(condition), Some(message)) = (&rule.condition, &rule.error_message) else { return Diagnostics::new() };
    check_references_and_message(condition, message, place).1
}

/// A condition of a resource: both expressions must make sense.
pub(super) fn check_expressions(rule: &CheckRule, place: &Place) -> Diagnostics {
    let expressions = rule.condition.iter().chain(&rule.error_message);
    let check = |expression: &Arc<Expression>| {
        let (_, mut diagnostics) = eval::evaluate_checked(expression, place);
        diagnostics.extend(names_without_values(expression, &[expression], place));
        diagnostics
    };
    expressions.flat_map(check).collect()
}

/// Where a reference cannot be right whatever its value, Terraform goes on without any values and says so for every name.
fn names_without_values(expression: &Expression, looked_up: &[&Expression], place: &Place) -> Diagnostics {
    let cannot_be = |variable: eval::Variable| {
        let (reference, _) = parse_reference(variable.traversal());
        reference.is_some_and(|reference| place.check(&reference).has_errors())
    };
    if !looked_up.iter().any(|expression| eval::variables(expression).any(cannot_be)) {
        return Diagnostics::new();
    }
    let unknown = |variable: eval::Variable| {
        let traversal = variable.traversal();
        let detail = format!("There is no variable named \"{}\".", traversal.root);
        Diagnostic::error("Unknown variable", detail).at(traversal.root_span)
    };
    eval::variables(expression).map(unknown).collect()
}

fn check_references_and_message(condition: &Expression, message: &Expression, place: &Place) -> (String, Diagnostics) {
    let both = eval::variables(condition).chain(eval::variables(message));
    let mut diagnostics = eval::check_variables(both, place);
    if diagnostics.has_errors() {
        diagnostics.extend(names_without_values(message, &[condition, message], place));
        return (String::new(), diagnostics);
    }
    let (text, found) = message_text(message, place);
    diagnostics.extend(found);
    (text, diagnostics)
}

/// The text of an `error_message`; empty where it is not known or must not be shown.
fn message_text(expression: &Expression, place: &Place) -> (String, Diagnostics) {
    let (value, mut diagnostics) = eval::evaluate(expression, place);
    if diagnostics.has_errors() {
        return (String::new(), diagnostics);
    }
    let unsuitable = |problem: &str| {
        let detail = format!("Unsuitable value for error message: {problem}.");
        explained(Diagnostic::error("Invalid error message", detail), expression, place)
    };
    let value = match value.convert(&Type::String) {
        Ok(value) => value,
        Err(problem) => {
            diagnostics.push(unsuitable(&problem.located()));
            return (String::new(), diagnostics);
        }
    };
    if !value.is_known() {
        return (String::new(), diagnostics);
    }
    if value.is_null() {
        diagnostics.push(unsuitable("must not be null"));
    } else if value.marks().is_sensitive() {
        let detail = "The error expression used to explain this condition refers to sensitive values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.";
        let warning = Diagnostic::warning("Error message refers to sensitive values", detail);
        diagnostics.push(explained(warning, expression, place));
    } else if value.marks().is_ephemeral() {
        let detail = "The error expression used to explain this condition refers to ephemeral values, so Terraform will not display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by using the ephemeralasnull() function on the references to not reveal ephemeral data.";
        let warning = Diagnostic::warning("Error message refers to ephemeral values", detail);
        diagnostics.push(warning.at(expression.span));
    } else {
        return (value.as_str().map(|text| text.trim().to_owned()).unwrap_or_default(), diagnostics);
    }
    (String::new(), diagnostics)
}

/// All validations of a variable. `value_span` is where the value was given.
pub(super) fn check_validations(rules: &[CheckRule], place: &Place, value_span: Span) -> Diagnostics {
    let expressions = rules.iter().flat_map(|rule| rule.condition.iter().chain(&rule.error_message));
    let mut diagnostics = eval::check_variables(expressions.flat_map(|expression| eval::variables(expression)), place);
    if diagnostics.has_errors() {
        return diagnostics;
    }
    for rule in rules {
        diagnostics.extend(check_validation(rule, place, value_span));
    }
    diagnostics
}

fn check_validation(rule: &CheckRule, place: &Place, value_span: Span) -> Diagnostics {
    let (Some(condition), Some(message)) = (&rule.condition, &rule.error_message) else { return Diagnostics::new() };
    let (value, mut diagnostics) = eval::evaluate(condition, place);
    let (text, found) = eval::evaluate(message, place);
    let has_text = !found.has_errors();
    diagnostics.extend(found);
    let invalid = |detail| explained(Diagnostic::error("Invalid variable validation result", detail), condition, place);
    match verdict(&value) {
        Verdict::Holds | Verdict::Unknown => return diagnostics,
        Verdict::Nonsense(None) => {
            let detail = "Validation condition expression must return either true or false, not null.".to_owned();
            diagnostics.push(invalid(detail));
            return diagnostics;
        }
        Verdict::Nonsense(Some(problem)) => {
            diagnostics.push(invalid(format!("Invalid validation condition result value: {problem}.")));
            return diagnostics;
        }
        Verdict::Fails if !text.is_known() && has_text => return diagnostics,
        Verdict::Fails => {}
    }
    let mut shown = String::new();
    if has_text && !text.is_null() {
        match validation_message(&text) {
            Ok(text) => shown = text,
            Err((summary, detail, text)) => {
                diagnostics.push(explained(Diagnostic::error(summary, detail), message, place));
                shown = text.to_owned();
            }
        }
    }
    if shown.is_empty() {
        shown = "Failed to evaluate condition error message.".to_owned();
    }
    let detail = format!("{shown}\n\nThis was checked by the validation rule at {}.", rule.span.mention());
    let expression_values = explain_values(place, condition, None, None);
    let failure = Diagnostic::error("Invalid value for variable", detail).at(value_span);
    diagnostics.push(Diagnostic { expression_values, ..failure });
    diagnostics
}

/// What to show for a failed validation, or what is wrong with the message and what to show all the same.
fn validation_message(value: &Value) -> Result<String, (&'static str, String, &'static str)> {
    let hidden = "The error message included a sensitive value, so it will not be displayed.";
    let text = value.convert(&Type::String).map_err(|problem| {
        ("Invalid error message", format!("Unsuitable value for error message: {}.", problem.located()), "")
    })?;
    let refused = |kind: &str, function: &str| {
        format!(
            "The error expression used to explain this condition refers to {kind} values. Terraform will not display the resulting message.\n\nYou can correct this by removing references to {kind} values, or by carefully using the {function}() function if the expression will not reveal the {kind} data."
        )
    };
    if text.marks().is_sensitive() {
        return Err(("Error message refers to sensitive values", refused("sensitive", "nonsensitive"), hidden));
    }
    if text.marks().is_ephemeral() {
        return Err(("Error message refers to ephemeral values", refused("ephemeral", "ephemeralasnull"), hidden));
    }
    Ok(text.as_str().map(|text| text.trim().to_owned()).unwrap_or_default())
}
