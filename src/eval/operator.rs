//! Operators.

use super::evaluator::{Evaluator, unknown};
use super::Frame;
use crate::diag::Diagnostic;
use crate::syntax::{BinaryOperator, Expression, ExpressionKind, UnaryOperator};
use crate::value::{self, Data, Number, Type, Unknown, Value};
use std::cmp::Ordering;

/// A value as of another type, or why that cannot be.
pub fn convert(value: &Value, of: &Type) -> Result<Value, String> {
    match (value.data(), of) {
        (Data::String(_), Type::String) | (Data::Number(_), Type::Number) | (Data::Bool(_), Type::Bool) => {
            Ok(value.clone())
        }
        (_, Type::Dynamic) => Ok(value.clone()),
        _ => value::convert(value, of).map_err(|error| error.to_string()),
    }
}

impl Evaluator<'_> {
    pub(super) fn binary(
        &mut self,
        expression: &Expression,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let before = self.checkpoint();
        let left_value = self.left_operand(left, frame);
        let right_value = self.evaluate(right, frame);
        let operands_type = operand_type(operator);
        let left_value = self.operand(expression, left, "left", left_value, &operands_type, frame);
        let right_value = self.operand(expression, right, "right", right_value, &operands_type, frame);
        let result_type = if is_arithmetic(operator) { Type::Number } else { Type::Bool };
        if self.failed_since(before) {
            return Value::unknown(result_type);
        }
        self.outcome(expression, apply(operator, &left_value, &right_value), result_type, frame)
    }

    /// Chains like `a + b + c + ...` lean to the left: each level costs little stack here.
    fn left_operand(&mut self, left: &Expression, frame: Option<&Frame<'_>>) -> Value {
        match &left.kind {
            ExpressionKind::Binary { operator, left: inner_left, right, .. } => {
                self.binary(left, *operator, inner_left, right, frame)
            }
            _ => self.evaluate(left, frame),
        }
    }

    pub(super) fn unary(
        &mut self,
        expression: &Expression,
        operator: UnaryOperator,
        operand: &Expression,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        let before = self.checkpoint();
        let value = self.evaluate(operand, frame);
        let of = match operator {
            UnaryOperator::Negate => Type::Number,
            UnaryOperator::Not => Type::Bool,
        };
        let value = self.operand(expression, operand, "unary", value, &of, frame);
        if self.failed_since(before) {
            return Value::unknown(of);
        }
        self.outcome(expression, apply_unary(operator, &value), of, frame)
    }

    fn operand(
        &mut self,
        expression: &Expression,
        operand: &Expression,
        side: &str,
        value: Value,
        of: &Type,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        convert(&value, of).unwrap_or_else(|problem| {
            let detail = format!("Unsuitable value for {side} operand: {problem}.");
            let error = Diagnostic::error("Invalid operand", detail).at(operand.span).within(expression.span);
            self.fail(error, operand, frame);
            unknown()
        })
    }

    fn outcome(
        &mut self,
        expression: &Expression,
        outcome: Result<Value, &'static str>,
        of: Type,
        frame: Option<&Frame<'_>>,
    ) -> Value {
        outcome.unwrap_or_else(|problem| {
            let detail = format!("Error during operation: {problem}.");
            self.fail(Diagnostic::error("Operation failed", detail).at(expression.span), expression, frame);
            Value::unknown(of)
        })
    }
}

fn is_arithmetic(operator: BinaryOperator) -> bool {
    use BinaryOperator::*;
    matches!(operator, Add | Subtract | Multiply | Divide | Modulo)
}

fn operand_type(operator: BinaryOperator) -> Type {
    use BinaryOperator::*;
    match operator {
        Or | And => Type::Bool,
        Equal | NotEqual => Type::Dynamic,
        _ => Type::Number,
    }
}

