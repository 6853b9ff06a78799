//! Unknown values and what is known about them all the same.

use super::{Number, Text, Type};

/// A value that will only be known after apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    of: Type,
    pub refinement: Refinement,
}

/// What every possible final value has in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    pub is_not_null: bool,
    /// Strings only: how it starts.
    pub prefix: Option<Text>,
    /// Numbers only: bound and whether the bound itself is possible.
    pub lower: Option<(Number, bool)>,
    pub upper: Option<(Number, bool)>,
    /// Collections only.
    pub length_min: Option<u64>,
    pub length_max: Option<u64>,
}

impl Unknown {
    pub fn new(of: Type) -> Self {
        Self { of, refinement: Refinement::default() }
    }

    pub fn not_null(of: Type) -> Self {
        Self { of, refinement: Refinement { is_not_null: true, ..Refinement::default() } }
    }

    pub fn with(of: Type, refinement: Refinement) -> Self {
        Self { of, refinement }
    }

    pub fn type_of(&self) -> &Type {
        &self.of
    }
}
