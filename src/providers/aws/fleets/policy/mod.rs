//! `aws_autoscaling_policy` <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ScalingPolicy.html>

mod metric_data;
mod predictive;
mod target_tracking;

use super::of_group::{by_group, imported, key, or_nothing};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    AGAIN, Call, Failure, Field, Resource, Want, block_list, block_set, flag, number, text,
};
use crate::value::{Text, Value};
use aws_sdk_autoscaling::operation::put_scaling_policy::builders::PutScalingPolicyFluentBuilder as Put;
use aws_sdk_autoscaling::types::{ScalingPolicy, StepAdjustment};
use futures::future::try_join_all;
use std::sync::Arc;

pub fn policy() -> Resource<ScalingPolicy, Put> {
    let begin = |aws: &Aws| aws.autoscaling().put_scaling_policy();
    Resource::new("Auto Scaling Policy", 0, begin, put)
        .fields(fields())
        .read_by(|policy| key(policy, "name"))
        .read_many(usize::MAX, key_of, read)
        .delete(delete)
        .missing(&["ValidationError"])
        .imported_by(|aws, id| imported(aws, id, "name"))
        .recovered_by(|call: Call| async move { Ok(call.want.text("name")) })
}

fn fields() -> Vec<Field<ScalingPolicy, Put>> {
    let count = |name: &'static str, getter: fn(&ScalingPolicy) -> Option<i32>| {
        number(name).optional().from(getter).never_null()
    };
    let maybe = |block: Option<Value>| Value::tuple(block.into_iter().collect());
    let step = vec![
        text("metric_interval_lower_bound").optional(),
        text("metric_interval_upper_bound").optional(),
        number("scaling_adjustment").required(),
    ];
    let mut fields = vec![
        text("adjustment_type")
            .optional()
            .from(ScalingPolicy::adjustment_type)
            .never_null()
            .to(Put::set_adjustment_type),
        text("arn").computed().from(ScalingPolicy::policy_arn),
        text("autoscaling_group_name")
            .required()
            .replaces()
            .from(ScalingPolicy::auto_scaling_group_name)
            .to(Put::set_auto_scaling_group_name),
        count("cooldown", ScalingPolicy::cooldown).to(Put::set_cooldown),
        flag("enabled").default(true).from(ScalingPolicy::enabled).to(Put::set_enabled),
        count("estimated_instance_warmup", ScalingPolicy::estimated_instance_warmup)
            .to(Put::set_estimated_instance_warmup),
        text("metric_aggregation_type")
            .optional()
            .computed()
            .from(ScalingPolicy::metric_aggregation_type)
            .never_null()
            .to(Put::set_metric_aggregation_type),
        count("min_adjustment_magnitude", ScalingPolicy::min_adjustment_magnitude)
            .between(1, i64::from(i32::MAX))
            .to(Put::set_min_adjustment_magnitude),
        text("name").required().replaces().from(ScalingPolicy::policy_name).to(Put::set_policy_name),
        text("policy_type")
            .default("SimpleScaling")
            .one_of(&["SimpleScaling", "StepScaling", "TargetTrackingScaling", "PredictiveScaling"])
            .from(ScalingPolicy::policy_type)
            .to(Put::set_policy_type),
        block_list("predictive_scaling_configuration", 1, predictive::fields())
            .optional()
            .from(move |found: &ScalingPolicy| maybe(found.predictive_scaling_configuration().map(predictive::value)))
            .to(|request: Put, blocks: &Value| {
                request.set_predictive_scaling_configuration(only(blocks).as_ref().map(predictive::request))
            }),
        count("scaling_adjustment", ScalingPolicy::scaling_adjustment)
            .conflicts(&["step_adjustment"])
            .to(Put::set_scaling_adjustment),
        block_set("step_adjustment", step)
            .optional()
            .conflicts(&["scaling_adjustment"])
            .from(|found: &ScalingPolicy| Value::tuple(found.step_adjustments().iter().map(step_value).collect()))
            .to(|request: Put, blocks: &Value| {
                let steps = blocks.as_items().unwrap_or_default().iter().map(|block| step_of(&Want(block.clone())));
                request.set_step_adjustments(Some(steps.collect()))
            }),
        block_list("target_tracking_configuration", 1, target_tracking::fields())
            .optional()
            .from(move |found: &ScalingPolicy| maybe(found.target_tracking_configuration().map(target_tracking::value)))
            .to(|request: Put, blocks: &Value| {
                request.set_target_tracking_configuration(only(blocks).as_ref().map(target_tracking::request))
            }),
    ];
    for field in &mut fields {
        field.declared.change = Some(AGAIN);
    }
    fields
}

