//! Target tracking: capacity follows a metric so that it stays at its target.

use super::super::mirror::{mirrored, with_required};
use super::metric_data::{
    dimension, dimension_fields, dimension_value, fields as query_fields, tracked_query, tracked_query_value,
};
use crate::providers::aws::engine::{Field, Want, block_list, block_set, flag, number, text};
use crate::value::{Text, Value};
use aws_sdk_autoscaling::types::{
    CustomizedMetricSpecification as Customized, PredefinedMetricSpecification, TargetTrackingConfiguration,
};

mirrored!(predefined: PredefinedMetricSpecification, PredefinedMetricSpecification {
    choice predefined_metric_type, string resource_label,
});

pub fn fields() -> Vec<Field<(), ()>> {
    let predefined = with_required("predefined_metric_type", predefined::fields());
    let customized = vec![
        block_list("metric_dimension", 0, dimension_fields()).optional(),
        text("metric_name").optional(),
        block_set("metrics", query_fields(true)).optional(),
        text("namespace").optional(),
        number("period").optional(),
        text("statistic").optional().one_of(&["", "Average", "Minimum", "Maximum", "SampleCount", "Sum"]),
        text("unit").optional(),
    ];
    vec![
        block_list("customized_metric_specification", 1, customized)
            .optional()
            .conflicts(&["predefined_metric_specification"]),
        flag("disable_scale_in").default(false),
        block_list("predefined_metric_specification", 1, predefined)
            .optional()
            .conflicts(&["customized_metric_specification"]),
        number("target_value").required(),
    ]
}

pub fn request(block: &Want) -> TargetTrackingConfiguration {
    TargetTrackingConfiguration::builder()
        .set_customized_metric_specification(block.item("customized_metric_specification").as_ref().map(customized))
        .set_disable_scale_in(block.flag("disable_scale_in"))
        .set_predefined_metric_specification(
            block.item("predefined_metric_specification").as_ref().map(predefined::request),
        )
        .set_target_value(block.value("target_value").and_then(Value::as_number).map(|target| target.to_f64()))
        .build()
}

fn customized(block: &Want) -> Customized {
    let queries = block.items("metrics");
    if !queries.is_empty() {
        return Customized::builder().set_metrics(Some(queries.iter().map(tracked_query).collect())).build();
    }
    let dimensions = block.items("metric_dimension");
    Customized::builder()
        .set_dimensions((!dimensions.is_empty()).then(|| dimensions.iter().map(dimension).collect()))
        .set_metric_name(block.filled("metric_name"))
        .set_namespace(block.filled("namespace"))
        .set_period(block.integer("period").filter(|seconds| *seconds != 0))
        .set_statistic(block.filled("statistic").map(|statistic| statistic.as_str().into()))
        .set_unit(block.filled("unit"))
        .build()
}

pub fn value(found: &TargetTrackingConfiguration) -> Value {
    let maybe = |block: Option<Value>| Value::tuple(block.into_iter().collect());
    let target = Value::number(found.target_value().unwrap_or_default());
    Value::object([
        (
            Text::from("customized_metric_specification"),
            maybe(found.customized_metric_specification().map(customized_value)),
        ),
        ("disable_scale_in".into(), Value::bool(found.disable_scale_in().unwrap_or_default())),
        (
            "predefined_metric_specification".into(),
            maybe(found.predefined_metric_specification().map(predefined::value)),
        ),
        ("target_value".into(), target),
    ])
}

fn customized_value(found: &Customized) -> Value {
    let said = |text: Option<&str>| Value::text(text.unwrap_or_default());
    Value::object([
        (Text::from("metric_dimension"), Value::tuple(found.dimensions().iter().map(dimension_value).collect())),
        ("metric_name".into(), said(found.metric_name())),
        ("metrics".into(), Value::tuple(found.metrics().iter().map(tracked_query_value).collect())),
        ("namespace".into(), said(found.namespace())),
        ("period".into(), Value::from(i64::from(found.period().unwrap_or_default()))),
        ("statistic".into(), said(found.statistic().map(|statistic| statistic.as_str()))),
        ("unit".into(), said(found.unit())),
    ])
}
