//! `provisioner` and `connection` blocks.

use super::escape::Escape;
use super::reading::{Reading, Shape, Wanted};
use super::resource::{is_repeated, reserved_block};
use crate::diag::Span;
use crate::eval::variables;
use crate::syntax::{Block, Body, Traversal, TraversalStepKind};
use crate::value::Text;
use std::sync::Arc;

/// `connection { ... }`
#[derive(Clone, Debug)]
pub struct Connection {
    pub body: Arc<Body>,
    pub span: Span,
}

/// `provisioner "local-exec" { ... }`
#[derive(Clone, Debug)]
pub struct Provisioner {
    pub kind: Text,
    pub kind_span: Span,
    /// What the provisioner's own schema describes.
    pub body: Arc<Body>,
    pub when: When,
    pub on_failure: OnFailure,
    pub connection: Option<Connection>,
    /// The block's header.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Create,
    Destroy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    Fail,
    Continue,
}

const PROVISIONER: Shape = Shape {
    required: &[],
    optional: &["when", "on_failure"],
    blocks: &[("_", &[]), ("connection", &[]), ("lifecycle", &[])],
};

/// Provisioners that Terraform once had.
const REMOVED: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];

pub(super) fn read_provisioner(block: &Block, reading: &mut Reading) -> Option<Provisioner> {
    let (content, rest) = reading.partial_content(&block.body, &PROVISIONER);
    let kind = &block.labels[0];
    if REMOVED.contains(&&*kind.text) {
        let name = &kind.text;
        reading.error(
            format!("The \"{name}\" provisioner has been removed"),
            format!(
                "The \"{name}\" provisioner was deprecated in Terraform 0.13.4 has been removed from Terraform. Visit https://learn.hashicorp.com/collections/terraform/provision for alternatives to using provisioners that are a better fit for the Terraform workflow."
            ),
            kind.span,
        );
        return None;
    }
    let mut provisioner = Provisioner {
        kind: kind.text.clone(),
        kind_span: kind.span,
        body: Arc::new(Body::default()),
        when: When::Create,
        on_failure: OnFailure::Fail,
        connection: None,
        span: block.header_span(),
    };
    if let Some(attribute) = content.attribute("when") {
        let expression = reading.unquote(&attribute.expression, Wanted::Keyword);
        match reading.keyword(&expression).as_deref() {
            Some("create") => {}
            Some("destroy") => provisioner.when = When::Destroy,
            _ => reading.error(
                "Invalid \"when\" keyword",
                "The \"when\" argument requires one of the following keywords: create or destroy.",
                expression.span,
            ),
        }
    }
    if provisioner.when == When::Destroy {
        check_only_self(&rest, reading);
    }
    if let Some(attribute) = content.attribute("on_failure") {
        let expression = reading.unquote(&attribute.expression, Wanted::Keyword);
        match reading.keyword(&expression).as_deref() {
            Some("continue") => provisioner.on_failure = OnFailure::Continue,
            Some("fail") => {}
            _ => reading.error(
                "Invalid \"on_failure\" keyword",
                "The \"on_failure\" argument requires one of the following keywords: continue or fail.",
                attribute.expression.span,
            ),
        }
    }
    read_blocks(&content.blocks, &mut provisioner, rest, reading);
    Some(provisioner)
}

fn read_blocks(blocks: &[Block], provisioner: &mut Provisioner, rest: Body, reading: &mut Reading) {
    let mut escape = Escape::new(
        "provisioner-typpe-specific rather than as meta-arguments, but each provisioner block can have only one such block",
    );
    let mut connection_span = None;
    for inner in blocks {
        match &*inner.kind {
            "_" => escape.take(inner, reading),
            "connection" => {
                if is_repeated(&mut connection_span, inner, "This provisioner already has a connection block", reading)
                {
                    continue;
                }
                if provisioner.when == When::Destroy {
                    check_only_self(&inner.body, reading);
                }
                provisioner.connection = Some(read_connection(inner));
            }
            _ => reserved_block(inner, "provisioner", reading),
        }
    }
    provisioner.body = Arc::new(escape.merge_into(rest));
}

pub(super) fn read_connection(block: &Block) -> Connection {
    Connection { body: block.body.clone(), span: block.header_span() }
}

/// When an object is destroyed, only it is sure to be there.
pub(super) fn check_only_self(body: &Body, reading: &mut Reading) {
    let (attributes, _) = body.just_attributes();
    for attribute in &attributes {
        for variable in variables(&attribute.expression) {
            if !is_about_self(variable.traversal()) {
                reading.error(
                    "Invalid reference from destroy provisioner",
                    "Destroy-time provisioners and their connection configurations may only reference attributes of the related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other resources during the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.",
                    attribute.expression.span,
                );
            }
        }
    }
}

fn is_about_self(traversal: &Traversal) -> bool {
    let names = |wanted: &str| match traversal.steps.as_slice() {
        [step] => matches!(&step.kind, TraversalStepKind::Attribute(name) if &**name == wanted),
        _ => false,
    };
    match &*traversal.root {
        "self" | "path" | "terraform" => true,
        "count" => names("index"),
        "each" => names("key"),
        _ => false,
    }
}
