//! Blocks about what became of objects: `moved`, `removed` and `import`.

use super::{Connection, ProviderReference, Provisioner};
use crate::addr::{ConfigResource, ModuleInstance, ModulePath, ProviderSource, ResourceInstance};
use crate::diag::Span;
use crate::syntax::Expression;
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
