//! `provider` blocks, `required_providers`, `provider_meta` and references to provider configurations.

use super::VersionRequirement;
use crate::addr::ProviderSource;
use crate::diag::Span;
use crate::syntax::Body;
use crate::value::Text;
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
