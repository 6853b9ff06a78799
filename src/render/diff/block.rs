//! Differences of blocks: attributes and nested blocks by their schema.

use super::attribute::{
    diff_attribute, item_by_item, map_elements, parts, sensitivity, set_elements, unknown, write_only,
};
use super::{BlockGroup, Diff, Kind, Pair, combine};
use crate::change::Action;
use crate::schema::{AttributeShape, Block, NestedBlock, Nesting};
use crate::value::{Text, Type};

/// The difference of two objects of a block's shape.
pub fn diff_block(mut pair: Pair, block: &Block) -> Diff {
    if let Some((sensitivity, action)) = sensitivity(&pair, |inner| diff_block(inner, block)) {
        return Diff::new(Kind::SensitiveBlock(sensitivity), action, pair.forces_replacement());
    }
    if let Some(diff) = unknown(&pair, true, |before| diff_block(before, block)) {
        return diff;
    }
    pair.distinguishes_empty |= tells_empty_from_null(block);
    let stored = block.attributes.iter().filter(|(_, attribute)| !attribute.is_write_only);
    let (mut attributes, mut action) = parts(&pair, stored, diff_attribute);
    let mut groups = Vec::new();
    for (name, nested) in &block.blocks {
        if let Some((group, group_action)) = diff_group(pair.key(name).relevant_part(), nested) {
            action = combine(action, group_action);
            groups.push((name.clone(), group));
        }
    }
    for (name, _) in block.attributes.iter().filter(|(_, attribute)| attribute.is_write_only) {
        attributes.push((name.clone(), write_only(&pair, action)));
    }
    attributes.sort_by(|a, b| a.0.cmp(&b.0));
    Diff::new(Kind::Block { attributes, groups }, action, pair.forces_replacement())
}

/// All blocks of one type; nothing where there are none before and after.
fn diff_group(pair: Pair, nested: &NestedBlock) -> Option<(BlockGroup, Action)> {
    let is_unknown = pair.after.is_unknown();
    let one = |part: Pair| diff_block(part, &nested.block);
    let (blocks, action): (Vec<(Option<Text>, Diff)>, Action) = match nested.nesting {
        Nesting::Single | Nesting::Group => {
            let diff = diff_block(pair.clone(), &nested.block);
            let action = diff.action;
            (vec![(None, diff)], action)
        }
        Nesting::Map => {
            let (elements, action) = map_elements(&pair, one);
            (elements.into_iter().map(|(key, diff)| (Some(key), diff)).collect(), action)
        }
        Nesting::List => without_keys(&pair, item_by_item(&pair).map(one).collect()),
        Nesting::Set => without_keys(&pair, set_elements(&pair, one)),
    };
    if action == Action::NoOp && pair.before.is_nil() && pair.after.is_nil() && !is_unknown {
        return None;
    }
    let group = BlockGroup {
        blocks,
        forces_replacement: pair.forces_replacement(),
        before_sensitive: pair.before.is_sensitive(),
        after_sensitive: pair.after.is_sensitive(),
        is_unknown,
    };
    Some((group, action))
}

fn without_keys(pair: &Pair, diffs: Vec<Diff>) -> (Vec<(Option<Text>, Diff)>, Action) {
    let action = diffs.iter().fold(pair.action_of_presence(), |action, diff| combine(action, diff.action));
    (diffs.into_iter().map(|diff| (None, diff)).collect(), action)
}

/// Whether only a provider that tells empty texts from null can have such a schema.
fn tells_empty_from_null(block: &Block) -> bool {
    let has_new_blocks = block.blocks.values().any(|nested| matches!(nested.nesting, Nesting::Map | Nesting::Group));
    has_new_blocks
        || block.attributes.values().any(|attribute| match &attribute.shape {
            AttributeShape::Nested { .. } => true,
            AttributeShape::Plain(of) => is_new_type(of),
        })
}

fn is_new_type(of: &Type) -> bool {
    match of {
        of if of.has_dynamic() => true,
        Type::Tuple(_) | Type::Object(_) => true,
        of => of.element().and_then(Type::element).is_some_and(|inner| !inner.is_primitive()),
    }
}
