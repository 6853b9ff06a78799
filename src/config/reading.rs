//! What reading blocks has in common: where diagnostics go, and what expressions say as they are written.
//!
//! Many arguments are not evaluated but read: a keyword (`ignore_changes = all`), a list or map of references, an address. In JSON such an
//! argument is a string that holds the native form.

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::eval;
use crate::syntax::{
    Attribute, Block, Body, BodySchema, Content, Expression, ExpressionKind, JsonKind, JsonNode, ObjectKey, Template,
    TemplatePart, Traversal, expression_of, is_identifier, parse_expression, parse_traversal,
};
use crate::value::{Text, Type, Value};
use std::sync::Arc;

pub(super) const BAD_NAME: &str =
    "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.";

/// One file being read.
pub(super) struct Reading<'a> {
    pub diagnostics: &'a mut Diagnostics,
    /// The file is an override file, which may leave out what is required elsewhere.
    pub is_override: bool,
}

impl Reading<'_> {
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>, subject: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(subject));
    }

    pub fn warning(&mut self, summary: impl Into<String>, detail: impl Into<String>, subject: Span) {
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(subject));
    }

    /// A point to ask about with [`Reading::failed_since`].
    pub fn mark(&self) -> usize {
        self.diagnostics.len()
    }

    /// Whether there were errors after a mark.
    pub fn failed_since(&self, mark: usize) -> bool {
        self.diagnostics.iter().skip(mark).any(Diagnostic::is_error)
    }

    /// The parts of a body that must fit a schema.
    pub fn content(&mut self, body: &Body, shape: &Shape) -> Content {
        let (content, found) = body.content(&shape.schema(self.is_override));
        self.diagnostics.extend(found);
        content
    }

    /// The parts of a body that a schema names, and the rest.
    pub fn partial_content(&mut self, body: &Body, shape: &Shape) -> (Content, Body) {
        let (content, rest, found) = body.partial_content(&shape.schema(self.is_override));
        self.diagnostics.extend(found);
        (content, rest)
    }

    pub fn attributes_only(&mut self, body: &Body) -> (Vec<Attribute>, bool) {
        let (attributes, found) = body.just_attributes();
        let is_clean = !found.has_errors();
        self.diagnostics.extend(found);
        (attributes, is_clean)
    }

    /// Complains about a label that is no name.
    pub fn check_label(&mut self, block: &Block, index: usize, summary: &str) {
        let label = &block.labels[index];
        if !is_name(&label.text) {
            self.error(summary, BAD_NAME, label.span);
        }
    }

    /// The value of an expression of constants.
    pub fn constant(&mut self, expression: &Expression) -> Option<Value> {
        let (value, found) = eval::constant(expression);
        let is_clean = !found.has_errors();
        self.diagnostics.extend(found);
        is_clean.then_some(value)
    }

    pub fn constant_bool(&mut self, expression: &Expression) -> Option<bool> {
        self.constant_of(expression, &Type::Bool)?.as_bool()
    }

    pub fn constant_text(&mut self, expression: &Expression) -> Option<Text> {
        self.constant_of(expression, &Type::String)?.as_str().cloned()
    }

    fn constant_of(&mut self, expression: &Expression, of: &Type) -> Option<Value> {
        let (value, found) = eval::constant(expression);
        let has_failed = found.has_errors();
        self.diagnostics.extend(found);
        let problem = match value.convert(of) {
            _ if has_failed => "value must be known".to_owned(),
            Ok(value) if value.is_null() => "null value is not allowed".to_owned(),
            Ok(value) if !value.is_known() => "value must be known".to_owned(),
            Ok(value) => return Some(value),
            Err(error) => error.to_string(),
        };
        self.unsuitable(expression, &problem);
        None
    }

    fn unsuitable(&mut self, expression: &Expression, problem: &str) {
        let diagnostic = Diagnostic::error("Unsuitable value type", format!("Unsuitable value: {problem}"));
        self.diagnostics.push(diagnostic.at(start_of(expression)).within(expression.span));
    }

    /// The items of `[a, b]`.
    pub fn list(&mut self, expression: &Expression) -> Option<Vec<Expression>> {
        let items = list_of(expression);
        if items.is_none() {
            self.error("Invalid expression", "A static list expression is required.", start_of(expression));
        }
        items
    }

    /// `a.b[0]`, without any calculation.
    pub fn traversal(&mut self, expression: &Expression) -> Option<Traversal> {
        let (traversal, found) = self.traversal_of(expression);
        // What could not be parsed has been complained about.
        let is_explained = found.has_errors() || matches!(expression.kind, ExpressionKind::Invalid);
        match (&traversal, is_explained) {
            (Some(_), _) | (None, true) => self.diagnostics.extend(found),
            (None, false) => self.error(
                "Invalid expression",
                "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.",
                expression.span,
            ),
        }
        traversal
    }

    /// The same without a complaint where the expression is something else.
    pub fn traversal_of(&mut self, expression: &Expression) -> (Option<Traversal>, Diagnostics) {
        match &expression.kind {
            ExpressionKind::Traversal(traversal) => (Some(traversal.clone()), Diagnostics::new()),
            ExpressionKind::Literal(value) => (keyword_literal(value, expression.span), Diagnostics::new()),
            ExpressionKind::Json(json) => match &json.node.kind {
                JsonKind::String(text) => parse_traversal(text, expression.span.file, expression.span.start + 1),
                _ => (None, Diagnostics::new()),
            },
            _ => (None, Diagnostics::new()),
        }
    }

    /// A single name: `all`, `destroy`.
    pub fn keyword(&mut self, expression: &Expression) -> Option<Text> {
        let (traversal, _) = self.traversal_of(expression);
        traversal.filter(|traversal| traversal.steps.is_empty()).map(|traversal| traversal.root)
    }

    /// A reference or keyword that may stand in quotes, as Terraform 0.11 wanted it; then it is read all the same, with a warning.
    pub fn unquote(&mut self, expression: &Expression, wants: Wanted) -> Expression {
        let ExpressionKind::Template(template) = &expression.kind else { return expression.clone() };
        let Some(text) = plain_text(template) else { return expression.clone() };
        let (traversal, found) = parse_traversal(&text, expression.span.file, expression.span.start + 1);
        self.diagnostics.extend(found);
        let (summary, detail) = wants.deprecation();
        self.warning(summary, detail, expression.span);
        let kind = traversal.map_or(ExpressionKind::Invalid, ExpressionKind::Traversal);
        Expression { kind, span: expression.span }
    }

    /// The references of a `depends_on`.
    pub fn depends_on(&mut self, attribute: &Attribute) -> Vec<Traversal> {
        let items = self.list(&attribute.expression).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| {
                let item = self.unquote(item, Wanted::Reference);
                self.traversal(&item)
            })
            .collect()
    }

    /// In JSON a reference is a string that holds an expression.
    pub fn native_expression(&mut self, expression: &Arc<Expression>) -> Option<Arc<Expression>> {
        let ExpressionKind::Json(json) = &expression.kind else { return Some(expression.clone()) };
        let JsonKind::String(text) = &json.node.kind else {
            self.error("Invalid reference expression", "A single reference string is required.", expression.span);
            return None;
        };
        let (native, found) = parse_expression(text, expression.span.file, expression.span.start);
        self.diagnostics.extend(found);
        Some(Arc::new(native))
    }
}

