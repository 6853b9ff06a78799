//! `aws_cloudwatch_metric_alarm` <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>

use super::metric_query;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    AGAIN, Call, Failure, Field, Resource, block_set, flag, map_of_text, number, set_of_text, tags_of, text,
};
use crate::value::{Text, Type, Value};
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder as Put;
use aws_sdk_cloudwatch::types::{Dimension, MetricAlarm, Tag};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Alarm {
    described: MetricAlarm,
    tags: BTreeMap<String, String>,
}

pub fn alarm() -> Resource<Alarm, Put> {
    let begin = |aws: &Aws| aws.cloudwatch().put_metric_alarm();
    Resource::new("aws_cloudwatch_metric_alarm", "CloudWatch Metric Alarm", 1, begin, put)
        .fields(fields())
        .read_many(100, |found: &Alarm| found.described.alarm_name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .missing(&["ResourceNotFound"])
        .recovered_by_token()
}

fn fields() -> Vec<Field<Alarm, Put>> {
    let said =
        |getter: fn(&MetricAlarm) -> Option<&str>| move |found: &Alarm| getter(&found.described).map(str::to_owned);
    let count = |getter: fn(&MetricAlarm) -> Option<i32>| move |found: &Alarm| getter(&found.described);
    let texts = |getter: fn(&MetricAlarm) -> &[String]| {
        move |found: &Alarm| match getter(&found.described) {
            [] => Value::null(Type::Dynamic),
            list => Value::set(Type::String, list.iter().map(|text| Value::text(text)).collect()),
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
    if dimensions.is_empty() {
        return Value::null(Type::map(Type::String));
    }
    let pair =
        |one: &Dimension| (Text::from(one.name().unwrap_or_default()), Value::text(one.value().unwrap_or_default()));
    Value::map(Type::String, dimensions.iter().map(pair))
}

/// Tags are taken with the first put only.
async fn put(request: Put, call: Call) -> Result<String, Failure> {
    let tags = Some(sdk_tags(&call.tags)).filter(|tags| call.id.is_empty() && !tags.is_empty());
    request.set_tags(tags).send().await.map_err(Failure::of("CloudWatch: PutMetricAlarm"))?;
    Ok(call.want.text("alarm_name").unwrap_or_default())
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Alarm>, Failure> {
    let request = aws.cloudwatch().describe_alarms().set_alarm_names(Some(names));
    let answer = request.send().await.map_err(Failure::of("CloudWatch: DescribeAlarms"))?;
    let with_tags = |described: MetricAlarm| async {
        let arn = described.alarm_arn().unwrap_or_default();
        let request = aws.cloudwatch().list_tags_for_resource().resource_arn(arn);
        let answer = request.send().await.map_err(Failure::of("CloudWatch: ListTagsForResource"))?;
        let pair = |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
        Ok(Alarm { tags: answer.tags().iter().map(pair).collect(), described })
    };
    futures::future::try_join_all(answer.metric_alarms.unwrap_or_default().into_iter().map(with_tags)).await
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let arn = call.prior.text("arn").unwrap_or_default();
    let former = call.prior.value("tags_all").map(tags_of).unwrap_or_default();
    let gone: Vec<String> = former.keys().filter(|key| !call.tags.contains_key(*key)).cloned().collect();
    let cloudwatch = call.aws.cloudwatch();
    if !gone.is_empty() {
        let request = cloudwatch.untag_resource().resource_arn(&arn).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("CloudWatch: UntagResource"))?;
    }
    if !call.tags.is_empty() {
        let request = cloudwatch.tag_resource().resource_arn(&arn).set_tags(Some(sdk_tags(&call.tags)));
        request.send().await.map_err(Failure::of("CloudWatch: TagResource"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.cloudwatch().delete_alarms().alarm_names(&call.id);
    request.send().await.map_err(Failure::of("CloudWatch: DeleteAlarms"))?;
    Ok(())
}
