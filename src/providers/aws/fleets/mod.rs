//! Fleets: launch templates and what launches servers from them.

mod mirror;
mod requirements;
mod template;
mod template_blocks;
mod template_data;
mod template_interfaces;

use super::engine::Kind;

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![Box::new(template::template())]
}
