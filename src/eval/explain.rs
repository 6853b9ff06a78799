//! What the names in a failed expression stood for, for the lines below a snippet: `var.x is "a"`.
//!
//! Never anything secret, and nothing about unknown or ephemeral values unless they are the cause: readers would take them for it.

use super::Frame;
use super::evaluator::Evaluator;
use super::traverse;
use super::variables::variables;
use crate::diag::{Cause, ExpressionValue};
use crate::syntax::{Expression, Traversal, TraversalStep, TraversalStepKind};
use crate::value::quote::quote;
use crate::value::{Data, Type, Unknown, Value};
use std::fmt::Write;

pub(super) fn values(
    evaluator: &Evaluator<'_>,
    expression: &Expression,
    frame: Option<&Frame<'_>>,
    cause: Option<Cause>,
) -> Vec<ExpressionValue> {
    let mut values: Vec<ExpressionValue> = Vec::new();
    for variable in variables(expression) {
        let traversal = variable.traversal();
        let Some((value, length)) = longest_that_works(evaluator, traversal, frame) else { continue };
        let name = traversal_text(&traversal.root, &traversal.steps[..length]);
        if values.iter().any(|known| known.traversal == name) {
            continue;
        }
        if let Some(statement) = statement(&value, cause) {
            values.push(ExpressionValue { traversal: name, statement });
        }
    }
    values.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    values
}

/// The value of the traversal, or of as many of its steps as have one; and how many those are. A root alone is not looked at.
fn longest_that_works(
    evaluator: &Evaluator<'_>,
    traversal: &Traversal,
    frame: Option<&Frame<'_>>,
) -> Option<(Value, usize)> {
    if traversal.steps.is_empty() {
        return None;
    }
    let (mut value, rest) = evaluator.look_up(traversal, frame).ok()?;
    let mut length = traversal.steps.len() - rest.len();
    for step in rest {
        let next = match &step.kind {
            TraversalStepKind::Attribute(name) => traverse::attribute(&value, name),
            TraversalStepKind::Index(key) => traverse::index(&value, key),
        };
        let Ok(next) = next else { break };
        value = next;
        length += 1;
    }
    (length > 0).then_some((value, length))
}

fn traversal_text(root: &str, steps: &[TraversalStep]) -> String {
    let mut text = root.to_owned();
    for step in steps {
        let _ = match &step.kind {
            TraversalStepKind::Attribute(name) => write!(text, ".{name}"),
            TraversalStepKind::Index(key) => write!(text, "[{}]", compact(key)),
        };
    }
    text
}

fn statement(value: &Value, cause: Option<Cause>) -> Option<String> {
    let marks = value.marks();
    match (marks.is_sensitive(), marks.is_ephemeral()) {
        // Only a diagnostic about both says so, and there is none with two causes.
        (true, true) => return None,
        (true, false) => return (cause == Some(Cause::Sensitive)).then(|| "has a sensitive value".to_owned()),
        (false, true) => return (cause == Some(Cause::Ephemeral)).then(|| "has an ephemeral value".to_owned()),
        (false, false) => {}
    }
    match value.data() {
        Data::Unknown(unknown) => unknown_statement(unknown, cause == Some(Cause::Unknown)),
        _ => Some(format!("is {}", compact(value))),
    }
}

fn unknown_statement(unknown: &Unknown, is_cause: bool) -> Option<String> {
    let of = unknown.type_of();
    if *of == Type::Dynamic {
        return is_cause.then(|| "will be known only after apply".to_owned());
    }
    let name = of.friendly_name();
    if !is_cause {
        return Some(format!("is a {name}"));
    }
    let length = (unknown.refinement.length_min.unwrap_or(0), unknown.refinement.length_max.unwrap_or(u64::MAX));
    Some(match length {
        _ if !of.is_collection() => format!("is a {name}, known only after apply"),
        (low, high) if low == high => format!("is a {name} of length {low}, known only after apply"),
        (low, high) if low != 0 && high <= 1024 => {
            format!("is a {name} with between {low} and {high} elements, known only after apply")
        }
        (low, _) if low != 0 => format!("is a {name} with at least {low} elements, known only after apply"),
        (_, high) if high <= 1024 => format!("is a {name} with up to {high} elements, known only after apply"),
        _ => format!("is a {name}, known only after apply"),
    })
}

/// A value in a few words. Elements are never shown, as they may be sensitive when the whole is not.
pub(super) fn compact(value: &Value) -> String {
    let count = |of: &str, count: usize| match count {
        0 => format!("empty {of}"),
        1 => format!("{of} with 1 element"),
        _ => format!("{of} with {count} elements"),
    };
    match value.data() {
        Data::Null(_) => "null".to_owned(),
        Data::Unknown(_) => "(not yet known)".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => compact_number(number.to_f64()),
        Data::String(text) => quote(text),
        Data::List(items) | Data::Set(items) => count(&value.type_of().friendly_name(), items.len()),
        Data::Tuple(items) => count("tuple", items.len()),
        Data::Map(mapping) => count(&value.type_of().friendly_name(), mapping.entries().len()),
        Data::Object(entries) => match (entries.len(), entries.keys().next()) {
            (1, Some(name)) => format!("object with 1 attribute {}", quote(name)),
            (0, _) => "object with no attributes".to_owned(),
            (length, _) => format!("object with {length} attributes"),
        },
        Data::Type(_) => "type".to_owned(),
    }
}

/// Ten significant digits, with an exponent where that is shorter: Go's `%.10g`.
fn compact_number(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:.9e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if !(-4..10).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(digits), exponent.abs());
    }
    let decimals = usize::try_from(9 - exponent).unwrap_or(0);
    trimmed(&format!("{number:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::compact_number;

    #[test]
    fn numbers_have_ten_digits() {
        for (number, expected) in [
            (5.0, "5"),
            (0.1, "0.1"),
            (-7.25, "-7.25"),
            (1e10, "1e+10"),
            (123456789012.0, "1.23456789e+11"),
            (1e-5, "1e-05"),
        ] {
            assert_eq!(compact_number(number), expected);
        }
    }
}
