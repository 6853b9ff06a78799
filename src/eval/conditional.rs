//! `condition ? if_true : if_false`
//!
//! Both sides decide the type of the result, also the one that is not chosen; only the chosen side's diagnostics count. The marks of
//! all three parts go to the result.

use super::Frame;
use super::evaluator::{Evaluator, unknown};
use super::operator::convert;
use crate::diag::{Diagnostic, Span};
use crate::syntax::Expression;
use crate::value::{self, Data, Refinement, Type, Unknown, Value};

/// The sides with the type that both fit.
struct Sides {
    if_true: Value,
    if_false: Value,
    of: Type,
}

impl Evaluator<'_> {
    pub(super) fn conditional(
        &mut self,
        expression: &Expression,
        [condition, if_true, if_false]: [&Expression; 3],
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let before = self.checkpoint();
        let true_value = self.evaluate(if_true, frame);
        let true_problems = self.take_since(before);
        let false_value = self.evaluate(if_false, frame);
        let false_problems = self.take_since(before);

        let Some(of) = common_type(&true_value, &false_value) else {
            let mismatch = describe_mismatch(&true_value.type_of(), &false_value.type_of());
            let detail = format!("The true and false result expressions must have consistent types. {mismatch}.");
            let error = Diagnostic::error("Inconsistent conditional result types", detail)
                .at(if_true.span.to(if_false.span))
                .within(expression.span);
            self.fail(error, expression, frame);
            return unknown();
        };
        let condition_value = self.evaluate(condition, frame);
        let sides = Sides { if_true: true_value, if_false: false_value, of };
        let Some(chosen) = self.decide(expression.span, condition, &condition_value, frame) else {
            return Value::unknown(sides.of);
        };
        let marks = condition_value.marks() | sides.if_true.marks() | sides.if_false.marks();
        let result = match chosen {
            Choice::Unknown => sides.either(),
            Choice::True => {
                self.extend(true_problems);
                self.side(expression, if_true, "true", sides.if_true, &sides.of, frame)
            }
            Choice::False => {
                self.extend(false_problems);
                self.side(expression, if_false, "false", sides.if_false, &sides.of, frame)
            }
        };
        result.with_marks(marks)
    }

    /// What the condition says; nothing after an error.
    pub(super) fn decide(
        &mut self,
        context: Span,
        condition: &Expression,
        value: &Value,
        frame: Option<&Frame<'_>>,
    ) -> Option<Choice> {
        let problem = if value.is_null() {
            ("Null condition", "The condition value is null. Conditions must either be true or false.")
        } else if !value.is_known() {
            return Some(Choice::Unknown);
        } else {
            match convert(value, &Type::Bool).ok().and_then(|value| value.as_bool()) {
                Some(true) => return Some(Choice::True),
                Some(false) => return Some(Choice::False),
                None => ("Incorrect condition type", "The condition expression must be of type bool."),
            }
        };
        self.fail(Diagnostic::error(problem.0, problem.1).at(condition.span).within(context), condition, frame);
        None
    }

    fn side(
        &mut self,
        expression: &Expression,
        side: &Expression,
        name: &str,
        value: Value,
        of: &Type,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        convert(&value, of).unwrap_or_else(|problem| {
            let detail = format!("The {name} result value has the wrong type: {problem}.");
            let error = Diagnostic::error("Inconsistent conditional result types", detail)
                .at(side.span)
                .within(expression.span);
            self.fail(error, side, frame);
            Value::unknown(of.clone())
        })
    }
}

pub(super) enum Choice {
    True,
    False,
    Unknown,
}

fn common_type(if_true: &Value, if_false: &Value) -> Option<Type> {
    let (true_type, false_type) = (if_true.type_of(), if_false.type_of());
    if true_type == false_type || is_untyped_null(if_false) {
        return Some(true_type);
    }
    if is_untyped_null(if_true) {
        return Some(false_type);
    }
    if true_type == Type::Dynamic || false_type == Type::Dynamic {
        return Some(Type::Dynamic);
    }
    value::unify(&[true_type, false_type])
}

