//! `hashicorp/random`: values drawn once and kept until a keeper changes.

mod bytes;
mod pet;
mod pick;
mod string;
mod uuid;

use super::small::{Rule, Small, optional, other_values};
use crate::provider::Complaint;
use crate::value::Type;
use std::fmt::Display;

pub fn provider() -> Small {
    let kinds = || {
        vec![
            bytes::bytes(),
            bytes::id(),
            pick::integer(),
            string::password(),
            pet::pet(),
            pick::shuffle(),
            string::string(),
            uuid::any(),
            uuid::version_4(),
            uuid::version_7(),
        ]
    };
    Small::new("random", "3.9.0", kinds, Vec::new)
        .with_ephemeral(|| vec![bytes::ephemeral_bytes(), string::ephemeral_password()])
}

/// Arbitrary values that, when they change, draw anew.
fn keepers() -> Rule {
    optional("keepers", Type::map(Type::String)).replaces_if(other_values)
}

fn import_failed(what: &str, error: impl Display) -> Complaint {
    Complaint::error(
        format!("Import Random {what} Error"),
        format!("There was an error during the parsing of the {what}.\n\nOriginal Error: {error}"),
    )
}
