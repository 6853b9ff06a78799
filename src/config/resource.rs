//! `resource`, `data` and `ephemeral` blocks.

use super::{CheckRule, LocalProvider, ProviderReference};
use crate::addr::{ProviderSource, Resource};
use crate::diag::Span;
use crate::syntax::{Body, Expression, Traversal};
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

/// `lifecycle { ... }`; what is absent was not written.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    pub create_before_destroy: Option<bool>,
    pub prevent_destroy: Option<bool>,
    pub ignore_changes: IgnoreChanges,
    pub replace_triggered_by: Vec<Arc<Expression>>,
    pub preconditions: Vec<CheckRule>,
    pub postconditions: Vec<CheckRule>,
}

/// Which differences between configuration and prior object do not count.
#[derive(Clone, Debug)]
pub enum IgnoreChanges {
    All,
    /// Attribute paths, the first name as the traversal's root.
    Paths(Vec<Traversal>),
}

impl Default for IgnoreChanges {
    fn default() -> Self {
        Self::Paths(Vec::new())
    }
}

/// `connection { ... }`
#[derive(Clone, Debug)]
pub struct Connection {
    pub body: Arc<Body>,
    pub span: Span,
}

/// `provisioner "local-exec" { ... }`
#[derive(Clone, Debug)]
pub struct Provisioner {
    pub kind: Text,
    pub kind_span: Span,
    /// What the provisioner's own schema describes.
    pub body: Arc<Body>,
    pub when: When,
    pub on_failure: OnFailure,
    pub connection: Option<Connection>,
    /// The block's header.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Create,
    Destroy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    Fail,
    Continue,
}
