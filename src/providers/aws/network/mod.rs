//! Networks: VPCs and what is in them.

mod subnet;

use super::engine::Kind;

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![Box::new(subnet::subnet())]
}
