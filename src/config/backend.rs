//! `backend` and `cloud` blocks: where state lives.

use crate::diag::Span;
use crate::syntax::Body;
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