/// What is expected where quotes are tolerated.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Reference,
    Keyword,
}

impl Wanted {
    fn deprecation(self) -> (&'static str, &'static str) {
        match self {
            Self::Keyword => (
                "Quoted keywords are deprecated",
                "In this context, keywords are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted keywords are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this keyword to silence this warning.",
            ),
            Self::Reference => (
                "Quoted references are deprecated",
                "In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this reference to silence this warning.",
            ),
        }
    }
}

/// Letter or underscore, then letters, digits, underscores and dashes.
pub(super) fn is_name(text: &str) -> bool {
    is_identifier(text)
}

/// `true`, `false` and `null` are names where references are read.
fn keyword_literal(value: &Value, span: Span) -> Option<Traversal> {
    let root: Text = match value.as_bool() {
        Some(true) => "true".into(),
        Some(false) => "false".into(),
        None if value.is_null() => "null".into(),
        None => return None,
    };
    Some(Traversal { root, root_span: span, steps: Vec::new() })
}

/// The text of a template without interpolations.
pub(super) fn plain_text(template: &Template) -> Option<String> {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Literal { text: literal, .. } => text.push_str(literal),
            _ => return None,
        }
    }
    Some(text)
}

/// Where an expression begins, as HCL points at it when it is of the wrong kind.
pub(super) fn start_of(expression: &Expression) -> Span {
    let first_byte = Span { end: expression.span.start + 1, ..expression.span };
    match &expression.kind {
        ExpressionKind::Tuple(_) | ExpressionKind::Object(_) => first_byte,
        ExpressionKind::For(for_expression) => for_expression.open_span,
        ExpressionKind::Call(call) => call.name_span.to(call.open_span),
        ExpressionKind::Conditional { condition: first, .. }
        | ExpressionKind::Binary { left: first, .. }
        | ExpressionKind::Index { collection: first, .. }
        | ExpressionKind::Splat { source: first, .. }
        | ExpressionKind::RelativeTraversal { source: first, .. } => start_of(first),
        ExpressionKind::Unary { operator_span, .. } => *operator_span,
        ExpressionKind::Template(template) => match template.parts.first() {
            Some(TemplatePart::Literal { span, .. }) => *span,
            Some(TemplatePart::Interpolation(first)) => start_of(first),
            _ => first_byte,
        },
        ExpressionKind::Json(json) => json.node.start_span(),
        _ => expression.span,
    }
}

