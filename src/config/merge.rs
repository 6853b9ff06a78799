//! The files of a directory put together: what is declared twice, and what override files change.
//!
//! Override files (`override.tf`, `*_override.tf`) are merged block by block into what the other files declare: arguments replace
//! arguments, nested blocks of a kind replace all nested blocks of that kind. The rules of each block type are Terraform's
//! (<https://developer.hashicorp.com/terraform/language/files/override>).

use super::body::overridden;
use super::file::File;
use super::reading::Reading;
use super::{
    Backend, Cloud, IgnoreChanges, Module, ModuleCall, Output, ProviderBlock, ResourceBlock, Variable, provider,
};
use crate::addr::ResourceMode;
use crate::addr::parse::parse_instance;
use crate::syntax::{Body, ExpressionKind};
use crate::value::{Text, Type};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

/// A module from its primary and override files.
pub(super) fn build_module(primary: Vec<File>, overrides: Vec<File>, reading: &mut Reading) -> Module {
    let mut building = Building::default();
    for file in &primary {
        building.add_requirements(file, reading);
    }
    for file in &overrides {
        for requirements in &file.requirements {
            building.module.requirements.by_name.extend(requirements.by_name.clone());
        }
    }
    for file in primary {
        building.add_file(file, reading);
    }
    for file in overrides {
        building.merge_file(file, reading);
    }
    building.finish()
}

/// Blocks while they can still be merged into.
#[derive(Default)]
struct Building {
    module: Module,
    providers: BTreeMap<super::LocalProvider, ProviderBlock>,
    variables: BTreeMap<Text, Variable>,
    outputs: BTreeMap<Text, Output>,
    calls: BTreeMap<Text, ModuleCall>,
    resources: BTreeMap<crate::addr::Resource, ResourceBlock>,
}

impl Building {
    fn finish(mut self) -> Module {
        fn share<K: Ord, V>(items: BTreeMap<K, V>) -> BTreeMap<K, Arc<V>> {
            items.into_iter().map(|(key, item)| (key, Arc::new(item))).collect()
        }
        for resource in self.resources.values_mut() {
            resource.provider_source = self.module.provider_source(&resource.local_provider().name);
        }
        for import in &mut self.module.imports {
            let local = match &import.provider {
                Some(reference) => reference.local.name.clone(),
                None => import.to_resource.resource.implied_provider().into(),
            };
            import.provider_source = match self.module.requirements.by_name.get(&local) {
                Some(requirement) => requirement.source.clone(),
                None => provider::implied_source(&local),
            };
        }
        Module {
            providers: share(self.providers),
            variables: share(self.variables),
            outputs: share(self.outputs),
            calls: share(self.calls),
            resources: share(self.resources),
            ..self.module
        }
    }

    fn add_requirements(&mut self, file: &File, reading: &mut Reading) {
        for requirements in &file.requirements {
            match (self.module.requirements.span, requirements.span) {
                (Some(first), Some(span)) => {
                    let detail = format!(
                        "A module may have only one required providers configuration. The required providers were previously configured at {}.",
                        first.mention()
                    );
                    reading.error("Duplicate required providers configuration", detail, span);
                }
                _ => self.module.requirements = requirements.clone(),
            }
        }
    }

    fn add_file(&mut self, file: File, reading: &mut Reading) {
        self.module.required_versions.extend(file.required_versions);
        self.add_backends(file.backends, file.clouds, reading);
        for block in file.providers {
            self.add_provider(block, reading);
        }
        for meta in file.provider_metas {
            let source = self.module.provider_source(&meta.provider);
            let first = self.module.provider_metas.iter().find(|o| self.module.provider_source(&o.provider) == source);
            if let Some(first) = first {
                let detail = format!(
                    "A provider_meta block for provider \"{}\" was already declared at {}. Providers may only have one provider_meta block per module.",
                    first.provider,
                    first.span.mention()
                );
                reading.error("Duplicate provider_meta block", detail, meta.span);
            }
            self.module.provider_metas.push(meta);
        }
        self.add_named_values(file.variables, file.locals, file.outputs, reading);
        for call in file.calls {
            if let Some(first) = self.calls.get(&call.name) {
                let detail = format!(
                    "A module call named \"{}\" was already defined at {}. Module calls must have unique names within a module.",
                    call.name,
                    first.span.mention()
                );
                reading.error("Duplicate module call", detail, call.span);
            }
            self.calls.insert(call.name.clone(), call);
        }
        for resource in file.resources {
            self.add_resource(resource, "", reading);
        }
        for (check, data) in file.checks {
            self.add_check(check, data, reading);
        }
        self.module.moved.extend(file.moved);
        self.module.removed.extend(file.removed);
        for import in file.imports {
            self.add_import(import, reading);
        }
    }

