//! `provider` blocks, `required_providers`, `provider_meta` and references to provider configurations.

use super::VersionRequirement;
use super::escape::Escape;
use super::file::is_quoted;
use super::reading::{BAD_NAME, Reading, Shape, Wanted, is_name, list_of, pairs_of};
use super::resource::reserved_block;
use super::version::Constraints;
use crate::addr::ProviderSource;
use crate::addr::provider::{parse_part, parse_source};
use crate::diag::Span;
use crate::eval;
use crate::syntax::{Attribute, Block, Body, Expression, Traversal, TraversalStepKind};
use crate::value::Text;
use crate::value::{Type, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The name of a provider configuration within one module: `aws`, `aws.west`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalProvider {
    pub name: Text,
    pub alias: Option<Text>,
}

impl LocalProvider {
    pub fn default_of(name: &str) -> Self {
        Self { name: name.into(), alias: None }
    }
}

impl fmt::Display for LocalProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}.{alias}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// `provider "aws" { alias = "west" ... }`
#[derive(Clone, Debug)]
pub struct ProviderBlock {
    pub local: LocalProvider,
    pub name_span: Span,
    pub version: Option<VersionRequirement>,
    /// What the provider's own schema describes.
    pub body: Arc<Body>,
    /// The block's header.
    pub span: Span,
}

/// `provider_meta "aws" { ... }` in a `terraform` block.
#[derive(Clone, Debug)]
pub struct ProviderMeta {
    pub provider: Text,
    pub body: Arc<Body>,
    pub span: Span,
}

/// `provider = aws.west`
#[derive(Clone, Debug)]
pub struct ProviderReference {
    pub local: LocalProvider,
    pub name_span: Span,
}

/// What `required_providers` says.
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    pub by_name: BTreeMap<Text, ProviderRequirement>,
    /// The block's header; nothing where there is no block.
    pub span: Option<Span>,
}

/// `aws = { source = "hashicorp/aws", version = "~> 5.0", configuration_aliases = [aws.west] }`
#[derive(Clone, Debug)]
pub struct ProviderRequirement {
    pub name: Text,
    pub source: ProviderSource,
    pub version: Option<VersionRequirement>,
    pub aliases: Vec<LocalProvider>,
    /// The expression.
    pub span: Span,
}

/// The provider that a name means where nothing is said about it.
pub fn implied_source(name: &str) -> ProviderSource {
    match name {
        "terraform" => ProviderSource::builtin(name),
        _ => ProviderSource::official(name),
    }
}

const PROVIDER: Shape = Shape {
    required: &[],
    optional: &["alias", "version", "count", "depends_on", "for_each", "source"],
    blocks: &[("_", &[]), ("lifecycle", &[]), ("locals", &[])],
};

pub(super) fn read_provider(block: &Block, reading: &mut Reading) -> Option<ProviderBlock> {
    let (content, rest) = reading.partial_content(&block.body, &PROVIDER);
    let name = &block.labels[0];
    if !check_local_name(&name.text, block.header_span(), reading) {
        return None;
    }
    let alias = content.attribute("alias").and_then(|attribute| read_alias(attribute, reading));
    let version = content.attribute("version").and_then(|attribute| {
        reading.warning(
            "Version constraints inside provider configuration blocks are deprecated",
            "Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration block, but that is now deprecated and will be removed in a future version of Terraform. To silence this warning, move the provider version constraint into the required_providers block.",
            attribute.expression.span,
        );
        read_version(attribute, reading)
    });
    for reserved in ["count", "depends_on", "for_each", "source"] {
        if let Some(attribute) = content.attribute(reserved) {
            reading.error(
                "Reserved argument name in provider block",
                format!(
                    "The provider argument name \"{reserved}\" is reserved for use by Terraform in a future version."
                ),
                attribute.name_span,
            );
        }
    }
    let mut escape = Escape::new(
        "provider-specific rather than as meta-arguments, but each provider block can have only one such block",
    );
    for inner in &content.blocks {
        if &*inner.kind == "_" {
            escape.take(inner, reading);
        } else {
            reserved_block(inner, "provider", reading);
        }
    }
    Some(ProviderBlock {
        local: LocalProvider { name: name.text.clone(), alias },
        name_span: name.span,
        version,
        body: Arc::new(escape.merge_into(rest)),
        span: block.header_span(),
    })
}

