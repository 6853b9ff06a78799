//! `module` blocks.

use super::{ProviderReference, VersionRequirement};
use crate::diag::Span;
use crate::syntax::{Body, Expression, Traversal};
use crate::value::Text;
use std::fmt;
use std::sync::Arc;

/// `module "name" { source = "./net" ... }`
#[derive(Clone, Debug)]
pub struct ModuleCall {
    pub name: Text,
    /// Nothing where it is missing or wrong; a diagnostic has been given.
    pub source: Option<ModuleSource>,
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

/// Where a module's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    /// Relative to the calling module, normalised: `./net`, `../shared`.
    Local(Text),
    /// `hashicorp/consul/aws`, with its host where it is not the public one.
    Registry(Text),
    /// Anything else: git, archives, buckets, absolute paths.
    Remote(Text),
}

impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(text) | Self::Registry(text) | Self::Remote(text) => f.write_str(text),
        }
    }
}

/// One entry of `providers = { aws.west = aws }`.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    pub in_child: ProviderReference,
    pub in_parent: ProviderReference,
}
