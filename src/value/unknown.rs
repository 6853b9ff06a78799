//! Unknown values and what is known about them all the same.

use super::{Data, Number, Text, Type, Value};

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

impl Refinement {
    /// What can be said of a value when only its range matters.
    pub fn of(value: &Value) -> Self {
        let length = |length: usize| Self {
            is_not_null: true,
            length_min: Some(length as u64),
            length_max: Some(length as u64),
            ..Self::default()
        };
        match value.data() {
            Data::Unknown(unknown) => unknown.refinement.clone(),
            Data::Null(_) => Self::default(),
            Data::Number(number) => {
                let bound = Some((number.clone(), true));
                Self { is_not_null: true, lower: bound.clone(), upper: bound, ..Self::default() }
            }
            Data::String(text) => Self { is_not_null: true, prefix: Some(text.clone()), ..Self::default() },
            Data::List(items) => length(items.len()),
            // Unknown elements may turn out to be equal to others.
            Data::Set(items) if items.len() == 1 || items.elements().is_wholly_known() => length(items.len()),
            Data::Map(mapping) => length(mapping.entries().len()),
            _ => Self { is_not_null: true, ..Self::default() },
        }
    }
}

impl Value {
    /// An unknown value, or the only one that the refinement leaves: a number between equal bounds, a collection of known length.
    pub fn refined(unknown: Unknown) -> Self {
        let Unknown { of, refinement } = unknown;
        if of == Type::Dynamic {
            return Self::unknown(of);
        }
        if refinement.is_not_null {
            if let (Some((lower, true)), Some((upper, true))) = (&refinement.lower, &refinement.upper)
                && lower == upper
            {
                return Self::number(lower.clone());
            }
            if refinement.length_min.is_some() && refinement.length_min == refinement.length_max
                || refinement.length_max == Some(0)
            {
                let length = refinement.length_max.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
                match &of {
                    Type::Map(element) if length == 0 => return Self::map((**element).clone(), []),
                    Type::Set(element) if length <= 1 => {
                        return Self::set((**element).clone(), vec![Self::unknown((**element).clone()); length]);
                    }
                    Type::List(element) => {
                        return Self::list((**element).clone(), vec![Self::unknown((**element).clone()); length]);
                    }
                    _ => {}
                }
            }
        }
        Self::new(Data::Unknown(std::sync::Arc::new(Unknown { of, refinement })))
    }
}
