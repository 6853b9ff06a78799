//! `lifecycle` blocks.

use super::reading::{Reading, Shape, Wanted};
use super::{CheckRule, ResourceBlock, check};
use crate::addr::ResourceMode;
use crate::addr::reference::{Subject, parse_reference};
use crate::diag::Diagnostic;
use crate::eval::variables;
use crate::syntax::{Attribute, Block, Content, Expression, Traversal};
use std::sync::Arc;

/// `lifecycle { ... }`; what is absent was not written.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    pub create_before_destroy: Option<bool>,
    pub prevent_destroy: Option<bool>,
    pub ignore_changes: IgnoreChanges,
    pub replace_triggered_by: Vec<Arc<Expression>>,
    pub preconditions: Vec<CheckRule>,
    pub postconditions: Vec<CheckRule>,
}

/// Which differences between configuration and prior object do not count.
#[derive(Clone, Debug)]
pub enum IgnoreChanges {
    All,
    /// Attribute paths, the first name as the traversal's root.
    Paths(Vec<Traversal>),
}

impl Default for IgnoreChanges {
    fn default() -> Self {
        Self::Paths(Vec::new())
    }
}

// The arguments are for managed resources only; what is said about them elsewhere is better than "unsupported".
const LIFECYCLE: Shape = Shape {
    required: &[],
    optional: &["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"],
    blocks: &[("precondition", &[]), ("postcondition", &[])],
};

pub(super) fn read_lifecycle(block: &Block, resource: &mut ResourceBlock, reading: &mut Reading) {
    let content = reading.content(&block.body, &LIFECYCLE);
    let mut bool_of = |name| content.attribute(name).map(|a| reading.constant_bool(&a.expression).unwrap_or_default());
    resource.lifecycle.create_before_destroy = bool_of("create_before_destroy");
    resource.lifecycle.prevent_destroy = bool_of("prevent_destroy");
    if let Some(attribute) = content.attribute("replace_triggered_by") {
        resource.lifecycle.replace_triggered_by = read_triggers(attribute, reading);
    }
    if let Some(attribute) = content.attribute("ignore_changes") {
        resource.lifecycle.ignore_changes = read_ignored(attribute, reading);
    }
    read_conditions(&content, resource, reading);
}

/// For data sources and ephemeral resources.
pub(super) fn read_conditions_only(block: &Block, resource: &mut ResourceBlock, reading: &mut Reading) {
    let content = reading.content(&block.body, &LIFECYCLE);
    let kind = match resource.address.mode {
        ResourceMode::Ephemeral => "ephemeral",
        _ => "data",
    };
    for attribute in &content.attributes {
        let plural = if kind == "data" { "data resources" } else { "ephemeral resources" };
        reading.error(
            format!("Invalid {kind} resource lifecycle argument"),
            format!(
                "The lifecycle argument \"{}\" is defined only for managed resources (\"resource\" blocks), and is not valid for {plural}.",
                attribute.name
            ),
            attribute.name_span,
        );
    }
    read_conditions(&content, resource, reading);
}

fn read_conditions(content: &Content, resource: &mut ResourceBlock, reading: &mut Reading) {
    for block in &content.blocks {
        let rule = check::read_rule(block, reading);
        check::check_self_references(&rule, &block.kind, &resource.address, reading);
        match &*block.kind {
            "precondition" => resource.lifecycle.preconditions.push(rule),
            _ => resource.lifecycle.postconditions.push(rule),
        }
    }
}

fn read_ignored(attribute: &Attribute, reading: &mut Reading) -> IgnoreChanges {
    if reading.keyword(&attribute.expression).as_deref() == Some("all") {
        return IgnoreChanges::All;
    }
    let span = attribute.expression.span;
    let mut paths = Vec::new();
    let mut star = None;
    for item in reading.list(&attribute.expression).unwrap_or_default() {
        if is_star(&item) {
            star = Some(item.span);
            reading.error(
                "Invalid ignore_changes wildcard",
                "The [\"*\"] form of ignore_changes wildcard is was deprecated and is now invalid. Use \"ignore_changes = all\" to ignore changes to all attributes.",
                span,
            );
            continue;
        }
        let item = reading.unquote(&item, Wanted::Reference);
        paths.extend(reading.traversal(&item));
    }
    match star {
        None => IgnoreChanges::Paths(paths),
        Some(star) => {
            if !paths.is_empty() {
                let detail = "Cannot mix wildcard string \"*\" with non-wildcard references.";
                reading
                    .diagnostics
                    .push(Diagnostic::error("Invalid ignore_changes ruleset", detail).at(star).within(span));
            }
            IgnoreChanges::All
        }
    }
}

fn is_star(expression: &Expression) -> bool {
    let (value, found) = crate::eval::constant(expression);
    !found.has_errors() && value.as_str().is_some_and(|text| &**text == "*")
}

fn read_triggers(attribute: &Attribute, reading: &mut Reading) -> Vec<Arc<Expression>> {
    let mark = reading.mark();
    let mut triggers = Vec::new();
    for item in reading.list(&attribute.expression).unwrap_or_default() {
        let Some(item) = reading.native_expression(&Arc::new(item)) else { continue };
        // One wrong trigger is enough to say.
        if !reading.failed_since(mark) {
            check_trigger(&item, reading);
        }
        triggers.push(item);
    }
    triggers
}

/// A trigger is one resource, with `count.index` or `each.key` at most.
fn check_trigger(expression: &Expression, reading: &mut Reading) {
    let span = expression.span;
    let mut resources = 0;
    let mut references = Vec::new();
    for variable in variables(expression) {
        let (reference, found) = parse_reference(variable.traversal());
        if found.has_errors() {
            reading.diagnostics.extend(found.into_iter().map(|problem| problem.at(span)));
            return;
        }
        references.extend(reference);
    }
    for reference in &references {
        let problem = match &reference.subject {
            Subject::Resource { .. } => {
                resources += 1;
                continue;
            }
            Subject::Each(name) if &**name == "key" => continue,
            Subject::Each(_) => (
                "Invalid each reference in replace_triggered_by expression",
                "Only each.key may be used in replace_triggered_by.",
            ),
            Subject::Count(name) if &**name == "index" => continue,
            Subject::Count(_) => (
                "Invalid count reference in replace_triggered_by expression",
                "Only count.index may be used in replace_triggered_by.",
            ),
            _ => (
                "Invalid reference in replace_triggered_by expression",
                "Only resources, count.index, and each.key may be used in replace_triggered_by.",
            ),
        };
        reading.error(problem.0, problem.1, span);
    }
    let problem = match resources {
        0 => "Missing resource reference in replace_triggered_by expression.",
        1 => return,
        _ => "Multiple resource references in replace_triggered_by expression.",
    };
    reading.error("Invalid replace_triggered_by expression", problem, span);
}
