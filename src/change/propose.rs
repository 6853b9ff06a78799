//! The proposed new object: the configuration, with the prior's values where the configuration says nothing and the provider decides.
//!
//! Follows Terraform's `objchange.ProposedNew`: it is what every provider's plan starts from, so it must be the same. Elements of lists
//! correspond by position, of maps by key, and of sets where the prior element could have come from the configured one.
//! Values here carry no marks.

use crate::schema::{Attribute, AttributeShape, Block, NestedBlock, Nesting};
use crate::value::{Data, PathStep, Text, Type, Value};
use std::collections::BTreeMap;

/// The object that the provider is asked about. `prior` is null for a new object.
pub fn propose(block: &Block, prior: &Value, configuration: &Value) -> Value {
    if prior.is_null() && !configuration.is_null() {
        return propose_known(block, &empty_object(block), configuration);
    }
    propose_known(block, prior, configuration)
}

/// The object of a data source that can only be read during apply: all that is not configured is unknown.
pub fn propose_data(block: &Block, configuration: &Value) -> Value {
    propose_known(block, &Value::unknown(block.implied_type()), configuration)
}

/// What an absent object looks like to `propose`: nulls, and no nested blocks.
pub fn empty_object(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|(name, it)| (name.clone(), Value::null(it.implied_type())));
    let blocks = block.blocks.iter().map(|(name, it)| (name.clone(), empty_blocks(it)));
    Value::object(attributes.chain(blocks))
}

fn empty_blocks(nested: &NestedBlock) -> Value {
    let object = || nested.block.implied_type();
    match nested.nesting {
        Nesting::Single => Value::null(object()),
        Nesting::Group => empty_object(&nested.block),
        Nesting::List if object().has_dynamic() => Value::tuple(Vec::new()),
        Nesting::List => Value::list(object(), Vec::new()),
        Nesting::Map if object().has_dynamic() => Value::empty_object(),
        Nesting::Map => Value::map(object(), []),
        Nesting::Set => Value::set(object(), Vec::new()),
    }
}

fn propose_known(block: &Block, prior: &Value, configuration: &Value) -> Value {
    if configuration.is_null() || !configuration.is_known() {
        return prior.clone();
    }
    let attributes = block
        .attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), propose_attribute(name, attribute, prior, configuration)));
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let of = || nested.implied_type();
        let proposed = propose_blocks(nested, &part(prior, name, of), &part(configuration, name, of));
        (name.clone(), proposed)
    });
    Value::object(attributes.chain(blocks))
}

fn propose_attribute(name: &Text, attribute: &Attribute, prior: &Value, configuration: &Value) -> Value {
    let of = || attribute.implied_type();
    let configured = part(configuration, name, of);
    if attribute.is_computed && configured.is_null() {
        let prior = part(prior, name, of);
        return if holds_configured_parts(attribute, &prior) { configured } else { prior };
    }
    match &attribute.shape {
        AttributeShape::Plain(_) => configured,
        AttributeShape::Nested { nesting, attributes } => {
            propose_nested(Shape::Attributes(attributes), *nesting, &part(prior, name, of), &configured)
        }
    }
}

/// An optional and computed structure whose prior value holds parts that only a configuration can have given: removing it from the
/// configuration must remove them.
fn holds_configured_parts(attribute: &Attribute, prior: &Value) -> bool {
    let AttributeShape::Nested { nesting, attributes } = &attribute.shape else { return false };
    attribute.is_optional && elements_of(*nesting, prior).iter().any(|element| holds_non_computed(attributes, element))
}

fn holds_non_computed(attributes: &BTreeMap<Text, Attribute>, element: &Value) -> bool {
    attributes.iter().any(|(name, attribute)| {
        let Some(value) = element.get(name).filter(|value| !value.is_null()) else { return false };
        !attribute.is_computed
            || matches!(&attribute.shape, AttributeShape::Nested { nesting, attributes }
                if elements_of(*nesting, value).iter().any(|inner| holds_non_computed(attributes, inner)))
    })
}

