//! Metrics, and expressions over them, that a scaling policy follows: with and without a period of their own.

use crate::providers::aws::engine::{Field, Want, block_list, block_set, flag, number, text};
use crate::value::{Text, Value};
use aws_sdk_autoscaling::types::{
    Metric, MetricDataQuery, MetricDimension, MetricStat, TargetTrackingMetricDataQuery, TargetTrackingMetricStat,
};

pub fn fields(has_period: bool) -> Vec<Field<(), ()>> {
    let metric = vec![
        block_set("dimensions", dimension_fields()).optional(),
        text("metric_name").required(),
        text("namespace").required(),
    ];
    let mut stat = vec![
        block_list("metric", 1, metric).required(),
        text("stat").required().check(|value| {
            let is_long_enough = value.as_str().is_some_and(|text| !text.is_empty());
            if is_long_enough { Ok(()) } else { Err("must not be empty".into()) }
        }),
        text("unit").optional(),
    ];
    if has_period {
        stat.push(number("period").optional());
    }
    vec![
        text("expression").optional(),
        text("id").required(),
        text("label").optional(),
        block_list("metric_stat", 1, stat).optional(),
        flag("return_data").default(true),
    ]
}

pub fn dimension_fields() -> Vec<Field<(), ()>> {
    vec![text("name").required(), text("value").required()]
}

pub fn query(block: &Want) -> MetricDataQuery {
    let stat = |block: Want| {
        MetricStat::builder()
            .set_metric(block.item("metric").as_ref().map(metric))
            .set_stat(block.text("stat"))
            .set_unit(block.filled("unit"))
            .build()
    };
    MetricDataQuery::builder()
        .set_expression(block.filled("expression"))
        .set_id(block.text("id"))
        .set_label(block.filled("label"))
        .set_metric_stat(block.item("metric_stat").map(stat))
        .set_return_data(block.flag("return_data"))
        .build()
}

/// Of target tracking, where a metric may have a period.
pub fn tracked_query(block: &Want) -> TargetTrackingMetricDataQuery {
    let stat = |block: Want| {
        TargetTrackingMetricStat::builder()
            .set_metric(block.item("metric").as_ref().map(metric))
            .set_period(block.integer("period").filter(|seconds| *seconds != 0))
            .set_stat(block.text("stat"))
            .set_unit(block.filled("unit"))
            .build()
    };
    TargetTrackingMetricDataQuery::builder()
        .set_expression(block.filled("expression"))
        .set_id(block.text("id"))
        .set_label(block.filled("label"))
        .set_metric_stat(block.item("metric_stat").map(stat))
        .set_return_data(block.flag("return_data"))
        .build()
}

fn metric(block: &Want) -> Metric {
    let dimensions: Vec<MetricDimension> = block.items("dimensions").iter().map(dimension).collect();
    Metric::builder()
        .set_dimensions((!dimensions.is_empty()).then_some(dimensions))
        .set_metric_name(block.text("metric_name"))
        .set_namespace(block.text("namespace"))
        .build()
}

pub fn dimension(block: &Want) -> MetricDimension {
    MetricDimension::builder().set_name(block.text("name")).set_value(block.text("value")).build()
}

pub fn query_value(found: &MetricDataQuery) -> Value {
    let stat = found.metric_stat().map(|stat| Value::object(stat_value(stat.metric(), stat.stat(), stat.unit())));
    shown(found.expression(), found.id(), found.label(), found.return_data(), stat)
}

pub fn tracked_query_value(found: &TargetTrackingMetricDataQuery) -> Value {
    let stat = found.metric_stat().map(|stat| {
        let period = (Text::from("period"), Value::from(i64::from(stat.period().unwrap_or_default())));
        Value::object(
            stat_value(stat.metric(), stat.stat(), stat.unit()).into_iter().chain([period]).collect::<Vec<_>>(),
        )
    });
    shown(found.expression(), found.id(), found.label(), found.return_data(), stat)
}

fn shown(
    expression: Option<&str>,
    id: Option<&str>,
    label: Option<&str>,
    return_data: Option<bool>,
    stat: Option<Value>,
) -> Value {
    Value::object([
        (Text::from("expression"), said(expression)),
        ("id".into(), said(id)),
        ("label".into(), said(label)),
        ("metric_stat".into(), Value::tuple(stat.into_iter().collect())),
        ("return_data".into(), Value::bool(return_data.unwrap_or(true))),
    ])
}

fn stat_value(metric: Option<&Metric>, stat: Option<&str>, unit: Option<&str>) -> Vec<(Text, Value)> {
    let metric = metric.map(|metric| {
        Value::object([
            (Text::from("dimensions"), Value::tuple(metric.dimensions().iter().map(dimension_value).collect())),
            ("metric_name".into(), said(metric.metric_name())),
            ("namespace".into(), said(metric.namespace())),
        ])
    });
    vec![
        ("metric".into(), Value::tuple(metric.into_iter().collect())),
        ("stat".into(), said(stat)),
        ("unit".into(), said(unit)),
    ]
}

pub fn dimension_value(found: &MetricDimension) -> Value {
    Value::object([(Text::from("name"), said(found.name())), ("value".into(), said(found.value()))])
}

fn said(text: Option<&str>) -> Value {
    Value::text(text.unwrap_or_default())
}
