//! The state as a value: what Terrace believes exists.
//!
//! Formats (`v4`) are separate and own their structs. Objects keep their attributes as they were written until somebody who has the
//! schema asks for them: a state can be listed, moved and rewritten without any provider.
//! Cloning a state shares its objects.

pub mod decode;
mod edit;
mod select;
pub mod v4;

use crate::addr::{ConfigResource, InstanceKey, ModuleResource, ProviderConfig, ResourceInstance};
use crate::provider::Private;
use crate::value::{Path, Text, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything in one state file.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub lineage: String,
    pub serial: u64,
    /// The version that wrote it, `1.11.4`.
    pub terraform_version: String,
    /// Of the root module.
    pub outputs: BTreeMap<Text, OutputValue>,
    pub resources: BTreeMap<ModuleResource, ResourceState>,
    pub checks: Vec<CheckResult>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OutputValue {
    pub value: Value,
    pub is_sensitive: bool,
}

/// All instances of one resource in one module instance.
#[derive(Clone, Debug)]
pub struct ResourceState {
    pub provider: ProviderConfig,
    pub instances: BTreeMap<InstanceKey, InstanceState>,
}

/// The generations of one instance.
#[derive(Clone, Debug, Default)]
pub struct InstanceState {
    pub current: Option<Arc<Object>>,
    /// Old generations still to be destroyed, by key (eight hex digits).
    pub deposed: BTreeMap<Text, Arc<Object>>,
}

/// One saved object.
#[derive(Clone, Debug)]
pub struct Object {
    pub status: ObjectStatus,
    pub schema_version: u64,
    pub attributes: Attributes,
    /// Where values are sensitive though the schema does not say so.
    pub sensitive_paths: Vec<Path>,
    pub private: Private,
    pub dependencies: Vec<ConfigResource>,
    pub create_before_destroy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectStatus {
    Ready,
    /// To be replaced.
    Tainted,
}

/// What is saved of an object.
#[derive(Clone, Debug)]
pub enum Attributes {
    /// The JSON text as read.
    Raw(Arc<str>),
    /// Decoded by the schema of `Object::schema_version`, without marks; `of` is the schema's type, where "any" may stand.
    Decoded { value: Value, of: Type },
}

/// The outcome of one checkable thing, over all its instances.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    pub kind: CheckKind,
    /// Static address in the words of the format: `terraform_data.x`, `output.y`, `check.z`, `var.v`.
    pub address: String,
    pub status: CheckStatus,
    pub instances: Vec<CheckInstance>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CheckInstance {
    pub address: String,
    pub status: CheckStatus,
    pub failures: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    Resource,
    Output,
    Check,
    InputVariable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStatus {
    Pass,
    Fail,
    Error,
    Unknown,
}

impl State {
    pub fn instance(&self, address: &ResourceInstance) -> Option<&InstanceState> {
        self.resources.get(&address.in_module())?.instances.get(&address.key)
    }

    /// Nothing is recorded, neither resources nor outputs.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }

    /// Every instance with its address.
    pub fn instances(&self) -> impl Iterator<Item = (ResourceInstance, &InstanceState)> {
        self.resources.iter().flat_map(|(resource, state)| {
            state.instances.iter().map(|(key, instance)| (resource.instance(key.clone()), instance))
        })
    }
}
