//! Operators.

use super::Frame;
use super::evaluator::{Evaluator, unknown};
use crate::diag::Diagnostic;
use crate::syntax::{BinaryOperator, Expression, ExpressionKind, UnaryOperator};
use crate::value::{self, Data, Type, Value, operations};
use std::cmp::Ordering;

/// A value as of another type, or why that cannot be.
pub fn convert(value: &Value, of: &Type) -> Result<Value, String> {
    match (value.data(), of) {
        (Data::String(_), Type::String) | (Data::Number(_), Type::Number) | (Data::Bool(_), Type::Bool) => {
            Ok(value.clone())
        }
        (_, Type::Dynamic) => Ok(value.clone()),
        _ => value.convert(of).map_err(|error| error.to_string()),
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
    use BinaryOperator::*;
    match operator {
        Equal => Ok(value::equal(left, right)),
        NotEqual => Ok(operations::not(&value::equal(left, right))),
        _ if left.is_null() || right.is_null() => Err("argument must not be null"),
        // Terraform does not take `false && unknown` for false: the operand may still turn out to be an error.
        Or | And if !left.is_known() || !right.is_known() => Ok(operations::and(&undecided(left), &undecided(right))),
        Or => Ok(operations::or(left, right)),
        And => Ok(operations::and(left, right)),
        Greater => Ok(operations::ordered(left, right, Ordering::is_gt)),
        GreaterOrEqual => Ok(operations::ordered(left, right, Ordering::is_ge)),
        Less => Ok(operations::ordered(left, right, Ordering::is_lt)),
        LessOrEqual => Ok(operations::ordered(left, right, Ordering::is_le)),
        Add => operations::add(left, right).map_err(|_| "can't compute sum of opposing infinities"),
        Subtract => operations::subtract(left, right).map_err(|_| "can't subtract infinity from itself"),
        Multiply => operations::multiply(left, right).map_err(|_| "can't multiply zero by infinity"),
        Divide => operations::divide(left, right).map_err(|_| "can't divide zero by zero or infinity by infinity"),
        Modulo => operations::modulo(left, right).map_err(|_| "can't use modulo with zero and infinity"),
    }
}

/// Any truth value with the marks of this one.
fn undecided(operand: &Value) -> Value {
    Value::unknown(Type::Bool).with_marks(operand.marks())
}

fn apply_unary(operator: UnaryOperator, operand: &Value) -> Result<Value, &'static str> {
    match operator {
        _ if operand.is_null() => Err("argument must not be null"),
        UnaryOperator::Negate => Ok(operations::negate(operand)),
        UnaryOperator::Not => Ok(operations::not(operand)),
    }
}
