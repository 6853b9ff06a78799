//! Predictive scaling: capacity is there before the load that is forecast.

use super::super::mirror::{mirrored, string, with_required};
use super::metric_data::{fields as query_fields, query, query_value};
use crate::providers::aws::engine::{Field, Want, block_list, number, text};
use crate::value::{Text, Value};
use aws_sdk_autoscaling::types::{
    MetricDataQuery, PredictiveScalingConfiguration, PredictiveScalingCustomizedCapacityMetric,
    PredictiveScalingCustomizedLoadMetric, PredictiveScalingCustomizedScalingMetric,
    PredictiveScalingMetricSpecification, PredictiveScalingPredefinedLoadMetric, PredictiveScalingPredefinedMetricPair,
    PredictiveScalingPredefinedScalingMetric,
};

mirrored!(predefined_load: PredictiveScalingPredefinedLoadMetric, PredictiveScalingPredefinedLoadMetric {
    choice predefined_metric_type, string resource_label,
});
mirrored!(predefined_pair: PredictiveScalingPredefinedMetricPair, PredictiveScalingPredefinedMetricPair {
    choice predefined_metric_type, string resource_label,
});
mirrored!(predefined_scaling: PredictiveScalingPredefinedScalingMetric, PredictiveScalingPredefinedScalingMetric {
    choice predefined_metric_type, string resource_label,
});

/// AWS takes so many queries for one metric.
const MOST_QUERIES: u64 = 10;

pub fn fields() -> Vec<Field<(), ()>> {
    let customized = |name: &'static str| {
        let queries = block_list("metric_data_queries", MOST_QUERIES, query_fields(false)).required();
        block_list(name, 1, vec![queries]).optional()
    };
    let predefined = |name: &'static str, fields: Vec<Field<(), ()>>| {
        block_list(name, 1, with_required("predefined_metric_type", fields)).optional()
    };
    let metrics = vec![
        customized("customized_capacity_metric_specification")
            .conflicts(&["predefined_metric_pair_specification", "predefined_scaling_metric_specification"]),
        customized("customized_load_metric_specification")
            .conflicts(&["predefined_load_metric_specification", "predefined_metric_pair_specification"]),
        customized("customized_scaling_metric_specification")
            .conflicts(&["predefined_metric_pair_specification", "predefined_scaling_metric_specification"]),
        predefined("predefined_load_metric_specification", predefined_load::fields()),
        predefined("predefined_metric_pair_specification", predefined_pair::fields()),
        predefined("predefined_scaling_metric_specification", predefined_scaling::fields()),
        number("target_value").required(),
    ];
    vec![
        text("max_capacity_breach_behavior")
            .default("HonorMaxCapacity")
            .one_of(&["HonorMaxCapacity", "IncreaseMaxCapacity"]),
        string("max_capacity_buffer"),
        block_list("metric_specification", 1, metrics).required(),
        text("mode").default("ForecastOnly").one_of(&["ForecastOnly", "ForecastAndScale"]),
        string("scheduling_buffer_time"),
    ]
}

/// Numbers are texts, because nothing and zero differ.
pub fn request(block: &Want) -> PredictiveScalingConfiguration {
    let count = |name: &str| block.filled(name).and_then(|text| text.parse().ok());
    PredictiveScalingConfiguration::builder()
        .set_max_capacity_breach_behavior(block.filled("max_capacity_breach_behavior").map(|text| text.as_str().into()))
        .set_max_capacity_buffer(count("max_capacity_buffer"))
        .set_metric_specifications(block.item("metric_specification").as_ref().map(|block| vec![metrics(block)]))
        .set_mode(block.filled("mode").map(|text| text.as_str().into()))
        .set_scheduling_buffer_time(count("scheduling_buffer_time"))
        .build()
}

fn metrics(block: &Want) -> PredictiveScalingMetricSpecification {
    let queries = |name: &str| -> Option<Vec<MetricDataQuery>> {
        Some(block.item(name)?.items("metric_data_queries").iter().map(query).collect())
    };
    let single = |name: &str| block.item(name);
    PredictiveScalingMetricSpecification::builder()
        .set_customized_capacity_metric_specification(queries("customized_capacity_metric_specification").map(
            |queries| {
                PredictiveScalingCustomizedCapacityMetric::builder().set_metric_data_queries(Some(queries)).build()
            },
        ))
        .set_customized_load_metric_specification(queries("customized_load_metric_specification").map(|queries| {
            PredictiveScalingCustomizedLoadMetric::builder().set_metric_data_queries(Some(queries)).build()
        }))
        .set_customized_scaling_metric_specification(queries("customized_scaling_metric_specification").map(
            |queries| {
                PredictiveScalingCustomizedScalingMetric::builder().set_metric_data_queries(Some(queries)).build()
            },
        ))
        .set_predefined_load_metric_specification(
            single("predefined_load_metric_specification").as_ref().map(predefined_load::request),
        )
        .set_predefined_metric_pair_specification(
            single("predefined_metric_pair_specification").as_ref().map(predefined_pair::request),
        )
        .set_predefined_scaling_metric_specification(
            single("predefined_scaling_metric_specification").as_ref().map(predefined_scaling::request),
        )
        .set_target_value(block.value("target_value").and_then(Value::as_number).map(|target| target.to_f64()))
        .build()
}

pub fn value(found: &PredictiveScalingConfiguration) -> Value {
    let count = |count: Option<i32>| Value::text(&count.map(|count| count.to_string()).unwrap_or_default());
    let behavior = found.max_capacity_breach_behavior().map_or("HonorMaxCapacity", |behavior| behavior.as_str());
    Value::object([
        (Text::from("max_capacity_breach_behavior"), Value::text(behavior)),
        ("max_capacity_buffer".into(), count(found.max_capacity_buffer())),
        (
            "metric_specification".into(),
            Value::tuple(found.metric_specifications().iter().map(metrics_value).collect()),
        ),
        ("mode".into(), Value::text(found.mode().map_or("ForecastOnly", |mode| mode.as_str()))),
        ("scheduling_buffer_time".into(), count(found.scheduling_buffer_time())),
    ])
}

fn metrics_value(found: &PredictiveScalingMetricSpecification) -> Value {
    let maybe = |block: Option<Value>| Value::tuple(block.into_iter().collect());
    let queries = |queries: Option<&[MetricDataQuery]>| {
        maybe(queries.map(|queries| {
            let queries = Value::tuple(queries.iter().map(query_value).collect());
            Value::object([(Text::from("metric_data_queries"), queries)])
        }))
    };
    Value::object([
        (
            Text::from("customized_capacity_metric_specification"),
            queries(found.customized_capacity_metric_specification().map(|metric| metric.metric_data_queries())),
        ),
        (
            "customized_load_metric_specification".into(),
            queries(found.customized_load_metric_specification().map(|metric| metric.metric_data_queries())),
        ),
        (
            "customized_scaling_metric_specification".into(),
            queries(found.customized_scaling_metric_specification().map(|metric| metric.metric_data_queries())),
        ),
        (
            "predefined_load_metric_specification".into(),
            maybe(found.predefined_load_metric_specification().map(predefined_load::value)),
        ),
        (
            "predefined_metric_pair_specification".into(),
            maybe(found.predefined_metric_pair_specification().map(predefined_pair::value)),
        ),
        (
            "predefined_scaling_metric_specification".into(),
            maybe(found.predefined_scaling_metric_specification().map(predefined_scaling::value)),
        ),
        ("target_value".into(), Value::number(found.target_value().unwrap_or_default())),
    ])
}