fn only(blocks: &Value) -> Option<Want> {
    blocks.as_items()?.first().cloned().map(Want)
}

/// Bounds are texts, because nothing and zero differ.
fn step_of(block: &Want) -> StepAdjustment {
    let bound = |name: &str| block.filled(name).and_then(|text| text.parse().ok());
    StepAdjustment::builder()
        .set_metric_interval_lower_bound(bound("metric_interval_lower_bound"))
        .set_metric_interval_upper_bound(bound("metric_interval_upper_bound"))
        .set_scaling_adjustment(block.integer("scaling_adjustment"))
        .build()
}

fn step_value(found: &StepAdjustment) -> Value {
    let bound = |bound: Option<f64>| Value::text(&bound.map(|bound| bound.to_string()).unwrap_or_default());
    Value::object([
        (Text::from("metric_interval_lower_bound"), bound(found.metric_interval_lower_bound())),
        ("metric_interval_upper_bound".into(), bound(found.metric_interval_upper_bound())),
        ("scaling_adjustment".into(), Value::from(i64::from(found.scaling_adjustment().unwrap_or_default()))),
    ])
}

fn key_of(policy: &ScalingPolicy) -> String {
    format!("{}/{}", policy.auto_scaling_group_name().unwrap_or_default(), policy.policy_name().unwrap_or_default())
}

/// The API is asked for no more than the kind of policy knows.
async fn put(request: Put, call: Call) -> Result<String, Failure> {
    const OPERATION: &str = "Auto Scaling: PutScalingPolicy";
    let kind = call.want.text("policy_type").unwrap_or_default();
    let steps = call.want.items("step_adjustment");
    let wrong = match kind.as_str() {
        "SimpleScaling" if !steps.is_empty() => Some("step_adjustment is only supported for policy type StepScaling"),
        "StepScaling" if steps.is_empty() => Some("step_adjustment is required for policy type StepScaling"),
        "TargetTrackingScaling" if call.want.item("target_tracking_configuration").is_none() => {
            Some("target_tracking_configuration must be specified for policy type TargetTrackingScaling")
        }
        _ => None,
    };
    if let Some(wrong) = wrong {
        return Err(Failure::new(OPERATION, "InvalidInput", wrong));
    }
    // No change is a meant step, and so is a pause of none.
    let request = match kind.as_str() {
        "SimpleScaling" => request
            .set_scaling_adjustment(Some(call.want.integer("scaling_adjustment").unwrap_or_default()))
            .set_estimated_instance_warmup(None)
            .set_metric_aggregation_type(None),
        "StepScaling" => request.set_scaling_adjustment(None).set_cooldown(None),
        _ => request
            .set_scaling_adjustment(None)
            .set_cooldown(None)
            .set_metric_aggregation_type(None)
            .set_min_adjustment_magnitude(None),
    };
    request.send().await.map_err(Failure::of(OPERATION))?;
    Ok(call.want.text("name").unwrap_or_default())
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<ScalingPolicy>, Failure> {
    let reads = by_group(&keys).into_iter().map(|(group, names)| {
        let request = aws.autoscaling().describe_policies().auto_scaling_group_name(group);
        let request = request.set_policy_names(Some(names.into_iter().collect()));
        let pages = request.into_paginator().items().send();
        async move { or_nothing(crate::providers::aws::engine::all_of(pages, "Auto Scaling: DescribePolicies").await) }
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call
        .aws
        .autoscaling()
        .delete_policy()
        .set_auto_scaling_group_name(call.prior.text("autoscaling_group_name"))
        .set_policy_name(call.prior.text("name"));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: DeletePolicy"))
}
