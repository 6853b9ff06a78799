//! `import` blocks against the resources that they name.

use super::Walk;
use super::scope::{Place, Repetition};
use crate::addr::parse::parse_instance;
use crate::addr::reference::parse_reference;
use crate::addr::{InstanceKey, ResourceInstance};
use crate::config::{Config, ImportBlock, Module, ResourceBlock};
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::{self, repetition};
use crate::syntax::{Expression, ExpressionKind};
use crate::value::{Type, Value};

impl<'a> Walk<'a> {
    /// The imports into a resource block.
    pub(super) fn check_imports_of(&self, module: &'a Module, block: &ResourceBlock) -> Diagnostics {
        let is_into = |import: &&ImportBlock| {
            import.to_resource.module == module.path && import.to_resource.resource == block.address
        };
        let mut diagnostics = Diagnostics::new();
        for import in self.config.root().imports.iter().filter(is_into) {
            diagnostics.extend(self.check_import(import, Some(block)));
            if diagnostics.has_errors() {
                break;
            }
        }
        diagnostics
    }

    /// Imports into blocks that are not written yet: `plan -generate-config-out` may write them.
    pub(super) fn check_imports_without_block(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for import in &self.config.root().imports {
            let target = &import.to_resource;
            if self.config.resource(&target.module, &target.resource).is_some() {
                continue;
            }
            let summary = "Configuration for import target does not exist";
            if !target.module.is_root() {
                let detail = format!(
                    "Resource {target} not found. Only resources within the root module are eligible for config generation."
                );
                diagnostics.push(Diagnostic::error(summary, detail).at(import.to.span));
            } else if let Some(to) = static_target(&import.to)
                && (to.key != InstanceKey::None || import.for_each.is_some())
            {
                let detail = "The given import block is not compatible with config generation. The -generate-config-out option cannot be used with import blocks which use for_each, or resources which use for_each or count.";
                diagnostics.push(Diagnostic::error(summary, detail).at(import.to.span));
            } else {
                diagnostics.extend(self.check_import(import, None));
            }
        }
        diagnostics
    }

    fn check_import(&self, import: &ImportBlock, block: Option<&ResourceBlock>) -> Diagnostics {
        let root = self.config.root();
        let Some(id) = &import.id else { return Diagnostics::new() };
        let own = self_references(id, import);
        if own.has_errors() {
            return own;
        }
        let Some(for_each) = &import.for_each else {
            let Some(to) = static_target(&import.to) else { return not_static(import) };
            let mut diagnostics: Diagnostics = wrong_key(&to.key, block, import).into_iter().collect();
            if !diagnostics.has_errors() {
                diagnostics.extend(check_id(id, &Place::new(self, root)));
            }
            return diagnostics;
        };
        let place = Place::new(self, root);
        let references = eval::check_references(for_each, &place, None);
        if references.has_errors() {
            return references;
        }
        match repetition::import_for_each(for_each, &place) {
            Err(problems) => problems,
            Ok(_) => check_id(id, &place.repeated(Repetition::ForEach)),
        }
    }
}

/// Imports into modules that do not exist.
pub(super) fn check_target_modules(config: &Config) -> Diagnostics {
    let is_lost = |import: &&ImportBlock| config.module(&import.to_resource.module).is_none();
    let complain = |import: &ImportBlock| {
        let detail = format!(
            "The configuration for the given import target {} does not exist. All target instances must have an associated configuration to be imported.",
            import.to_resource
        );
        Diagnostic::error("Configuration for import target does not exist", detail).at(import.to.span)
    };
    config.root().imports.iter().filter(is_lost).map(complain).collect()
}

fn static_target(to: &Expression) -> Option<ResourceInstance> {
    match &to.kind {
        ExpressionKind::Traversal(traversal) => parse_instance(traversal).ok(),
        _ => None,
    }
}

fn not_static(import: &ImportBlock) -> Diagnostics {
    let detail = "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.";
    Diagnostic::error("Invalid expression", detail).at(import.to.span).into()
}

fn self_references(id: &Expression, import: &ImportBlock) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for variable in eval::variables(id) {
        let (reference, _) = parse_reference(variable.traversal());
        let Some(reference) = reference else { continue };
        if reference.subject.resource() == Some(&import.to_resource.resource) {
            let detail = "The import ID cannot reference the resource being imported.";
            let mut error = Diagnostic::error("Invalid import id argument", detail);
            error.subject = reference.span;
            diagnostics.push(error);
        }
    }
    diagnostics
}

/// Whether the target's key fits the block's repetition.
fn wrong_key(key: &InstanceKey, block: Option<&ResourceBlock>, import: &ImportBlock) -> Option<Diagnostic> {
    let repetition = block.map_or(Repetition::None, Repetition::of);
    let problem = match (key, repetition) {
        (InstanceKey::Key(_), Repetition::Count | Repetition::None) => "does not use for_each",
        (InstanceKey::Index(_), Repetition::ForEach | Repetition::None) => "does not use count",
        (InstanceKey::None, Repetition::ForEach) => "is using for_each",
        (InstanceKey::None, Repetition::Count) => "is using count",
        _ => return None,
    };
    let detail = format!("The target resource {problem}.");
    Some(Diagnostic::error("Invalid import 'to' expression", detail).at(import.to.span))
}

fn check_id(id: &Expression, place: &Place) -> Diagnostics {
    let (value, mut diagnostics) = eval::evaluate_checked(id, place);
    if diagnostics.has_errors() {
        return diagnostics;
    }
    let problem = match value.convert(&Type::String) {
        Err(problem) => {
            let detail = format!("Invalid expression value: {problem}.");
            diagnostics.push(Diagnostic::error("Incorrect value type", detail).at(id.span));
            return diagnostics;
        }
        Ok(value) if value.is_null() => "The import ID cannot be null.",
        Ok(value) if is_empty_text(&value) => {
            "The import ID value evaluates to an empty string, please provide a non-empty value."
        }
        Ok(_) => return diagnostics,
    };
    diagnostics.push(Diagnostic::error("Invalid import id argument", problem).at(id.span));
    diagnostics
}

fn is_empty_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.is_empty())
}
