//! `hashicorp/random`: values drawn once and kept until a keeper changes.

mod bytes;
mod pet;
mod pick;
mod string;

use super::small::{Rule, Small, optional};
use crate::value::Type;

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
            bytes::uuid(),
        ]
    };
    Small::new("random", "3.7.2", kinds, Vec::new)
}

/// Arbitrary values that, when they change, draw anew.
fn keepers() -> Rule {
    optional("keepers", Type::map(Type::String)).replaces()
}
