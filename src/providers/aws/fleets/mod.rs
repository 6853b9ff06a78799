//! Fleets: launch templates and what launches servers from them.

mod attachment;
mod group;
mod lifecycle_hook;
mod mirror;
mod of_group;
mod policy;
mod requirements;
mod schedule;
mod template;
mod template_blocks;
mod template_data;
mod template_interfaces;
mod traffic_source_attachment;

pub use group::renewing;

use super::engine::Kind;
use crate::value::Value;

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(attachment::attachment()),
        Box::new(group::group()),
        Box::new(lifecycle_hook::lifecycle_hook()),
        Box::new(policy::policy()),
        Box::new(schedule::schedule()),
        Box::new(template::template()),
        Box::new(traffic_source_attachment::traffic_source_attachment()),
    ]
}

/// A block that may be there, as a list of blocks.
fn maybe(block: Option<Value>) -> Value {
    Value::tuple(block.into_iter().collect())
}
