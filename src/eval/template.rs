//! Templates: `"a ${b} c"`, `%{ if }`, `%{ for }`.
//!
//! A template gives text and never null. As soon as a part is unknown the whole is, but how it starts is known.

use super::Frame;
use super::conditional::Choice;
use super::evaluator::{Evaluator, unknown};
use super::for_loop::for_each_element;
use super::operator::convert;
use crate::diag::{Diagnostic, Span};
use crate::syntax::{Expression, Template, TemplatePart};
use crate::value::{Data, Marks, Refinement, Text, Type, Unknown, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// How many bytes of a known beginning are worth keeping.
const LONGEST_PREFIX: usize = 128;

impl Evaluator<'_> {
    pub(super) fn template(
        &mut self,
        expression: &Expression,
        template: &Template,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        if let [TemplatePart::Literal { text, .. }] = &template.parts[..] {
            return Value::string(text.clone());
        }
        self.parts(&template.parts, expression.span, frame)
    }

    fn parts(&mut self, parts: &[TemplatePart], context: Span, frame: Option<&Frame<'_>>) -> Value {
        let before = self.checkpoint();
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut is_known = true;
        for part in parts {
            let value = match part {
                TemplatePart::Literal { text: literal, .. } => {
                    if is_known && !self.failed_since(before) {
                        text.push_str(literal);
                    }
                    continue;
                }
                TemplatePart::Interpolation(expression) => {
                    let value = self.evaluate(expression, frame);
                    match self.interpolated(expression, value, context, frame) {
                        Some(value) => value,
                        None => continue,
                    }
                }
                TemplatePart::If { condition, if_true, if_false, span } => {
                    self.if_directive(condition, [if_true, if_false], *span, frame)
                }
                TemplatePart::For { .. } => self.for_directive(part, frame),
            };
            marks = marks | value.marks();
            match value.as_str() {
                Some(known) if is_known && !self.failed_since(before) => text.push_str(known),
                Some(_) => {}
                None => is_known = false,
            }
        }
        if is_known {
            return Value::text(&text).with_marks(marks);
        }
        let prefix = (!self.failed_since(before)).then(|| safe_prefix(&text)).flatten();
        let refinement = Refinement { is_not_null: true, prefix, ..Refinement::default() };
        Value::refined(Unknown::with(Type::String, refinement)).with_marks(marks)
    }

    /// The value as text, or unknown; nothing after an error.
    fn interpolated(
        &mut self,
        part: &Expression,
        value: Value,
        context: Span,
        frame: Option<&Frame<'_>>,
    ) -> Option<Value> {
        let problem = if value.is_null() {
            "The expression result is null. Cannot include a null value in a string template.".to_owned()
        } else if !value.is_known() {
            return Some(value);
        } else {
            match convert(&value, &Type::String) {
                Ok(text) => return Some(text),
                Err(problem) => format!("Cannot include the given value in a string template: {problem}."),
            }
        };
        let error = Diagnostic::error("Invalid template interpolation value", problem).at(part.span).within(context);
        self.fail(error, part, frame);
        None
    }

    fn if_directive(
        &mut self,
        condition: &Expression,
        [if_true, if_false]: [&[TemplatePart]; 2],
        span: Span,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let before = self.checkpoint();
        let true_value = self.parts(if_true, span, frame);
        let true_problems = self.take_since(before);
        let false_value = self.parts(if_false, span, frame);
        let false_problems = self.take_since(before);
        let condition_value = self.evaluate(condition, frame);
        let marks = condition_value.marks() | true_value.marks() | false_value.marks();
        let result = match self.decide(span, condition, &condition_value, frame) {
            None => return Value::unknown(Type::String),
            Some(Choice::Unknown) => Value::refined(Unknown::not_null(Type::String)),
            Some(Choice::True) => {
                self.extend(true_problems);
                true_value
            }
            Some(Choice::False) => {
                self.extend(false_problems);
                false_value
            }
        };
        result.with_marks(marks)
    }

    fn for_directive(&mut self, part: &TemplatePart, frame: Option<&Frame<'_>>) -> Value {
        let TemplatePart::For { key_name, value_name, collection, body, span } = part else { return unknown() };
        let whole = Expression { kind: crate::syntax::ExpressionKind::Invalid, span: *span };
        let Some((items, marks)) = self.loop_collection(&whole, collection, frame) else { return unknown() };
        if !items.is_known() {
            return unknown().with_marks(marks);
        }
        let mut text = String::new();
        let mut text_marks = marks;
        let mut is_known = true;
        for_each_element(&items, key_name.is_some(), &mut |key, item| {
            let names = Frame::iteration(frame, key_name.as_deref().zip(key), (value_name, item));
            let value = self.parts(body, *span, Some(&names));
            match value.as_str() {
                Some(known) => {
                    text_marks = text_marks | value.marks();
                    text.push_str(known);
                }
                None => is_known = false,
            }
        });
        match is_known {
            true => Value::text(&text).with_marks(text_marks),
            false => Value::unknown(Type::String).with_marks(marks),
        }
    }

    /// The text of a template whose names are the entries of an object: what `templatefile` and `templatestring` do.
    pub fn render(scope: &dyn super::Scope, template: &Expression, names: &Value) -> (Value, crate::diag::Diagnostics) {
        let mut evaluator = Evaluator::new(scope);
        let frame = match names.data() {
            Data::Object(entries) => Some(Frame::entries(entries)),
            Data::Map(mapping) => Some(Frame::entries(mapping.entries())),
            _ => None,
        };
        let value = evaluator.evaluate(template, frame.as_ref());
        (value, evaluator.into_diagnostics())
    }
}

/// As much of a text as stays the same whatever is written behind it: a last letter could still take an accent.
pub fn safe_prefix(text: &str) -> Option<Text> {
    let end = (0..=LONGEST_PREFIX.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let normal: String = text[..end].nfc().collect();
    let last = normal.grapheme_indices(true).next_back()?;
    let is_final = matches!(last.1, s if s.len() == 1 && "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'".contains(s));
    let known = if is_final { &normal[..] } else { &normal[..last.0] };
    (!known.is_empty()).then(|| known.into())
}

#[cfg(test)]
mod tests {
    use super::safe_prefix;

    #[test]
    fn a_last_letter_is_not_certain() {
        assert_eq!(safe_prefix("ami-abc").as_deref(), Some("ami-ab"));
        assert_eq!(safe_prefix("ami-").as_deref(), Some("ami-"));
        assert_eq!(safe_prefix("a"), None);
        assert_eq!(safe_prefix(""), None);
    }
}
