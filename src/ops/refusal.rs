//! Why a state or workspace command was not carried out.
//!
//! Terraform's older commands say some things as plain text and others as diagnostics; scripts know both.

use crate::diag::{Diagnostic, Diagnostics};

#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// To be told as it is.
    Text(String),
    Diagnostics(Diagnostics),
}

impl Refusal {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic::error(summary, detail).into()
    }
}

impl From<Diagnostics> for Refusal {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Diagnostics(diagnostics)
    }
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostics(diagnostic.into())
    }
}
