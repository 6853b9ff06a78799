//! The evaluator: one walk over an expression, collecting diagnostics on the way.

use super::{Frame, Scope, explain, traverse};
use crate::addr::InstanceKey;
use crate::addr::parse::instance_key;
use crate::addr::reference::{Subject, parse_reference};
use crate::diag::{Cause, Diagnostic, Diagnostics, Span};
use crate::syntax::{Expression, ExpressionKind, JsonKind, JsonNode, Traversal, TraversalStep, TraversalStepKind};
use crate::value::{Text, Type, Value};

/// How deep expressions may nest. The parser stops far earlier; this guards templates within templates.
const MAXIMUM_DEPTH: u32 = 2_000;

/// One evaluation.
pub struct Evaluator<'s> {
    pub(super) scope: &'s dyn Scope,
    diagnostics: Vec<Diagnostic>,
    error_count: usize,
    /// A reference had no value. `try` and `can` must not hide that.
    has_failed_reference: bool,
    /// Diagnostics will be thrown away: collecting what they would show is not worth it.
    pub(super) is_quiet: bool,
    /// The condition of a `for` is being tried out with unknown items.
    pub(super) is_probing: bool,
    depth: u32,
}

/// A point to come back to in the list of diagnostics.
#[derive(Clone, Copy)]
pub(super) struct Checkpoint {
    length: usize,
    error_count: usize,
}

impl<'s> Evaluator<'s> {
    pub fn new(scope: &'s dyn Scope) -> Self {
        Self {
            scope,
            diagnostics: Vec::new(),
            error_count: 0,
            has_failed_reference: false,
            is_quiet: false,
            is_probing: false,
            depth: 0,
        }
    }

    pub fn has_errors(&self) -> bool {
        self.error_count > 0
    }

    pub fn has_failed_reference(&self) -> bool {
        self.has_failed_reference
    }

