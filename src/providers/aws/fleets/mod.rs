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
    ("aws_autoscaling_attachment", |_| attachment::attachment().into()),
    ("aws_autoscaling_group", |_| group::group().into()),
    ("aws_autoscaling_lifecycle_hook", |_| lifecycle_hook::lifecycle_hook().into()),
    ("aws_autoscaling_policy", |_| policy::policy().into()),
    ("aws_autoscaling_schedule", |_| schedule::schedule().into()),
    ("aws_launch_template", |_| template::template().into()),
    ("aws_autoscaling_traffic_source_attachment", |_| traffic_source_attachment::traffic_source_attachment().into()),
];

/// A block that may be there, as a list of blocks.
fn maybe(block: Option<Value>) -> Value {
    Value::tuple(block.into_iter().collect())
}
