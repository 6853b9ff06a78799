//! The attributes of `aws_cloudwatch_metric_alarm`.

use super::alarm::Alarm;
use super::metric_query;
use crate::providers::aws::engine::{AGAIN, Field, block_set, flag, map_of_text, number, set_of_text, tags_of, text};
use crate::value::{Text, Type, Value};
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder as Put;
use aws_sdk_cloudwatch::types::{Dimension, MetricAlarm};

pub fn fields() -> Vec<Field<Alarm, Put>> {
    let said =
        |getter: fn(&MetricAlarm) -> Option<&str>| move |found: &Alarm| getter(&found.described).map(str::to_owned);
    let count = |getter: fn(&MetricAlarm) -> Option<i32>| move |found: &Alarm| getter(&found.described);
    let texts = |getter: fn(&MetricAlarm) -> &[String]| {
        move |found: &Alarm| {
            let texts = getter(&found.described).iter().map(|text| Value::text(text));
            Value::set(Type::String, texts.collect())
        }
    };
    vec![
        flag("actions_enabled")
            .default(true)
            .from(|found: &Alarm| found.described.actions_enabled())
            .to(Put::set_actions_enabled)
            .changed_by(AGAIN),
        set_of_text("alarm_actions")
            .optional()
            .from(texts(MetricAlarm::alarm_actions))
            .to(Put::set_alarm_actions)
            .changed_by(AGAIN),
        text("alarm_description")
            .optional()
            .from(said(MetricAlarm::alarm_description))
            .never_null()
            .to(Put::set_alarm_description)
            .changed_by(AGAIN),
        text("alarm_name").required().replaces().from(said(MetricAlarm::alarm_name)).to(Put::set_alarm_name),
        text("arn").computed().from(said(MetricAlarm::alarm_arn)),
        text("comparison_operator")
            .required()
            .one_of(OPERATORS)
            .from(said(|alarm| alarm.comparison_operator().map(|operator| operator.as_str())))
            .enum_to(Put::set_comparison_operator)
            .changed_by(AGAIN),
        number("datapoints_to_alarm")
            .optional()
            .from(count(MetricAlarm::datapoints_to_alarm))
            .never_null()
            .to(Put::set_datapoints_to_alarm)
            .changed_by(AGAIN),
        map_of_text("dimensions")
            .optional()
            .from(|found: &Alarm| dimensions_value(found.described.dimensions()))
            .to(|request: Put, value: &Value| request.set_dimensions(Some(dimensions_of(value))))
            .changed_by(AGAIN),
        text("evaluate_low_sample_count_percentiles")
            .optional()
            .computed()
            .from(said(MetricAlarm::evaluate_low_sample_count_percentile))
            .never_null()
            .to(Put::set_evaluate_low_sample_count_percentile)
            .changed_by(AGAIN),
        number("evaluation_periods")
            .required()
            .from(count(MetricAlarm::evaluation_periods))
            .to(Put::set_evaluation_periods)
            .changed_by(AGAIN),
        text("extended_statistic")
            .optional()
            .conflicts(&["statistic", "metric_query"])
            .from(said(MetricAlarm::extended_statistic))
            .never_null()
            .to(Put::set_extended_statistic)
            .changed_by(AGAIN),
        set_of_text("insufficient_data_actions")
            .optional()
            .from(texts(MetricAlarm::insufficient_data_actions))
            .to(Put::set_insufficient_data_actions)
            .changed_by(AGAIN),
        text("metric_name")
            .optional()
            .conflicts(&["metric_query"])
            .from(said(MetricAlarm::metric_name))
            .never_null()
            .to(Put::set_metric_name)
            .changed_by(AGAIN),
        block_set("metric_query", metric_query::fields())
            .optional()
            .from(|found: &Alarm| metric_query::value_of(found.described.metrics()))
            .to(|request: Put, value: &Value| request.set_metrics(Some(metric_query::queries(value))))
            .changed_by(AGAIN),
        text("namespace")
            .optional()
            .conflicts(&["metric_query"])
            .from(said(MetricAlarm::namespace))
            .never_null()
            .to(Put::set_namespace)
            .changed_by(AGAIN),
        set_of_text("ok_actions")
            .optional()
            .from(texts(MetricAlarm::ok_actions))
            .to(Put::set_ok_actions)
            .changed_by(AGAIN),
        number("period")
            .optional()
            .conflicts(&["metric_query"])
            .from(count(MetricAlarm::period))
            .never_null()
            .to(Put::set_period)
            .changed_by(AGAIN),
        text("statistic")
            .optional()
            .conflicts(&["extended_statistic", "metric_query"])
            .at_least_one(&["extended_statistic", "metric_query"])
            .from(said(|alarm| alarm.statistic().map(|statistic| statistic.as_str())))
            .never_null()
            .enum_to(Put::set_statistic)
            .changed_by(AGAIN),
        number("threshold")
            .optional()
            .conflicts(&["threshold_metric_id"])
            .from(|found: &Alarm| found.described.threshold())
            .never_null()
            .to(Put::set_threshold)
            .changed_by(AGAIN),
        text("threshold_metric_id")
            .optional()
            .conflicts(&["threshold"])
            .from(said(MetricAlarm::threshold_metric_id))
            .never_null()
            .to(Put::set_threshold_metric_id)
            .changed_by(AGAIN),
        text("treat_missing_data")
            .default("missing")
            .one_of(&["breaching", "notBreaching", "ignore", "missing"])
            .from(|found: &Alarm| Some(found.described.treat_missing_data().unwrap_or("missing").to_owned()))
            .to(Put::set_treat_missing_data)
            .changed_by(AGAIN),
        text("unit")
            .optional()
            .from(said(|alarm| alarm.unit().map(|unit| unit.as_str())))
            .never_null()
            .enum_to(Put::set_unit)
            .changed_by(AGAIN),
    ]
}

const OPERATORS: &[&str] = &[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];

pub fn dimensions_of(value: &Value) -> Vec<Dimension> {
    tags_of(value).into_iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

pub fn dimensions_value(dimensions: &[Dimension]) -> Value {
    let pair =
        |one: &Dimension| (Text::from(one.name().unwrap_or_default()), Value::text(one.value().unwrap_or_default()));
    Value::map(Type::String, dimensions.iter().map(pair))
}
