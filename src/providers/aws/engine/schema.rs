//! The schema that follows from declarations.

use super::declared::Declared;
use crate::schema::{Attribute, AttributeShape, Block, NestedBlock, Nesting};
use crate::value::{Text, Type};

/// The schema block of declarations.
pub fn block_of(fields: &[Declared]) -> Block {
    let mut block = Block::default();
    for field in fields {
        match &field.nested {
            Some(nested) if !nested.is_attribute => {
                let inner = NestedBlock {
                    nesting: nested.nesting,
                    block: Block { is_deprecated: field.is_deprecated, ..block_of(&nested.fields) },
                    min_items: nested.min_items,
                    max_items: nested.max_items,
                };
                block.blocks.insert(field.name.into(), inner);
            }
            _ => {
                block.attributes.insert(field.name.into(), attribute_of(field));
            }
        }
    }
    block
}

/// The `timeouts` block of the operations that may be waited for.
pub fn timeouts_block(operations: impl Iterator<Item = &'static str>) -> NestedBlock {
    let attributes = operations.map(|name| (Text::from(name), Attribute::optional(Type::String))).collect();
    let block = Block { attributes, ..Block::default() };
    NestedBlock { nesting: Nesting::Single, block, min_items: 0, max_items: 0 }
}

fn attribute_of(field: &Declared) -> Attribute {
    Attribute {
        shape: AttributeShape::Plain(field.of.clone()),
        is_required: field.is_required,
        is_optional: field.is_optional,
        is_computed: field.is_computed,
        is_sensitive: field.is_sensitive,
        is_deprecated: field.is_deprecated,
        is_write_only: field.is_write_only,
        description: field.description.to_owned(),
    }
}
