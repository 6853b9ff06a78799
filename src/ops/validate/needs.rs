//! What a configuration needs from outside: providers, provisioners, and provider configurations that references can mean.

use super::World;
use crate::addr::{ProviderConfig, ProviderSource};
use crate::config::{Config, LocalProvider, Module};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::graph::provider_of_resource;
use crate::schema::provisioners;
use std::collections::{BTreeMap, BTreeSet};

/// Providers and provisioners that are not in this program.
pub(super) fn check_available(config: &Config, world: &World) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (source, span) in required_providers(config) {
        if world.providers.get(&source).is_some() || config.may_do_without(&source) {
            continue;
        }
        let detail = if source.host.as_ref() == "terraform.io" {
            format!(
                "This configuration requires built-in provider {source}, but that provider isn't available in this Terraform version."
            )
        } else {
            format!(
                "This configuration requires provider {source}, but that provider isn't available.{}",
                available(world)
            )
        };
        diagnostics.push(Diagnostic::error("Missing required provider", detail).at(span));
    }
    for (kind, span) in required_provisioners(config) {
        if provisioners::provisioner(kind).is_none() {
            let detail = format!(
                "This configuration requires provisioner plugin \"{kind}\", which isn't available. The provisioners are local-exec, remote-exec and file."
            );
            diagnostics.push(Diagnostic::error("Missing required provisioner plugin", detail).at(span));
        }
    }
    diagnostics
}

/// A sentence that lists what there is.
fn available(world: &World) -> String {
    let names: Vec<String> = world.providers.0.keys().map(ProviderSource::for_display).collect();
    format!(" The providers in this program are {}.", names.join(", "))
}

/// Every provider that is named or implied, with the first place that does so.
fn required_providers(config: &Config) -> BTreeMap<ProviderSource, Span> {
    let mut required = BTreeMap::new();
    for module in config.modules.values() {
        for requirement in module.requirements.by_name.values() {
            required.entry(requirement.source.clone()).or_insert(requirement.span);
        }
        for block in module.providers.values() {
            required.entry(module.provider_source(&block.local.name)).or_insert(block.span);
        }
        for resource in module.resources.values() {
            required.entry(resource.provider_source.clone()).or_insert(resource.span);
        }
        for import in &module.imports {
            required.entry(import.provider_source.clone()).or_insert(import.span);
        }
    }
    required
}

fn required_provisioners(config: &Config) -> BTreeMap<&str, Span> {
    let mut required = BTreeMap::new();
    for module in config.modules.values() {
        let in_resources = module.resources.values().flat_map(|resource| &resource.provisioners);
        let in_removed = module.removed.iter().flat_map(|removed| &removed.provisioners);
        for provisioner in in_resources.chain(in_removed) {
            required.entry(&*provisioner.kind).or_insert(provisioner.kind_span);
        }
    }
    required
}

/// References to provider configurations that nobody wrote.
pub(super) fn check_provider_references(config: &Config) -> Diagnostics {
    let existing: BTreeSet<ProviderConfig> = config.modules.values().flat_map(|module| blocks_of(module)).collect();
    let missing = config.modules.values().find_map(|module| missing_in_call(config, module, &existing));
    if let Some(provider) = missing {
        return Diagnostic::error(format!("missing provider {provider}"), "").into();
    }
    let mut diagnostics = Diagnostics::new();
    for module in config.modules.values() {
        for resource in module.resources.values() {
            let provider = provider_of_resource(config, module, resource);
            if provider.alias.is_none() || existing.contains(&provider) {
                continue;
            }
            let address =
                crate::addr::ConfigResource { module: module.path.clone(), resource: resource.address.clone() };
            let detail = format!(
                "To work with {address} its original provider configuration at {provider} is required, but it has been removed. This occurs when a provider configuration is removed while objects created by that provider still exist in the state. Re-add the provider configuration to destroy {address}, after which you can remove the provider configuration again."
            );
            diagnostics.push(Diagnostic::error("Provider configuration not present", detail));
        }
    }
    diagnostics
}

fn blocks_of(module: &Module) -> impl Iterator<Item = ProviderConfig> + '_ {
    module.providers.keys().map(|local| ProviderConfig {
        module: module.path.clone(),
        source: module.provider_source(&local.name),
        alias: local.alias.clone(),
    })
}

/// What a call passes must exist in the caller: as a block, as something passed to it in turn, or as the root's default.
fn missing_in_call(config: &Config, module: &Module, existing: &BTreeSet<ProviderConfig>) -> Option<ProviderConfig> {
    let call = module.call.as_ref()?;
    let parent = config.module(&module.path.parent()?)?;
    call.providers.iter().find_map(|passed| {
        let source = module.provider_source(&passed.in_child.local.name);
        let alias = passed.in_parent.local.alias.clone();
        let wanted = ProviderConfig { module: parent.path.clone(), source, alias };
        let is_there = existing.contains(&wanted)
            || is_passed_to(parent, &passed.in_parent.local)
            || parent.path.is_root() && wanted.alias.is_none() && is_required(parent, &wanted.source);
        (!is_there).then_some(wanted)
    })
}

fn is_passed_to(module: &Module, local: &LocalProvider) -> bool {
    module.call.iter().flat_map(|call| &call.providers).any(|passed| passed.in_child.local == *local)
}

/// Whether the root names the provider, which gives it an empty default configuration.
fn is_required(module: &Module, source: &ProviderSource) -> bool {
    module.requirements.by_name.values().any(|requirement| requirement.source == *source)
}
