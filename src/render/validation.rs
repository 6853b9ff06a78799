//! What `validate -json` prints.

use super::diagnostics::{View, Views};
use crate::diag::{Diagnostics, SourceMap};
use serde::Serialize;

#[derive(Serialize)]
struct Validation {
    format_version: &'static str,
    valid: bool,
    error_count: usize,
    warning_count: usize,
    diagnostics: Vec<View>,
}

/// The result of a validation in Terraform's JSON form, indented.
pub fn validation_json(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let mut views = Views::new(sources);
    let error_count = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let validation = Validation {
        format_version: "1.0",
        valid: error_count == 0,
        error_count,
        warning_count: diagnostics.len() - error_count,
        diagnostics: diagnostics.iter().map(|diagnostic| views.view(diagnostic)).collect(),
    };
    let text = serde_json::to_string_pretty(&validation).unwrap_or_default();
    escape_markup(&text)
}

/// As Go's encoder writes texts. Outside of texts JSON has none of these signs.
fn escape_markup(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
