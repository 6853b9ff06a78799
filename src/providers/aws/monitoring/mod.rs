//! What watches: alarms, log groups, topics.

mod alarm;
mod alarm_fields;
mod log_group;
mod metric_query;
mod topic;

use super::engine::{Entry, Kind};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_cloudwatch_metric_alarm", |_| Box::new(alarm::alarm())),
    ("aws_cloudwatch_log_group", |_| Box::new(log_group::log_group())),
    ("aws_sns_topic", |_| Box::new(topic::topic())),
];