fn read_alias(attribute: &Attribute, reading: &mut Reading) -> Option<Text> {
    let alias = reading.constant_text(&attribute.expression);
    if !alias.as_deref().is_some_and(is_name) {
        reading.diagnostics.push(crate::diag::Diagnostic::error(
            "Invalid provider configuration alias",
            format!("An alias must be a valid name. {BAD_NAME}"),
        ));
    }
    alias
}

pub(super) fn read_provider_meta(block: &Block, reading: &mut Reading) -> Option<ProviderMeta> {
    let (attributes, is_clean) = reading.attributes_only(&block.body);
    if !is_clean {
        return None;
    }
    for attribute in &attributes {
        reading.constant(&attribute.expression);
    }
    if !check_local_name(&block.labels[0].text, block.header_span(), reading) {
        return None;
    }
    let provider = block.labels[0].text.clone();
    Some(ProviderMeta { provider, body: block.body.clone(), span: block.header_span() })
}

/// `aws` or `aws.west`, for the argument of that name.
pub(super) fn read_reference(
    expression: &Expression,
    argument: &str,
    reading: &mut Reading,
) -> Option<ProviderReference> {
    let mark = reading.mark();
    let expression = reading.unquote(expression, Wanted::Reference);
    let (traversal, _) = reading.traversal_of(&expression);
    let Some(traversal) = traversal.filter(|traversal| traversal.steps.len() <= 1) else {
        let detail = if is_quoted(&expression.kind) {
            "A provider configuration reference must not be given in quotes.".to_owned()
        } else {
            format!(
                "The {argument} argument requires a provider type name, optionally followed by a period and then a configuration alias."
            )
        };
        reading.error("Invalid provider configuration reference", detail, expression.span);
        return None;
    };
    check_local_name(&traversal.root, traversal.root_span, reading);
    if reading.failed_since(mark) {
        return None;
    }
    let mut local = LocalProvider { name: traversal.root.clone(), alias: None };
    if let Some(step) = traversal.steps.first() {
        match &step.kind {
            TraversalStepKind::Attribute(alias) => local.alias = Some(alias.clone()),
            TraversalStepKind::Index(_) => reading.error(
                "Invalid provider configuration reference",
                "Provider name must either stand alone or be followed by a period and then a configuration alias.",
                step.span,
            ),
        }
    }
    Some(ProviderReference { local, name_span: traversal.root_span })
}

/// The constraint that an argument gives; nothing where it is null or wrong.
pub(super) fn read_version(attribute: &Attribute, reading: &mut Reading) -> Option<VersionRequirement> {
    let span = attribute.expression.span;
    let value = reading.constant(&attribute.expression)?;
    let Ok(value) = value.convert(&Type::String) else {
        let detail = format!("A string value is required for {}.", attribute.name);
        reading.error("Invalid version constraint", detail, span);
        return None;
    };
    let constraint = Constraints::parse(value.as_str()?);
    if constraint.is_none() {
        bad_constraint(span, reading);
    }
    Some(VersionRequirement { constraint: constraint?, span: attribute.span })
}

fn bad_constraint(span: Span, reading: &mut Reading) {
    let detail = "This string does not use correct version constraint syntax.";
    reading.error("Invalid version constraint", detail, span);
}

pub(super) fn read_requirements(block: &Block, reading: &mut Reading) -> Option<Requirements> {
    let (attributes, is_clean) = reading.attributes_only(&block.body);
    if !is_clean {
        return None;
    }
    let mut requirements = Requirements { by_name: BTreeMap::new(), span: Some(block.header_span()) };
    for attribute in &attributes {
        if let Some(requirement) = read_requirement(attribute, reading) {
            requirements.by_name.insert(requirement.name.clone(), requirement);
        }
    }
    Some(requirements)
}

