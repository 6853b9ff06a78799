//! What `*.terrace.hcl` and `*.terrace.json` files say, read: `rollout` blocks as policies, and the `servers` block.
//!
//! Arguments are ordinary expressions: they may use variables and locals, as long as their values are known when the plan is made.
//! Where values are unknown because nothing is planned (`validate`), only what is known is checked.
//!
//! ```hcl
//! rollout "web" {
//!   fleet         = aws_instance.web
//!   target_groups = [aws_lb_target_group.web]
//!   strategy "rolling" {
//!     batch = 2
//!   }
//!   analysis "errors" {
//!     url = "https://example.com/health"
//!   }
//! }
//! ```

mod analysis;
mod arguments;
mod duration;
mod strategy;

pub use duration::{parse_duration, render_duration};

use super::policy::{OnFailure, Policy};
use crate::addr::parse::parse_config_address;
use crate::addr::{ConfigResource, ModulePath};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::eval::{Constants, Scope};
use crate::syntax::{
    Block, Body, BodySchema, Expression, ExpressionKind, JsonKind, Traversal, expression_of, parse_traversal,
};
use crate::value::Text;
use arguments::Arguments;

/// One `rollout` block.
#[derive(Clone, Debug)]
pub struct Written {
    pub name: Text,
    pub fleet: ConfigResource,
    /// Those that count; empty means all that the fleet stands behind.
    pub target_groups: Vec<ConfigResource>,
    pub policy: Policy,
    /// The header.
    pub span: Span,
    /// The strategy's header, or the block's own where there is none.
    pub strategy_span: Span,
}

/// All `rollout` blocks of a module, as far as they make sense. `scope` is the module from inside; with `must_be_known` values that
/// are still unknown are errors.
pub fn read_rollouts(
    bodies: &[std::sync::Arc<Body>],
    module: &ModulePath,
    scope: &dyn Scope,
    must_be_known: bool,
) -> (Vec<Written>, Diagnostics) {
    let mut found = Diagnostics::new();
    let mut rollouts: Vec<Written> = Vec::new();
    for block in blocks_of(bodies, "rollout") {
        let mut arguments = Arguments { scope, must_be_known, found: Diagnostics::new() };
        let rollout = read_rollout(&block, module, &mut arguments);
        found.extend(arguments.found);
        let Some(rollout) = rollout else { continue };
        if let Some(first) = rollouts.iter().find(|first| first.name == rollout.name) {
            found.push(twice("rollout", &format!("named {:?}", &*rollout.name), first.span).at(rollout.span));
        } else if let Some(first) = rollouts.iter().find(|first| first.fleet == rollout.fleet) {
            found.push(twice("rollout", &format!("for {}", rollout.fleet), first.span).at(rollout.span));
        } else {
            rollouts.push(rollout);
        }
    }
    (rollouts, found)
}

/// What the `servers` block of a module says of its servers and of those of the modules below: whether a change to one is a new one.
/// Nothing where there is no block. Constants only: it holds for everything that is done, also without a plan.
pub fn read_servers(bodies: &[std::sync::Arc<Body>]) -> (Option<bool>, Diagnostics) {
    let mut arguments = Arguments { scope: &Constants, must_be_known: true, found: Diagnostics::new() };
    let mut is_immutable = None;
    let mut first: Option<Span> = None;
    for block in blocks_of(bodies, "servers") {
        if let Some(first) = first {
            arguments.found.push(twice("servers", "in this module", first).at(block.header_span()));
            continue;
        }
        first = Some(block.header_span());
        let content = arguments.content(&block.body, &BodySchema::new().required("immutable"));
        is_immutable = Some(arguments.flag(&content, "immutable").unwrap_or(true));
    }
    (is_immutable, arguments.found)
}

fn twice(kind: &str, what: &str, first: Span) -> Diagnostic {
    let detail = format!("A {kind} block {what} was already given at {}.", first.mention());
    Diagnostic::error(format!("Duplicate {kind} block"), detail)
}

/// Files were checked for other blocks when they were loaded.
fn blocks_of(bodies: &[std::sync::Arc<Body>], kind: &'static str) -> Vec<Block> {
    let labels: &[&str] = if kind == "rollout" { &["name"] } else { &[] };
    let schema = BodySchema::new().block(kind, labels);
    bodies.iter().flat_map(|body| body.partial_content(&schema).0.blocks).collect()
}

