//! Function calls.

use super::Frame;
use super::evaluator::{Evaluator, unknown};
use crate::syntax::{Call, Expression};
use crate::value::Value;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, _expression: &Expression, _call: &Call, _frame: Option<&Frame<'_>>) -> Value {
        unknown()
    }
}
