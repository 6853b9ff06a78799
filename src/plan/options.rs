//! What a plan is made from, and what is asked of it.

use super::Mode;
use crate::addr::parse::Target;
use crate::addr::{ProviderSource, ResourceInstance};
use crate::config::{Config, InputValue};
use crate::functions;
use crate::provider::Provider;
use crate::state::State;
use crate::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The world that a plan is made from. Everything in it is a value or pure, but for the providers.
#[derive(Clone)]
pub struct Input {
    pub config: Arc<Config>,
    pub state: State,
    /// Values given for root variables, as given: conversion and defaults are the plan's business.
    pub variables: BTreeMap<Text, InputValue>,
    pub providers: Providers,
    /// What functions may know of the world.
    pub functions: Arc<functions::Context>,
    pub workspace: String,
    /// `path.cwd`
    pub working_directory: String,
    /// `path.root`
    pub root_directory: String,
    /// RFC 3339.
    pub timestamp: String,
}

/// The kinds of provider at hand.
#[derive(Clone, Default)]
pub struct Providers(pub BTreeMap<ProviderSource, Arc<dyn Provider>>);

impl Providers {
    pub fn get(&self, source: &ProviderSource) -> Option<&Arc<dyn Provider>> {
        self.0.get(source)
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Whether providers are asked what exists.
    pub refresh: bool,
    /// Whether providers are asked for reasons why what is planned would fail.
    pub preflight: bool,
    pub targets: Vec<Target>,
    pub excludes: Vec<Target>,
    pub force_replace: Vec<ResourceInstance>,
    /// Whether configuration is written for imports without a block (`-generate-config-out`).
    pub generate_configuration: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Normal,
            refresh: true,
            preflight: true,
            targets: Vec::new(),
            excludes: Vec::new(),
            force_replace: Vec::new(),
            generate_configuration: false,
        }
    }
}