fn read_requirement(attribute: &Attribute, reading: &mut Reading) -> Option<ProviderRequirement> {
    let span = attribute.expression.span;
    let name = &attribute.name;
    let (value, found) = eval::constant(&attribute.expression);
    if !found.has_errors() && value.type_of().is_primitive() {
        let version = read_version(attribute, reading);
        let source = implied_source(&checked_part(name, span, reading)?);
        return Some(ProviderRequirement { name: name.clone(), source, version, aliases: Vec::new(), span });
    }
    if !check_local_name(name, span, reading) {
        return None;
    }
    let Some(pairs) = pairs_of(&attribute.expression) else {
        let detail = "required_providers entries must be strings or objects.";
        reading.error("Invalid required_providers object", detail, span);
        return None;
    };
    let mark = reading.mark();
    let (mut source, mut version, mut aliases) = (None, None, Vec::new());
    for (key, value) in &pairs {
        match argument_name(key, reading).as_deref() {
            None => {}
            Some("version") => version = read_required(value, attribute.span, reading),
            Some("source") => source = read_source(value, reading),
            Some("configuration_aliases") => aliases = read_aliases(value, name, reading),
            Some(_) => {
                reading.error(
                    "Invalid required_providers object",
                    "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" attributes. To configure a provider, use a \"provider\" block.",
                    key.span,
                );
                break;
            }
        }
    }
    if reading.failed_since(mark) {
        return None;
    }
    let source = source.unwrap_or_else(|| implied_source(name));
    Some(ProviderRequirement { name: name.clone(), source, version, aliases, span })
}

/// The key of an object: a bare name or a constant text.
fn argument_name(key: &Expression, reading: &mut Reading) -> Option<Text> {
    if let Some(name) = reading.keyword(key) {
        return Some(name);
    }
    let value = reading.constant(key)?;
    if value.as_str().is_none() {
        let detail = "Invalid attribute value for provider requirement: a name is required.";
        reading.error("Invalid Attribute", detail, key.span);
    }
    value.as_str().cloned()
}

fn read_required(value: &Expression, span: Span, reading: &mut Reading) -> Option<VersionRequirement> {
    let Some(text) = literal_text(value) else {
        reading.error("Invalid version constraint", "Version must be specified as a string.", value.span);
        return None;
    };
    let constraint = Constraints::parse(&text);
    if constraint.is_none() {
        bad_constraint(value.span, reading);
    }
    Some(VersionRequirement { constraint: constraint?, span })
}

fn read_source(value: &Expression, reading: &mut Reading) -> Option<ProviderSource> {
    let Some(text) = literal_text(value) else {
        reading.error("Invalid source", "Source must be specified as a string.", value.span);
        return None;
    };
    match parse_source(&text) {
        Ok(source) => Some(source),
        Err(found) => {
            reading.diagnostics.extend(found.into_iter().map(|problem| problem.at(value.span)));
            None
        }
    }
}

fn literal_text(expression: &Expression) -> Option<Text> {
    let (value, found) = eval::constant(expression);
    if found.has_errors() { None } else { Value::as_str(&value).cloned() }
}

fn read_aliases(value: &Expression, name: &str, reading: &mut Reading) -> Vec<LocalProvider> {
    let Some(items) = list_of(value) else {
        reading.list(value);
        return Vec::new();
    };
    let mut aliases = Vec::new();
    for item in &items {
        let Some(traversal) = reading.traversal(item) else { continue };
        let Some(local) = compact_address(&traversal) else {
            reading.error(
                "Invalid configuration_aliases value",
                "Configuration aliases can only contain references to local provider configuration names in the format of provider.alias",
                value.span,
            );
            continue;
        };
        if &*local.name != name {
            let detail = format!(
                "Configuration aliases must be prefixed with the provider name. Expected \"{name}\", but found \"{}\".",
                local.name
            );
            reading.error("Invalid configuration_aliases value", detail, value.span);
            continue;
        }
        aliases.push(local);
    }
    aliases
}

fn compact_address(traversal: &Traversal) -> Option<LocalProvider> {
    let alias = match traversal.steps.as_slice() {
        [] => None,
        [step, ..] => match &step.kind {
            TraversalStepKind::Attribute(alias) => Some(alias.clone()),
            TraversalStepKind::Index(_) => return None,
        },
    };
    Some(LocalProvider { name: traversal.root.clone(), alias })
}

/// Whether a local name is one that a source address could have; complains otherwise.
fn check_local_name(name: &str, span: Span, reading: &mut Reading) -> bool {
    let summary = "Invalid provider local name";
    match parse_part(name) {
        Err(problem) => reading.error(summary, format!("{name} is an invalid provider local name: {problem}"), span),
        Ok(normal) if normal != name => {
            let detail =
                format!("Provider names must be normalized. Replace \"{name}\" with \"{normal}\" to fix this error.");
            reading.error(summary, detail, span);
        }
        Ok(_) => return true,
    }
    false
}

fn checked_part(name: &str, span: Span, reading: &mut Reading) -> Option<String> {
    match parse_part(name) {
        Ok(part) => Some(part),
        Err(problem) => {
            reading.error("Invalid provider name", problem, span);
            None
        }
    }
}
