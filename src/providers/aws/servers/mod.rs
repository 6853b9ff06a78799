//! Servers and what they are made of.

mod key_pair;

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![Box::new(key_pair::key_pair())]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    Vec::new()
}
