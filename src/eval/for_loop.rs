//! `[for v in c : v]` and `{for k, v in c : k => v}`
//!
//! With an unknown collection, condition or key the whole result is unknown, but all iterations are looked at for their diagnostics.

use super::Frame;
use super::evaluator::{Evaluator, unknown};
use super::operator::convert;
use crate::diag::Diagnostic;
use crate::syntax::{Expression, For};
use crate::value::{Data, Marks, Text, Type, Value};
use indexmap::IndexMap;

/// What has been gathered so far.
struct Gathered {
    marks: Marks,
    /// An unknown condition or key, or an error, makes the result unknown. Further errors of the same kind are not repeated.
    is_known: bool,
}

impl Evaluator<'_> {
    pub(super) fn for_loop(&mut self, expression: &Expression, each: &For, frame: Option<&Frame<'_>>) -> Value {
        let Some((collection, marks)) = self.loop_collection(expression, &each.collection, frame) else {
            return unknown();
        };
        let mut gathered = Gathered { marks, is_known: true };
        if let Some(condition) = &each.condition {
            match self.probe_condition(expression, each, condition, frame) {
                None => return unknown(),
                Some(marks) if !collection.is_known() => gathered.marks = gathered.marks | marks,
                Some(_) => {}
            }
        }
        if !collection.is_known() {
            return unknown().with_marks(gathered.marks);
        }
        match &each.key {
            Some(key) => self.object_loop(expression, each, key, &collection, gathered, frame),
            None => self.tuple_loop(expression, each, &collection, gathered, frame),
        }
    }

    /// The collection without its marks, and those; nothing where it cannot be looped over (or nothing is known about it).
    pub(super) fn loop_collection(
        &mut self,
        expression: &Expression,
        collection: &Expression,
        frame: Option<&Frame<'_>>,
    ) -> Option<(Value, Marks)> {
        let value = self.evaluate(collection, frame);
        let (summary, detail) = match value.data() {
            Data::Null(_) => (
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.".to_owned(),
            ),
            Data::Unknown(unknown) if *unknown.type_of() == Type::Dynamic => return None,
            _ if can_iterate(&value.type_of()) => return Some(value.unmark()),
            _ => (
                "Iteration over non-iterable value",
                format!(
                    "A value of type {} cannot be used as the collection in a 'for' expression.",
                    value.type_of().friendly_name()
                ),
            ),
        };
        let error = Diagnostic::error(summary, detail).at(collection.span).within(expression.span);
        self.fail(error, collection, frame);
        None
    }

    /// Evaluates the condition once for unknown items: what is wrong with it whatever the item need not be said for each.
    fn probe_condition(
        &mut self,
        expression: &Expression,
        each: &For,
        condition: &Expression,
        frame: Option<&Frame<'_>>,
    ) -> Option<Marks> {
        let names = Frame::iteration(
            frame,
            each.key_name.as_deref().map(|name| (name, unknown())),
            (&each.value_name, unknown()),
        );
        // A probe within a probe finds nothing new, and conditions within conditions would be evaluated without end.
        if self.is_probing {
            return Some(Marks::NONE);
        }
        let before = self.checkpoint();
        self.is_probing = true;
        let value = self.evaluate(condition, Some(&names));
        self.is_probing = false;
        let problem = if value.is_null() {
            ("Condition is null", "The value of the 'if' clause must not be null.".to_owned())
        } else if let Err(problem) = convert(&value, &Type::Bool) {
            ("Invalid 'for' condition", format!("The 'if' clause value is invalid: {problem}."))
        } else {
            return (!self.failed_since(before)).then(|| value.marks());
        };
        let error = Diagnostic::error(problem.0, problem.1).at(condition.span).within(expression.span);
        self.fail(error, condition, frame);
        None
    }

    fn tuple_loop(
        &mut self,
        expression: &Expression,
        each: &For,
        collection: &Value,
        mut gathered: Gathered,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let mut items = Vec::new();
        for_each_element(collection, each.key_name.is_some(), &mut |key, item| {
            let names = iteration(frame, each, key, item);
            if self.is_included(expression, each, &names, &mut gathered) {
                items.push(self.evaluate(&each.value, Some(&names)));
            }
        });
        if !gathered.is_known {
            return unknown().with_marks(gathered.marks);
        }
        Value::tuple(items).with_marks(gathered.marks)
    }

    fn object_loop(
        &mut self,
        expression: &Expression,
        each: &For,
        key_expression: &Expression,
        collection: &Value,
        mut gathered: Gathered,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let mut entries: IndexMap<Text, Vec<Value>> = IndexMap::new();
        for_each_element(collection, each.key_name.is_some(), &mut |key, item| {
            let names = iteration(frame, each, key, item);
            if !self.is_included(expression, each, &names, &mut gathered) {
                return;
            }
            let Some(key) = self.loop_key(expression, key_expression, &names, &mut gathered) else { return };
            let value = self.evaluate(&each.value, Some(&names));
            let values = entries.entry(key.clone()).or_default();
            if each.groups || values.is_empty() {
                values.push(value);
                return;
            }
            let detail = format!(
                "Two different items produced the key {key:?} in this 'for' expression. If duplicates are expected, use the \
                 ellipsis (...) after the value expression to enable grouping by key."
            );
            let error =
                Diagnostic::error("Duplicate object key", detail).at(key_expression.span).within(expression.span);
            self.fail(error, key_expression, Some(&names));
        });
        if !gathered.is_known {
            return unknown().with_marks(gathered.marks);
        }
        let entries = entries.into_iter().map(|(key, mut values)| match each.groups {
            true => (key, Value::tuple(values)),
            false => (key, values.swap_remove(0)),
        });
        Value::object(entries).with_marks(gathered.marks)
    }

    /// What the `if` clause says about one item.
    fn is_included(&mut self, expression: &Expression, each: &For, names: &Frame<'_>, gathered: &mut Gathered) -> bool {
        let Some(condition) = &each.condition else { return true };
        let value = self.evaluate(condition, Some(names));
        gathered.marks = gathered.marks | value.marks();
        let problem = if value.is_null() {
            "The value of the 'if' clause must not be null.".to_owned()
        } else {
            match convert(&value, &Type::Bool) {
                Ok(value) => {
                    gathered.is_known &= value.is_known();
                    return value.as_bool() == Some(true);
                }
                Err(problem) => format!("The 'if' clause value is invalid: {problem}."),
            }
        };
        if gathered.is_known {
            let error =
                Diagnostic::error("Invalid 'for' condition", problem).at(condition.span).within(expression.span);
            self.fail(error, condition, Some(names));
        }
        gathered.is_known = false;
        false
    }

    fn loop_key(
        &mut self,
        expression: &Expression,
        key_expression: &Expression,
        names: &Frame<'_>,
        gathered: &mut Gathered,
    ) -> Option<Text> {
        let key = self.evaluate(key_expression, Some(names));
        let problem = if key.is_null() {
            "Key expression in 'for' expression must not produce a null value.".to_owned()
        } else {
            gathered.marks = gathered.marks | key.marks();
            if !key.is_known() {
                gathered.is_known = false;
                return None;
            }
            match convert(&key, &Type::String) {
                Ok(key) => return key.as_str().cloned(),
                Err(problem) => format!("The key expression produced an invalid result: {problem}."),
            }
        };
        if gathered.is_known {
            let error =
                Diagnostic::error("Invalid object key", problem).at(key_expression.span).within(expression.span);
            self.fail(error, key_expression, Some(names));
        }
        gathered.is_known = false;
        None
    }
}

/// Whether values of the type have elements to look at one by one.
pub fn can_iterate(of: &Type) -> bool {
    of.is_collection() || matches!(of, Type::Tuple(_) | Type::Object(_))
}

fn iteration<'f>(frame: Option<&'f Frame<'f>>, each: &'f For, key: Option<Value>, item: Value) -> Frame<'f> {
    Frame::iteration(frame, each.key_name.as_deref().zip(key), (&each.value_name, item))
}

/// Hands out all elements with their keys: positions, names, and for sets the elements themselves.
pub fn for_each_element(collection: &Value, needs_keys: bool, visit: &mut dyn FnMut(Option<Value>, Value)) {
    if let Some(entries) = collection.as_entries() {
        for (key, item) in entries.iter() {
            visit(needs_keys.then(|| Value::string(key.clone())), item.clone());
        }
        return;
    }
    let is_set = matches!(collection.data(), Data::Set(_));
    for (position, item) in collection.as_items().unwrap_or_default().iter().enumerate() {
        let key = needs_keys.then(|| if is_set { item.clone() } else { Value::number(position as i64) });
        visit(key, item.clone());
    }
}
