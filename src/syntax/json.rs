//! JSON syntax: text to nodes, nodes to expressions.

use super::tree::{Expression, ExpressionKind, JsonExpression, JsonNode};

/// A JSON value as an expression.
pub fn expression_of(node: &JsonNode) -> Expression {
    let json = JsonExpression { node: node.clone(), templates: Vec::new(), problems: Vec::new() };
    Expression { kind: ExpressionKind::Json(Box::new(json)), span: node.span }
}
