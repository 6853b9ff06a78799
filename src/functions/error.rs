//! Why a call gave no value, and how Terraform says so.

use super::Function;

/// What is wrong with a call. It becomes a diagnostic where the source of the call is known.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// Point at the closing parenthesis.
    NotEnoughArguments { given: usize },
    /// Point at the first argument too many, which is the number of parameters.
    TooManyArguments,
    /// One argument is not acceptable. The index may be beyond what was given.
    Argument { index: usize, message: String },
    /// The call as a whole failed.
    Failed { message: String },
}

impl CallError {
    pub fn argument(index: usize, message: impl Into<String>) -> Self {
        Self::Argument { index, message: message.into() }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into() }
    }

    /// What Terraform reports as a panic inside of a function that it caught.
    pub(super) fn panic(message: impl std::fmt::Display) -> Self {
        Self::failed(format!("panic in function implementation: {message}\n"))
    }

    /// The argument to point at, if it is one of those given.
    pub fn index(&self, given: usize) -> Option<usize> {
        match self {
            Self::Argument { index, .. } if *index < given => Some(*index),
            _ => None,
        }
    }

    /// Without a full stop.
    pub fn message(&self) -> &str {
        match self {
            Self::NotEnoughArguments { .. } => "not enough arguments",
            Self::TooManyArguments => "too many arguments",
            Self::Argument { message, .. } | Self::Failed { message } => message,
        }
    }

    pub fn summary(&self, function: &Function) -> &'static str {
        match self {
            Self::NotEnoughArguments { .. } => "Not enough function arguments",
            Self::TooManyArguments => "Too many function arguments",
            Self::Argument { index, .. } if function.parameter(*index).is_some() => "Invalid function argument",
            Self::Argument { .. } | Self::Failed { .. } => "Error in function call",
        }
    }

    /// The sentence for the diagnostic; the function as it was called, `core::` included.
    pub fn detail(&self, function: &Function, called_name: &str) -> String {
        let wanted = function.parameters.len();
        match self {
            Self::NotEnoughArguments { given } => {
                let at_least = if function.variadic.is_some() { " at least" } else { "" };
                let missing = function.parameters.get(*given).map_or("", |parameter| parameter.name);
                format!(
                    "Function {called_name:?} expects{at_least} {wanted} argument(s). Missing value for {missing:?}."
                )
            }
            Self::TooManyArguments => format!("Function {called_name:?} expects only {wanted} argument(s)."),
            Self::Argument { index, message } => match function.parameter(*index) {
                Some(parameter) => format!("Invalid value for {:?} parameter: {message}.", parameter.name),
                None => format!("Call to function {called_name:?} failed: {message}."),
            },
            Self::Failed { message } => format!("Call to function {called_name:?} failed: {message}."),
        }
    }
}

impl From<String> for CallError {
    fn from(message: String) -> Self {
        Self::failed(message)
    }
}

impl From<&str> for CallError {
    fn from(message: &str) -> Self {
        Self::failed(message)
    }
}
