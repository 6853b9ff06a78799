//! `resource`, `data` and `ephemeral` blocks.

use super::escape::Escape;
use super::reading::{Reading, Shape};
use super::{
    Connection, Lifecycle, LocalProvider, ProviderReference, Provisioner, When, lifecycle, provider, provisioner,
};
use crate::addr::{ProviderSource, Resource, ResourceMode};
use crate::diag::Span;
use crate::syntax::{Block, Body, Content, Expression, Traversal};
use crate::value::Text;
use std::sync::Arc;

/// One resource block.
#[derive(Clone, Debug)]
pub struct ResourceBlock {
    pub address: Resource,
    /// What the type's schema describes: all but the meta-arguments.
    pub body: Arc<Body>,
    pub count: Option<Arc<Expression>>,
    pub for_each: Option<Arc<Expression>>,
    pub depends_on: Vec<Traversal>,
    /// As written; see [`ResourceBlock::local_provider`].
    pub provider: Option<ProviderReference>,
    /// The provider that the module means by it.
    pub provider_source: ProviderSource,
    pub lifecycle: Lifecycle,
    pub connection: Option<Connection>,
    pub provisioners: Vec<Provisioner>,
    pub owner: ResourceOwner,
    /// The block's header.
    pub span: Span,
    pub kind_span: Span,
}

impl ResourceBlock {
    /// The provider configuration it asks for, by its name in the module.
    pub fn local_provider(&self) -> LocalProvider {
        match &self.provider {
            Some(reference) => reference.local.clone(),
            None => LocalProvider::default_of(self.address.implied_provider()),
        }
    }

    pub fn is_expanded(&self) -> bool {
        self.count.is_some() || self.for_each.is_some()
    }
}

/// What a resource block stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceOwner {
    Module,
    /// A data source that only this `check` may refer to, and whose errors are warnings.
    Check(Text),
}

const RESOURCE: Shape = Shape {
    required: &[],
    optional: &["count", "for_each", "provider", "depends_on"],
    blocks: &[("locals", &[]), ("lifecycle", &[]), ("connection", &[]), ("provisioner", &["type"]), ("_", &[])],
};
const DATA: Shape = Shape {
    required: &[],
    optional: &["count", "for_each", "provider", "depends_on"],
    blocks: &[("lifecycle", &[]), ("locals", &[]), ("_", &[])],
};

pub(super) fn read_resource(block: &Block, reading: &mut Reading) -> ResourceBlock {
    let (content, rest) = reading.partial_content(&block.body, &RESOURCE);
    reading.check_label(block, 0, "Invalid resource type name");
    reading.check_label(block, 1, "Invalid resource name");
    let mut resource = read_common(block, &content, ResourceMode::Managed, reading);
    let mut escape = Escape::new(
        "resource-type-specific rather than as meta-arguments, but each resource block can have only one such block",
    );
    let mut lifecycle_span = None;
    for inner in &content.blocks {
        match &*inner.kind {
            "lifecycle"
                if !is_repeated(&mut lifecycle_span, inner, "This resource already has a lifecycle block", reading) =>
            {
                lifecycle::read_lifecycle(inner, &mut resource, reading);
            }
            "connection" => {
                let mut seen = resource.connection.as_ref().map(|connection| connection.span);
                if !is_repeated(&mut seen, inner, "This resource already has a connection block", reading) {
                    resource.connection = Some(provisioner::read_connection(inner));
                }
            }
            "provisioner" => resource.provisioners.extend(provisioner::read_provisioner(inner, reading)),
            "_" => escape.take(inner, reading),
            "lifecycle" => {}
            _ => reserved_block(inner, "resource", reading),
        }
    }
    if let Some(connection) = &resource.connection
        && resource.provisioners.iter().any(|provisioner| provisioner.when == When::Destroy)
    {
        provisioner::check_only_self(&connection.body, reading);
    }
    resource.body = Arc::new(escape.merge_into(rest));
    resource
}

/// A data source; `check` is the block that it stands in.
pub(super) fn read_data(block: &Block, reading: &mut Reading, check: Option<&Text>) -> ResourceBlock {
    let (content, rest) = reading.partial_content(&block.body, &DATA);
    reading.check_label(block, 0, "Invalid data source name");
    reading.check_label(block, 1, "Invalid data resource name");
    let mut resource = match check {
        None => read_common(block, &content, ResourceMode::Data, reading),
        Some(check) => {
            let content = without_repetition(content.clone(), reading);
            let resource = read_common(block, &content, ResourceMode::Data, reading);
            ResourceBlock { owner: ResourceOwner::Check(check.clone()), ..resource }
        }
    };
    let mut escape = Escape::new(
        "resource-type-specific rather than as meta-arguments, but each data block can have only one such block",
    );
    let mut lifecycle_span = None;
    for inner in &content.blocks {
        match &*inner.kind {
            "lifecycle" => {
                if check.is_some() {
                    reading.error(
                        "Invalid lifecycle block",
                        "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the containing block.",
                        inner.header_span(),
                    );
                }
                if !is_repeated(&mut lifecycle_span, inner, "This resource already has a lifecycle block", reading) {
                    lifecycle::read_conditions_only(inner, &mut resource, reading);
                }
            }
            "_" => escape.take(inner, reading),
            _ => reserved_block(inner, "data", reading),
        }
    }
    resource.body = Arc::new(escape.merge_into(rest));
    resource
}

