//! How provider configurations are passed from module to module, and whether what arrives fits.
//!
//! The rules are Terraform's `internal/configs/provider_validation.go`: a module gets the default configurations of its caller, aliased ones
//! only by `providers = { ... }`; a module with provider blocks of its own cannot be repeated; empty provider blocks stand for
//! `configuration_aliases`, which they precede.

use super::body::is_empty_body;
use super::{Config, LocalProvider, Module, ModuleCall, PassedProvider, ProviderReference, ResourceBlock, provider};
use crate::addr::provider::parse_part;
use crate::addr::{ModulePath, ProviderSource, ResourceMode};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// Looks at all modules. `is_sound` says that everything was loaded; only then types behind names are known.
pub(super) fn check_passing(config: &Config, is_sound: bool) -> Diagnostics {
    let mut checking = Checking { config, is_sound, diagnostics: Diagnostics::new() };
    checking.check_below(config.root(), None);
    checking.diagnostics
}

struct Checking<'a> {
    config: &'a Config,
    is_sound: bool,
    diagnostics: Diagnostics,
}

/// What a module says about providers.
struct Names<'a> {
    /// Non-empty provider blocks, by name and alias.
    configured: BTreeMap<LocalProvider, Span>,
    /// Provider blocks without content.
    empty: BTreeMap<LocalProvider, Span>,
    /// From `required_providers`.
    required: BTreeMap<&'a Text, &'a ProviderSource>,
    /// From `configuration_aliases`.
    aliases: BTreeMap<&'a LocalProvider, &'a ProviderSource>,
    /// What the caller passes, by the name in this module.
    passed: BTreeMap<&'a LocalProvider, &'a PassedProvider>,
}

impl<'a> Names<'a> {
    fn of(module: &'a Module) -> Self {
        let (mut configured, mut empty) = (BTreeMap::new(), BTreeMap::new());
        for (local, block) in &module.providers {
            let is_empty = is_empty_body(&block.body) && block.version.is_none();
            if is_empty { &mut empty } else { &mut configured }.insert(local.clone(), block.span);
        }
        let requirements = module.requirements.by_name.values();
        Self {
            configured,
            empty,
            required: requirements.clone().map(|requirement| (&requirement.name, &requirement.source)).collect(),
            aliases: requirements.flat_map(|r| r.aliases.iter().map(|alias| (alias, &r.source))).collect(),
            passed: module.call.iter().flat_map(|call| &call.providers).map(|p| (&p.in_child.local, p)).collect(),
        }
    }

    fn required_source(&self, local: &LocalProvider) -> Option<&'a ProviderSource> {
        if local.alias.is_some() { None } else { self.required.get(&local.name).copied() }
    }
}

