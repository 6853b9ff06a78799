//! Blocks about what became of objects: `moved`, `removed` and `import`.

use super::reading::{Reading, Shape};
use super::resource::is_repeated;
use super::{Connection, ProviderReference, Provisioner, When, provider, provisioner};
use crate::addr::parse::{Target, parse_config_address, parse_instance, parse_target};
use crate::addr::{
    ConfigResource, InstanceKey, ModuleInstance, ModulePath, ProviderSource, ResourceInstance, ResourceMode,
};
use crate::diag::Span;
use crate::syntax::{Attribute, Block, Expression, ExpressionKind, Traversal};
use std::fmt;
use std::sync::Arc;

/// `moved { from = ... to = ... }`
#[derive(Clone, Debug)]
pub struct MovedBlock {
    pub from: MoveEndpoint,
    pub to: MoveEndpoint,
    /// The block's header.
    pub span: Span,
}

/// One end of a move, relative to the module that holds the block.
#[derive(Clone, Debug)]
pub struct MoveEndpoint {
    pub subject: MoveSubject,
    pub span: Span,
}

/// What moves. Where the last step has no instance key, it may stand for the whole block or for its only instance,
/// which the other end and the objects decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveSubject {
    Module(ModuleInstance),
    Resource(ResourceInstance),
}

impl fmt::Display for MoveSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => module.fmt(f),
            Self::Resource(resource) => resource.fmt(f),
        }
    }
}

/// `removed { from = ... }`
#[derive(Clone, Debug)]
pub struct RemovedBlock {
    pub from: RemoveTarget,
    /// Where `from` stands.
    pub from_span: Span,
    /// Whether the objects are destroyed; otherwise they are only forgotten.
    pub destroy: bool,
    pub connection: Option<Connection>,
    /// All of them for destroy time.
    pub provisioners: Vec<Provisioner>,
    pub span: Span,
}

/// What was removed, relative to the module that holds the block; always all instances.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemoveTarget {
    Module(ModulePath),
    Resource(ConfigResource),
}

impl fmt::Display for RemoveTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => module.fmt(f),
            Self::Resource(resource) => resource.fmt(f),
        }
    }
}

/// `import { to = ... id = ... }`
#[derive(Clone, Debug)]
pub struct ImportBlock {
    /// With index expressions that `for_each` may make dynamic.
    pub to: Arc<Expression>,
    /// The block that `to` names.
    pub to_resource: ConfigResource,
    pub id: Option<Arc<Expression>>,
    pub for_each: Option<Arc<Expression>>,
    pub provider: Option<ProviderReference>,
    /// Of what `to` names, for generating configuration.
    pub provider_source: ProviderSource,
    /// The block's header.
    pub span: Span,
}

const MOVED: Shape = Shape { required: &["from", "to"], optional: &[], blocks: &[] };
const REMOVED: Shape = Shape {
    required: &["from"],
    optional: &[],
    blocks: &[("lifecycle", &[]), ("connection", &[]), ("provisioner", &["type"])],
};
const REMOVED_LIFECYCLE: Shape = Shape { required: &[], optional: &["destroy"], blocks: &[] };
const IMPORT: Shape = Shape { required: &["id", "to"], optional: &["provider", "for_each"], blocks: &[] };

pub(super) fn read_moved(block: &Block, reading: &mut Reading) -> Option<MovedBlock> {
    let content = reading.content(&block.body, &MOVED);
    let from = content.attribute("from").and_then(|attribute| read_endpoint(attribute, reading));
    let to = content.attribute("to").and_then(|attribute| read_endpoint(attribute, reading));
    let moved = MovedBlock { from: from?, to: to?, span: block.header_span() };
    if !moved.from.subject.is_like(&moved.to.subject) {
        reading.error(
            "Invalid \"moved\" addresses",
            "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.",
            moved.span,
        );
    }
    Some(moved)
}

impl MoveSubject {
    fn is_like(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Module(_), Self::Module(_)) | (Self::Resource(_), Self::Resource(_)))
    }
}

fn read_endpoint(attribute: &Attribute, reading: &mut Reading) -> Option<MoveEndpoint> {
    let traversal = reading.traversal(&attribute.expression)?;
    match parse_target(&traversal) {
        Ok(target) => Some(MoveEndpoint { subject: move_subject(target), span: traversal.span() }),
        Err(found) => {
            reading.diagnostics.extend(found);
            None
        }
    }
}

fn move_subject(target: Target) -> MoveSubject {
    match target {
        Target::Module(module) => MoveSubject::Module(module),
        Target::Resource(resource) => MoveSubject::Resource(resource.instance(InstanceKey::None)),
        Target::Instance(instance) => MoveSubject::Resource(instance),
    }
}

