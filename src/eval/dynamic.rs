//! `dynamic "x" { for_each = ... content { ... } }`: blocks made from a collection.
//!
//! Inside of `content` the name of the block type (or `iterator`) is an object of the current `key` and `value`.

use super::decode::{Context, Made, MadeBlock, PreparedBody};
use super::evaluator::{Evaluator, unknown};
use super::for_loop::{can_iterate, for_each_element};
use super::operator::convert;
use super::{Frame, Variable, variables};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::schema::Block as BlockSchema;
use crate::syntax::{Block, BodySchema, Expression, ExpressionKind};
use crate::value::{Text, Type, Value};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) struct DynamicBlock {
    header_span: Span,
    /// What is needed to make blocks; nothing where `problems` say why.
    parts: Option<Parts>,
    problems: Diagnostics,
}

#[derive(Clone, Debug)]
struct Parts {
    for_each: Arc<Expression>,
    iterator: Text,
    labels: Vec<Expression>,
    content: PreparedBody,
}

/// Reads a `dynamic` block that makes blocks of a kind with the given labels.
pub(super) fn prepare(block: &Block, kind: &Text, label_names: &[&str], schema: &BlockSchema) -> DynamicBlock {
    let mut problems = Diagnostics::new();
    let parts = prepare_parts(block, kind, label_names, schema, &mut problems);
    DynamicBlock { header_span: block.header_span(), parts, problems }
}

fn prepare_parts(
    block: &Block,
    kind: &Text,
    label_names: &[&str],
    schema: &BlockSchema,
    problems: &mut Diagnostics,
) -> Option<Parts> {
    let mut wanted = BodySchema::new().required("for_each").optional("iterator");
    if !label_names.is_empty() {
        wanted = wanted.optional("labels");
    }
    let (content, shape_problems) = block.body.content(&wanted.block("content", &[]));
    let is_shaped = !shape_problems.has_errors();
    problems.extend(shape_problems);
    if !is_shaped {
        return None;
    }
    let iterator = match content.attribute("iterator") {
        Some(given) => iterator_name(&given.expression).map_err(|error| problems.push(error)).ok()?,
        None => kind.clone(),
    };
    let labels = match content.attribute("labels") {
        Some(given) => {
            label_list(kind, &given.expression, label_names.len()).map_err(|error| problems.push(error)).ok()?
        }
        None => Vec::new(),
    };
    let mut bodies = content.blocks.iter();
    let Some(body) = bodies.next() else {
        let detail = "A dynamic block must have a nested block of type \"content\" to describe the body of each generated block.";
        let mut error = Diagnostic::error("Missing dynamic content block", detail);
        error.subject = block.body.missing_item_span();
        problems.push(error);
        return None;
    };
    if let Some(second) = bodies.next() {
        let detail = "Only one nested content block is allowed for each dynamic block.";
        problems.push(Diagnostic::error("Extraneous dynamic content block", detail).at(second.header_span()));
        return None;
    }
    let for_each = content.attribute("for_each")?.expression.clone();
    Some(Parts { for_each, iterator, labels, content: PreparedBody::new(&body.body, schema) })
}

fn iterator_name(expression: &Expression) -> Result<Text, Diagnostic> {
    match &expression.kind {
        ExpressionKind::Traversal(traversal) if traversal.steps.is_empty() => Ok(traversal.root.clone()),
        ExpressionKind::Traversal(_) => Err(Diagnostic::error(
            "Invalid dynamic iterator name",
            "Dynamic iterator must be a single variable name.",
        )
        .at(expression.span)),
        _ => Err(Diagnostic::error(
            "Invalid expression",
            "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, \
             function calls, template expressions, etc are allowed here.",
        )
        .at(expression.span)),
    }
}

fn label_list(kind: &str, expression: &Expression, wanted: usize) -> Result<Vec<Expression>, Diagnostic> {
    let ExpressionKind::Tuple(labels) = &expression.kind else {
        let detail = "A static list expression is required.";
        return Err(Diagnostic::error("Invalid expression", detail).at(expression.span));
    };
    let detail = format!("Blocks of type \"{kind}\" require {wanted} label(s).");
    match labels.get(wanted) {
        Some(extra) => Err(Diagnostic::error("Extraneous dynamic block label", detail).at(extra.span)),
        None if labels.len() < wanted => {
            Err(Diagnostic::error("Insufficient dynamic block labels", detail).at(expression.span))
        }
        None => Ok(labels.clone()),
    }
}

