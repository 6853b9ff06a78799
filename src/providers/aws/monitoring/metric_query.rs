//! Metrics and expressions over them that an alarm watches.

use super::alarm_fields::{dimensions_of, dimensions_value};
use crate::providers::aws::engine::{Field, Want, block_list, flag, map_of_text, number, text};
use crate::value::{Text, Type, Value};
use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat};

pub fn fields() -> Vec<Field<(), ()>> {
    let metric = vec![
        map_of_text("dimensions").optional(),
        text("metric_name").required(),
        text("namespace").optional(),
        number("period").required(),
        text("stat").required(),
        text("unit").optional(),
    ];
    vec![
        text("account_id").optional(),
        text("expression").optional(),
        text("id").required(),
        text("label").optional(),
        block_list("metric", 1, metric).optional(),
        number("period").optional(),
        flag("return_data").default(false),
    ]
}

pub fn queries(value: &Value) -> Vec<MetricDataQuery> {
    value.as_items().unwrap_or_default().iter().map(|item| query(&Want(item.clone()))).collect()
}

fn query(block: &Want) -> MetricDataQuery {
    MetricDataQuery::builder()
        .set_account_id(block.filled("account_id"))
        .set_expression(block.filled("expression"))
        .set_id(block.text("id"))
        .set_label(block.filled("label"))
        .set_metric_stat(block.item("metric").map(|metric| stat(&metric)))
        .set_period(block.integer("period").filter(|period| *period != 0))
        .return_data(block.flag("return_data").unwrap_or_default())
        .build()
}

fn stat(block: &Want) -> MetricStat {
    let dimensions = block.value("dimensions").map(dimensions_of);
    let metric = Metric::builder()
        .set_metric_name(block.text("metric_name"))
        .set_namespace(block.filled("namespace"))
        .set_dimensions(dimensions);
    MetricStat::builder()
        .metric(metric.build())
        .set_period(block.integer("period"))
        .set_stat(block.text("stat"))
        .set_unit(block.filled("unit").map(|unit| unit.as_str().into()))
        .build()
}

pub fn value_of(queries: &[MetricDataQuery]) -> Value {
    Value::tuple(queries.iter().map(query_value).collect())
}

fn said(text: Option<&str>) -> Value {
    Value::text(text.unwrap_or_default())
}

fn query_value(query: &MetricDataQuery) -> Value {
    Value::object([
        (Text::from("account_id"), said(query.account_id())),
        ("expression".into(), said(query.expression())),
        ("id".into(), said(query.id())),
        ("label".into(), said(query.label())),
        ("metric".into(), Value::tuple(query.metric_stat().map(stat_value).into_iter().collect())),
        ("period".into(), Value::from(i64::from(query.period().unwrap_or_default()))),
        ("return_data".into(), Value::bool(query.return_data().unwrap_or_default())),
    ])
}

fn stat_value(stat: &MetricStat) -> Value {
    let metric = stat.metric();
    let dimensions =
        metric.map_or(Value::null(Type::map(Type::String)), |metric| dimensions_value(metric.dimensions()));
    Value::object([
        (Text::from("dimensions"), dimensions),
        ("metric_name".into(), said(metric.and_then(Metric::metric_name))),
        ("namespace".into(), said(metric.and_then(Metric::namespace))),
        ("period".into(), Value::from(i64::from(stat.period().unwrap_or_default()))),
        ("stat".into(), said(stat.stat())),
        ("unit".into(), said(stat.unit().map(|unit| unit.as_str()))),
    ])
}
