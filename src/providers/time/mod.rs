//! `hashicorp/time`: moments that stay, rotate or pass.

mod fixed;
mod moment;
mod offset;
mod rotating;
mod sleep;

use super::small::{Rule, Small, computed, optional};
use crate::value::Type;

pub fn provider() -> Small {
    Small::new(
        "time",
        "0.14.0",
        || vec![fixed::fixed(), offset::offset(), rotating::rotating(), sleep::sleep()],
        Vec::new,
    )
}

/// Arbitrary values that, when they change, begin anew.
fn triggers() -> Rule {
    optional("triggers", Type::map(Type::String)).replaces()
}

/// The parts of a moment that an object shows.
fn parts() -> impl Iterator<Item = Rule> {
    moment::PARTS.into_iter().map(|name| computed(name, Type::Number))
}
