//! What a provider has to say: a diagnostic that points into an object instead of into a file.

use crate::diag::Severity;
use crate::value::Path;

/// The core turns the path into a span of the configuration and adds the address.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    pub severity: Severity,
    pub summary: String,
    pub detail: String,
    /// Where in the configuration; the root where it is about the whole.
    pub path: Path,
}

impl Complaint {
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: Path::root() }
    }

    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    pub fn at(self, path: Path) -> Self {
        Self { path, ..self }
    }
}
