//! `output` blocks and `locals`.

use super::reading::{BAD_NAME, Reading, Shape, is_name};
use super::{CheckRule, check};
use crate::diag::Span;
use crate::syntax::{Block, Expression, Traversal};
use crate::value::Text;
use std::sync::Arc;

/// `output "name" { ... }`
#[derive(Clone, Debug)]
pub struct Output {
    pub name: Text,
    pub value: Option<Arc<Expression>>,
    pub description: Option<Text>,
    pub sensitive: Option<bool>,
    pub ephemeral: Option<bool>,
    pub depends_on: Vec<Traversal>,
    pub preconditions: Vec<CheckRule>,
    /// The block's header.
    pub span: Span,
}

impl Output {
    pub fn is_sensitive(&self) -> bool {
        self.sensitive == Some(true)
    }

    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral == Some(true)
    }
}

/// One argument of a `locals` block.
#[derive(Clone, Debug)]
pub struct Local {
    pub name: Text,
    pub value: Arc<Expression>,
    pub name_span: Span,
    /// The whole argument.
    pub span: Span,
}

const OUTPUT: Shape = Shape {
    required: &["value"],
    optional: &["description", "depends_on", "sensitive", "ephemeral"],
    blocks: &[("precondition", &[]), ("postcondition", &[])],
};

pub(super) fn read_output(block: &Block, reading: &mut Reading) -> Output {
    let content = reading.content(&block.body, &OUTPUT);
    reading.check_label(block, 0, "Invalid output name");
    let mut bool_of = |name| content.attribute(name).map(|a| reading.constant_bool(&a.expression).unwrap_or_default());
    let (sensitive, ephemeral) = (bool_of("sensitive"), bool_of("ephemeral"));
    let mut output = Output {
        name: block.labels[0].text.clone(),
        value: content.attribute("value").map(|attribute| attribute.expression.clone()),
        description: content.attribute("description").and_then(|a| reading.constant_text(&a.expression)),
        sensitive,
        ephemeral,
        depends_on: content.attribute("depends_on").map(|a| reading.depends_on(a)).unwrap_or_default(),
        preconditions: Vec::new(),
        span: block.header_span(),
    };
    for inner in &content.blocks {
        if &*inner.kind == "precondition" {
            output.preconditions.push(check::read_rule(inner, reading));
        } else {
            reading.error(
                "Postconditions are not allowed",
                "Output values can only have preconditions, not postconditions.",
                inner.kind_span,
            );
        }
    }
    output
}

pub(super) fn read_locals(block: &Block, reading: &mut Reading) -> Vec<Local> {
    let (attributes, _) = reading.attributes_only(&block.body);
    let mut locals = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        if !is_name(&attribute.name) {
            reading.error("Invalid local value name", BAD_NAME, attribute.name_span);
        }
        locals.push(Local {
            name: attribute.name,
            value: attribute.expression,
            name_span: attribute.name_span,
            span: attribute.span,
        });
    }
    locals
}
