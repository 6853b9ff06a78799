//! From a provider's complaint, which points into an object, to a diagnostic, which points into a file.

use crate::diag::{Diagnostic, Diagnostics, Severity, Span};
use crate::provider::Complaint;
use crate::syntax::{Body, Expression, ExpressionKind, JsonKind, JsonNode, ObjectKey};
use crate::value::{Path, PathStep};

/// Diagnostics about an object that a body configures.
pub fn locate(complaints: Vec<Complaint>, body: &Body, address: &str) -> Diagnostics {
    complaints.into_iter().map(|complaint| locate_one(complaint, Some(body), address)).collect()
}

/// Diagnostics about an object that nothing configures.
pub fn unlocated(complaints: Vec<Complaint>, address: &str) -> Diagnostics {
    complaints.into_iter().map(|complaint| locate_one(complaint, None, address)).collect()
}

fn locate_one(complaint: Complaint, body: Option<&Body>, address: &str) -> Diagnostic {
    let mut diagnostic = match complaint.severity {
        Severity::Error => Diagnostic::error(complaint.summary, complaint.detail),
        Severity::Warning => Diagnostic::warning(complaint.summary, complaint.detail),
    };
    diagnostic.subject = body.and_then(|body| span_of(body, &complaint.path));
    diagnostic.about(address)
}

/// Where in a body the value at a path is configured; what would hold it where it is not.
pub fn span_of(body: &Body, path: &Path) -> Option<Span> {
    if let Some(json) = &body.json {
        return Some(span_in_json(&json.node, &path.0));
    }
    let mut body = body;
    let mut steps = path.0.as_slice();
    loop {
        let Some((PathStep::Attribute(name), rest)) = steps.split_first() else { return body.missing_item_span() };
        if let Some(attribute) = body.attributes.iter().find(|attribute| attribute.name == *name) {
            return Some(span_in(&attribute.expression, rest));
        }
        let mut blocks = body.blocks.iter().filter(|block| block.kind == *name);
        let (block, after) = match rest.split_first() {
            Some((PathStep::Index(index), after)) => (blocks.nth(*index), after),
            Some((PathStep::Key(key), after)) => {
                (blocks.find(|block| block.labels.first().is_some_and(|label| label.text == *key)), after)
            }
            _ => (blocks.next(), rest),
        };
        let Some(block) = block else { return body.missing_item_span() };
        body = &block.body;
        steps = after;
    }
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

fn span_in(expression: &Expression, steps: &[PathStep]) -> Span {
    let Some((step, rest)) = steps.split_first() else { return expression.span };
    let inside = match (&expression.kind, step) {
        (ExpressionKind::Object(items), PathStep::Attribute(name) | PathStep::Key(name)) => items
            .iter()
            .find(|item| matches!(&item.key, ObjectKey::Name { text, .. } if text == name))
            .map(|item| &item.value),
        (ExpressionKind::Tuple(items), PathStep::Index(index)) => items.get(*index),
        _ => None,
    };
    inside.map_or(expression.span, |inside| span_in(inside, rest))
}
