//! Object constructors, from HCL and from JSON.

use super::Frame;
use super::evaluator::{Evaluator, unknown};
use super::operator::convert;
use crate::diag::{Diagnostic, Span};
use crate::syntax::{Expression, ExpressionKind, JsonProperty, ObjectItem, ObjectKey};
use crate::value::{Marks, Text, Type, Value};
use indexmap::IndexMap;

impl Evaluator<'_> {
    pub(super) fn object(&mut self, items: &[ObjectItem], frame: Option<&Frame<'_>>) -> Value {
        let mut entries = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut is_complete = true;
        for item in items {
            let key = self.object_key(item, frame);
            let value = self.evaluate(&item.value, frame);
            match key.and_then(|key| self.key_text(item, key, &mut marks, frame)) {
                Some(name) => entries.push((name, value)),
                None => is_complete = false,
            }
        }
        if !is_complete {
            return unknown();
        }
        Value::object(entries).with_marks(marks)
    }

    /// Nothing after an error.
    fn object_key(&mut self, item: &ObjectItem, frame: Option<&Frame<'_>>) -> Option<Value> {
        match &item.key {
            ObjectKey::Name { text, .. } => Some(Value::string(text.clone())),
            ObjectKey::Expression(key) => {
                if matches!(&key.kind, ExpressionKind::Traversal(traversal) if !traversal.steps.is_empty()) {
                    let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead \
                                  intended as a literal name containing periods, wrap it in quotes to create a string literal.";
                    self.push(Diagnostic::error("Ambiguous attribute key", detail).at(key.span));
                    return None;
                }
                let before = self.checkpoint();
                let value = self.evaluate(key, frame);
                (!self.failed_since(before)).then_some(value)
            }
        }
    }

    /// The key as text; nothing where it is unknown or wrong.
    fn key_text(
        &mut self,
        item: &ObjectItem,
        key: Value,
        marks: &mut Marks,
        frame: Option<&Frame<'_>>,
    ) -> Option<Text> {
        if key.is_null() {
            let error = Diagnostic::error("Null value as key", "Can't use a null value as a key.").at(item.value.span);
            self.fail_about_key(error, item, frame);
            return None;
        }
        *marks = *marks | key.marks();
        match convert(&key, &Type::String) {
            Ok(key) => key.as_str().cloned(),
            Err(problem) => {
                let detail = format!("Can't use this value as a key: {problem}.");
                self.fail_about_key(Diagnostic::error("Incorrect key type", detail).at(item.key.span()), item, frame);
                None
            }
        }
    }

    fn fail_about_key(&mut self, error: Diagnostic, item: &ObjectItem, frame: Option<&Frame<'_>>) {
        match &item.key {
            ObjectKey::Expression(key) => self.fail(error, key, frame),
            ObjectKey::Name { .. } => self.push(error),
        }
    }

    /// Keys of JSON objects are templates too.
    pub(super) fn json_object(
        &mut self,
        properties: &[JsonProperty],
        templates: &mut dyn Iterator<Item = &Expression>,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let mut entries: IndexMap<Text, (Value, Span)> = IndexMap::with_capacity(properties.len());
        let mut is_complete = true;
        for property in properties {
            let key = self.json_text(&property.name, templates, frame);
            let value = self.json(&property.value, templates, frame);
            let span = property.name_span;
            let summary = "Invalid object key expression";
            match convert(&key, &Type::String) {
                Err(problem) => {
                    let detail = format!("Cannot use this expression as an object key: {problem}.");
                    self.push(Diagnostic::error(summary, detail).at(span));
                }
                Ok(key) if key.is_null() => {
                    self.push(Diagnostic::error(summary, "Cannot use null value as an object key.").at(span));
                }
                Ok(key) => match key.as_str() {
                    None => is_complete = false,
                    Some(name) => match entries.get(name) {
                        Some((_, earlier)) => {
                            let place = earlier.mention();
                            let detail = format!("An attribute named {name:?} was already defined at {place}.");
                            self.push(Diagnostic::error("Duplicate object attribute", detail).at(span));
                        }
                        None => {
                            entries.insert(name.clone(), (value.with_marks(key.marks()), span));
                        }
                    },
                },
            }
        }
        if !is_complete {
            return unknown();
        }
        Value::object(entries.into_iter().map(|(name, (value, _))| (name, value)))
    }
}