pub(super) fn list_of(expression: &Expression) -> Option<Vec<Expression>> {
    match &expression.kind {
        ExpressionKind::Tuple(items) => Some(items.clone()),
        ExpressionKind::Json(json) => match &json.node.kind {
            JsonKind::Array(items) => Some(items.iter().map(expression_of).collect()),
            _ => None,
        },
        _ => None,
    }
}

/// Keys and values of `{ a = b }`, keys as expressions.
pub(super) fn pairs_of(expression: &Expression) -> Option<Vec<(Expression, Expression)>> {
    match &expression.kind {
        ExpressionKind::Object(items) => {
            Some(items.iter().map(|item| (key_expression(&item.key), item.value.clone())).collect())
        }
        ExpressionKind::Json(json) => match &json.node.kind {
            JsonKind::Object(properties) => Some(
                properties
                    .iter()
                    .map(|property| {
                        let key = JsonNode { kind: JsonKind::String(property.name.clone()), span: property.name_span };
                        (expression_of(&key), expression_of(&property.value))
                    })
                    .collect(),
            ),
            _ => None,
        },
        _ => None,
    }
}

fn key_expression(key: &ObjectKey) -> Expression {
    match key {
        ObjectKey::Name { text, span } => {
            let traversal = Traversal { root: text.clone(), root_span: *span, steps: Vec::new() };
            Expression { kind: ExpressionKind::Traversal(traversal), span: *span }
        }
        ObjectKey::Expression(expression) => expression.clone(),
    }
}

/// What a body may hold, as a table.
pub(super) struct Shape {
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
    /// Kinds and the names of their labels.
    pub blocks: &'static [(&'static str, &'static [&'static str])],
}

impl Shape {
    /// In override files nothing is required.
    fn schema(&self, is_override: bool) -> BodySchema<'static> {
        let mut schema = BodySchema::new();
        for name in self.required {
            schema = schema.attribute(name, !is_override);
        }
        for name in self.optional {
            schema = schema.optional(name);
        }
        self.blocks.iter().fold(schema, |schema, (kind, label_names)| schema.block(kind, label_names))
    }
}
