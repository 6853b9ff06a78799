//! The references of expressions and bodies, by what they refer to.
//!
//! Names that a body itself introduces (the iterators of `dynamic` blocks) may come out as references to things that do not exist; the
//! graph has no such node and makes no edge.

use crate::addr::reference::{Subject, parse_reference};
use crate::eval::variables;
use crate::syntax::{Body, Expression, JsonBody, Traversal, expression_of};

pub fn references_in_expression(expression: &Expression, found: &mut Vec<Subject>) {
    for variable in variables(expression) {
        found.extend(parse_reference(variable.traversal()).0.map(|reference| reference.subject));
    }
}

/// Every expression in a body and in the blocks inside it.
pub fn references_in_body(body: &Body, found: &mut Vec<Subject>) {
    if let Some(json) = &body.json {
        references_in_json(json, found);
    }
    for attribute in &body.attributes {
        references_in_expression(&attribute.expression, found);
    }
    for block in &body.blocks {
        references_in_body(&block.body, found);
    }
}

fn references_in_json(body: &JsonBody, found: &mut Vec<Subject>) {
    references_in_expression(&expression_of(&body.node), found);
}

/// `depends_on = [...]`
pub fn references_in_traversals(traversals: &[Traversal], found: &mut Vec<Subject>) {
    found.extend(traversals.iter().filter_map(|traversal| parse_reference(traversal).0.map(|it| it.subject)));
}
