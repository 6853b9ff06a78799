//! `backend` and `cloud` blocks: where state lives.

use crate::diag::Span;
use crate::syntax::{Block, Body};
use crate::value::Text;
use std::sync::Arc;

/// `backend "s3" { ... }`
#[derive(Clone, Debug)]
pub struct Backend {
    pub kind: Text,
    pub kind_span: Span,
    pub body: Arc<Body>,
    /// The block's header.
    pub span: Span,
}

/// `cloud { ... }`
#[derive(Clone, Debug)]
pub struct Cloud {
    pub body: Arc<Body>,
    pub span: Span,
}

pub(super) fn read_backend(block: &Block) -> Backend {
    Backend {
        kind: block.labels[0].text.clone(),
        kind_span: block.labels[0].span,
        body: block.body.clone(),
        span: block.header_span(),
    }
}

pub(super) fn read_cloud(block: &Block) -> Cloud {
    Cloud { body: block.body.clone(), span: block.header_span() }
}
