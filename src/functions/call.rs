//! The calling convention.
//!
//! In this order, as Terraform has it: the number of arguments; each converted to its parameter's type; no null where none is
//! allowed; a value of unknown type makes an unknown result; the type of the result; marks are taken off and put on the result;
//! an unknown argument makes an unknown result of that type; the body.

use super::entry::{Function, Returns};
use super::{CallError, Context};
use crate::value::{Marks, Number, Refinement, Text, Type, Unknown, Value, convert};
use num_bigint::BigInt;

/// What a body works with.
pub struct Call<'a> {
    pub arguments: &'a [Value],
    /// The type that the result must have; `Dynamic` where it is up to the body.
    pub returns: &'a Type,
    pub context: &'a Context,
}

impl Function {
    /// Whether the number of arguments fits. To be asked before any of them is evaluated.
    pub fn check_count(&self, given: usize) -> Result<(), CallError> {
        if given < self.parameters.len() {
            return Err(CallError::NotEnoughArguments { given });
        }
        if self.variadic.is_none() && given > self.parameters.len() {
            return Err(CallError::TooManyArguments);
        }
        Ok(())
    }

    /// An argument as the parameter's type. Every argument that does not fit is reported, before the call.
    pub fn convert_argument(&self, index: usize, value: Value) -> Result<Value, CallError> {
        match self.parameter(index) {
            Some(parameter) if parameter.of != Type::Dynamic => {
                convert(&value, &parameter.of).map_err(|error| CallError::argument(index, error.message))
            }
            _ => Ok(value),
        }
    }

    /// Calls with arguments that have been counted and converted.
    pub fn call(&self, mut arguments: Vec<Value>, context: &Context) -> Result<Value, CallError> {
        let mut marks = Marks::NONE;
        let mut is_unknown = false;
        let mut is_untyped = false;
        for (index, argument) in arguments.iter_mut().enumerate() {
            let Some(parameter) = self.parameter(index) else { continue };
            if !parameter.allows_marked && !argument.deep_marks().is_empty() {
                let (plain, own) = std::mem::take(argument).unmark_deep();
                *argument = plain;
                marks = marks | own;
            }
            if is_untyped {
                continue;
            }
            if argument.is_null() && !parameter.allows_null {
                return Err(CallError::argument(index, "argument must not be null"));
            }
            is_unknown |= !argument.is_known() && !parameter.allows_unknown;
            is_untyped = !parameter.allows_dynamic && is_dynamic(argument);
        }
        if is_untyped {
            return Ok(Value::unknown(Type::Dynamic).with_marks(marks));
        }
        context.check_place(self)?;
        let computed;
        let returns = match &self.returns {
            Returns::Always(returns) => returns,
            Returns::Depends(type_body) => {
                computed = type_body(&arguments, context)?;
                &computed
            }
        };
        let result = if is_unknown || self.is_impure && context.defers_impure {
            Value::unknown(returns.clone())
        } else {
            (self.body)(&Call { arguments: &arguments, returns, context })?
        };
        let result = if self.is_never_null { not_null(result) } else { result };
        Ok(result.with_marks(marks))
    }

    /// Counts, converts and calls.
    pub fn call_with(&self, arguments: Vec<Value>, context: &Context) -> Result<Value, CallError> {
        self.check_count(arguments.len())?;
        let converted: Result<Vec<Value>, CallError> =
            arguments.into_iter().enumerate().map(|(index, value)| self.convert_argument(index, value)).collect();
        self.call(converted?, context)
    }
}

/// Of a type that is not known: unknown, or a bare null.
fn is_dynamic(value: &Value) -> bool {
    use crate::value::Data;
    match value.data() {
        Data::Null(of) => *of == Type::Dynamic,
        Data::Unknown(unknown) => *unknown.type_of() == Type::Dynamic,
        _ => false,
    }
}

/// An unknown value of a known type, known not to be null.
fn not_null(value: Value) -> Value {
    use crate::value::Data;
    match value.data() {
        Data::Unknown(unknown) if *unknown.type_of() != Type::Dynamic && !unknown.refinement.is_not_null => {
            let refinement = Refinement { is_not_null: true, ..unknown.refinement.clone() };
            Value::refined(Unknown::with(unknown.type_of().clone(), refinement)).with_marks(value.marks())
        }
        _ => value,
    }
}

impl<'a> Call<'a> {
    /// The result, not known yet.
    pub fn unknown(&self) -> Value {
        Value::unknown(self.returns.clone())
    }

    /// A text argument. The convention has seen to it that it is one, known and not null.
    pub fn text(&self, index: usize) -> &'a Text {
        self.arguments[index].as_str().expect("the parameter takes known text")
    }

    pub fn number(&self, index: usize) -> &'a Number {
        self.arguments[index].as_number().expect("the parameter takes a known number")
    }

    /// Items of a known list, set or tuple.
    pub fn items(&self, index: usize) -> &'a [Value] {
        self.arguments[index].as_items().expect("the parameter takes a known sequence")
    }

    /// A number argument that must be a whole number of ordinary size.
    pub fn whole(&self, index: usize) -> Result<i64, CallError> {
        whole(self.number(index)).map_err(CallError::failed)
    }

    /// A number argument that must be a whole number of any size.
    pub fn integer(&self, index: usize) -> Result<BigInt, CallError> {
        self.number(index).to_integer().ok_or_else(|| "value must be a whole number".into())
    }

    /// A number argument as a double.
    pub fn double(&self, index: usize) -> Result<f64, CallError> {
        let number = self.number(index);
        let double = number.to_f64();
        if double.is_infinite() && !number.is_infinite() {
            let limit = Number::from(f64::MAX);
            return Err(format!("value must be between -{limit}.000000 and {limit}.000000 inclusive").into());
        }
        Ok(double)
    }
}

/// A whole number of ordinary size, or what to say.
pub(super) fn whole(number: &Number) -> Result<i64, String> {
    number.to_i64().ok_or_else(|| format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
}