fn read_rollout(block: &Block, module: &ModulePath, arguments: &mut Arguments<'_>) -> Option<Written> {
    let schema = BodySchema::new()
        .required("fleet")
        .optional("target_groups")
        .optional("on_failure")
        .optional("deadline")
        .block("strategy", &["name"])
        .block("health", &[])
        .block("analysis", &["name"])
        .block("drain", &[]);
    let content = arguments.content(&block.body, &schema);
    let mut policy = Policy::default();
    let strategies: Vec<&Block> = content.blocks_of("strategy").collect();
    let strategy_span = strategies.first().map_or(block.header_span(), |strategy| strategy.header_span());
    if let Some(second) = arguments.only_one(&strategies) {
        arguments.error("Duplicate strategy block", "A rollout has one strategy.", second);
    }
    if let Some(strategy) = strategies.first().and_then(|block| strategy::read_strategy(block, arguments)) {
        policy.strategy = strategy;
    }
    let health: Vec<&Block> = content.blocks_of("health").collect();
    if let Some(second) = arguments.only_one(&health) {
        arguments.error("Duplicate health block", "A rollout has one health block.", second);
    }
    if let Some(health) = health.first() {
        let content = arguments.content(&health.body, &BodySchema::new().optional("timeout").optional("stable_for"));
        policy.health_timeout = arguments.wait(&content, "timeout").unwrap_or(policy.health_timeout);
        policy.stable_for = arguments.duration(&content, "stable_for").unwrap_or(policy.stable_for);
    }
    let drain: Vec<&Block> = content.blocks_of("drain").collect();
    if let Some(second) = arguments.only_one(&drain) {
        arguments.error("Duplicate drain block", "A rollout has one drain block.", second);
    }
    if let Some(drain) = drain.first() {
        let content = arguments.content(&drain.body, &BodySchema::new().optional("timeout"));
        policy.drain_timeout = arguments.duration(&content, "timeout").unwrap_or(policy.drain_timeout);
    }
    for block in content.blocks_of("analysis") {
        policy.analysis.extend(analysis::read_analysis(block, arguments));
    }
    policy.deadline = arguments.wait(&content, "deadline");
    policy.on_failure = match arguments.text(&content, "on_failure").as_deref() {
        None | Some("rollback") => OnFailure::Rollback,
        Some("pause") => OnFailure::Pause,
        Some(other) => {
            let detail = format!("What is done when a gate fails is \"rollback\" or \"pause\", not {other:?}.");
            arguments.error_at(&content, "on_failure", "Invalid on_failure", detail);
            OnFailure::Rollback
        }
    };
    let target_groups = content.attribute("target_groups").map_or_else(Vec::new, |attribute| {
        let Some(items) = items_of(&attribute.expression) else {
            let detail = "A list of target groups is wanted: [aws_lb_target_group.web].";
            arguments.error("Invalid target groups", detail, attribute.expression.span);
            return Vec::new();
        };
        items.iter().filter_map(|item| address(item, module, "target group", arguments)).collect()
    });
    let fleet = address(&content.attribute("fleet")?.expression, module, "server resource", arguments)?;
    let (name, span) = (block.labels.first()?.text.clone(), block.header_span());
    Some(Written { name, fleet, target_groups, policy, span, strategy_span })
}

/// The items of a list that is read, not evaluated.
fn items_of(expression: &Expression) -> Option<Vec<Expression>> {
    match &expression.kind {
        ExpressionKind::Tuple(items) => Some(items.clone()),
        ExpressionKind::Json(json) => match &json.node.kind {
            JsonKind::Array(items) => Some(items.iter().map(expression_of).collect()),
            _ => None,
        },
        _ => None,
    }
}

/// An address as it is written; in JSON a string holds it.
fn traversal_of(expression: &Expression) -> Option<Traversal> {
    match &expression.kind {
        ExpressionKind::Traversal(traversal) => Some(traversal.clone()),
        ExpressionKind::Json(json) => match &json.node.kind {
            JsonKind::String(text) => parse_traversal(text, expression.span.file, expression.span.start + 1).0,
            _ => None,
        },
        _ => None,
    }
}

/// `aws_instance.web`, or `module.app.aws_instance.web` below the module that says so.
fn address(
    expression: &Expression,
    module: &ModulePath,
    what: &str,
    arguments: &mut Arguments<'_>,
) -> Option<ConfigResource> {
    let detail = format!("The address of a {what} is wanted here, without keys and in no quotes: aws_instance.web.");
    let Some(traversal) = traversal_of(expression) else {
        arguments.error("Invalid address", detail, expression.span);
        return None;
    };
    match parse_config_address(&traversal) {
        Ok((_, Some(resource))) => {
            let path = module.0.iter().chain(&resource.module.0).cloned().collect();
            Some(ConfigResource { module: ModulePath(path), ..resource })
        }
        _ => {
            arguments.error("Invalid address", detail, expression.span);
            None
        }
    }
}

#[cfg(test)]
mod tests;
