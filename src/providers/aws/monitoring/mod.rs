//! What watches: alarms, log groups, topics.

mod alarm;
mod alarm_fields;
mod log_group;
mod metric_query;
mod topic;

use super::engine::Kind;

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![Box::new(alarm::alarm()), Box::new(log_group::log_group()), Box::new(topic::topic())]
}
