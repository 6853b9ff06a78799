//! `output` blocks and `locals`.

use super::CheckRule;
use crate::diag::Span;
use crate::syntax::{Expression, Traversal};
use crate::value::Text;
use std::sync::Arc;

/// `output "name" { ... }`
#[derive(Clone, Debug)]
pub struct Output {
    pub name: Text,
    pub value: Option<Arc<Expression>>,
    pub description: Option<Text>,
    pub sensitive: Option<bool>,
    pub ephemeral: Option<bool>,
    pub depends_on: Vec<Traversal>,
    pub preconditions: Vec<CheckRule>,
    /// The block's header.
    pub span: Span,
}

impl Output {
    pub fn is_sensitive(&self) -> bool {
        self.sensitive == Some(true)
    }

    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral == Some(true)
    }
}

/// One argument of a `locals` block.
#[derive(Clone, Debug)]
pub struct Local {
    pub name: Text,
    pub value: Arc<Expression>,
    pub name_span: Span,
    /// The whole argument.
    pub span: Span,
}