impl<'a> Checking<'a> {
    fn error(&mut self, summary: &str, detail: String, subject: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(subject));
    }

    fn warn(&mut self, summary: &str, detail: String, subject: Span) {
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(subject));
    }

    /// `repeated` is where a call above uses `count`, `for_each` or `depends_on`.
    fn check_below(&mut self, module: &'a Module, repeated: Option<Span>) {
        for call in module.calls.values() {
            let Some(child) = self.config.module(&module.path.child(&call.name)) else { continue };
            self.check_below(child, repetition_of(call).or(repeated));
        }
        let names = Names::of(module);
        self.check_requirements(module, &names);
        self.check_calls(module, &names);
        if let (Some(call), Some(parent)) = (&module.call, module.path.parent()) {
            let parent = self.config.module(&parent);
            self.check_configured(module, call, &names, repeated);
            self.check_aliases(call, &names);
            for passed in names.passed.values() {
                self.check_passed(module, parent, &names, passed);
            }
            self.check_empty(module, &names);
        }
    }

    /// One provider under two names.
    fn check_requirements(&mut self, module: &'a Module, names: &Names) {
        let mut seen: BTreeMap<&ProviderSource, &Text> = BTreeMap::new();
        for requirement in module.requirements.by_name.values() {
            let (name, source) = (&requirement.name, &requirement.source);
            if let Some(first) = seen.get(source) {
                let detail = format!(
                    "Provider {} with the local name \"{name}\" was previously required as \"{first}\". A provider can only be required once within required_providers.",
                    source.for_display()
                );
                self.warn("Duplicate required provider", detail, requirement.span);
            } else if is_default(source)
                && *name != source.name
                && module.providers.keys().any(|local| local.name == source.name)
            {
                let detail = format!(
                    "Provider {} with the local name \"{name}\" was implicitly required via a configuration block as \"{}\". The provider configuration block name must match the name used in required_providers.",
                    source.for_display(),
                    source.name
                );
                self.warn("Duplicate required provider", detail, requirement.span);
            }
            seen.insert(source, name);
        }
        let is_checked = |resource: &&&ResourceBlock| resource.address.mode != ResourceMode::Ephemeral;
        let resources: Vec<&ResourceBlock> = module.resources.values().map(|resource| &**resource).collect();
        for resource in resources.iter().filter(is_checked).filter(|resource| resource.provider.is_none()) {
            self.check_implied(resource, names);
        }
    }

    /// A resource whose type names a provider that is required under another name.
    fn check_implied(&mut self, resource: &ResourceBlock, names: &Names) {
        let local = resource.address.implied_provider();
        if let Err(problem) = parse_part(local) {
            let detail = format!("\"{local}\" is an invalid implied provider local name: {problem}");
            return self.error("Invalid provider local name", detail, resource.span);
        }
        if names.required.contains_key(&Text::from(local)) {
            return;
        }
        let source = provider::implied_source(local);
        for (name, _) in names.required.iter().filter(|(_, required)| ***required == source) {
            let detail = format!(
                "Provider \"{source}\" was implicitly required via resource \"{}\", but listed in required_providers as \"{name}\". Either the local name in required_providers must match the resource name, or the \"{name}\" provider must be assigned within the resource block.",
                resource.address
            );
            self.warn("Duplicate required provider", detail, resource.span);
        }
    }

    /// What this module passes on must be something that it has. Aliases are looked at from the other side.
    fn check_calls(&mut self, module: &Module, names: &Names) {
        let (text, parent_text) = (module_text(&module.path), parent_text(&module.path));
        let passed = module.calls.values().flat_map(|call| &call.providers);
        for reference in passed.map(|passed| &passed.in_parent).filter(|reference| reference.local.alias.is_none()) {
            let name = &reference.local.name;
            let is_configured = names.configured.contains_key(&reference.local);
            let source = ProviderSource::official(name).for_display();
            if !is_configured && !names.required.contains_key(name) {
                let detail = format!(
                    "There is no explicit declaration for local provider name \"{name}\" in {text}, so Terraform is assuming you mean to pass a configuration for provider \"{source}\".\n\nTo clarify your intent and silence this warning, add to {parent_text} a required_providers entry named \"{name}\" with source = \"{source}\", or a different source address if appropriate."
                );
                self.warn("Reference to undefined provider", detail, reference.name_span);
            } else if let Some(call) = &module.call
                && !is_configured
                && !names.passed.contains_key(&reference.local)
            {
                let detail = format!(
                    "The configuration for {text} expects to inherit a configuration for provider {source} with local name \"{name}\", but {parent_text} doesn't pass a configuration under that name.\n\nTo satisfy this requirement, add an entry for \"{name}\" to the \"providers\" argument in the module \"{}\" block.",
                    call.name
                );
                self.warn("Missing required provider configuration", detail, call.span);
            }
        }
    }

    fn check_configured(&mut self, module: &Module, call: &ModuleCall, names: &Names, repeated: Option<Span>) {
        if let (false, Some(span)) = (names.configured.is_empty(), repeated) {
            let source = call.source.as_ref().map(ToString::to_string).unwrap_or_default();
            let detail = format!(
                "The module at {} is a legacy module which contains its own local provider configurations, and so calls to it may not use the count, for_each, or depends_on arguments.\n\nIf you also control the module \"{source}\", consider updating this module to instead expect provider configurations to be passed by its caller.",
                module.path
            );
            self.error("Module is incompatible with count, for_each, and depends_on", detail, span);
        }
        for local in names.configured.keys() {
            if let Some(passed) = names.passed.get(local) {
                let detail = format!(
                    "The configuration of {} has its own local configuration for {local}, and so it cannot accept an overridden configuration provided by {}.",
                    module_text(&module.path),
                    parent_text(&module.path)
                );
                self.error("Cannot override provider configuration", detail, passed.in_child.name_span);
            }
        }
    }

    /// A declared alias needs a configuration.
    fn check_aliases(&mut self, call: &ModuleCall, names: &Names) {
        for (local, source) in &names.aliases {
            if names.configured.contains_key(*local) || names.passed.contains_key(*local) {
                continue;
            }
            let detail = format!(
                "The child module requires an additional configuration for provider {}, with the local name \"{local}\".\n\nRefer to the module's documentation to understand the intended purpose of this additional provider configuration, and then add an entry for {local} in the \"providers\" meta-argument in the module block to choose which provider configuration the module should use for that purpose.",
                source.for_display()
            );
            self.error("Missing required provider configuration", detail, call.span);
        }
    }

    /// What is passed must be declared, and be of the right provider.
    fn check_passed(&mut self, module: &Module, parent: Option<&Module>, names: &Names, passed: &PassedProvider) {
        let local = &passed.in_child.local;
        let required = names.required_source(local);
        let alias = names.aliases.get(local).copied();
        let inferred = self.source_in_children(parent, &local.name);
        let in_child = alias.or(required).cloned().unwrap_or(inferred);
        if required.is_none() && alias.is_none() && !names.empty.contains_key(local) {
            self.undeclared(module, &passed.in_child, &in_child);
        }
        let declared = parent.and_then(|parent| parent.requirements.by_name.get(&*local.to_string()));
        let in_parent = match declared {
            Some(requirement) => requirement.source.clone(),
            None => self.source_in(parent, &passed.in_parent.local.name),
        };
        if in_child != in_parent {
            self.mismatch(module, passed, &in_child, &in_parent, names);
        }
    }

    /// A name means an official provider unless it is required as another one.
    fn source_in(&self, module: Option<&Module>, name: &str) -> ProviderSource {
        let required = module.and_then(|module| module.requirements.by_name.get(name));
        match required {
            Some(requirement) if self.is_sound => requirement.source.clone(),
            _ => ProviderSource::official(name),
        }
    }

    /// What any module called from `parent` means by a name.
    fn source_in_children(&self, parent: Option<&Module>, name: &str) -> ProviderSource {
        let calls = parent.into_iter().flat_map(|parent| parent.calls.keys().rev().map(|call| parent.path.child(call)));
        let mut children = calls.filter_map(|path| self.config.module(&path));
        let required = children.find_map(|child| child.requirements.by_name.get(name));
        match required {
            Some(requirement) if self.is_sound => requirement.source.clone(),
            _ => ProviderSource::official(name),
        }
    }

    fn undeclared(&mut self, module: &Module, reference: &ProviderReference, source: &ProviderSource) {
        let (name, source_text) = (&reference.local, source.for_display());
        let summary = "Reference to undefined provider";
        if is_default(source) {
            let detail = format!(
                "There is no explicit declaration for local provider name \"{name}\" in {}, so Terraform is assuming you mean to pass a configuration for \"{source_text}\".\n\nIf you also control the child module, add a required_providers entry named \"{name}\" with the source address \"{source_text}\".",
                module_text(&module.path)
            );
            self.warn(summary, detail, reference.name_span);
        } else {
            let detail = format!(
                "The child module does not declare any provider requirement with the local name \"{name}\".\n\nIf you also control the child module, you can add a required_providers entry named \"{name}\" with the source address \"{source_text}\" to accept this provider configuration."
            );
            self.error(summary, detail, reference.name_span);
        }
    }

    fn mismatch(
        &mut self,
        module: &Module,
        passed: &PassedProvider,
        in_child: &ProviderSource,
        in_parent: &ProviderSource,
        names: &Names,
    ) {
        let (child, parent) = (in_child.for_display(), in_parent.for_display());
        let (text, parent_text) = (module_text(&module.path), parent_text(&module.path));
        let other = names.required.iter().find(|(_, source)| **source == in_parent);
        if let Some((other, _)) = other {
            let detail = format!(
                "The assigned configuration is for provider \"{parent}\", but local name \"{}\" in {parent_text} represents \"{child}\".\n\nTo pass this configuration to the child module, use the local name \"{other}\" instead.",
                passed.in_child.local.name
            );
            self.error("Provider type mismatch", detail, passed.in_child.name_span);
        } else {
            let slot = &passed.in_child.local;
            let detail = format!(
                "The local name \"{}\" in {parent_text} represents provider \"{parent}\", but \"{slot}\" in {text} represents \"{child}\".\n\nEach provider has its own distinct configuration schema and provider types, so this module's \"{slot}\" can be assigned only a configuration for {child}, which is not required by {text}.",
                passed.in_parent.local
            );
            self.error("Provider type mismatch", detail, passed.in_parent.name_span);
        }
    }

    /// Empty provider blocks were how a module said that it wants a configuration; now `required_providers` does.
    fn check_empty(&mut self, module: &Module, names: &Names) {
        let locals: BTreeSet<&Text> = names.empty.keys().map(|local| &local.name).collect();
        for name in locals {
            let blocks: Vec<(&LocalProvider, &Span)> =
                names.empty.iter().filter(|(local, _)| local.name == *name).collect();
            // As Terraform does it, an alias hides what is required.
            let is_aliased = blocks.iter().all(|(local, _)| local.alias.is_some());
            let required = names.required.get(name).filter(|_| !is_aliased);
            let source = required.map_or_else(|| ProviderSource::official(name), |source| (*source).clone());
            let mut detail = format!(
                "Earlier versions of Terraform used empty provider blocks (\"proxy provider configurations\") for child modules to declare their need to be passed a provider configuration by their callers. That approach was ambiguous and is now deprecated.\n\nIf you control this module, you can migrate to the new declaration syntax by removing all of the empty provider \"{name}\" blocks and then adding or updating an entry like the following to the required_providers block of {}:\n    {name} = {{\n      source = \"{}\"\n",
                module_text(&module.path),
                source.for_display()
            );
            if blocks.iter().any(|(local, _)| local.alias.is_some()) {
                detail.push_str("      configuration_aliases = [\n");
                for (local, _) in &blocks {
                    detail.push_str(&format!("        {local},\n"));
                }
                detail.push_str("      ]\n");
            }
            detail.push_str("    }");
            let first = blocks.iter().map(|(_, span)| **span).min();
            let Some(first) = first else { continue };
            self.warn("Redundant empty provider block", detail, first);
        }
    }
}

fn repetition_of(call: &ModuleCall) -> Option<Span> {
    let repeated = call.count.as_ref().or(call.for_each.as_ref()).map(|expression| expression.span);
    repeated.or_else(|| call.depends_on.first().map(|traversal| traversal.span()))
}

fn is_default(source: &ProviderSource) -> bool {
    *source == ProviderSource::official(&source.name)
}

fn module_text(path: &ModulePath) -> String {
    if path.is_root() { "the root module".to_owned() } else { path.to_string() }
}

fn parent_text(path: &ModulePath) -> String {
    path.parent().map_or_else(|| "the root module".to_owned(), |parent| module_text(&parent))
}
