//! Conditions that the user wrote: `precondition`, `postcondition`, `validation`, `assert`, and `check` blocks.

use super::reading::{Reading, Shape};
use super::{ResourceBlock, resource};
use crate::addr::Resource;
use crate::addr::reference::parse_reference;
use crate::diag::Span;
use crate::eval::{Variable, variables};
use crate::syntax::{Block, Expression};
use crate::value::Text;
use std::sync::Arc;

/// One condition with its message. Both are there unless a diagnostic said otherwise.
#[derive(Clone, Debug)]
pub struct CheckRule {
    pub condition: Option<Arc<Expression>>,
    pub error_message: Option<Arc<Expression>>,
    /// The block's header.
    pub span: Span,
}

/// `check "name" { ... }`
#[derive(Clone, Debug)]
pub struct Check {
    pub name: Text,
    /// The data source inside, which is among the module's resources.
    pub data: Option<Resource>,
    pub asserts: Vec<CheckRule>,
    pub span: Span,
}

const RULE: Shape = Shape { required: &["condition", "error_message"], optional: &[], blocks: &[] };
const CHECK: Shape = Shape { required: &[], optional: &[], blocks: &[("data", &["type", "name"]), ("assert", &[])] };

pub(super) fn read_rule(block: &Block, reading: &mut Reading) -> CheckRule {
    let mut rule = CheckRule { condition: None, error_message: None, span: block.header_span() };
    if reading.is_override {
        let kind = &block.kind;
        reading.error(
            format!("Can't override {kind} blocks"),
            format!("Override files cannot override \"{kind}\" blocks."),
            rule.span,
        );
        return rule;
    }
    let content = reading.content(&block.body, &RULE);
    if let Some(attribute) = content.attribute("condition") {
        if variables(&attribute.expression).next().is_none() {
            reading.error(
                format!("Invalid {} expression", block.kind),
                "The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.",
                attribute.expression.span,
            );
        }
        rule.condition = Some(attribute.expression.clone());
    }
    rule.error_message = content.attribute("error_message").map(|attribute| attribute.expression.clone());
    rule
}

/// Conditions of a resource that speak of the resource by its name instead of `self`.
pub(super) fn check_self_references(rule: &CheckRule, kind: &str, resource: &Resource, reading: &mut Reading) {
    for expression in rule.condition.iter().chain(&rule.error_message) {
        let is_own = |variable: Variable| {
            let (reference, _) = parse_reference(variable.traversal());
            reference.is_some_and(|reference| reference.subject.resource() == Some(resource))
        };
        if variables(expression).any(is_own) {
            reading.error(
                format!("Invalid reference in {kind}"),
                format!("Configuration for {resource} may not refer to itself."),
                expression.span,
            );
        }
    }
}

pub(super) fn read_check(block: &Block, reading: &mut Reading) -> (Check, Option<ResourceBlock>) {
    let name = block.labels[0].text.clone();
    let mut check = Check { name, data: None, asserts: Vec::new(), span: block.header_span() };
    if reading.is_override {
        reading.error("Can't override check blocks", "Override files cannot override check blocks.", check.span);
        return (check, None);
    }
    let content = reading.content(&block.body, &CHECK);
    reading.check_label(block, 0, "Invalid check block name");
    let mut data: Option<ResourceBlock> = None;
    for inner in &content.blocks {
        let mark = reading.mark();
        if &*inner.kind == "assert" {
            let rule = read_rule(inner, reading);
            if !reading.failed_since(mark) {
                check.asserts.push(rule);
            }
        } else if let Some(first) = &data {
            let detail = format!("This check block already has a data resource defined at {}.", first.span.mention());
            reading.error("Multiple data resource blocks", detail, inner.header_span());
        } else {
            let block = resource::read_data(inner, reading, Some(&check.name));
            if !reading.failed_since(mark) {
                data = Some(block);
            }
        }
    }
    if check.asserts.is_empty() {
        reading.error("Zero assert blocks", "Check blocks must have at least one assert block.", check.span);
    }
    check.data = data.as_ref().map(|data| data.address.clone());
    (check, data)
}
