//! Conditions that the user wrote: `precondition`, `postcondition`, `validation`, `assert`, and `check` blocks.

use crate::addr::Resource;
use crate::diag::Span;
use crate::syntax::Expression;
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
