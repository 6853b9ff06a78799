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

use super::engine::{Entry, Kind};
use crate::value::Value;

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_autoscaling_attachment", |_| Box::new(attachment::attachment())),
    ("aws_autoscaling_group", |_| Box::new(group::group())),
    ("aws_autoscaling_lifecycle_hook", |_| Box::new(lifecycle_hook::lifecycle_hook())),
    ("aws_autoscaling_policy", |_| Box::new(policy::policy())),
    ("aws_autoscaling_schedule", |_| Box::new(schedule::schedule())),
    ("aws_launch_template", |_| Box::new(template::template())),
    ("aws_autoscaling_traffic_source_attachment", |_| Box::new(traffic_source_attachment::traffic_source_attachment())),
];

/// A block that may be there, as a list of blocks.
fn maybe(block: Option<Value>) -> Value {
    Value::tuple(block.into_iter().collect())
}
