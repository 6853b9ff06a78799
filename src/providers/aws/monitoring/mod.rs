//! What watches: alarms, log groups, topics.

mod alarm;
mod alarm_fields;
mod log_group;
mod metric_query;
mod topic;

use super::engine::{Entry, Kind};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_cloudwatch_metric_alarm", |_| alarm::alarm().into()),
    ("aws_cloudwatch_log_group", |_| log_group::log_group().into()),
    ("aws_sns_topic", |_| topic::topic().into()),
];