    fn add_backends(&mut self, backends: Vec<Backend>, clouds: Vec<Cloud>, reading: &mut Reading) {
        for backend in backends {
            match &self.module.backend {
                None => self.module.backend = Some(backend),
                Some(first) => {
                    let detail = format!(
                        "A module may have only one backend configuration. The backend was previously configured at {}.",
                        first.span.mention()
                    );
                    reading.error("Duplicate backend configuration", detail, backend.span);
                }
            }
        }
        for cloud in clouds {
            match &self.module.cloud {
                None => self.module.cloud = Some(cloud),
                Some(first) => {
                    let detail = format!(
                        "A module may have only one 'cloud' block configuring HCP Terraform or Terraform Enterprise. The 'cloud' block was previously configured at {}.",
                        first.span.mention()
                    );
                    reading.error("Duplicate HCP Terraform configurations", detail, cloud.span);
                }
            }
        }
        if let (Some(backend), Some(cloud)) = (&self.module.backend, &self.module.cloud) {
            let detail = format!(
                "A module may declare either one 'cloud' block OR one 'backend' block configuring a state backend. The 'cloud' block is configured at {}; a backend is configured at {}. Remove the backend block to configure HCP Terraform or Terraform Enteprise.",
                cloud.span.mention(),
                backend.span.mention()
            );
            reading.error("Both a backend and cloud configuration are present", detail, backend.span);
        }
    }

    fn add_provider(&mut self, block: ProviderBlock, reading: &mut Reading) {
        let Some(first) = self.providers.get(&block.local) else {
            self.providers.insert(block.local.clone(), block);
            return;
        };
        let (name, place) = (&block.local.name, first.span.mention());
        let detail = match &block.local.alias {
            None => format!(
                "A default (non-aliased) provider configuration for \"{name}\" was already given at {place}. If multiple configurations are required, set the \"alias\" argument for alternative configurations."
            ),
            Some(alias) => format!(
                "A provider configuration for \"{name}\" with alias \"{alias}\" was already given at {place}. Each configuration for the same provider must have a distinct alias."
            ),
        };
        reading.error("Duplicate provider configuration", detail, block.span);
    }

    fn add_named_values(
        &mut self,
        variables: Vec<Variable>,
        locals: Vec<super::Local>,
        outputs: Vec<Output>,
        reading: &mut Reading,
    ) {
        for variable in variables {
            if let Some(first) = self.variables.get(&variable.name) {
                let detail = format!(
                    "A variable named \"{}\" was already declared at {}. Variable names must be unique within a module.",
                    variable.name,
                    first.span.mention()
                );
                reading.error("Duplicate variable declaration", detail, variable.span);
            }
            self.variables.insert(variable.name.clone(), variable);
        }
        for local in locals {
            if let Some(first) = self.module.locals.get(&local.name) {
                let detail = format!(
                    "A local value named \"{}\" was already defined at {}. Local value names must be unique within a module.",
                    local.name,
                    first.span.mention()
                );
                reading.error("Duplicate local value definition", detail, local.span);
            }
            self.module.locals.insert(local.name.clone(), Arc::new(local));
        }
        for output in outputs {
            if let Some(first) = self.outputs.get(&output.name) {
                let detail = format!(
                    "An output named \"{}\" was already defined at {}. Output names must be unique within a module.",
                    output.name,
                    first.span.mention()
                );
                reading.error("Duplicate output definition", detail, output.span);
            }
            self.outputs.insert(output.name.clone(), output);
        }
    }

    /// Says whether it is the first of its name. `note` is added where names must be unique.
    fn add_resource(&mut self, resource: ResourceBlock, note: &str, reading: &mut Reading) -> bool {
        let Some(first) = self.resources.get(&resource.address) else {
            self.resources.insert(resource.address.clone(), resource);
            return true;
        };
        let (word, what) = match resource.address.mode {
            ResourceMode::Managed => ("resource", "resource"),
            ResourceMode::Data => ("data", "data resource"),
            ResourceMode::Ephemeral => ("ephemeral", "ephemeral resource"),
        };
        let (kind, name) = (&resource.address.kind, &resource.address.name);
        let detail = format!(
            "A {kind} {what} named \"{name}\" was already declared at {}. Resource names must be unique per type in each module{note}.",
            first.span.mention()
        );
        reading.error(format!("Duplicate {word} \"{kind}\" configuration"), detail, resource.span);
        false
    }

