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

pub use group::renewing;

use super::engine::Kind;

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(attachment::attachment()),
        Box::new(group::group()),
        Box::new(lifecycle_hook::lifecycle_hook()),
        Box::new(policy::policy()),
        Box::new(schedule::schedule()),
        Box::new(template::template()),
    ]
}
