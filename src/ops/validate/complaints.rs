//! What providers complain about, at the place where it is written.

use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::plan;
use crate::provider::Complaint;
use crate::syntax::Body;

/// A complaint as a diagnostic about a body. What has no path is said without a place, as Terraform's own provider says it.
pub(super) fn locate(complaint: Complaint, body: &Body, address: &dyn ToString) -> Diagnostics {
    if !complaint.path.0.is_empty() {
        return plan::locate(vec![complaint], body, &address.to_string());
    }
    let diagnostic = match complaint.severity {
        Severity::Error => Diagnostic::error(complaint.summary, complaint.detail),
        Severity::Warning => Diagnostic::warning(complaint.summary, complaint.detail),
    };
    diagnostic.into()
}
