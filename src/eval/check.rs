//! Static checks of references: what can be said from the declarations and schemas alone.
//!
//! These find more than evaluation would while values are still unknown: an attribute that does not exist, an instance key where there
//! are no instances.

use super::traverse;
use crate::addr::reference::{Reference, Subject};
use crate::addr::{InstanceKey, ModulePath, Resource, ResourceMode};
use crate::diag::{Diagnostic, Diagnostics, Span, nearest};
use crate::schema::{Block, Nesting};
use crate::syntax::{TraversalStep, TraversalStepKind};
use crate::value::{Text, Value};

/// What one module declares.
pub trait Declarations {
    fn module(&self) -> &ModulePath;

    fn resource(&self, resource: &Resource) -> Option<DeclaredResource<'_>>;

    /// The names of the module's calls, in order.
    fn calls(&self) -> Vec<&str>;
}

/// What is known of a resource from its block and its provider's schema.
pub struct DeclaredResource<'a> {
    pub repetition: Repetition,
    /// Nothing where the provider has no such type.
    pub schema: Option<&'a Block>,
    /// Where there is none, nothing is known of its types.
    pub has_provider: bool,
    /// `registry.terraform.io/hashicorp/aws`
    pub provider: String,
    /// The `check` block that the resource stands in: only inside of it may be referred to.
    pub check: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    Single,
    Count,
    ForEach,
}

/// Where the expression stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// What `self` is, where there is one.
    pub self_resource: Option<&'a Resource>,
    /// The `check` block around.
    pub check: Option<&'a str>,
}

pub fn check_reference(reference: &Reference<'_>, declared: &dyn Declarations, place: Place<'_>) -> Diagnostics {
    match &reference.subject {
        Subject::SelfObject => match place.self_resource {
            Some(resource) => check_resource(resource, reference, declared, place),
            None => located(
                Diagnostic::error(
                    "Invalid \"self\" reference",
                    "The \"self\" object is not available in this context. This object can be used only in resource provisioner, \
                     connection, and postcondition blocks.",
                ),
                reference.span,
            )
            .into(),
        },
        Subject::Resource { resource, key } => {
            let mut diagnostics = check_key(resource, key, reference, declared);
            diagnostics.extend(check_resource(resource, reference, declared, place));
            diagnostics
        }
        Subject::Module { name, .. } => check_call(name, reference.span, declared),
        _ => Diagnostics::new(),
    }
}

fn located(mut diagnostic: Diagnostic, span: Option<Span>) -> Diagnostic {
    diagnostic.subject = span;
    diagnostic
}

/// Whether the reference has a key if and only if the resource has instances. `aws_instance.web` alone is all of them.
fn check_key(
    resource: &Resource,
    key: &InstanceKey,
    reference: &Reference<'_>,
    declared: &dyn Declarations,
) -> Diagnostics {
    let Some(declaration) = declared.resource(resource) else { return Diagnostics::new() };
    let missing = |argument: &str, example: &str| {
        Diagnostic::error(
            "Missing resource instance key",
            format!(
                "Because {resource} has \"{argument}\" set, its attributes must be accessed on specific instances.\n\nFor example, to \
                 correlate with indices of a referring resource, use:\n    {resource}[{example}]"
            ),
        )
    };
    let problem = match (key, declaration.repetition) {
        (InstanceKey::None, _) if reference.remaining.is_empty() => None,
        (InstanceKey::None, Repetition::Count) => Some(missing("count", "count.index")),
        (InstanceKey::None, Repetition::ForEach) => Some(missing("for_each", "each.key")),
        (InstanceKey::Index(_) | InstanceKey::Key(_), Repetition::Single) => Some(Diagnostic::error(
            "Unexpected resource instance key",
            format!(
                "Because {resource} does not have \"count\" or \"for_each\" set, references to it must not include an index key. \
                 Remove the bracketed index to refer to the single instance of this resource."
            ),
        )),
        _ => None,
    };
    problem.map(|problem| located(problem, reference.span)).into_iter().collect()
}

fn check_resource(
    resource: &Resource,
    reference: &Reference<'_>,
    declared: &dyn Declarations,
    place: Place<'_>,
) -> Diagnostics {
    let Resource { mode, kind, name } = resource;
    let (article, adjective) = match mode {
        ResourceMode::Managed => ("A", "managed"),
        ResourceMode::Data => ("A", "data"),
        ResourceMode::Ephemeral => ("An", "ephemeral"),
    };
    let Some(declaration) = declared.resource(resource) else {
        let data = Resource { mode: ResourceMode::Data, ..resource.clone() };
        let hint = match mode {
            ResourceMode::Managed if declared.resource(&data).is_some() => {
                format!("\n\nDid you mean the data resource {data}?")
            }
            _ => String::new(),
        };
        let module = module_text(declared.module());
        let detail =
            format!("{article} {adjective} resource {kind:?} {name:?} has not been declared in {module}.{hint}");
        return located(Diagnostic::error("Reference to undeclared resource", detail), reference.span).into();
    };
    let mut diagnostics = Diagnostics::new();
    if declaration.check.is_some() && declaration.check != place.check {
        let detail =
            format!("The referenced {adjective} resource {kind:?} {name:?} is not available from this context.");
        diagnostics.push(located(Diagnostic::error("Reference to scoped resource", detail), reference.span));
    }
    let Some(schema) = declaration.schema else {
        if !declaration.has_provider {
            return diagnostics;
        }
        let provider = &declaration.provider;
        let detail = format!("{article} {adjective} resource type {kind:?} is not supported by provider {provider:?}.");
        diagnostics.push(located(Diagnostic::error("Invalid resource type", detail), reference.span));
        return diagnostics;
    };
    let asks_for_count = matches!(
        reference.remaining.first(),
        Some(TraversalStep { kind: TraversalStepKind::Attribute(name), .. }) if &**name == "count"
    );
    if asks_for_count {
        let detail = format!(
            "The special \"count\" attribute is no longer supported after Terraform v0.12. Instead, use length({resource}) to count \
             resource instances."
        );
        diagnostics.push(located(Diagnostic::error("Invalid resource count attribute", detail), reference.span));
        return diagnostics;
    }
    diagnostics.extend(check_steps(schema, reference.remaining));
    diagnostics
}

