//! What a traversal in an expression refers to.
//!
//! `aws_instance.web[0].network_interface[0].id` is instance 0 of `aws_instance.web`, then four steps into its value. Only the
//! shape is looked at: whether the thing exists is another question (`eval::check`).

use super::{InstanceKey, Resource, ResourceMode, parse};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{Traversal, TraversalStep, TraversalStepKind};
use crate::value::Text;
use std::fmt;

/// A thing and the steps into its value.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    pub subject: Subject,
    pub remaining: &'a [TraversalStep],
    /// The part of the traversal that names the subject. Nothing where the name is missing (a diagnostic has been given).
    pub span: Option<Span>,
}

/// What expressions can refer to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A resource, or one of its instances where a literal key follows.
    Resource {
        resource: Resource,
        key: InstanceKey,
    },
    /// A module call, one of its instances, or an output of it.
    Module {
        name: Text,
        key: InstanceKey,
        output: Option<Text>,
    },
    Variable(Text),
    Local(Text),
    /// `path.module`
    Path(Text),
    /// `terraform.workspace`
    Terraform(Text),
    /// `count.index`
    Count(Text),
    /// `each.key`
    Each(Text),
    /// `self`
    SelfObject,
}

impl Subject {
    /// The resource that is referred to, whichever instance.
    pub fn resource(&self) -> Option<&Resource> {
        match self {
            Self::Resource { resource, .. } => Some(resource),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource { resource, key } => write!(f, "{resource}{key}"),
            Self::Module { name, key, output } => {
                write!(f, "module.{name}{key}")?;
                output.as_ref().map_or(Ok(()), |output| write!(f, ".{output}"))
            }
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Path(name) => write!(f, "path.{name}"),
            Self::Terraform(name) => write!(f, "terraform.{name}"),
            Self::Count(name) => write!(f, "count.{name}"),
            Self::Each(name) => write!(f, "each.{name}"),
            Self::SelfObject => f.write_str("self"),
        }
    }
}

/// Reads a traversal as a reference. With an error there may still be a reference, to a thing with an empty name: looking it up gives
/// the second diagnostic that Terraform gives too.
pub fn parse_reference(traversal: &Traversal) -> (Option<Reference<'_>>, Diagnostics) {
    let named = |subject: fn(Text) -> Subject| match single_attribute(traversal) {
        Ok((name, remaining, span)) => (Some(Reference { subject: subject(name), remaining, span: Some(span) }), None),
        Err(error) => (Some(Reference { subject: subject("".into()), remaining: &[], span: None }), Some(error)),
    };
    let (reference, error) = match &*traversal.root {
        "count" => named(Subject::Count),
        "each" => named(Subject::Each),
        "local" => named(Subject::Local),
        "path" => named(Subject::Path),
        "terraform" => named(Subject::Terraform),
        "var" => named(Subject::Variable),
        "self" => {
            let (remaining, span) = (&traversal.steps[..], Some(traversal.root_span));
            (Some(Reference { subject: Subject::SelfObject, remaining, span }), None)
        }
        _ => match parse_other(traversal) {
            Ok(reference) => (Some(reference), None),
            Err(error) => (None, Some(error)),
        },
    };
    (reference, error.into_iter().collect())
}

fn parse_other(traversal: &Traversal) -> Result<Reference<'_>, Diagnostic> {
    match &*traversal.root {
        "data" => resource_below(traversal, ResourceMode::Data, "data", "data source type"),
        "resource" => resource_below(traversal, ResourceMode::Managed, "resource", "resource type"),
        "ephemeral" => resource_below(traversal, ResourceMode::Ephemeral, "ephemeral", "ephemeral resource type"),
        "module" => module_reference(traversal),
        "template" | "lazy" | "arg" => Err(Diagnostic::error(
            "Reserved symbol name",
            format!(
                "The symbol name {:?} is reserved for use in a future Terraform version. If you are using a provider that \
                 already uses this as a resource type name, add the prefix \"resource.\" to force interpretation as a \
                 resource type name.",
                &*traversal.root
            ),
        )
        .at(traversal.root_span)),
        _ if traversal.steps.is_empty() => Err(invalid(
            "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.",
            traversal.root_span,
        )),
        _ => resource_reference(traversal, ResourceMode::Managed, traversal.root.clone(), &traversal.steps),
    }
}

