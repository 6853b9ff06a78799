//! Names of workspaces.

use crate::diag::Diagnostic;

/// Whether a workspace may have this name: it must stay as it is in a URL path.
pub fn is_workspace_name(name: &str) -> bool {
    let stays = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+=:@".contains(c);
    !name.is_empty() && name.chars().all(stays)
}

/// What is wrong with the workspace that the environment names.
pub fn check_workspace_variable(name: Option<&str>) -> Option<Diagnostic> {
    let is_wrong = name.is_some_and(|name| !is_workspace_name(name));
    is_wrong.then(|| Diagnostic::error("Invalid workspace name set using TF_WORKSPACE", ""))
}