fn check_call(name: &str, span: Option<Span>, declared: &dyn Declarations) -> Diagnostics {
    let calls = declared.calls();
    if calls.contains(&name) {
        return Diagnostics::new();
    }
    let hint = nearest(name, calls).map(|near| format!(" Did you mean {near:?}?")).unwrap_or_default();
    let detail = format!("No module call named {name:?} is declared in {}.{hint}", module_text(declared.module()));
    located(Diagnostic::error("Reference to undeclared module", detail), span).into()
}

/// How messages name a module.
pub fn module_text(module: &ModulePath) -> String {
    if module.is_root() { "the root module".to_owned() } else { module.to_string() }
}

/// Whether the steps lead to something that the schema has.
pub fn check_steps(schema: &Block, steps: &[TraversalStep]) -> Diagnostics {
    let Some((step, rest)) = steps.split_first() else { return Diagnostics::new() };
    let name = match &step.kind {
        TraversalStepKind::Attribute(name) => name,
        TraversalStepKind::Index(key) => return no_index(key, step.span).into(),
    };
    if let Some(attribute) = schema.attributes.get(name) {
        let mut diagnostics = Diagnostics::new();
        if attribute.is_deprecated {
            let detail =
                format!("The attribute {name:?} is deprecated. Refer to the provider documentation for details.");
            diagnostics.push(Diagnostic::warning("Deprecated attribute", detail).at(step.span));
        }
        diagnostics.extend(check_value_steps(Value::unknown(attribute.implied_type()), rest));
        return diagnostics;
    }
    match schema.blocks.get(name) {
        Some(block) => check_block_steps(name, block.nesting, &block.block, rest),
        None => {
            let mut known: Vec<&Text> = schema.attributes.keys().chain(schema.blocks.keys()).collect();
            known.sort();
            let near = nearest(name, known.iter().map(|name| &***name));
            let hint = near.map(|near| format!(" Did you mean {near:?}?")).unwrap_or_default();
            let detail =
                format!("This object has no argument, nested block, or exported attribute named {name:?}.{hint}");
            Diagnostic::error("Unsupported attribute", detail).at(step.span).into()
        }
    }
}

fn check_value_steps(mut value: Value, steps: &[TraversalStep]) -> Diagnostics {
    for step in steps {
        let next = match &step.kind {
            TraversalStepKind::Attribute(name) => traverse::attribute(&value, name),
            TraversalStepKind::Index(key) => traverse::index(&value, key),
        };
        match next {
            Ok(next) => value = next,
            Err((summary, detail)) => return Diagnostic::error(summary, detail).at(step.span).into(),
        }
    }
    Diagnostics::new()
}

fn check_block_steps(name: &str, nesting: Nesting, block: &Block, steps: &[TraversalStep]) -> Diagnostics {
    let Some((step, rest)) = steps.split_first() else { return Diagnostics::new() };
    match (nesting, &step.kind) {
        (Nesting::Single | Nesting::Group, _) => check_steps(block, steps),
        (Nesting::Map, _) | (Nesting::List, TraversalStepKind::Index(_)) => check_steps(block, rest),
        (Nesting::List, TraversalStepKind::Attribute(_)) => Diagnostic::error(
            "Invalid operation",
            format!(
                "Block type {name:?} is represented by a list of objects, so it must be indexed using a numeric key, like .{name}[0]."
            ),
        )
        .at(step.span)
        .into(),
        (Nesting::Set, _) => Diagnostic::error(
            "Cannot index a set value",
            format!(
                "Block type {name:?} is represented by a set of objects, and set elements do not have addressable keys. To find \
                 elements matching specific criteria, use a \"for\" expression with an \"if\" clause."
            ),
        )
        .at(step.span)
        .into(),
    }
}

fn no_index(key: &Value, span: Span) -> Diagnostic {
    let is_name = |text: &&Text| {
        text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let detail = match key.as_str().filter(is_name) {
        Some(name) => {
            format!(
                "Only attribute access is allowed here. Did you mean to access attribute {name:?} using the dot operator?"
            )
        }
        None => "Only attribute access is allowed here, using the dot operator.".to_owned(),
    };
    Diagnostic::error("Invalid index operation", detail).at(span)
}