/// The objects inside a nested structure.
pub(super) fn elements_of(nesting: Nesting, value: &Value) -> Vec<Value> {
    match (nesting, value.data()) {
        (Nesting::Single | Nesting::Group, Data::Object(_)) => vec![value.clone()],
        (Nesting::Map, _) => value.as_entries().map(|entries| entries.values().cloned().collect()).unwrap_or_default(),
        (Nesting::List | Nesting::Set, _) => value.as_items().map(<[Value]>::to_vec).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn propose_blocks(nested: &NestedBlock, prior: &Value, configuration: &Value) -> Value {
    propose_nested(Shape::Block(&nested.block), nested.nesting, prior, configuration)
}

/// What an element of a nested structure looks like.
#[derive(Clone, Copy)]
enum Shape<'a> {
    Block(&'a Block),
    Attributes(&'a BTreeMap<Text, Attribute>),
}

impl Shape<'_> {
    fn propose(self, prior: &Value, configuration: &Value) -> Value {
        match self {
            Shape::Block(block) => propose(block, prior, configuration),
            Shape::Attributes(_) if configuration.is_null() => configuration.clone(),
            Shape::Attributes(attributes) => Value::object(
                attributes
                    .iter()
                    .map(|(name, attribute)| (name.clone(), propose_attribute(name, attribute, prior, configuration))),
            ),
        }
    }
}

fn propose_nested(shape: Shape<'_>, nesting: Nesting, prior: &Value, configuration: &Value) -> Value {
    if !configuration.is_known() {
        return configuration.clone();
    }
    match nesting {
        Nesting::Single if configuration.is_null() => configuration.clone(),
        Nesting::Group if matches!(shape, Shape::Attributes(_)) => configuration.clone(),
        Nesting::Single | Nesting::Group => shape.propose(prior, configuration),
        Nesting::List => propose_list(shape, prior, configuration),
        Nesting::Map => propose_map(shape, prior, configuration),
        Nesting::Set => propose_set(shape, prior, configuration),
    }
}

fn propose_list(shape: Shape<'_>, prior: &Value, configuration: &Value) -> Value {
    let mut index = 0;
    configuration.clone().map_children(&mut |configured| {
        let before = match prior.data() {
            Data::Unknown(_) => Some(Value::unknown(configured.type_of())),
            _ => prior.as_items().and_then(|items| items.get(index)).cloned(),
        };
        index += 1;
        before.map_or_else(|| configured.clone(), |before| shape.propose(&before, &configured))
    })
}

fn propose_map(shape: Shape<'_>, prior: &Value, configuration: &Value) -> Value {
    let Some(entries) = configuration.as_entries() else { return configuration.clone() };
    let proposed: Vec<(Text, Value)> = entries
        .iter()
        .map(|(key, configured)| {
            let value = prior.get(key).map_or_else(|| configured.clone(), |before| shape.propose(before, configured));
            (key.clone(), value)
        })
        .collect();
    match configuration.data() {
        Data::Map(mapping) => Value::map(mapping.element().clone(), proposed),
        _ => Value::object(proposed),
    }
}

fn propose_set(shape: Shape<'_>, prior: &Value, configuration: &Value) -> Value {
    let Data::Set(configured) = configuration.data() else { return configuration.clone() };
    let mut candidates: Vec<Option<&Value>> = prior.as_items().unwrap_or_default().iter().map(Some).collect();
    let items = configured
        .elements()
        .iter()
        .map(|element| {
            let found = candidates
                .iter_mut()
                .find(|candidate| candidate.is_some_and(|before| could_come_from(shape, before, element)))
                .and_then(Option::take);
            let before = found.cloned().unwrap_or_else(|| Value::null(configured.element().clone()));
            shape.propose(&before, element)
        })
        .collect();
    Value::set(configured.element().clone(), items)
}

/// Whether a prior element of a set can be what became of a configured one: all that differs is computed and not configured.
fn could_come_from(shape: Shape<'_>, prior: &Value, configured: &Value) -> bool {
    if is_same_unrefined(prior, configured) {
        return true;
    }
    let (Data::Object(before), Data::Object(_)) = (prior.data(), configured.data()) else { return false };
    before.iter().all(|(name, before)| {
        let Some(configured) = configured.get(name) else { return false };
        is_same_unrefined(before, configured) || part_could_come_from(shape, name, before, configured)
    })
}

fn part_could_come_from(shape: Shape<'_>, name: &str, before: &Value, configured: &Value) -> bool {
    if matches!(configured.type_of(), Type::Set(_)) {
        return false;
    }
    let attribute = match shape {
        Shape::Block(block) => match (block.attributes.get(name), block.blocks.get(name)) {
            (Some(attribute), _) => attribute,
            (None, Some(nested)) => {
                return elements_could_come_from(Shape::Block(&nested.block), nested.nesting, before, configured);
            }
            (None, None) => return false,
        },
        Shape::Attributes(attributes) => match attributes.get(name) {
            Some(attribute) => attribute,
            None => return false,
        },
    };
    match &attribute.shape {
        AttributeShape::Nested { nesting, attributes } => {
            elements_could_come_from(Shape::Attributes(attributes), *nesting, before, configured)
        }
        AttributeShape::Plain(_) => attribute.is_computed && configured.is_null(),
    }
}

fn elements_could_come_from(shape: Shape<'_>, nesting: Nesting, before: &Value, configured: &Value) -> bool {
    let (before, configured) = (elements_of(nesting, before), elements_of(nesting, configured));
    before.len() <= configured.len()
        && before.iter().zip(&configured).all(|(before, configured)| could_come_from(shape, before, configured))
}

/// An attribute of an object that may be null or unknown.
pub(super) fn part(object: &Value, name: &str, of: impl FnOnce() -> Type) -> Value {
    match object.data() {
        Data::Unknown(_) => Value::unknown(of()),
        _ => object.get(name).cloned().unwrap_or_else(|| Value::null(of())),
    }
}

/// Equal when what is known about unknown values is put aside.
pub(super) fn is_same_unrefined(a: &Value, b: &Value) -> bool {
    a == b || unrefined(a.clone()) == unrefined(b.clone())
}

fn unrefined(value: Value) -> Value {
    match value.data() {
        Data::Unknown(unknown) => Value::unknown(unknown.type_of().clone()).with_marks(value.marks()),
        _ if value.is_wholly_known() => value,
        _ => value.map_children(&mut unrefined),
    }
}

/// `ignore_changes` paths name elements by key or position; both address a value.
pub(super) fn step_into(value: &Value, step: &PathStep) -> Option<Value> {
    match step {
        PathStep::Attribute(name) | PathStep::Key(name) => value.get(name).cloned(),
        PathStep::Index(index) => value.as_items()?.get(*index).cloned(),
    }
}
