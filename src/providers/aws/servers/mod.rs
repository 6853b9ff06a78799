//! Servers and what they are made of.

mod image;
mod instance;
mod key_pair;

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![Box::new(instance::instance()), Box::new(key_pair::key_pair())]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![Box::new(image::ami())]
}