    fn add_check(&mut self, check: super::Check, data: Option<ResourceBlock>, reading: &mut Reading) {
        if let Some(data) = data
            && !self.add_resource(data, ", including within check blocks", reading)
        {
            return;
        }
        if let Some(first) = self.module.checks.get(&check.name) {
            let detail = format!(
                "A check block named \"{}\" was already declared at {}. Check blocks must be unique within each module.",
                check.name,
                first.span.mention()
            );
            reading.error(format!("Duplicate check \"{}\" configuration", check.name), detail, check.span);
            return;
        }
        self.module.checks.insert(check.name.clone(), Arc::new(check));
    }

    fn add_import(&mut self, import: super::ImportBlock, reading: &mut Reading) {
        let static_target = |block: &super::ImportBlock| match &block.to.kind {
            ExpressionKind::Traversal(traversal) => parse_instance(traversal).ok(),
            _ => None,
        };
        if let Some(target) = static_target(&import) {
            for first in self.module.imports.iter().filter(|other| static_target(other).as_ref() == Some(&target)) {
                let detail = format!(
                    "An import block for the resource \"{}\" was already declared at {}. A resource can have only one import block.",
                    import.to_resource,
                    first.span.mention()
                );
                let summary = format!("Duplicate import configuration for \"{}\"", import.to_resource);
                reading.error(summary, detail, import.to.span);
            }
        }
        self.module.imports.push(import);
    }

    fn merge_file(&mut self, file: File, reading: &mut Reading) {
        if !file.required_versions.is_empty() {
            self.module.required_versions = file.required_versions;
        }
        self.merge_backends(file.backends, file.clouds, reading);
        for block in file.providers {
            self.merge_provider(block, reading);
        }
        for variable in file.variables {
            match self.variables.get_mut(&variable.name) {
                Some(base) => merge_variable(base, variable, reading),
                None => missing(
                    "variable declaration to override",
                    format!(
                        "variable named \"{}\". An override file can only override a variable that was already declared",
                        variable.name
                    ),
                    variable.span,
                    reading,
                ),
            }
        }
        for local in file.locals {
            match self.module.locals.get_mut(&local.name) {
                Some(base) => *base = Arc::new(local),
                None => missing(
                    "local value definition to override",
                    format!(
                        "local value named \"{}\". An override file can only override a local value that was already defined",
                        local.name
                    ),
                    local.span,
                    reading,
                ),
            }
        }
        for output in file.outputs {
            match self.outputs.get_mut(&output.name) {
                Some(base) => merge_output(base, output, reading),
                None => missing(
                    "output definition to override",
                    format!(
                        "output named \"{}\". An override file can only override an output that was already defined",
                        output.name
                    ),
                    output.span,
                    reading,
                ),
            }
        }
        for call in file.calls {
            match self.calls.get_mut(&call.name) {
                Some(base) => merge_call(base, call, reading),
                None => reading.error(
                    "Missing module call to override",
                    format!("There is no module call named \"{}\". An override file can only override a module call that was defined in a primary configuration file.", call.name),
                    call.span,
                ),
            }
        }
        for resource in file.resources {
            self.merge_resource(resource, reading);
        }
        for moved in file.moved {
            let detail = "Records of moved objects can appear only in normal files, not in override files.";
            reading.error("Cannot override 'moved' blocks", detail, moved.span);
        }
        for import in file.imports {
            let detail = "Import blocks can appear only in normal files, not in override files.";
            reading.error("Cannot override 'import' blocks", detail, import.span);
        }
    }

    /// Backend and cloud exclude each other: the override's replaces either.
    fn merge_backends(&mut self, backends: Vec<Backend>, clouds: Vec<Cloud>, reading: &mut Reading) {
        if let [first, second, ..] = backends.as_slice() {
            let detail = format!(
                "Each override file may have only one backend configuration. A backend was previously configured at {}.",
                first.span.mention()
            );
            reading.error("Duplicate backend configuration", detail, second.span);
        } else if let Some(backend) = backends.into_iter().next() {
            (self.module.backend, self.module.cloud) = (Some(backend), None);
        }
        if let [first, second, ..] = clouds.as_slice() {
            let detail = format!(
                "A module may have only one 'cloud' block configuring HCP Terraform or Terraform Enterprise. The 'cloud' block was previously configured at {}.",
                first.span.mention()
            );
            reading.error("Duplicate HCP Terraform configurations", detail, second.span);
        } else if let Some(cloud) = clouds.into_iter().next() {
            (self.module.backend, self.module.cloud) = (None, Some(cloud));
        }
    }

    fn merge_provider(&mut self, block: ProviderBlock, reading: &mut Reading) {
        match (self.providers.get_mut(&block.local), &block.local.alias) {
            (Some(base), _) => {
                if block.version.is_some() {
                    base.version = block.version;
                }
                merge_body(&mut base.body, &block.body);
            }
            // No block means an empty one, and that can be overridden.
            (None, None) => drop(self.providers.insert(block.local.clone(), block)),
            (None, Some(alias)) => {
                let detail = format!(
                    "There is no {} provider configuration with the alias \"{alias}\". An override file can only override an aliased provider configuration that was already defined in a primary configuration file.",
                    block.local.name
                );
                reading.error("Missing base provider configuration for override", detail, block.span);
            }
        }
    }

