//! `ignore_changes`: the configuration with the prior's values where differences do not count.

use super::marking::replace_child;
use super::propose::step_into;
use crate::schema::{AttributeShape, Block};
use crate::syntax::{Traversal, TraversalStepKind};
use crate::value::{Data, PathStep, Text, Value};

/// What is ignored.
#[derive(Clone, Copy, Debug)]
pub enum Ignored<'a> {
    All,
    /// Attribute paths, the first name as the traversal's root.
    Paths(&'a [Traversal]),
}

/// The configuration to plan with. `prior` is null for a new object: then nothing is ignored.
pub fn ignore_changes(ignored: Ignored<'_>, block: &Block, prior: &Value, configuration: Value) -> Value {
    if prior.is_null() {
        return configuration;
    }
    match ignored {
        Ignored::All => without_computed(block, prior),
        Ignored::Paths(paths) => {
            if configuration.is_null() {
                return configuration;
            }
            paths.iter().fold(configuration, |configuration, path| {
                let steps = steps_of(path);
                let ignored = keep_prior(prior, &configuration, &steps);
                ignored.unwrap_or(configuration)
            })
        }
    }
}

/// The prior object as somebody would have configured it.
fn without_computed(block: &Block, prior: &Value) -> Value {
    let marks = prior.marks();
    let Data::Object(entries) = prior.data() else { return prior.clone() };
    let kept = entries.iter().map(|(name, value)| {
        let is_decided_by_provider =
            block.attributes.get(name).is_some_and(|attribute| attribute.is_computed && !attribute.is_optional);
        let value = match (is_decided_by_provider, block.blocks.get(name)) {
            (true, _) => Value::null(value.type_of()).with_marks(value.marks()),
            (false, Some(nested)) => blocks_without_computed(&nested.block, value),
            (false, None) => structure_without_computed(block, name, value),
        };
        (name.clone(), value)
    });
    Value::object(kept).with_marks(marks)
}

fn blocks_without_computed(block: &Block, value: &Value) -> Value {
    match value.data() {
        Data::Object(_) => without_computed(block, value),
        _ => value.clone().map_children(&mut |element| without_computed(block, &element)),
    }
}

fn structure_without_computed(block: &Block, name: &str, value: &Value) -> Value {
    match block.attributes.get(name).map(|attribute| &attribute.shape) {
        Some(AttributeShape::Nested { attributes, .. }) => {
            let inside = Block { attributes: attributes.clone(), ..Block::default() };
            blocks_without_computed(&inside, value)
        }
        _ => value.clone(),
    }
}

fn steps_of(path: &Traversal) -> Vec<PathStep> {
    let root = PathStep::Attribute(path.root.clone());
    let rest = path.steps.iter().map(|step| match &step.kind {
        TraversalStepKind::Attribute(name) => PathStep::Attribute(name.clone()),
        TraversalStepKind::Index(key) => match (key.as_str(), key.as_number().and_then(|number| number.to_u64())) {
            (Some(key), _) => PathStep::Key(key.clone()),
            (None, index) => PathStep::Index(index.unwrap_or(u64::MAX) as usize),
        },
    });
    std::iter::once(root).chain(rest).collect()
}

/// The configuration with the prior's value at the place; nothing where the place does not exist on both sides.
fn keep_prior(prior: &Value, configuration: &Value, steps: &[PathStep]) -> Option<Value> {
    let (step, rest) = steps.split_first()?;
    if let ([], PathStep::Key(key)) = (rest, step) {
        return keep_element(prior, configuration, key);
    }
    let (before, configured) = (step_into(prior, step)?, step_into(configuration, step)?);
    let kept = match rest {
        [] => before,
        _ => keep_prior(&before, &configured, rest)?,
    };
    Some(replace_child(configuration.clone(), step, |_| kept))
}

/// One element of a map: kept, taken out or put in as the prior has it.
fn keep_element(prior: &Value, configuration: &Value, key: &Text) -> Option<Value> {
    let element = configuration.type_of().element().cloned();
    let is_map = matches!(configuration.data(), Data::Map(_) | Data::Null(_));
    let (true, Some(element)) = (is_map, element) else {
        let before = step_into(prior, &PathStep::Key(key.clone()))?;
        return Some(replace_child(configuration.clone(), &PathStep::Key(key.clone()), |_| before));
    };
    let mut entries: Vec<(Text, Value)> = configuration
        .as_entries()
        .into_iter()
        .flat_map(|entries| entries.iter())
        .filter(|(name, _)| *name != key)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    entries.extend(prior.get(key).map(|before| (key.clone(), before.clone())));
    if entries.is_empty() && configuration.is_null() {
        return None;
    }
    Some(Value::map(element, entries).with_marks(configuration.marks()))
}