fn invalid(detail: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid reference", detail).at(span)
}

/// `root.name`, and what follows.
fn single_attribute(traversal: &Traversal) -> Result<(Text, &[TraversalStep], Span), Diagnostic> {
    let root = &traversal.root;
    match traversal.steps.split_first() {
        None => Err(invalid(
            format!("The \"{root}\" object cannot be accessed directly. Instead, access one of its attributes."),
            traversal.root_span,
        )),
        Some((TraversalStep { kind: TraversalStepKind::Attribute(name), span }, rest)) => {
            Ok((name.clone(), rest, traversal.root_span.to(*span)))
        }
        Some((step, _)) => Err(invalid(format!("The \"{root}\" object does not support this operation."), step.span)),
    }
}

/// `data.type.name`, `resource.type.name`, `ephemeral.type.name`.
fn resource_below<'a>(
    traversal: &'a Traversal,
    mode: ResourceMode,
    keyword: &str,
    what: &str,
) -> Result<Reference<'a>, Diagnostic> {
    let [kind, rest @ ..] = &traversal.steps[..] else {
        return Err(too_short(traversal, keyword, what));
    };
    if rest.is_empty() {
        return Err(too_short(traversal, keyword, what));
    }
    match &kind.kind {
        TraversalStepKind::Attribute(kind) => resource_reference(traversal, mode, kind.clone(), rest),
        TraversalStepKind::Index(_) => {
            Err(invalid(format!("The \"{keyword}\" object does not support this operation."), kind.span))
        }
    }
}

fn too_short(traversal: &Traversal, keyword: &str, what: &str) -> Diagnostic {
    invalid(
        format!("The \"{keyword}\" object must be followed by two attribute names: the {what} and the resource name."),
        traversal.span(),
    )
}

/// `steps` begin with the resource's name.
fn resource_reference<'a>(
    traversal: &Traversal,
    mode: ResourceMode,
    kind: Text,
    steps: &'a [TraversalStep],
) -> Result<Reference<'a>, Diagnostic> {
    let (name_step, mut remaining) = steps.split_first().expect("the callers looked");
    let TraversalStepKind::Attribute(name) = &name_step.kind else {
        let what = match mode {
            ResourceMode::Managed => "a resource type",
            ResourceMode::Data => "a data source",
            ResourceMode::Ephemeral => "an ephemeral resource type",
        };
        return Err(invalid(
            format!(
                "A reference to {what} must be followed by at least one attribute access, specifying the resource name."
            ),
            name_step.span,
        ));
    };
    let mut span = traversal.root_span.to(name_step.span);
    let mut key = InstanceKey::None;
    if let Some((TraversalStep { kind: TraversalStepKind::Index(index), span: index_span }, rest)) =
        remaining.split_first()
    {
        key = parse::instance_key(index).map_err(|problem| {
            Diagnostic::error("Invalid index key", format!("Invalid index for resource instance: {problem}."))
                .at(*index_span)
        })?;
        remaining = rest;
        span = span.to(*index_span);
    }
    let subject = Subject::Resource { resource: Resource { mode, kind, name: name.clone() }, key };
    Ok(Reference { subject, remaining, span: Some(span) })
}

fn module_reference(traversal: &Traversal) -> Result<Reference<'_>, Diagnostic> {
    let (name, mut remaining, mut span) = single_attribute(traversal)?;
    let mut key = InstanceKey::None;
    if let Some((TraversalStep { kind: TraversalStepKind::Index(index), span: index_span }, rest)) =
        remaining.split_first()
    {
        key = parse::instance_key(index).map_err(|problem| {
            Diagnostic::error("Invalid index key", format!("Invalid index for module instance: {problem}."))
                .at(*index_span)
        })?;
        remaining = rest;
        span = span.to(*index_span);
    }
    let output = match remaining.split_first() {
        None => None,
        Some((TraversalStep { kind: TraversalStepKind::Attribute(output), span: output_span }, rest)) => {
            remaining = rest;
            span = span.to(*output_span);
            Some(output.clone())
        }
        Some((step, _)) => return Err(invalid("Module instance objects do not support this operation.", step.span)),
    };
    Ok(Reference { subject: Subject::Module { name, key, output }, remaining, span: Some(span) })
}