    fn merge_resource(&mut self, resource: ResourceBlock, reading: &mut Reading) {
        let (word, kind, name) = (
            if resource.address.mode == ResourceMode::Data { "data resource" } else { "resource" },
            &resource.address.kind,
            &resource.address.name,
        );
        let Some(base) = self.resources.get_mut(&resource.address) else {
            let block = if word == "resource" { "a resource block" } else { "a data block" };
            let detail = format!(
                "There is no {kind} {word} named \"{name}\". An override file can only override {block} defined in a primary configuration file."
            );
            return reading.error(format!("Missing {word} to override"), detail, resource.span);
        };
        refuse_depends_on(&resource.depends_on, reading);
        replace(&mut base.count, resource.count);
        replace(&mut base.for_each, resource.for_each);
        replace(&mut base.provider, resource.provider);
        replace(&mut base.connection, resource.connection);
        replace(&mut base.lifecycle.create_before_destroy, resource.lifecycle.create_before_destroy);
        replace(&mut base.lifecycle.prevent_destroy, resource.lifecycle.prevent_destroy);
        match resource.lifecycle.ignore_changes {
            IgnoreChanges::Paths(paths) if paths.is_empty() => {}
            ignored => base.lifecycle.ignore_changes = ignored,
        }
        if !resource.provisioners.is_empty() {
            base.provisioners = resource.provisioners;
        }
        merge_body(&mut base.body, &resource.body);
    }
}

fn missing(what: &str, detail: impl Display, span: crate::diag::Span, reading: &mut Reading) {
    let detail = format!("There is no {detail} in a primary configuration file.");
    reading.error(format!("Missing base {what}"), detail, span);
}

fn replace<T>(base: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *base = given;
    }
}

/// Dependencies are not overridden: that could only surprise.
fn refuse_depends_on(depends_on: &[crate::syntax::Traversal], reading: &mut Reading) {
    if let Some(first) = depends_on.first() {
        reading.error("Unsupported override", "The depends_on argument may not be overridden.", first.span());
    }
}

fn merge_output(base: &mut Output, given: Output, reading: &mut Reading) {
    refuse_depends_on(&given.depends_on, reading);
    replace(&mut base.description, given.description);
    replace(&mut base.value, given.value);
    replace(&mut base.sensitive, given.sensitive);
    replace(&mut base.ephemeral, given.ephemeral);
}

fn merge_call(base: &mut ModuleCall, given: ModuleCall, reading: &mut Reading) {
    refuse_depends_on(&given.depends_on, reading);
    if given.source_span.is_some() {
        (base.source, base.source_span) = (given.source, given.source_span);
    }
    replace(&mut base.count, given.count);
    replace(&mut base.for_each, given.for_each);
    replace(&mut base.version, given.version);
    if !given.providers.is_empty() {
        base.providers = given.providers;
    }
    merge_body(&mut base.body, &given.body);
}

/// Type and default may come from different files, so they are only checked against each other here.
fn merge_variable(base: &mut Variable, given: Variable, reading: &mut Reading) {
    let (has_type, has_default) = (given.constraint.is_written, given.default.is_some());
    replace(&mut base.description, given.description);
    replace(&mut base.sensitive, given.sensitive);
    replace(&mut base.ephemeral, given.ephemeral);
    replace(&mut base.nullable, given.nullable);
    replace(&mut base.default, given.default);
    if has_type {
        base.constraint = given.constraint;
    }
    let Some(default) = &base.default else { return };
    let summary = "Invalid default value for variable";
    match default.convert(&base.constraint.of) {
        Ok(value) => {
            if !base.is_nullable() && value.is_null() {
                reading.error(summary, "A null default value is not valid when nullable=false.", given.span);
            }
            base.default = Some(value);
        }
        Err(problem) => {
            let detail = match (has_type, has_default) {
                (true, false) => {
                    format!("Overriding this variable's type constraint has made its default value invalid: {problem}.")
                }
                (false, true) => format!(
                    "The overridden default value for this variable is not compatible with the variable's type constraint: {problem}."
                ),
                _ => format!("This variable's default value is not compatible with its type constraint: {problem}."),
            };
            reading.error(summary, detail, given.span);
            base.default = Some(crate::value::Value::unknown(Type::Dynamic));
        }
    }
}

fn merge_body(base: &mut Arc<Body>, given: &Body) {
    *base = Arc::new(overridden(base, given));
}
