//! What a body holds, as a schema sees it: the one way to read native and JSON bodies alike.
//!
//! ```
//! use terrace::syntax::BodySchema;
//! let schema = BodySchema::new().required("source").optional("version").block("provider", &["name"]);
//! ```
//!
//! `content` complains about everything that the schema does not name, `partial_content` leaves it in the remaining body for
//! a later look, `just_attributes` takes every argument there is.

use super::json_content;
use super::tree::{Attribute, Block, Body};
use crate::diag::{Diagnostic, Diagnostics, Span, nearest};

/// The arguments and blocks that may stand in a body.
#[derive(Clone, Debug, Default)]
pub struct BodySchema<'a> {
    pub attributes: Vec<AttributeSchema<'a>>,
    pub blocks: Vec<BlockSchema<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct AttributeSchema<'a> {
    pub name: &'a str,
    pub required: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct BlockSchema<'a> {
    pub kind: &'a str,
    /// What messages call the labels: `["type", "name"]` for a resource.
    pub label_names: &'a [&'a str],
}

impl<'a> BodySchema<'a> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn required(self, name: &'a str) -> Self {
        self.attribute(name, true)
    }

    pub fn optional(self, name: &'a str) -> Self {
        self.attribute(name, false)
    }

    pub fn attribute(mut self, name: &'a str, required: bool) -> Self {
        self.attributes.push(AttributeSchema { name, required });
        self
    }

    pub fn block(mut self, kind: &'a str, label_names: &'a [&'a str]) -> Self {
        self.blocks.push(BlockSchema { kind, label_names });
        self
    }

    pub(super) fn attribute_named(&self, name: &str) -> Option<&AttributeSchema<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn block_of_kind(&self, kind: &str) -> Option<&BlockSchema<'a>> {
        self.blocks.iter().find(|block| block.kind == kind)
    }
}

/// The part of a body that a schema names, in the order written.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

impl Content {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

impl Body {
    /// Everything, with a diagnostic for whatever the schema does not name.
    pub fn content(&self, schema: &BodySchema) -> (Content, Diagnostics) {
        if let Some(json) = &self.json {
            return json_content::content(json, schema);
        }
        let (content, mut diagnostics) = self.wanted(schema);
        for attribute in &self.attributes {
            if schema.attribute_named(&attribute.name).is_none() {
                diagnostics.push(unsupported_argument(attribute, schema, &content));
            }
        }
        for block in &self.blocks {
            if schema.block_of_kind(&block.kind).is_none() {
                diagnostics.push(unsupported_block(block, schema));
            }
        }
        (content, diagnostics)
    }

    /// What the schema names, and a body of the rest.
    pub fn partial_content(&self, schema: &BodySchema) -> (Content, Body, Diagnostics) {
        if let Some(json) = &self.json {
            let (content, rest, diagnostics) = json_content::partial_content(json, schema);
            return (content, Body { json: Some(rest), ..self.clone() }, diagnostics);
        }
        let (content, diagnostics) = self.wanted(schema);
        let is_left = |attribute: &&Attribute| schema.attribute_named(&attribute.name).is_none();
        let is_left_block = |block: &&Block| schema.block_of_kind(&block.kind).is_none();
        let remaining = Body {
            attributes: self.attributes.iter().filter(is_left).cloned().collect(),
            blocks: self.blocks.iter().filter(is_left_block).cloned().collect(),
            span: self.span,
            json: None,
        };
        (content, remaining, diagnostics)
    }

    /// All arguments of a body that may hold no blocks.
    pub fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        if let Some(json) = &self.json {
            return json_content::just_attributes(json);
        }
        let complaint = self.blocks.first().map(|block| {
            Diagnostic::error(format!("Unexpected \"{}\" block", block.kind), "Blocks are not allowed here.")
                .at(block.kind_span)
        });
        (self.attributes.clone(), complaint.into_iter().collect())
    }

    /// Where to say that something is missing: an empty place at the body's start, the closing brace in JSON.
    pub fn missing_item_span(&self) -> Option<Span> {
        match &self.json {
            Some(json) => Some(json_content::missing_item_span(json)),
            None => self.span.map(Span::start_point),
        }
    }

    fn wanted(&self, schema: &BodySchema) -> (Content, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        for wanted in &schema.attributes {
            if wanted.required && !self.attributes.iter().any(|attribute| &*attribute.name == wanted.name) {
                diagnostics.push(missing_argument(wanted.name, self.missing_item_span()));
            }
        }
        let attributes = self.attributes.iter().filter(|found| schema.attribute_named(&found.name).is_some());
        let mut content = Content { attributes: attributes.cloned().collect(), blocks: Vec::new() };
        for block in &self.blocks {
            let Some(wanted) = schema.block_of_kind(&block.kind) else { continue };
            match label_problem(block, wanted) {
                Some(problem) => diagnostics.push(problem),
                None => content.blocks.push(block.clone()),
            }
        }
        (content, diagnostics)
    }
}

pub(super) fn missing_argument(name: &str, place: Option<Span>) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(
        "Missing required argument",
        format!("The argument \"{name}\" is required, but no definition was found."),
    );
    diagnostic.subject = place;
    diagnostic
}

/// ` Did you mean "x"?`, or nothing.
pub(super) fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(given, known).map(|name| format!(" Did you mean \"{name}\"?")).unwrap_or_default()
}

fn unsupported_argument(attribute: &Attribute, schema: &BodySchema, content: &Content) -> Diagnostic {
    let name = &*attribute.name;
    let unset = schema.attributes.iter().map(|known| known.name).filter(|known| content.attribute(known).is_none());
    let mut hint = did_you_mean(name, unset);
    if hint.is_empty() && schema.block_of_kind(name).is_some() {
        hint = format!(" Did you mean to define a block of type \"{name}\"?");
    }
    let detail = format!("An argument named \"{name}\" is not expected here.{hint}");
    Diagnostic::error("Unsupported argument", detail).at(attribute.name_span)
}

fn unsupported_block(block: &Block, schema: &BodySchema) -> Diagnostic {
    let kind = &*block.kind;
    let mut hint = did_you_mean(kind, schema.blocks.iter().map(|known| known.kind));
    if hint.is_empty() && schema.attribute_named(kind).is_some() {
        hint = format!(" Did you mean to define argument \"{kind}\"? If so, use the equals sign to assign it a value.");
    }
    let detail = format!("Blocks of type \"{kind}\" are not expected here.{hint}");
    Diagnostic::error("Unsupported block type", detail).at(block.kind_span)
}

/// Too many or too few labels.
fn label_problem(block: &Block, wanted: &BlockSchema) -> Option<Diagnostic> {
    let kind = &block.kind;
    let names = wanted.label_names;
    let header = block.kind_span.to(block.open_brace_span);
    if let Some(extra) = block.labels.get(names.len()) {
        let detail = match names.len() {
            0 => format!("No labels are expected for {kind} blocks."),
            count => format!("Only {count} labels ({}) are expected for {kind} blocks.", names.join(", ")),
        };
        let summary = format!("Extraneous label for {kind}");
        return Some(Diagnostic::error(summary, detail).at(extra.span).within(header));
    }
    let missing = names.get(block.labels.len())?;
    let detail = format!("All {kind} blocks must have {} labels ({}).", names.len(), names.join(", "));
    Some(Diagnostic::error(format!("Missing {missing} for {kind}"), detail).at(block.open_brace_span).within(header))
}
