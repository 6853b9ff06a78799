//! Two bodies as one: override files and escaping blocks.
//!
//! Only what stands directly in the bodies is looked at; nested blocks are kept or dropped whole, because nobody here knows which of
//! them belong together.

use crate::syntax::{
    Attribute, Block, Body, BodySchema, JsonBody, JsonKind, JsonNode, JsonProperty, body_of, expression_of,
};
use crate::value::Text;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether nothing is written in a body.
pub fn is_empty_body(body: &Body) -> bool {
    let (_, problems) = body.content(&BodySchema::new());
    !problems.has_errors()
}

/// A body with what another one sets: its arguments replace arguments, its blocks replace all blocks of their kind.
pub fn overridden(base: &Body, given: &Body) -> Body {
    let arguments: BTreeSet<&Text> = given.attributes.iter().map(|attribute| &attribute.name).collect();
    let blocks: BTreeSet<&Text> = given.blocks.iter().map(block_kind).collect();
    let properties: BTreeSet<&Text> = properties_of(given).map(|property| &property.name).collect();
    let is_left = |name: &Text, set: &BTreeSet<&Text>| !set.contains(name) && !properties.contains(name);
    let kept = Body {
        attributes: base.attributes.iter().filter(|found| is_left(&found.name, &arguments)).cloned().collect(),
        blocks: base.blocks.iter().filter(|found| is_left(block_kind(found), &blocks)).cloned().collect(),
        span: base.span,
        json: base.json.as_ref().map(|json| {
            let names = arguments.iter().chain(&blocks).chain(&properties).map(|name| (*name).clone());
            JsonBody { node: json.node.clone(), taken: json.taken.iter().cloned().chain(names).collect() }
        }),
    };
    joined_as(&kept, given, |name| base.blocks.iter().any(|block| &block.kind == name))
}

/// Everything of both bodies.
pub(super) fn joined(first: &Body, second: &Body) -> Body {
    joined_as(first, second, |_| false)
}

/// `is_block` tells which JSON properties stand for blocks where the other body is not JSON.
fn joined_as(first: &Body, second: &Body, is_block: impl Fn(&Text) -> bool) -> Body {
    if let (Some(first_json), Some(_)) = (&first.json, &second.json) {
        let properties: Vec<JsonProperty> = properties_of(first).chain(properties_of(second)).cloned().collect();
        let span = first_json.node.span;
        let node = JsonNode { kind: JsonKind::Object(properties.into()), span };
        return Body { json: Some(JsonBody { node, taken: Vec::new() }), ..first.clone() };
    }
    let (first_native, second_native) = (native(first, &is_block), native(second, &is_block));
    Body {
        attributes: first_native.attributes.into_iter().chain(second_native.attributes).collect(),
        blocks: first_native.blocks.into_iter().chain(second_native.blocks).collect(),
        span: first.span,
        json: None,
    }
}

/// `dynamic "x"` makes blocks of kind x.
fn block_kind(block: &Block) -> &Text {
    match block.labels.first() {
        Some(label) if &*block.kind == "dynamic" => &label.text,
        _ => &block.kind,
    }
}

fn properties_of(body: &Body) -> impl Iterator<Item = &JsonProperty> {
    body.json.iter().flat_map(|json| {
        let objects: Vec<&[JsonProperty]> = match &json.node.kind {
            JsonKind::Object(properties) => vec![properties],
            JsonKind::Array(items) => items
                .iter()
                .filter_map(|item| match &item.kind {
                    JsonKind::Object(properties) => Some(&**properties),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        objects.into_iter().flatten().filter(|property| !json.taken.contains(&property.name))
    })
}

/// A JSON body as a native one, as far as that can be told without a schema: a property is an argument unless it is known to be a block.
fn native(body: &Body, is_block: &impl Fn(&Text) -> bool) -> Body {
    if body.json.is_none() {
        return body.clone();
    }
    let mut made = Body { span: body.span, ..Body::default() };
    for property in properties_of(body) {
        match &property.value.kind {
            JsonKind::Array(items) if is_block(&property.name) => {
                made.blocks.extend(items.iter().map(|item| block_of(property, item)));
            }
            _ if is_block(&property.name) => made.blocks.push(block_of(property, &property.value)),
            _ => made.attributes.push(Attribute {
                name: property.name.clone(),
                name_span: property.name_span,
                equals_span: property.name_span.end_point(),
                expression: Arc::new(expression_of(&property.value)),
                span: property.span(),
            }),
        }
    }
    made
}

fn block_of(property: &JsonProperty, node: &JsonNode) -> Block {
    Block {
        kind: property.name.clone(),
        kind_span: property.name_span,
        labels: Vec::new(),
        body: Arc::new(body_of(node.clone())),
        open_brace_span: node.start_span(),
        close_brace_span: node.close_span(),
    }
}
