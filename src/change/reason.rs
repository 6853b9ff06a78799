//! Why a change happens: from the changed attribute back to the line that somebody edited.
//!
//! `ami` ← `local.ami` at main.tf:31 ← `var.ami_id` at main.tf:12 ← `-var` on the command line.
//! Every renderer shows the same reasons.

use crate::diag::Span;
use crate::value::Path;

/// One cause of one change.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub cause: Cause,
    /// From the attribute outwards to the source.
    pub chain: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The value at this path changed.
    Attribute {
        path: Path,
        forces_replacement: bool,
    },
    /// It is in the configuration and not in the state.
    New,
    /// It is in the state and not in the configuration, or not with this key.
    Removed,
    Tainted,
    Requested,
    /// `replace_triggered_by` names this.
    Triggered {
        by: String,
    },
    /// Something changed it outside of Terrace.
    Drift {
        path: Path,
    },
    /// It exists no more.
    Disappeared,
    /// A thing that it depends on is replaced, so it must go first.
    Dependency {
        on: String,
    },
}

/// One step of the chain: what, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// `local.ami`, `var.ami_id`, `terraform.tfvars`, `aws_vpc.this (replaced)`.
    pub what: String,
    pub span: Option<Span>,
}