pub(super) fn read_ephemeral(block: &Block, reading: &mut Reading) -> ResourceBlock {
    let (content, rest) = reading.partial_content(&block.body, &DATA);
    reading.check_label(block, 0, "Invalid ephemeral resource type");
    reading.check_label(block, 1, "Invalid ephemeral resource name");
    let mut resource = read_common(block, &content, ResourceMode::Ephemeral, reading);
    let mut escape = Escape::new(
        "resource-type-specific rather than as meta-arguments, but each data block can have only one such block",
    );
    let mut lifecycle_span = None;
    for inner in &content.blocks {
        match &*inner.kind {
            "lifecycle" => {
                if !is_repeated(&mut lifecycle_span, inner, "This resource already has a lifecycle block", reading) {
                    lifecycle::read_conditions_only(inner, &mut resource, reading);
                }
            }
            "_" => escape.take(inner, reading),
            _ => reserved_block(inner, "ephemeral", reading),
        }
    }
    resource.body = Arc::new(escape.merge_into(rest));
    resource
}

/// The meta-arguments that all resources have.
fn read_common(block: &Block, content: &Content, mode: ResourceMode, reading: &mut Reading) -> ResourceBlock {
    let (kind, name) = (&block.labels[0], &block.labels[1]);
    let repetition = read_repetition(content, reading);
    ResourceBlock {
        address: Resource { mode, kind: kind.text.clone(), name: name.text.clone() },
        body: Arc::new(Body::default()),
        count: repetition.count,
        for_each: repetition.for_each,
        depends_on: Vec::new(),
        provider: content
            .attribute("provider")
            .and_then(|a| provider::read_reference(&a.expression, "provider", reading)),
        provider_source: provider::implied_source("terraform"),
        lifecycle: Lifecycle::default(),
        connection: None,
        provisioners: Vec::new(),
        owner: ResourceOwner::Module,
        span: block.header_span(),
        kind_span: kind.span,
    }
    .with_depends_on(content, reading)
}

impl ResourceBlock {
    fn with_depends_on(self, content: &Content, reading: &mut Reading) -> Self {
        let depends_on = content.attribute("depends_on").map(|a| reading.depends_on(a)).unwrap_or_default();
        Self { depends_on, ..self }
    }
}

/// `count` and `for_each`.
pub(super) struct Repetition {
    pub count: Option<Arc<Expression>>,
    pub for_each: Option<Arc<Expression>>,
}

pub(super) fn read_repetition(content: &Content, reading: &mut Reading) -> Repetition {
    let count = content.attribute("count").map(|attribute| attribute.expression.clone());
    let for_each = content.attribute("for_each");
    if let (Some(_), Some(attribute)) = (&count, for_each) {
        reading.error(
            "Invalid combination of \"count\" and \"for_each\"",
            "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.",
            attribute.name_span,
        );
    }
    Repetition { count, for_each: for_each.map(|attribute| attribute.expression.clone()) }
}

/// Drops `count` and `for_each`, which a data source in a `check` block cannot have.
fn without_repetition(mut content: Content, reading: &mut Reading) -> Content {
    for name in ["count", "for_each"] {
        if let Some(attribute) = content.attribute(name) {
            reading.error(
                format!("Invalid \"{name}\" attribute"),
                "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.",
                attribute.name_span,
            );
        }
    }
    content.attributes.retain(|attribute| !matches!(&*attribute.name, "count" | "for_each"));
    content
}

/// Whether a block that may only be there once was seen before; complains if so.
pub(super) fn is_repeated(seen: &mut Option<Span>, block: &Block, problem: &str, reading: &mut Reading) -> bool {
    let Some(first) = *seen else {
        *seen = Some(block.header_span());
        return false;
    };
    let detail = format!("{problem} at {}.", first.mention());
    reading.error(format!("Duplicate {} block", block.kind), detail, block.header_span());
    true
}

pub(super) fn reserved_block(block: &Block, holder: &str, reading: &mut Reading) {
    reading.error(
        format!("Reserved block type name in {holder} block"),
        format!("The block type name \"{}\" is reserved for use by Terraform in a future version.", block.kind),
        block.kind_span,
    );
}