pub(super) fn read_removed(block: &Block, reading: &mut Reading) -> Option<RemovedBlock> {
    let content = reading.content(&block.body, &REMOVED);
    let from = content.attribute("from").and_then(|attribute| read_remove_target(attribute, reading));
    let is_managed = matches!(
        &from,
        Some((RemoveTarget::Resource(resource), _)) if resource.resource.mode == ResourceMode::Managed
    );
    let mut destroy = true;
    let mut connection: Option<Connection> = None;
    let mut provisioners = Vec::new();
    for inner in &content.blocks {
        match &*inner.kind {
            "lifecycle" => {
                let lifecycle = reading.content(&inner.body, &REMOVED_LIFECYCLE);
                if let Some(attribute) = lifecycle.attribute("destroy") {
                    destroy = reading.constant_bool(&attribute.expression).unwrap_or(true);
                }
            }
            "connection" if !is_managed => reading.error(
                "Invalid connection block",
                "Provisioner connection configuration is valid only when a removed block targets a managed resource.",
                inner.header_span(),
            ),
            "connection" => {
                let mut seen = connection.as_ref().map(|connection| connection.span);
                if !is_repeated(&mut seen, inner, "This \"removed\" block already has a connection block", reading) {
                    connection = Some(provisioner::read_connection(inner));
                }
            }
            _ if !is_managed => reading.error(
                "Invalid provisioner block",
                "Provisioners are valid only when a removed block targets a managed resource.",
                inner.header_span(),
            ),
            _ => {
                let Some(provisioner) = provisioner::read_provisioner(inner, reading) else { continue };
                if provisioner.when != When::Destroy {
                    reading.error(
                        "Invalid provisioner block",
                        "Only destroy-time provisioners are valid in \"removed\" blocks. To declare a destroy-time provisioner, use:\n    when = destroy",
                        inner.header_span(),
                    );
                }
                provisioners.push(provisioner);
            }
        }
    }
    let (from, from_span) = from?;
    Some(RemovedBlock { from, from_span, destroy, connection, provisioners, span: block.header_span() })
}

fn read_remove_target(attribute: &Attribute, reading: &mut Reading) -> Option<(RemoveTarget, Span)> {
    let traversal = reading.traversal(&attribute.expression)?;
    let span = traversal.span();
    match parse_config_address(&traversal) {
        Ok((module, None)) => Some((RemoveTarget::Module(module), span)),
        Ok((_, Some(resource))) => {
            if resource.resource.mode == ResourceMode::Data {
                reading.error(
                    "Data source address not allowed",
                    "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data source from state, remove the data source block from configuration.",
                    span,
                );
            }
            Some((RemoveTarget::Resource(resource), span))
        }
        Err(found) => {
            reading.diagnostics.extend(found);
            None
        }
    }
}

pub(super) fn read_import(block: &Block, reading: &mut Reading) -> Option<ImportBlock> {
    let content = reading.content(&block.body, &IMPORT);
    let to = content.attribute("to")?;
    let expression = reading.native_expression(&to.expression)?;
    let to_resource = read_import_target(to, &expression, reading);
    let mut provider = None;
    if let Some(attribute) = content.attribute("provider") {
        if to_resource.as_ref().is_some_and(|resource| !resource.module.is_root()) {
            reading.error(
                "Invalid import provider argument",
                "The provider argument can only be specified in import blocks that will generate configuration.\n\nUse the providers argument within the module block to configure providers for all resources within a module, including imported resources.",
                attribute.span,
            );
        }
        provider = provider::read_reference(&attribute.expression, "provider", reading);
    }
    Some(ImportBlock {
        to: expression,
        to_resource: to_resource?,
        id: content.attribute("id").map(|attribute| attribute.expression.clone()),
        for_each: content.attribute("for_each").map(|attribute| attribute.expression.clone()),
        provider,
        provider_source: provider::implied_source("terraform"),
        span: block.header_span(),
    })
}

fn read_import_target(to: &Attribute, expression: &Expression, reading: &mut Reading) -> Option<ConfigResource> {
    let instance = match without_keys(expression) {
        None => {
            reading.traversal(expression);
            None
        }
        Some(traversal) => match parse_instance(&traversal) {
            Ok(instance) => Some(instance),
            Err(found) => {
                reading.diagnostics.extend(found);
                None
            }
        },
    };
    let resource = instance.map(|instance| instance.in_config());
    if resource.as_ref().is_none_or(|resource| resource.resource.mode != ResourceMode::Managed) {
        reading.error("Invalid import address", "Only managed resources can be imported.", to.span);
    }
    resource
}

/// The traversal of an address whose index expressions may be dynamic; those are left out.
fn without_keys(expression: &Expression) -> Option<Traversal> {
    match &expression.kind {
        ExpressionKind::Traversal(traversal) => Some(traversal.clone()),
        ExpressionKind::RelativeTraversal { source, steps } => {
            let mut traversal = without_keys(source)?;
            traversal.steps.extend(steps.iter().cloned());
            Some(traversal)
        }
        ExpressionKind::Index { collection, .. } => without_keys(collection),
        _ => None,
    }
}
