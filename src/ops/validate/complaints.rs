//! What providers complain about, at the place where it is written.

use crate::diag::{Diagnostic, Severity, Span};
use crate::provider::Complaint;
use crate::syntax::{Body, Expression, ExpressionKind, JsonKind, JsonNode, ObjectKey};
use crate::value::{Path, PathStep};

/// A complaint as a diagnostic about a body. What has no path is said without a place.
pub(super) fn locate(complaint: Complaint, body: &Body, address: &dyn ToString) -> Diagnostic {
    let diagnostic = match complaint.severity {
        Severity::Error => Diagnostic::error(complaint.summary, complaint.detail),
        Severity::Warning => Diagnostic::warning(complaint.summary, complaint.detail),
    };
    if complaint.path.0.is_empty() {
        return diagnostic;
    }
    let subject = span_in_body(body, &complaint.path);
    Diagnostic { subject, ..diagnostic.about(address.to_string()) }
}

/// Where the value at a path is written, or what would hold it.
fn span_in_body(body: &Body, path: &Path) -> Option<Span> {
    if let Some(json) = &body.json {
        return Some(span_in_json(&json.node, &path.0));
    }
    let mut body = body;
    let mut steps = path.0.as_slice();
    while let Some((PathStep::Attribute(name), rest)) = steps.split_first() {
        if let Some(attribute) = body.attributes.iter().find(|attribute| attribute.name == *name) {
            return Some(span_in_expression(&attribute.expression, rest));
        }
        let mut blocks = body.blocks.iter().filter(|block| block.kind == *name);
        let (block, after) = match rest.split_first() {
            Some((PathStep::Index(index), after)) => (blocks.nth(*index), after),
            Some((PathStep::Key(key), after)) => {
                (blocks.find(|block| block.labels.first().is_some_and(|label| label.text == *key)), after)
            }
            _ => (blocks.next(), rest),
        };
        let Some(block) = block else { break };
        (body, steps) = (&block.body, after);
    }
    body.missing_item_span()
}

fn span_in_expression(expression: &Expression, steps: &[PathStep]) -> Span {
    let Some((step, rest)) = steps.split_first() else { return expression.span };
    let inside = match (&expression.kind, step) {
        (ExpressionKind::Object(items), PathStep::Attribute(name) | PathStep::Key(name)) => items
            .iter()
            .find(|item| matches!(&item.key, ObjectKey::Name { text, .. } if text == name))
            .map(|item| &item.value),
        (ExpressionKind::Tuple(items), PathStep::Index(index)) => items.get(*index),
        _ => None,
    };
    inside.map_or(expression.span, |inside| span_in_expression(inside, rest))
}

fn span_in_json(node: &JsonNode, steps: &[PathStep]) -> Span {
    let Some((step, rest)) = steps.split_first() else { return node.span };
    let inside = match (&node.kind, step) {
        (JsonKind::Object(properties), PathStep::Attribute(name) | PathStep::Key(name)) => {
            properties.iter().find(|property| property.name == *name).map(|property| &property.value)
        }
        (JsonKind::Array(items), PathStep::Index(index)) => items.get(*index),
        _ => None,
    };
    inside.map_or(node.span, |inside| span_in_json(inside, rest))
}
