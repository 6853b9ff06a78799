//! Shapes: what a provider says its objects look like.
//!
//! The one description from which decoding, defaults, comparison, rendering and `providers schema -json` all follow.

pub mod provisioners;

use crate::value::{Path, PathStep, Text, Type, Value};
use std::collections::BTreeMap;

/// The shape of one resource type, data source or provider configuration.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub version: u64,
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub attributes: BTreeMap<Text, Attribute>,
    pub blocks: BTreeMap<Text, NestedBlock>,
    pub description: String,
    pub is_deprecated: bool,
}

/// How an attribute gets its value.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub shape: AttributeShape,
    pub is_required: bool,
    pub is_optional: bool,
    pub is_computed: bool,
    pub is_sensitive: bool,
    pub is_deprecated: bool,
    /// Accepted but never stored.
    pub is_write_only: bool,
    pub description: String,
}

#[derive(Clone, Debug)]
pub enum AttributeShape {
    Plain(Type),
    /// Structured attribute: written as `name = { ... }` with rules for each part.
    Nested {
        nesting: Nesting,
        attributes: BTreeMap<Text, Attribute>,
    },
}

/// A block type inside a block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    pub nesting: Nesting,
    pub block: Block,
    pub min_items: u64,
    /// Zero: any number.
    pub max_items: u64,
}

/// How many there can be and how they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    Single,
    /// Like single, but an absent one reads as an object of nulls.
    Group,
    List,
    Set,
    Map,
}

impl Attribute {
    fn new(of: Type) -> Self {
        Self {
            shape: AttributeShape::Plain(of),
            is_required: false,
            is_optional: false,
            is_computed: false,
            is_sensitive: false,
            is_deprecated: false,
            is_write_only: false,
            description: String::new(),
        }
    }

    pub fn required(of: Type) -> Self {
        Self { is_required: true, ..Self::new(of) }
    }

    pub fn optional(of: Type) -> Self {
        Self { is_optional: true, ..Self::new(of) }
    }

    pub fn computed(of: Type) -> Self {
        Self { is_computed: true, ..Self::new(of) }
    }

    pub fn optional_computed(of: Type) -> Self {
        Self { is_optional: true, is_computed: true, ..Self::new(of) }
    }

    pub fn sensitive(self) -> Self {
        Self { is_sensitive: true, ..self }
    }

    pub fn deprecated(self) -> Self {
        Self { is_deprecated: true, ..self }
    }

    pub fn write_only(self) -> Self {
        Self { is_write_only: true, ..self }
    }

    pub fn described(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    /// The type of the attribute's value.
    pub fn implied_type(&self) -> Type {
        match &self.shape {
            AttributeShape::Plain(of) => of.clone(),
            AttributeShape::Nested { nesting, attributes } => {
                let object =
                    Type::object(attributes.iter().map(|(name, attribute)| (name.clone(), attribute.implied_type())));
                nesting.wrap(object)
            }
        }
    }
}

impl Attribute {
    /// The attribute itself, or one inside it where it is structured.
    fn at(&self, steps: &[PathStep]) -> Option<&Attribute> {
        let AttributeShape::Nested { nesting, attributes } = &self.shape else {
            return Some(self).filter(|_| steps.is_empty());
        };
        let steps =
            if matches!(nesting, Nesting::Single | Nesting::Group) { steps } else { steps.get(1..).unwrap_or(&[]) };
        match steps.split_first() {
            None => Some(self),
            Some((PathStep::Attribute(name), rest)) => attributes.get(name)?.at(rest),
            Some(_) => None,
        }
    }
}

impl Nesting {
    /// The type of a whole nested thing whose items have type `object`.
    fn wrap(self, object: Type) -> Type {
        match self {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }

    /// No blocks at all, where there can be many of a type.
    pub fn empty(self, element: &Type) -> Option<Value> {
        let element = element.clone();
        match self {
            Nesting::Single | Nesting::Group => None,
            Nesting::List if element.has_dynamic() => Some(Value::tuple(Vec::new())),
            Nesting::List => Some(Value::list(element, Vec::new())),
            Nesting::Set => Some(Value::set(element, Vec::new())),
            Nesting::Map if element.has_dynamic() => Some(Value::empty_object()),
            Nesting::Map => Some(Value::map(element, [])),
        }
    }
}

impl NestedBlock {
    pub fn implied_type(&self) -> Type {
        let object = self.block.implied_type();
        match self.nesting {
            // Lists and maps of blocks whose parts have no fixed type cannot be collections.
            Nesting::List | Nesting::Map if object.has_dynamic() => Type::Dynamic,
            nesting => nesting.wrap(object),
        }
    }
}

impl Block {
    /// The attribute that a path into an object of this shape leads to, if it leads to one.
    pub fn attribute_at(&self, path: &Path) -> Option<&Attribute> {
        let mut block = self;
        let mut steps = path.0.iter();
        loop {
            let PathStep::Attribute(name) = steps.next()? else { return None };
            if let Some(attribute) = block.attributes.get(name) {
                return attribute.at(steps.as_slice());
            }
            let nested = block.blocks.get(name)?;
            if !matches!(nested.nesting, Nesting::Single | Nesting::Group) {
                steps.next()?;
            }
            block = &nested.block;
        }
    }

    /// A value of this shape whose nested blocks are empty where they are missing: other programs' states say null there.
    pub fn with_empty_blocks(&self, value: Value) -> Value {
        let Some(entries) = value.as_entries().filter(|_| !self.blocks.is_empty()) else { return value };
        let filled = entries.iter().map(|(name, value)| {
            let filled = self.blocks.get(&**name).and_then(|nested| match nested.nesting {
                nesting if value.is_null() => nesting.empty(&nested.block.implied_type()),
                Nesting::Single | Nesting::Group => Some(nested.block.with_empty_blocks(value.clone())),
                _ => Some(value.clone().map_children(&mut |item| nested.block.with_empty_blocks(item))),
            });
            (name.clone(), filled.unwrap_or_else(|| value.clone()))
        });
        Value::object(filled.collect::<Vec<_>>())
    }

    /// The object type of a value of this shape.
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.implied_type()));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.implied_type()));
        Type::object(attributes.chain(blocks))
    }
}
