//! What the user wrote, as a tree of modules.
//!
//! `load` reads a directory and all modules that it calls, `source` knows where they come from; `file` turns one file into blocks, `merge` puts the files of a directory
//! together (and override files on top); one file a kind of block decodes it. What can be said without any
//! provider and without evaluation is said while loading; `providers` looks at how provider configurations are passed between modules;
//! the rest is `ops::validate`.
//!
//! Bodies whose shape only a provider knows stay [`Body`]s; expressions stay expressions.

mod backend;
mod body;
mod call;
mod check;
mod constraint;
mod escape;
mod file;
pub mod generate;
mod input;
mod lifecycle;
mod load;
mod manifest;
mod merge;
mod output;
mod passing;
mod provider;
mod provisioner;
mod reading;
mod refactor;
mod resource;
mod source;
mod variable;
pub mod version;

pub use backend::{Backend, Cloud};
pub use body::{is_empty_body, overridden};
pub use call::{ModuleCall, PassedProvider};
pub use check::{Check, CheckRule};
pub use constraint::{DefaultsChild, TypeConstraint, TypeDefaults};
pub use input::{InputSource, InputValue, prepare_input};
pub use lifecycle::{IgnoreChanges, Lifecycle};
pub use load::{Places, has_config, join, load_config, load_config_from, load_root, parse_file};
pub use manifest::{Manifest, ModuleRecord};
pub use output::{Local, Output};
pub use provider::{LocalProvider, ProviderBlock, ProviderMeta, ProviderReference, ProviderRequirement, Requirements};
pub use provisioner::{Connection, OnFailure, Provisioner, When};
pub use refactor::{ImportBlock, MoveEndpoint, MoveSubject, MovedBlock, RemoveTarget, RemovedBlock};
pub use resource::{ResourceBlock, ResourceOwner};
pub use source::{ModuleSource, Package, RegistryModule};
pub use variable::{Variable, VariableParsing};

use crate::addr::{ModulePath, ProviderSource, Resource};
use crate::diag::{SourceMap, Span};
use crate::syntax::Body;
use crate::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All modules of a configuration and the texts they were read from.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// By path; the root is always there.
    pub modules: BTreeMap<ModulePath, Arc<Module>>,
    pub sources: SourceMap,
}

impl Config {
    pub fn root(&self) -> &Module {
        &self.modules[&ModulePath::root()]
    }

    pub fn module(&self, path: &ModulePath) -> Option<&Module> {
        self.modules.get(path).map(|module| &**module)
    }

    /// Whether all that needs a provider stands in modules with `count` or `for_each`, so that perhaps nothing of it is wanted:
    /// one of two modules that do the same on different platforms, say.
    pub fn may_do_without(&self, source: &ProviderSource) -> bool {
        let mut needing = self.modules.values().filter(|module| module.needs(source)).peekable();
        needing.peek().is_some() && needing.all(|module| self.is_repeated(&module.path))
    }

    /// Whether the module, or one that it is in, is called with `count` or `for_each`.
    fn is_repeated(&self, path: &ModulePath) -> bool {
        let calls = std::iter::successors(Some(path.clone()), ModulePath::parent);
        let mut calls = calls.filter_map(|path| self.module(&path)?.call.clone());
        calls.any(|call| call.count.is_some() || call.for_each.is_some())
    }

    /// The block of a resource anywhere in the tree.
    pub fn resource(&self, module: &ModulePath, resource: &Resource) -> Option<&Arc<ResourceBlock>> {
        self.module(module)?.resources.get(resource)
    }
}

/// One module: one directory as called from one place.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub path: ModulePath,
    /// As `path.module` shows it, relative to the root's directory: `.` or `modules/net`.
    pub directory: String,
    /// What called it; nothing for the root.
    pub call: Option<Arc<ModuleCall>>,
    pub required_versions: Vec<VersionRequirement>,
    pub backend: Option<Backend>,
    pub cloud: Option<Cloud>,
    pub requirements: Requirements,
    /// `provider` blocks by local name and alias.
    pub providers: BTreeMap<LocalProvider, Arc<ProviderBlock>>,
    pub provider_metas: Vec<ProviderMeta>,
    pub variables: BTreeMap<Text, Arc<Variable>>,
    pub locals: BTreeMap<Text, Arc<Local>>,
    pub outputs: BTreeMap<Text, Arc<Output>>,
    pub calls: BTreeMap<Text, Arc<ModuleCall>>,
    /// Managed resources, data sources (those in `check` blocks too) and ephemeral resources.
    pub resources: BTreeMap<Resource, Arc<ResourceBlock>>,
    pub moved: Vec<MovedBlock>,
    pub removed: Vec<RemovedBlock>,
    /// Only the root has any.
    pub imports: Vec<ImportBlock>,
    pub checks: BTreeMap<Text, Arc<Check>>,
    /// What `*.terrace.hcl` and `*.terrace.json` files say, file by file: `rollout` and `servers` blocks.
    pub terrace: Vec<Arc<Body>>,
}

impl Module {
    /// The provider that a local name means in this module.
    pub fn provider_source(&self, local_name: &str) -> ProviderSource {
        match self.requirements.by_name.get(local_name) {
            Some(requirement) => requirement.source.clone(),
            None => provider::implied_source(local_name),
        }
    }

    /// Whether `required_providers` gives the built-in provider this name: its functions can then be called by it.
    pub fn declares_builtin(&self, local_name: &str) -> bool {
        let requirement = self.requirements.by_name.get(local_name);
        requirement.is_some_and(|requirement| requirement.source == crate::addr::ProviderSource::builtin("terraform"))
    }

    /// Whether something in this module is the provider's.
    fn needs(&self, source: &ProviderSource) -> bool {
        self.resources.values().any(|resource| resource.provider_source == *source)
            || self.imports.iter().any(|import| import.provider_source == *source)
    }
}

/// `required_version = ">= 1.5"`
#[derive(Clone, Debug)]
pub struct VersionRequirement {
    pub constraint: version::Constraints,
    /// The whole argument.
    pub span: Span,
}
