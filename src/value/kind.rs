//! Types of values.

use super::Text;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A type, or a type constraint: `Dynamic` stands for "any" and object types may have optional attributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Not known yet, or any.
    Dynamic,
    Bool,
    Number,
    String,
    List(Arc<Type>),
    Set(Arc<Type>),
    Map(Arc<Type>),
    Tuple(Arc<Vec<Type>>),
    Object(Arc<ObjectType>),
    /// The type of types, see [`super::Data::Type`].
    Type,
}

/// Attribute types by name. `optional` is only filled in type constraints.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectType {
    pub attributes: BTreeMap<Text, Type>,
    pub optional: BTreeSet<Text>,
}

impl Type {
    pub fn list(element: Type) -> Self {
        Self::List(Arc::new(element))
    }

    pub fn set(element: Type) -> Self {
        Self::Set(Arc::new(element))
    }

    pub fn map(element: Type) -> Self {
        Self::Map(Arc::new(element))
    }

    pub fn tuple(elements: Vec<Type>) -> Self {
        Self::Tuple(Arc::new(elements))
    }

    pub fn object(attributes: impl IntoIterator<Item = (Text, Type)>) -> Self {
        let attributes = attributes.into_iter().collect();
        Self::Object(Arc::new(ObjectType { attributes, optional: BTreeSet::new() }))
    }

    pub fn empty_object() -> Self {
        Self::object([])
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// List, set or map.
    pub fn is_collection(&self) -> bool {
        self.element().is_some()
    }

    /// The element type of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&Type> {
        match self {
            Self::Object(object) => object.attributes.get(name),
            _ => None,
        }
    }

    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Type::has_dynamic),
            Self::Object(object) => object.attributes.values().any(Type::has_dynamic),
            _ => false,
        }
    }

    /// Whether a value of this type can stand where another type is promised, whose `Dynamic` parts promise nothing.
    pub fn conforms_to(&self, promised: &Type) -> bool {
        match (self, promised) {
            (_, Self::Dynamic) => true,
            (Self::List(a), Self::List(b)) | (Self::Set(a), Self::Set(b)) | (Self::Map(a), Self::Map(b)) => {
                a.conforms_to(b)
            }
            (Self::Tuple(a), Self::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.conforms_to(b))
            }
            (Self::Object(a), Self::Object(b)) => {
                a.attributes.keys().eq(b.attributes.keys())
                    && a.attributes.values().zip(b.attributes.values()).all(|(a, b)| a.conforms_to(b))
            }
            _ => self == promised,
        }
    }
}

/// An object type from attributes and the names of the optional ones.
pub fn object_constraint(
    attributes: impl IntoIterator<Item = (Text, Type)>,
    optional: impl IntoIterator<Item = Text>,
) -> Type {
    let attributes = attributes.into_iter().collect();
    Type::Object(Arc::new(ObjectType { attributes, optional: optional.into_iter().collect() }))
}
