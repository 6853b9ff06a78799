//! A JSON body seen through a schema: which property is an argument, which stands for blocks and which are labels.
//!
//! `{"resource": {"aws_vpc": {"main": {...}}}}` has a block `resource "aws_vpc" "main"`. Wherever an object is
//! expected an array of objects may stand, whose properties count together; `"//"` is a comment.
//! The rules are those of <https://github.com/hashicorp/hcl/blob/main/json/spec.md>.

use super::content::{BodySchema, Content, did_you_mean, missing_argument};
use super::json::expression_of;
use super::tree::{Attribute, Block, Body, JsonBody, JsonKind, JsonNode, JsonProperty, Label};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::value::Text;
use std::sync::Arc;

pub fn content(body: &JsonBody, schema: &BodySchema) -> (Content, Diagnostics) {
    let (content, rest, mut diagnostics) = partial_content(body, schema);
    for property in properties_of(&body.node, None, &mut diagnostics) {
        if &*property.name == "//" || rest.taken.contains(&property.name) {
            continue;
        }
        let unset = schema.attributes.iter().map(|known| known.name).filter(|known| content.attribute(known).is_none());
        let hint = did_you_mean(&property.name, unset.chain(schema.blocks.iter().map(|known| known.kind)));
        let detail = format!("No argument or block type is named \"{}\".{hint}", property.name);
        diagnostics.push(
            Diagnostic::error("Extraneous JSON object property", detail).at(property.name_span).within(property.span()),
        );
    }
    (content, diagnostics)
}

pub fn partial_content(body: &JsonBody, schema: &BodySchema) -> (Content, JsonBody, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut content = Content::default();
    let mut taken = body.taken.clone();
    for property in properties_of(&body.node, None, &mut diagnostics) {
        if body.taken.contains(&property.name) {
            continue;
        }
        if schema.attribute_named(&property.name).is_some() {
            if let Some(existing) = content.attribute(&property.name) {
                diagnostics.push(duplicate("Duplicate argument", property, existing).within(property.span()));
                continue;
            }
            content.attributes.push(attribute_of(property));
        } else if let Some(block) = schema.block_of_kind(&property.name) {
            let opening = Opening { kind: &property.name, kind_span: property.name_span };
            opening.unpack(&property.value, block.label_names, &[], &mut content.blocks, &mut diagnostics);
        } else {
            continue;
        }
        taken.push(property.name.clone());
    }
    for wanted in schema.attributes.iter().filter(|wanted| wanted.required) {
        if content.attribute(wanted.name).is_none() {
            diagnostics.push(missing_argument(wanted.name, Some(missing_item_span(body))));
        }
    }
    (content, JsonBody { node: body.node.clone(), taken }, diagnostics)
}

pub fn just_attributes(body: &JsonBody) -> (Vec<Attribute>, Diagnostics) {
    let JsonKind::Object(properties) = &body.node.kind else {
        let detail = "A JSON object is required here, setting the arguments for this block.";
        return (Vec::new(), wrong_type(detail, &body.node).into());
    };
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for property in properties.iter() {
        if &*property.name == "//" || body.taken.contains(&property.name) {
            continue;
        }
        match attributes.iter().find(|attribute| attribute.name == property.name) {
            Some(existing) => diagnostics.push(duplicate("Duplicate attribute definition", property, existing)),
            None => attributes.push(attribute_of(property)),
        }
    }
    (attributes, diagnostics)
}

pub fn missing_item_span(body: &JsonBody) -> Span {
    match body.node.kind {
        JsonKind::Object(_) => body.node.close_span(),
        _ => body.node.start_span(),
    }
}

/// A property that stands for blocks.
struct Opening<'a> {
    kind: &'a Text,
    kind_span: Span,
}

impl Opening<'_> {
    /// Peels off one label a level; what remains are the bodies.
    fn unpack(
        &self,
        node: &JsonNode,
        label_names: &[&str],
        labels: &[Label],
        blocks: &mut Vec<Block>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some((label_name, further_names)) = label_names.split_first() else {
            return self.unpack_bodies(node, labels, blocks, diagnostics);
        };
        let properties = properties_of(node, Some(label_name), diagnostics);
        if properties.is_empty() {
            let detail = format!(
                "At least one object property is required, whose name represents the {} block's {label_name}.",
                self.kind
            );
            diagnostics.push(Diagnostic::error("Missing block label", detail).at(node.start_span()));
        }
        for property in properties {
            let label = Label { text: property.name.clone(), span: property.name_span };
            let labels: Vec<Label> = labels.iter().cloned().chain([label]).collect();
            self.unpack(&property.value, further_names, &labels, blocks, diagnostics);
        }
    }

    fn unpack_bodies(&self, node: &JsonNode, labels: &[Label], blocks: &mut Vec<Block>, diagnostics: &mut Diagnostics) {
        match &node.kind {
            JsonKind::Null => {}
            JsonKind::Object(_) => blocks.push(self.block(node, node, labels)),
            JsonKind::Array(items) => blocks.extend(items.iter().map(|item| self.block(item, node, labels))),
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of one or more \"{}\" blocks.",
                    self.kind
                );
                diagnostics.push(wrong_type(&detail, node));
            }
        }
    }

    /// `opening` is the array or object at whose bracket diagnostics about the block point.
    fn block(&self, node: &JsonNode, opening: &JsonNode, labels: &[Label]) -> Block {
        Block {
            kind: self.kind.clone(),
            kind_span: self.kind_span,
            labels: labels.to_vec(),
            body: Arc::new(body_of(node.clone())),
            open_brace_span: opening.start_span(),
            close_brace_span: node.close_span(),
        }
    }
}

/// A JSON value as a body.
pub fn body_of(node: JsonNode) -> Body {
    let span = Some(node.span);
    Body { span, json: Some(JsonBody { node, taken: Vec::new() }), ..Body::default() }
}

fn attribute_of(property: &JsonProperty) -> Attribute {
    Attribute {
        name: property.name.clone(),
        name_span: property.name_span,
        equals_span: property.name_span.end_point(),
        expression: Arc::new(expression_of(&property.value)),
        span: property.span(),
    }
}

/// The properties of an object, or of all objects of an array. `label` is the name of the label that they are.
fn properties_of<'a>(node: &'a JsonNode, label: Option<&str>, diagnostics: &mut Diagnostics) -> Vec<&'a JsonProperty> {
    let purpose = match label {
        Some(label) => format!("to specify {label} labels for this block."),
        None => "to define arguments and child blocks.".to_owned(),
    };
    match &node.kind {
        JsonKind::Null => Vec::new(),
        JsonKind::Object(properties) => properties.iter().collect(),
        JsonKind::Array(items) => {
            let mut all = Vec::new();
            for item in items.iter() {
                match &item.kind {
                    JsonKind::Object(properties) => all.extend(properties.iter()),
                    _ => diagnostics.push(wrong_type(&format!("A JSON object is required here, {purpose}"), item)),
                }
            }
            all
        }
        _ => {
            let detail = format!("Either a JSON object or JSON array of objects is required here, {purpose}");
            diagnostics.push(wrong_type(&detail, node));
            Vec::new()
        }
    }
}

fn wrong_type(detail: &str, node: &JsonNode) -> Diagnostic {
    Diagnostic::error("Incorrect JSON value type", detail).at(node.start_span())
}

fn duplicate(summary: &str, property: &JsonProperty, existing: &Attribute) -> Diagnostic {
    let detail = format!("The argument \"{}\" was already set at {}.", property.name, existing.span.mention());
    Diagnostic::error(summary, detail).at(property.name_span)
}
