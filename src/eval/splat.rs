//! `source[*].rest` and `source.*.rest`
//!
//! A value that is no sequence counts as a sequence of one, or of none where it is null.

use super::Frame;
use super::evaluator::{Evaluator, unknown};
use crate::diag::{Diagnostic, Span};
use crate::syntax::Expression;
use crate::value::{Refinement, Type, Unknown, Value};

impl Evaluator<'_> {
    pub(super) fn splat(
        &mut self,
        source: &Expression,
        each: &Expression,
        marker_span: Span,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let before = self.checkpoint();
        let value = self.evaluate(source, frame);
        if self.failed_since(before) {
            return unknown();
        }
        let of = value.type_of();
        let is_sequence = matches!(of, Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if value.is_null() {
            if !is_sequence {
                return Value::tuple(Vec::new()).with_marks(value.marks());
            }
            let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
            let error =
                Diagnostic::error("Splat of null value", detail).at(source.span).within(source.span.to(marker_span));
            self.fail(error, source, frame);
            return unknown();
        }
        if of == Type::Dynamic {
            return unknown().with_marks(value.marks());
        }
        match is_sequence {
            true => self.splat_sequence(value, &of, each, frame),
            false => self.splat_single(value, each, frame),
        }
    }

    /// One value as a sequence of one. While it may still turn out null, nobody knows whether there is one.
    fn splat_single(&mut self, value: Value, each: &Expression, frame: Option<&Frame<'_>>) -> Value {
        let may_be_null = !value.is_known() && !Refinement::of(&value).is_not_null;
        let marks = value.marks();
        let before = self.checkpoint();
        let item = self.splat_item(value, each, frame);
        match may_be_null || self.failed_since(before) {
            true => unknown().with_marks(marks),
            false => Value::tuple(vec![item]).with_marks(marks),
        }
    }

    fn splat_sequence(&mut self, value: Value, of: &Type, each: &Expression, frame: Option<&Frame<'_>>) -> Value {
        let (value, marks) = value.unmark();
        let Some(items) = value.as_items() else {
            return self.splat_unknown(&value, of, each, frame).with_marks(marks);
        };
        let before = self.checkpoint();
        let items: Vec<Value> = items.iter().map(|item| self.splat_item(item.clone(), each, frame)).collect();
        if self.failed_since(before) {
            return unknown().with_marks(marks);
        }
        let result = match of {
            Type::Tuple(_) => Value::tuple(items),
            _ => {
                let element = match items.first() {
                    Some(first) => first.type_of(),
                    None => self.item_type(of.element(), each, frame),
                };
                Value::list(element, items)
            }
        };
        result.with_marks(marks)
    }

    fn splat_item(&mut self, item: Value, each: &Expression, frame: Option<&Frame<'_>>) -> Value {
        self.evaluate(each, Some(&Frame::splat_item(frame, item)))
    }

    fn splat_unknown(&mut self, value: &Value, of: &Type, each: &Expression, frame: Option<&Frame<'_>>) -> Value {
        let result_type = self.splat_type(of, each, frame);
        let known = Refinement::of(value);
        let (length_min, length_max) = match result_type {
            Type::List(_) => (known.length_min, known.length_max),
            _ => (None, None),
        };
        let refinement = Refinement { is_not_null: true, length_min, length_max, ..Refinement::default() };
        Value::refined(Unknown::with(result_type, refinement))
    }

    fn splat_type(&mut self, of: &Type, each: &Expression, frame: Option<&Frame<'_>>) -> Type {
        match of {
            Type::Tuple(elements) => {
                Type::tuple(elements.iter().map(|element| self.item_type(Some(element), each, frame)).collect())
            }
            _ => Type::list(self.item_type(of.element(), each, frame)),
        }
    }

    fn item_type(&mut self, element: Option<&Type>, each: &Expression, frame: Option<&Frame<'_>>) -> Type {
        let element = element.cloned().unwrap_or(Type::Dynamic);
        self.splat_item(Value::unknown(element), each, frame).type_of()
    }
}