fn is_untyped_null(value: &Value) -> bool {
    matches!(value.data(), Data::Null(Type::Dynamic)) && value.marks().is_empty()
}

impl Sides {
    /// What is known of the result when the condition is not.
    fn either(&self) -> Value {
        if self.if_true.is_null() && self.if_false.is_null() {
            return Value::null(self.of.clone());
        }
        let (if_true, if_false) = (Refinement::of(&self.if_true), Refinement::of(&self.if_false));
        let mut both = Refinement { is_not_null: if_true.is_not_null && if_false.is_not_null, ..Refinement::default() };
        let types = (self.if_true.type_of(), self.if_false.type_of());
        if types.0 == Type::Number && types.1 == Type::Number {
            both.lower = if_true.lower.zip(if_false.lower).map(|(a, b)| match a.0.cmp(&b.0) {
                std::cmp::Ordering::Less => a,
                std::cmp::Ordering::Equal => (a.0, a.1 || b.1),
                std::cmp::Ordering::Greater => b,
            });
            both.upper = if_true.upper.zip(if_false.upper).map(|(a, b)| match a.0.cmp(&b.0) {
                std::cmp::Ordering::Greater => a,
                std::cmp::Ordering::Equal => (a.0, a.1 || b.1),
                std::cmp::Ordering::Less => b,
            });
        } else if types.0.is_collection() && types.0 == types.1 {
            both.length_min = if_true.length_min.zip(if_false.length_min).map(|(a, b)| a.min(b));
            both.length_max = if_true.length_max.zip(if_false.length_max).map(|(a, b)| a.max(b));
        }
        Value::refined(Unknown::with(self.of.clone(), both))
    }
}

/// In what two types differ that have no type in common. Objects and tuples are looked into, because their names alone say nothing.
fn describe_mismatch(if_true: &Type, if_false: &Type) -> String {
    match (if_true, if_false) {
        (Type::Object(true_object), Type::Object(false_object)) => {
            for (name, attribute) in &true_object.attributes {
                match false_object.attributes.get(name) {
                    None => {
                        return format!(
                            "The 'true' value includes object attribute {name:?}, which is absent in the 'false' value"
                        );
                    }
                    Some(other) if attribute != other => {
                        let inner = describe_mismatch(attribute, other);
                        return format!("Type mismatch for object attribute {name:?}: {inner}");
                    }
                    Some(_) => {}
                }
            }
            let missing = false_object.attributes.keys().find(|name| !true_object.attributes.contains_key(*name));
            if let Some(name) = missing {
                return format!(
                    "The 'false' value includes object attribute {name:?}, which is absent in the 'true' value"
                );
            }
        }
        (Type::Tuple(true_items), Type::Tuple(false_items)) => {
            if true_items.len() != false_items.len() {
                return format!(
                    "The 'true' tuple has length {}, but the 'false' tuple has length {}",
                    true_items.len(),
                    false_items.len()
                );
            }
            let differing = true_items.iter().zip(false_items.iter()).enumerate().find(|(_, (a, b))| a != b);
            if let Some((position, (a, b))) = differing {
                return format!("Type mismatch for tuple element {position}: {}", describe_mismatch(a, b));
            }
        }
        (Type::List(a), Type::List(b)) if is_structural_pair(a, b) => return in_collection("list", a, b),
        (Type::Set(a), Type::Set(b)) if is_structural_pair(a, b) => return in_collection("set", a, b),
        (Type::Map(a), Type::Map(b)) if is_structural_pair(a, b) => return in_collection("map", a, b),
        _ => {}
    }
    let (true_name, false_name) = (if_true.friendly_name(), if_false.friendly_name());
    if true_name == false_name {
        return "At least one deeply-nested attribute or element is not compatible across both the 'true' and the 'false' value"
            .to_owned();
    }
    format!("The 'true' value is {true_name}, but the 'false' value is {false_name}")
}

fn in_collection(noun: &str, a: &Type, b: &Type) -> String {
    format!("Mismatched {noun} element types: {}", describe_mismatch(a, b))
}

fn is_structural_pair(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_)))
}