/// Both operands have the operator's type (or are null or unknown).
fn apply(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, &'static str> {
    if matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual) {
        let equal = value::equal(left, right);
        return Ok(match (operator, equal.as_bool()) {
            (BinaryOperator::NotEqual, Some(is_equal)) => Value::bool(!is_equal).with_marks(equal.marks()),
            _ => equal,
        });
    }
    if left.is_null() || right.is_null() {
        return Err("argument must not be null");
    }
    let result = match (left.data(), right.data()) {
        (Data::Number(left), Data::Number(right)) => apply_to_numbers(operator, left, right)?,
        (Data::Bool(left), Data::Bool(right)) => match operator {
            BinaryOperator::Or => Value::bool(*left || *right),
            _ => Value::bool(*left && *right),
        },
        _ if is_arithmetic(operator) => unknown_not_null(Type::Number),
        _ => compare_ranges(operator, left, right)
            .map_or_else(|| unknown_not_null(Type::Bool), Value::bool),
    };
    Ok(result.with_marks(left.marks() | right.marks()))
}

fn unknown_not_null(of: Type) -> Value {
    Value::refined(Unknown::not_null(of))
}

fn apply_to_numbers(operator: BinaryOperator, left: &Number, right: &Number) -> Result<Value, &'static str> {
    use BinaryOperator::*;
    let result = match operator {
        Add => left.add(right).ok_or("can't compute sum of opposing infinities"),
        Subtract => left.subtract(right).ok_or("can't subtract infinity from itself"),
        Multiply => left.multiply(right).ok_or("can't multiply zero by infinity"),
        Divide => left.divide(right).ok_or("can't divide zero by zero or infinity by infinity"),
        Modulo => left.modulo(right).ok_or("can't use modulo with zero and infinity"),
        _ => return Ok(Value::bool(is_ordered(operator, left.cmp(right)))),
    };
    result.map(Value::number)
}

fn is_ordered(operator: BinaryOperator, order: Ordering) -> bool {
    match operator {
        BinaryOperator::Greater => order.is_gt(),
        BinaryOperator::GreaterOrEqual => order.is_ge(),
        BinaryOperator::Less => order.is_lt(),
        _ => order.is_le(),
    }
}

/// The lowest and highest a number can be.
fn range_of(value: &Value) -> (Option<&Number>, Option<&Number>) {
    match value.data() {
        Data::Number(number) => (Some(number), Some(number)),
        Data::Unknown(unknown) => {
            let refinement = &unknown.refinement;
            (refinement.lower.as_ref().map(|bound| &bound.0), refinement.upper.as_ref().map(|bound| &bound.0))
        }
        _ => (None, None),
    }
}

/// Numbers of which only bounds are known may compare all the same.
fn compare_ranges(operator: BinaryOperator, left: &Value, right: &Value) -> Option<bool> {
    if !matches!(
        operator,
        BinaryOperator::Greater | BinaryOperator::GreaterOrEqual | BinaryOperator::Less | BinaryOperator::LessOrEqual
    ) {
        return None;
    }
    let ((left_low, left_high), (right_low, right_high)) = (range_of(left), range_of(right));
    if left_high.zip(right_low).is_some_and(|(left, right)| left < right) {
        return Some(is_ordered(operator, Ordering::Less));
    }
    if left_low.zip(right_high).is_some_and(|(left, right)| left > right) {
        return Some(is_ordered(operator, Ordering::Greater));
    }
    None
}

fn apply_unary(operator: UnaryOperator, operand: &Value) -> Result<Value, &'static str> {
    let result = match (operator, operand.data()) {
        (_, Data::Null(_)) => return Err("argument must not be null"),
        (UnaryOperator::Negate, Data::Number(number)) => Value::number(number.negate()),
        (UnaryOperator::Not, Data::Bool(value)) => Value::bool(!value),
        (UnaryOperator::Negate, _) => unknown_not_null(Type::Number),
        (UnaryOperator::Not, _) => unknown_not_null(Type::Bool),
    };
    Ok(result.with_marks(operand.marks()))
}
