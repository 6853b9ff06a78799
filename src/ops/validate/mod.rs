//! Whether a configuration makes sense, whatever its variables and whatever exists.
//!
//! Loading has said what the text alone shows. Here every block is looked at with the schemas of its provider and with all values unknown that
//! only a plan knows: variables are unknown values of their types, resources unknown values of any type, but references to them are
//! checked against the schemas. Locals are evaluated.
//!
//! Blocks are looked at in the order of their dependencies, and a block that needs a wrong one is not looked at: what would be said about it
//! would mostly be the same mistake again. Everything is linear in the size of the configuration.

mod blocks;
mod complaints;
mod imports;
mod modules;
mod needs;
mod resource;
mod rollout;
mod rules;
mod scope;

use crate::addr::ModulePath;
use crate::config::{Config, Module, version};
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::names::Paths;
use crate::functions;
use crate::graph::{self, Node};
use crate::plan::Providers;
use crate::syntax::Expression;
use crate::value::{Text, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a configuration is checked against.
pub struct World<'a> {
    pub providers: &'a Providers,
    pub functions: &'a functions::Context,
    /// The working directory and the root module's.
    pub working_directory: String,
    pub root_directory: String,
}

/// Everything that is wrong with a configuration that was loaded without errors.
pub fn validate(config: &Config, world: &World) -> Diagnostics {
    let steps: [fn(&Config, &World) -> Diagnostics; 5] = [
        |config, _| check_versions(config),
        needs::check_available,
        |config, _| imports::check_target_modules(config),
        |config, _| modules::check_arguments(config),
        |config, _| needs::check_provider_references(config),
    ];
    let mut diagnostics = Diagnostics::new();
    for step in steps {
        diagnostics.extend(step(config, world));
        if diagnostics.has_errors() {
            return diagnostics;
        }
    }
    diagnostics.extend(Walk::new(config, world).run());
    diagnostics
}

/// `required_version` of every module, for Terraform's version that we are compatible with.
fn check_versions(config: &Config) -> Diagnostics {
    let Some(current) = version::Version::parse(version::TERRAFORM_VERSION) else { return Diagnostics::new() };
    let mut diagnostics = Diagnostics::new();
    for module in config.modules.values() {
        for required in &module.required_versions {
            let prereleases: Vec<Diagnostic> = required
                .constraint
                .0
                .iter()
                .filter(|constraint| constraint.is_prerelease())
                .map(|constraint| {
                    let detail = format!(
                        "Prerelease version constraints are not supported: {constraint}. Remove the prerelease information from the constraint. Prerelease versions of terraform will match constraints using their version core only."
                    );
                    Diagnostic::error("Invalid required_version constraint", detail).at(required.span)
                })
                .collect();
            if prereleases.is_empty() && !required.constraint.accept(&current) {
                diagnostics.push(unsupported_version(module, &current).at(required.span));
            }
            diagnostics.extend(prereleases);
        }
    }
    diagnostics
}

fn unsupported_version(module: &Module, current: &version::Version) -> Diagnostic {
    let source = module.call.as_ref().and_then(|call| call.source.as_ref());
    let who = match source {
        Some(source) => format!("Module {} (from {source})", module.path),
        None => "This configuration".to_owned(),
    };
    let detail = format!(
        "{who} does not support Terraform version {current}. To proceed, either choose another supported Terraform version or update this version constraint. Version constraints are normally set for good reason, so updating the constraint may lead to other errors or unexpected behavior."
    );
    Diagnostic::error("Unsupported Terraform Core version", detail)
}

/// One look at all blocks.
struct Walk<'a> {
    config: &'a Config,
    world: &'a World<'a>,
    /// By module: what `path` means in it.
    paths: BTreeMap<&'a ModulePath, Paths>,
    /// What the call of each module sets.
    arguments: BTreeMap<&'a ModulePath, BTreeMap<Text, Arc<Expression>>>,
    /// Locals evaluated so far.
    locals: BTreeMap<&'a ModulePath, BTreeMap<Text, Value>>,
    /// Final values of modules' variables, for their validations.
    variables: BTreeMap<(ModulePath, Text), Value>,
}

impl<'a> Walk<'a> {
    fn new(config: &'a Config, world: &'a World<'a>) -> Self {
        let paths_of = |module: &Module| Paths {
            working: world.working_directory.clone(),
            root: world.root_directory.clone(),
            module: module.directory.clone(),
        };
        let paths = config.modules.iter().map(|(path, module)| (path, paths_of(module))).collect();
        let arguments = config.modules.iter().map(|(path, module)| (path, modules::arguments(module))).collect();
        Self { config, world, paths, arguments, locals: BTreeMap::new(), variables: BTreeMap::new() }
    }

    fn run(mut self) -> Diagnostics {
        let graph = graph::build(self.config, &[]);
        let order = match graph.order() {
            Ok(order) => order,
            Err(cycles) => return cycles.into_iter().collect(),
        };
        let mut failed = vec![false; graph.len()];
        let mut diagnostics = Diagnostics::new();
        for id in order {
            // Data sources in checks wait for everything else only when something is really done.
            let waits = *graph.node(id) != Node::CheckStart;
            if waits && graph.dependencies(id).any(|dependency| failed[dependency.0]) {
                failed[id.0] = true;
                continue;
            }
            let found = self.check(graph.node(id));
            failed[id.0] = found.has_errors();
            diagnostics.extend(found);
        }
        diagnostics.extend(self.check_imports_without_block());
        diagnostics.extend(self.check_terrace_files());
        diagnostics
    }

    fn check(&mut self, node: &Node) -> Diagnostics {
        let Some(module) = node.module().and_then(|path| self.config.modules.get_key_value(path)) else {
            return Diagnostics::new();
        };
        let (path, module) = (module.0, &**module.1);
        match node {
            Node::Variable(_, name) => self.check_variable(module, name),
            Node::Validation(_, name) => self.check_validations(module, name),
            Node::Local(_, name) => self.check_local(path, module, name),
            Node::Output(_, name) => self.check_output(module, name),
            Node::Call(_) => self.check_call(module),
            Node::Provider(provider) => self.check_provider(module, provider),
            Node::Resource(resource) => self.check_resource(module, &resource.resource),
            Node::Check(_, name) => self.check_check(module, name),
            Node::Close(_) | Node::CheckStart => Diagnostics::new(),
        }
    }
}
