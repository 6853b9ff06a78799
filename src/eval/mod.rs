//! Expression + scope -> value.
//!
//! What names mean comes from a [`Scope`]; names that expressions themselves introduce (`for`, splats, `dynamic` iterators, template
//! variables) are [`Frame`]s on the stack. Values and diagnostics are those of HCL and Terraform: both sides of a conditional are looked
//! at, unknown values and marks travel, an error makes an unknown value and evaluation goes on as far as it is useful.
//!
//! Terraform looks up every reference of an expression before it evaluates, and evaluates only when all of them exist.
//! [`evaluate`] gives the same answers in the opposite order: it evaluates at once, and only when something went wrong looks at all the
//! references, because then their errors are the ones to show. [`evaluate_checked`] always looks first.

mod frame;
mod variables;

pub use frame::Frame;
pub use variables::{Variable, variables};

use crate::addr::reference::{Reference, Subject};
use crate::addr::{InstanceKey, Resource};
use crate::diag::{Diagnostics, Span};
use crate::value::Value;

/// What names mean at one place of the configuration.
pub trait Scope {
    /// The value of a subject. For a resource or a module this is all of it, whatever key or output the subject has.
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics>;

    /// One instance of a resource, where that is at hand without all the others.
    fn instance_of(&self, _resource: &Resource, _key: &InstanceKey) -> Option<Value> {
        None
    }

    /// One output of one instance of a module, where that is at hand without all the others.
    fn output_of(&self, _module: &str, _key: &InstanceKey, _output: &str) -> Option<Value> {
        None
    }

    /// What can be said about a reference without its value: whether it is declared, and used as its kind and schema allow.
    fn check(&self, _reference: &Reference<'_>) -> Diagnostics {
        Diagnostics::new()
    }
}