    pub fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics.into_iter().collect()
    }

    pub fn evaluate(&mut self, expression: &Expression, frame: Option<&Frame<'_>>) -> Value {
        match &expression.kind {
            ExpressionKind::Literal(value) => return value.clone(),
            ExpressionKind::Traversal(traversal) => return self.traversal(expression, traversal, frame),
            _ => {}
        }
        if self.depth == MAXIMUM_DEPTH {
            let detail = "This expression has too many levels of nesting. Split it into several local values.";
            self.push(Diagnostic::error("Expression too complex", detail).at(expression.span));
            return unknown();
        }
        self.depth += 1;
        let value = self.evaluate_compound(expression, frame);
        self.depth -= 1;
        value
    }

    fn evaluate_compound(&mut self, expression: &Expression, frame: Option<&Frame<'_>>) -> Value {
        match &expression.kind {
            ExpressionKind::Literal(value) => value.clone(),
            ExpressionKind::Traversal(traversal) => self.traversal(expression, traversal, frame),
            ExpressionKind::Template(template) => self.template(expression, template, frame),
            ExpressionKind::TemplateWrap(inner) | ExpressionKind::Parentheses(inner) => self.evaluate(inner, frame),
            ExpressionKind::RelativeTraversal { source, steps } => self.relative(expression, source, steps, frame),
            ExpressionKind::Call(call) => self.call(expression, call, frame),
            ExpressionKind::Conditional { condition, if_true, if_false } => {
                self.conditional(expression, [condition, if_true, if_false], frame)
            }
            ExpressionKind::Binary { operator, left, right, .. } => {
                self.binary(expression, *operator, left, right, frame)
            }
            ExpressionKind::Unary { operator, operand, .. } => self.unary(expression, *operator, operand, frame),
            ExpressionKind::Index { collection, key, bracket_span, .. } => {
                self.index(expression, collection, key, *bracket_span, frame)
            }
            ExpressionKind::Splat { source, each, marker_span } => self.splat(source, each, *marker_span, frame),
            ExpressionKind::SplatItem => frame.and_then(Frame::current_item).cloned().unwrap_or_else(unknown),
            ExpressionKind::Tuple(items) => Value::tuple(items.iter().map(|item| self.evaluate(item, frame)).collect()),
            ExpressionKind::Object(items) => self.object(items, frame),
            ExpressionKind::For(each) => self.for_loop(expression, each, frame),
            ExpressionKind::Json(json) => {
                if !self.scope.is_constant() {
                    self.extend(json.problems.iter().cloned());
                }
                self.json(&json.node, &mut json.templates.iter(), frame)
            }
            ExpressionKind::Invalid => unknown(),
        }
    }

    fn traversal(&mut self, expression: &Expression, traversal: &Traversal, frame: Option<&Frame<'_>>) -> Value {
        match self.look_up(traversal, frame) {
            Ok((value, steps)) => self.steps(expression, value, steps, frame),
            Err(problems) => {
                self.has_failed_reference = true;
                self.extend(problems);
                unknown()
            }
        }
    }

    /// What the beginning of a traversal names, and the steps that are left.
    pub(super) fn look_up<'t>(
        &self,
        traversal: &'t Traversal,
        frame: Option<&Frame<'_>>,
    ) -> Result<(Value, &'t [TraversalStep]), Diagnostics> {
        if let Some(value) = frame.and_then(|frame| frame.get(&traversal.root)) {
            return Ok((value.clone(), &traversal.steps));
        }
        if self.scope.is_constant() {
            let error = Diagnostic::error("Variables not allowed", "Variables may not be used here.");
            return Err(error.at(traversal.root_span).into());
        }
        let (reference, problems) = parse_reference(traversal);
        let Some(reference) = reference.filter(|_| !problems.has_errors()) else { return Err(problems) };
        let all_steps = &traversal.steps[..];
        match &reference.subject {
            Subject::Resource { resource, key } if *key != InstanceKey::None => {
                if let Some(instance) = self.scope.instance_of(resource, key) {
                    return Ok((instance, reference.remaining));
                }
                let with_key = all_steps.len() - reference.remaining.len() - 1;
                let value = self.scope.value_of(&reference.subject, reference.span)?;
                Ok((value, &all_steps[with_key..]))
            }
            Subject::Module { name, key, output } => {
                let output_value = output.as_ref().and_then(|output| self.scope.output_of(name, key, output));
                if let Some(value) = output_value {
                    return Ok((value, reference.remaining));
                }
                Ok((self.scope.value_of(&reference.subject, reference.span)?, &all_steps[1..]))
            }
            _ => Ok((self.scope.value_of(&reference.subject, reference.span)?, reference.remaining)),
        }
    }

    fn relative(
        &mut self,
        expression: &Expression,
        source: &Expression,
        steps: &[TraversalStep],
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let value = self.evaluate(source, frame);
        self.steps(expression, value, steps, frame)
    }

    fn steps(
        &mut self,
        expression: &Expression,
        mut value: Value,
        steps: &[TraversalStep],
        frame: Option<&Frame<'_>>,
    ) -> Value {
        for step in steps {
            let next = match &step.kind {
                TraversalStepKind::Attribute(name) => traverse::attribute(&value, name),
                TraversalStepKind::Index(key) => traverse::index(&value, key),
            };
            match next {
                Ok(next) => value = next,
                Err((summary, detail)) => {
                    self.fail(Diagnostic::error(summary, detail).at(step.span), expression, frame);
                    return unknown();
                }
            }
        }
        value
    }

    fn index(
        &mut self,
        expression: &Expression,
        collection: &Expression,
        key: &Expression,
        bracket_span: Span,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let before = self.checkpoint();
        let key_value = self.evaluate(key, frame);
        let instance = match &collection.kind {
            ExpressionKind::Traversal(traversal) if !self.failed_since(before) => {
                self.instance_by_key(traversal, &key_value, frame)
            }
            _ => None,
        };
        if let Some(instance) = instance {
            return instance;
        }
        let key_problems = self.take_since(before);
        let collection_value = self.evaluate(collection, frame);
        self.extend(key_problems);
        traverse::index(&collection_value, &key_value).unwrap_or_else(|(summary, detail)| {
            self.fail(Diagnostic::error(summary, detail).at(bracket_span), expression, frame);
            unknown()
        })
    }

    /// `aws_instance.web[count.index]` without looking at the other instances, where the scope can.
    fn instance_by_key(&self, traversal: &Traversal, key: &Value, frame: Option<&Frame<'_>>) -> Option<Value> {
        let is_plain = key.marks().is_empty() && key.is_known();
        if !is_plain || frame.is_some_and(|frame| frame.binds(&traversal.root)) {
            return None;
        }
        let (reference, _) = parse_reference(traversal);
        let reference = reference.filter(|reference| reference.remaining.is_empty())?;
        let Subject::Resource { resource, key: InstanceKey::None } = &reference.subject else { return None };
        self.scope.instance_of(resource, &instance_key(key).ok()?)
    }

    /// JSON as an expression; `templates` are its texts in the order written.
    pub(super) fn json(
        &mut self,
        node: &JsonNode,
        templates: &mut dyn Iterator<Item = &Expression>,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        match &node.kind {
            JsonKind::Null => Value::untyped_null(),
            JsonKind::Bool(value) => Value::bool(*value),
            JsonKind::Number(number) => number.clone(),
            JsonKind::String(text) => self.json_text(text, templates, frame),
            JsonKind::Array(items) => {
                Value::tuple(items.iter().map(|item| self.json(item, templates, frame)).collect())
            }
            JsonKind::Object(properties) => self.json_object(properties, templates, frame),
            JsonKind::Invalid => unknown(),
        }
    }

    /// A text in JSON: a template, except among constants, where it is what it is.
    pub(super) fn json_text(
        &mut self,
        text: &Text,
        templates: &mut dyn Iterator<Item = &Expression>,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        match templates.next() {
            Some(template) if !self.scope.is_constant() => self.evaluate(template, frame),
            _ => Value::string(text.clone()),
        }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.error_count += usize::from(diagnostic.is_error());
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }

    /// Adds a diagnostic about an expression: with what the names in it stood for.
    pub(super) fn fail(&mut self, mut diagnostic: Diagnostic, about: &Expression, frame: Option<&Frame<'_>>) {
        if !self.is_quiet {
            diagnostic.expression_values = explain::values(self, about, frame, diagnostic.cause);
        }
        self.push(diagnostic);
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint { length: self.diagnostics.len(), error_count: self.error_count }
    }

    pub(super) fn failed_since(&self, checkpoint: Checkpoint) -> bool {
        self.error_count > checkpoint.error_count
    }

    /// Takes out what was said since.
    pub(super) fn take_since(&mut self, checkpoint: Checkpoint) -> Vec<Diagnostic> {
        self.error_count = checkpoint.error_count;
        self.diagnostics.split_off(checkpoint.length)
    }
}

/// An unknown value of no type: what errors give.
pub(super) fn unknown() -> Value {
    Value::unknown(Type::Dynamic)
}

/// What the values in an expression are, for a diagnostic that something outside of the evaluator makes about it.
pub fn explain_values(
    scope: &dyn Scope,
    expression: &Expression,
    frame: Option<&Frame<'_>>,
    cause: Option<Cause>,
) -> Vec<crate::diag::ExpressionValue> {
    explain::values(&Evaluator::new(scope), expression, frame, cause)
}
