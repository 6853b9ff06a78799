//! One resource block: its arguments against its type's schema, its meta-arguments, conditions and provisioners.

use super::Walk;
use super::complaints::locate;
use super::rules;
use super::scope::{Place, Repetition};
use crate::addr::{ConfigResource, Resource, ResourceMode};
use crate::config::{Connection, IgnoreChanges, Module, Provisioner, ResourceBlock};
use crate::diag::{Diagnostic, Diagnostics, nearest};
use crate::eval::{check, decode::PreparedBody};
use crate::provider::{Complaint, Provider};
use crate::schema::{Block, provisioners};
use crate::syntax::{Traversal, TraversalStep, TraversalStepKind};
use crate::value::{Path, PathStep, Value};

impl<'a> Walk<'a> {
    pub(super) fn check_resource(&self, module: &'a Module, address: &Resource) -> Diagnostics {
        let Some(block) = module.resources.get(address) else { return Diagnostics::new() };
        let mut diagnostics = self.check_imports_of(module, block);
        diagnostics.extend(self.check_arguments(module, block));
        let place = Place::new(self, module).repeated(Repetition::of(block));
        for rule in &block.lifecycle.preconditions {
            diagnostics.extend(rules::check_expressions(rule, &place));
        }
        let with_self = Place { self_resource: Some(&block.address), ..place };
        for rule in &block.lifecycle.postconditions {
            diagnostics.extend(rules::check_expressions(rule, &with_self));
        }
        for provisioner in &block.provisioners {
            diagnostics.extend(self.check_provisioner(provisioner, block.connection.as_ref(), &with_self));
            if diagnostics.has_errors() {
                break;
            }
        }
        diagnostics
    }

    fn check_arguments(&self, module: &'a Module, block: &ResourceBlock) -> Diagnostics {
        let Some(provider) = self.world.providers.get(&block.provider_source) else { return Diagnostics::new() };
        let mut diagnostics = self.check_repetition(module, block.count.as_deref(), block.for_each.as_deref());
        diagnostics.extend(self.check_depends_on(module, &block.depends_on));
        let Some(schema) = provider.schema().resource(block.address.mode, &block.address.kind) else {
            diagnostics.push(unknown_kind(&**provider, block));
            return diagnostics;
        };
        let place = Place::new(self, module).repeated(Repetition::of(block));
        let prepared = PreparedBody::new(&block.body, &schema.block);
        let (value, found) = self.decode(&prepared, &place);
        let is_sound = !found.has_errors();
        diagnostics.extend(found);
        if !is_sound {
            return diagnostics;
        }
        let address = ConfigResource { module: module.path.clone(), resource: block.address.clone() };
        let mut complaints = Vec::new();
        if block.address.mode != ResourceMode::Ephemeral {
            complaints.extend(ephemeral_values(&value, &schema.block));
        }
        if block.address.mode == ResourceMode::Managed {
            diagnostics.extend(check_ignored(block, &schema.block));
        }
        let (plain, _) = value.unmark_deep();
        complaints.extend(provider.validate(block.address.mode, &block.address.kind, &plain));
        let located = complaints.into_iter().flat_map(|complaint| locate(complaint, &block.body, &address));
        diagnostics.extend(located);
        diagnostics
    }

    fn check_provisioner(&self, provisioner: &Provisioner, base: Option<&Connection>, place: &Place) -> Diagnostics {
        let Some(schema) = provisioners::provisioner(&provisioner.kind) else { return Diagnostics::new() };
        let (value, mut diagnostics) = self.decode(&PreparedBody::new(&provisioner.body, &schema), place);
        diagnostics.extend(incomplete(provisioner, &value).filter(|_| !diagnostics.has_errors()));
        let connection = match (base, &provisioner.connection) {
            (Some(base), Some(own)) => Some(crate::config::overridden(&base.body, &own.body)),
            (Some(only), None) | (None, Some(only)) => Some((*only.body).clone()),
            (None, None) => None,
        };
        if let Some(body) = connection {
            let (_, found) = self.decode(&PreparedBody::new(&body, &provisioners::connection()), place);
            diagnostics.extend(found);
        }
        diagnostics
    }
}

/// `file` needs something to copy.
fn incomplete(provisioner: &Provisioner, value: &Value) -> Option<Diagnostic> {
    let is_absent = |name: &str| value.get(name).is_some_and(Value::is_null);
    match &*provisioner.kind {
        "file" if is_absent("source") && is_absent("content") => {
            Some(Diagnostic::error("Must provide one of 'source' or 'content'", ""))
        }
        _ => None,
    }
}

