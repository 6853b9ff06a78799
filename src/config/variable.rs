//! `variable` blocks.

use super::CheckRule;
use crate::diag::Span;
use crate::value::{Text, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `variable "name" { ... }`
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: Text,
    pub constraint: TypeConstraint,
    /// Converted to the type. Nothing: the variable is required.
    pub default: Option<Value>,
    pub nullable: Option<bool>,
    pub sensitive: Option<bool>,
    pub ephemeral: Option<bool>,
    pub description: Option<Text>,
    pub validations: Vec<CheckRule>,
    /// The block's header.
    pub span: Span,
}

impl Variable {
    /// Whether null is a value, rather than a way to ask for the default.
    pub fn is_nullable(&self) -> bool {
        self.nullable != Some(false)
    }

    pub fn is_sensitive(&self) -> bool {
        self.sensitive == Some(true)
    }

    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral == Some(true)
    }

    pub fn is_required(&self) -> bool {
        self.default.is_none()
    }

    /// How texts from the command line and the environment become values.
    pub fn parsing(&self) -> VariableParsing {
        let of = &self.constraint.of;
        if *of == Type::Dynamic && !self.constraint.is_written || of.is_primitive() {
            VariableParsing::Literal
        } else {
            VariableParsing::Expression
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableParsing {
    /// The text is the value.
    Literal,
    /// The text is an expression of constants.
    Expression,
}

/// `type = object({ name = string, size = optional(number, 1) })`
#[derive(Clone, Debug)]
pub struct TypeConstraint {
    /// With optional attributes marked as such.
    pub of: Type,
    pub defaults: Option<Arc<TypeDefaults>>,
    /// Whether there is a `type` argument.
    pub is_written: bool,
}

/// What `optional(type, default)` says, for a type and for what is inside it.
#[derive(Clone, Debug, Default)]
pub struct TypeDefaults {
    /// By attribute of this object type.
    pub values: BTreeMap<Text, Value>,
    pub children: BTreeMap<DefaultsChild, Arc<TypeDefaults>>,
}

/// Where further defaults apply inside a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultsChild {
    Attribute(Text),
    /// Of a tuple.
    Position(usize),
    /// Every element of a collection.
    Element,
}
