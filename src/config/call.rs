//! `module` blocks.

use super::escape::Escape;
use super::reading::{Reading, Shape, pairs_of, start_of};
use super::source::{ModuleSource, SourceProblem};
use super::{ProviderReference, VersionRequirement, provider, resource};
use crate::diag::Span;
use crate::syntax::{Attribute, Block, Body, Expression, Traversal};
use crate::value::Text;
use std::sync::Arc;

/// `module "name" { source = "./net" ... }`
#[derive(Clone, Debug)]
pub struct ModuleCall {
    pub name: Text,
    /// Nothing where it is missing or wrong; a diagnostic has been given.
    pub source: Option<ModuleSource>,
    /// As it is written.
    pub source_text: Option<Text>,
    pub source_span: Option<Span>,
    pub version: Option<VersionRequirement>,
    /// The arguments for the child's variables.
    pub body: Arc<Body>,
    pub count: Option<Arc<Expression>>,
    pub for_each: Option<Arc<Expression>>,
    pub depends_on: Vec<Traversal>,
    pub providers: Vec<PassedProvider>,
    /// The block's header.
    pub span: Span,
}

impl ModuleCall {
    /// What is given for one of the child's variables.
    pub fn argument(&self, name: &str) -> Option<Arc<Expression>> {
        if self.body.json.is_none() {
            let argument = self.body.attributes.iter().find(|argument| &*argument.name == name)?;
            return Some(argument.expression.clone());
        }
        let (arguments, _) = self.body.just_attributes();
        arguments.into_iter().find(|argument| &*argument.name == name).map(|argument| argument.expression)
    }
}

/// One entry of `providers = { aws.west = aws }`.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    pub in_child: ProviderReference,
    pub in_parent: ProviderReference,
}

/// The reserved names: no variable may have them, as no call could set it.
pub(super) const CALL: Shape = Shape {
    required: &["source"],
    optional: &["version", "count", "for_each", "depends_on", "providers"],
    blocks: &[("_", &[]), ("lifecycle", &[]), ("locals", &[]), ("provider", &["type"])],
};

pub(super) fn read_call(block: &Block, reading: &mut Reading) -> ModuleCall {
    let (content, rest) = reading.partial_content(&block.body, &CALL);
    reading.check_label(block, 0, "Invalid module instance name");
    let version = content.attribute("version").and_then(|attribute| provider::read_version(attribute, reading));
    let source_attribute = content.attribute("source");
    let has_version = content.attribute("version").is_some();
    let source_text = source_attribute.and_then(|attribute| reading.constant_text(&attribute.expression));
    let source = source_attribute
        .zip(source_text.as_ref())
        .and_then(|(attribute, text)| read_source(text, attribute.expression.span, has_version, reading));
    let repetition = resource::read_repetition(&content, reading);
    let mut call = ModuleCall {
        name: block.labels[0].text.clone(),
        source,
        source_text,
        source_span: source_attribute.map(|attribute| attribute.expression.span),
        version,
        body: Arc::new(Body::default()),
        count: repetition.count,
        for_each: repetition.for_each,
        depends_on: content.attribute("depends_on").map(|a| reading.depends_on(a)).unwrap_or_default(),
        providers: content.attribute("providers").map(|a| read_passed(a, reading)).unwrap_or_default(),
        span: block.header_span(),
    };
    let mut escape = Escape::new(
        "module input variables rather than as meta-arguments, but each module block can have only one such block",
    );
    for inner in &content.blocks {
        if &*inner.kind == "_" {
            escape.take(inner, reading);
        } else {
            resource::reserved_block(inner, "module", reading);
        }
    }
    call.body = Arc::new(escape.merge_into(rest));
    call
}

fn read_source(text: &str, span: Span, has_version: bool, reading: &mut Reading) -> Option<ModuleSource> {
    match ModuleSource::parse(text, has_version) {
        Ok(source) => Some(source),
        Err(SourceProblem::MaybeRelative) => {
            reading.error(
                "Invalid module source address",
                format!(
                    "Terraform failed to determine your intended installation method for remote module package \"{text}\".\n\nIf you intended this as a path relative to the current module, use \"./{text}\" instead. The \"./\" prefix indicates that the address is a relative filesystem path."
                ),
                span,
            );
            None
        }
        Err(SourceProblem::Invalid(problem)) if has_version => {
            reading.error(
                "Invalid registry module source address",
                format!(
                    "Failed to parse module registry address: {problem}.\n\nTerraform assumed that you intended a module registry source address because you also set the argument \"version\", which applies only to registry modules."
                ),
                span,
            );
            None
        }
        Err(SourceProblem::Invalid(problem)) => {
            let detail = format!("Failed to parse module source address: {problem}.");
            reading.error("Invalid module source address", detail, span);
            None
        }
    }
}

fn read_passed(attribute: &Attribute, reading: &mut Reading) -> Vec<PassedProvider> {
    let Some(pairs) = pairs_of(&attribute.expression) else {
        let span = start_of(&attribute.expression);
        reading.error("Invalid expression", "A static map expression is required.", span);
        return Vec::new();
    };
    let mut passed: Vec<(PassedProvider, Span)> = Vec::new();
    for (key, value) in &pairs {
        let in_child = provider::read_reference(key, "providers", reading);
        let in_parent = provider::read_reference(value, "providers", reading);
        let (Some(in_child), Some(in_parent)) = (in_child, in_parent) else { continue };
        if let Some((_, first)) = passed.iter().find(|(other, _)| other.in_child.local == in_child.local) {
            let detail = format!(
                "A provider configuration was already passed to {} at {}. Each child provider configuration can be assigned only once.",
                in_child.local,
                first.mention()
            );
            reading.error("Duplicate provider address", detail, value.span);
            continue;
        }
        passed.push((PassedProvider { in_child, in_parent }, key.span.to(value.span)));
    }
    passed.into_iter().map(|(passed, _)| passed).collect()
}