/// The provider has no such type; perhaps there is one of the other kind, or one with a similar name.
fn unknown_kind(provider: &dyn Provider, block: &ResourceBlock) -> Diagnostic {
    let (schema, kind, source) = (provider.schema(), &*block.address.kind, block.provider_source.for_display());
    let similar =
        |names: Vec<&str>| nearest(kind, names).map(|name| format!(" Did you mean {name:?}?")).unwrap_or_default();
    let (summary, what, hint) = match block.address.mode {
        ResourceMode::Managed if schema.data_sources.contains(kind) => (
            "Invalid resource type",
            "resource type",
            format!(
                "\n\nDid you intend to use the data source \"{kind}\"? If so, declare this using a \"data\" block instead of a \"resource\" block."
            ),
        ),
        ResourceMode::Managed => {
            ("Invalid resource type", "resource type", similar(schema.resources.names().map(|name| &**name).collect()))
        }
        ResourceMode::Data if schema.resources.contains(kind) => (
            "Invalid data source",
            "data source",
            format!(
                "\n\nDid you intend to use the managed resource type \"{kind}\"? If so, declare this using a \"resource\" block instead of a \"data\" block."
            ),
        ),
        ResourceMode::Data => {
            ("Invalid data source", "data source", similar(schema.data_sources.names().map(|name| &**name).collect()))
        }
        ResourceMode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource", String::new()),
    };
    let detail = format!("The provider {source} does not support {what} \"{kind}\".{hint}");
    Diagnostic::error(summary, detail).at(block.kind_span)
}

/// What `ignore_changes` names must exist, and should be something that can be configured.
fn check_ignored(block: &ResourceBlock, schema: &Block) -> Diagnostics {
    let IgnoreChanges::Paths(paths) = &block.lifecycle.ignore_changes else { return Diagnostics::new() };
    let mut diagnostics = Diagnostics::new();
    for path in paths {
        diagnostics.extend(check::check_steps(schema, &steps_of(path)));
        let attribute = schema.attributes.get(&path.root);
        let is_decided = attribute.is_some_and(|attribute| attribute.is_computed && !attribute.is_optional);
        if !diagnostics.has_errors() && is_decided && path.steps.is_empty() {
            let detail = format!(
                "Adding an attribute name to ignore_changes tells Terraform to ignore future changes to the argument in configuration after the object has been created, retaining the value originally configured.\n\nThe attribute {} is decided by the provider alone and therefore there can be no configured value to compare with. Including this attribute in ignore_changes has no effect. Remove the attribute from ignore_changes to quiet this warning.",
                path.root
            );
            diagnostics.push(Diagnostic::warning("Redundant ignore_changes element", detail).at(block.kind_span));
        }
    }
    diagnostics
}

/// An attribute path as steps from the object.
fn steps_of(path: &Traversal) -> Vec<TraversalStep> {
    let first = TraversalStep { kind: TraversalStepKind::Attribute(path.root.clone()), span: path.root_span };
    std::iter::once(first).chain(path.steps.iter().cloned()).collect()
}

/// Ephemeral values may only go where they are never stored.
pub(super) fn ephemeral_values(value: &Value, schema: &Block) -> Vec<Complaint> {
    let mut found = Vec::new();
    collect_ephemeral(value, &Path::root(), &mut found);
    found.into_iter().filter_map(|path| ephemeral_complaint(path, schema)).collect()
}

fn collect_ephemeral(value: &Value, path: &Path, found: &mut Vec<Path>) {
    if !value.deep_marks().is_ephemeral() {
        return;
    }
    if value.marks().is_ephemeral() {
        found.push(path.clone());
        return;
    }
    if let Some(entries) = value.as_entries() {
        let is_map = matches!(value.data(), crate::value::Data::Map(_));
        for (name, child) in entries.iter() {
            let step = if is_map { PathStep::Key(name.clone()) } else { PathStep::Attribute(name.clone()) };
            collect_ephemeral(child, &path.then(step), found);
        }
    }
    for (index, child) in value.as_items().unwrap_or_default().iter().enumerate() {
        collect_ephemeral(child, &path.index(index), found);
    }
}

fn ephemeral_complaint(path: Path, schema: &Block) -> Option<Complaint> {
    let attribute = (1..=path.0.len()).rev().find_map(|length| schema.attribute_at(&Path(path.0[..length].to_vec())));
    let shown = path.to_string();
    let shown = shown.trim_start_matches('.');
    let why = match attribute {
        Some(attribute) if attribute.is_write_only => return None,
        Some(_) => "it is not a write-only attribute and must be persisted to state",
        None => "it is not an assignable attribute",
    };
    let detail = format!("Ephemeral values are not valid for \"{shown}\", because {why}.");
    Some(Complaint::error("Invalid use of ephemeral value", detail).at(path))
}
