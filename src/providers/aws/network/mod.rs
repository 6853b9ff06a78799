//! Networks: VPCs and what is in them.

mod subnet;
mod vpc;

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![Box::new(subnet::subnet()), Box::new(vpc::vpc())]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    Vec::new()
}