impl DynamicBlock {
    pub(super) fn variables(&self) -> Vec<Variable<'_>> {
        let Some(parts) = &self.parts else { return Vec::new() };
        let mut found: Vec<Variable<'_>> = variables(&parts.for_each).collect();
        let inside = parts.labels.iter().flat_map(variables).chain(parts.content.variables());
        found.extend(inside.filter(|variable| variable.traversal().root != parts.iterator));
        found
    }

    /// Makes the blocks.
    pub(super) fn make(&self, evaluator: &mut Evaluator<'_>, context: Context<'_>, made: &mut Made) {
        evaluator.extend(self.problems.iter().cloned());
        let Some(parts) = &self.parts else { return };
        let before = evaluator.checkpoint();
        let collection = evaluator.evaluate(&parts.for_each, context.frame);
        if evaluator.failed_since(before) {
            return;
        }
        if let Some(problem) = unsuitable(&collection) {
            let error = Diagnostic::error("Invalid dynamic for_each value", problem).at(parts.for_each.span);
            evaluator.fail(error, &parts.for_each, context.frame);
            return;
        }
        let (collection, marks) = collection.unmark();
        let inside = Context { marks, ..context };
        if !collection.is_known() {
            made.is_unknown = true;
            let inside = Context { is_unknown: true, ..inside };
            self.make_one(parts, evaluator, inside, (unknown(), unknown()), made);
            return;
        }
        for_each_element(&collection, true, &mut |key, value| {
            self.make_one(parts, evaluator, inside, (key.unwrap_or_default(), value), made);
        });
    }

    fn make_one(
        &self,
        parts: &Parts,
        evaluator: &mut Evaluator<'_>,
        context: Context<'_>,
        (key, value): (Value, Value),
        made: &mut Made,
    ) {
        let current = Value::object([(Text::from("key"), key), (Text::from("value"), value)]);
        let frame = Frame::iteration(context.frame, None, (&parts.iterator, current));
        let context = Context { frame: Some(&frame), ..context };
        let mut label = None;
        for expression in &parts.labels {
            match block_label(evaluator, expression, context.frame) {
                Some(text) => label = label.or(Some(text)),
                None => return,
            }
        }
        let value = parts.content.evaluate_in(evaluator, context).with_marks(context.marks);
        made.blocks.push(MadeBlock {
            label,
            value,
            header_span: self.header_span,
            missing_item_span: parts.content.missing_item_span(),
        });
    }
}

fn unsuitable(collection: &Value) -> Option<String> {
    let of = collection.type_of();
    if !can_iterate(&of) && of != Type::Dynamic {
        return Some(format!(
            "Cannot use a {} value in for_each. An iterable collection is required.",
            of.friendly_name()
        ));
    }
    collection.is_null().then(|| "Cannot use a null value in for_each.".to_owned())
}

/// The text of a label; nothing after an error.
fn block_label(evaluator: &mut Evaluator<'_>, expression: &Expression, frame: Option<&Frame<'_>>) -> Option<Text> {
    let before = evaluator.checkpoint();
    let value = evaluator.evaluate(expression, frame);
    if evaluator.failed_since(before) {
        return None;
    }
    let problem = match convert(&value, &Type::String) {
        Err(problem) => format!("Cannot use this value as a dynamic block label: {problem}."),
        Ok(value) if value.is_null() => "Cannot use a null value as a dynamic block label.".to_owned(),
        Ok(value) if !value.marks().is_empty() && value.is_known() => {
            "This value has dynamic marks that make it unsuitable for use as a block label.".to_owned()
        }
        Ok(value) => match value.as_str() {
            Some(text) => return Some(text.clone()),
            None => "This value is not yet known. Dynamic block labels must be immediately-known values.".to_owned(),
        },
    };
    evaluator.fail(Diagnostic::error("Invalid dynamic block label", problem).at(expression.span), expression, frame);
    None
}
