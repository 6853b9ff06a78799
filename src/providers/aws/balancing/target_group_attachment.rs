//! `aws_lb_target_group_attachment` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html>
//!
//! A target has no id that the API knows: it is read by group, target and port, all of a group in one call.

use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, not_importable, number, text};
use aws_sdk_elasticloadbalancingv2::operation::register_targets::builders::RegisterTargetsFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthDescription, TargetHealthReasonEnum};
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct Attachment {
    key: String,
}

pub fn target_group_attachment() -> Resource<Attachment, Create> {
    Resource::new("ELBv2 Target Group Attachment", 0, |aws| aws.elbv2().register_targets(), create)
        .fields(vec![
            text("availability_zone").optional().replaces(),
            number("port").optional().replaces(),
            text("target_group_arn").required().replaces().to(Create::set_target_group_arn),
            text("target_id").required().replaces(),
        ])
        .read_by(key_of)
        .read_many(usize::MAX, |found: &Attachment| found.key.clone(), read)
        .delete(delete)
        .missing(&["TargetGroupNotFound", "InvalidTarget"])
        .retry_create_on(&["InvalidTarget"])
        .traffic(TrafficRole::Attachment { server: "target_id", group: "target_group_arn", port: Some("port") })
        .imported_by(not_importable)
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call))) })
}

/// Group, target, port: what tells one registration from another.
fn key_of(want: &Want) -> String {
    let part = |name: &str| want.text(name).unwrap_or_default();
    let port = want.number("port").map(|port| port.to_string()).unwrap_or_default();
    format!("{} {} {port}", part("target_group_arn"), part("target_id"))
}

fn id_of(call: &Call) -> String {
    format!("{}-{}", call.want.text("target_group_arn").unwrap_or_default(), call.generated_suffix())
}

fn target(want: &Want) -> TargetDescription {
    TargetDescription::builder()
        .set_id(want.text("target_id"))
        .set_port(want.integer("port"))
        .set_availability_zone(want.filled("availability_zone"))
        .build()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.targets(target(&call.want));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: RegisterTargets"))?;
    Ok(id_of(&call))
}

/// One call a group gives all of its targets. A key without a port is the target at any port.
async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Attachment>, Failure> {
    let groups: BTreeSet<&str> = keys.iter().filter_map(|key| key.split(' ').next()).collect();
    let targets = futures::future::try_join_all(groups.into_iter().map(|group| targets_of(&aws, group))).await?;
    let registered: BTreeSet<String> = targets.into_iter().flatten().collect();
    let is_there = |key: &String| {
        registered.contains(key) || key.ends_with(' ') && registered.iter().any(|other| other.starts_with(key))
    };
    Ok(keys.into_iter().filter(is_there).map(|key| Attachment { key }).collect())
}

/// Keys of the targets of a group that are not on their way out.
async fn targets_of(aws: &Aws, group: &str) -> Result<Vec<String>, Failure> {
    let request = aws.elbv2().describe_target_health().target_group_arn(group);
    let answer = match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeTargetHealth")) {
        Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => return Ok(Vec::new()),
        other => other?,
    };
    let key = |description: &TargetHealthDescription| {
        let reason = description.target_health().and_then(|health| health.reason());
        let is_leaving = matches!(
            reason,
            Some(TargetHealthReasonEnum::DeregistrationInProgress | TargetHealthReasonEnum::NotRegistered)
        );
        let target = description.target().filter(|_| !is_leaving)?;
        let port = target.port().map(|port| port.to_string()).unwrap_or_default();
        Some(format!("{group} {} {port}", target.id().unwrap_or_default()))
    };
    Ok(answer.target_health_descriptions().iter().filter_map(key).collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let group = call.prior.text("target_group_arn").unwrap_or_default();
    let request = call.aws.elbv2().deregister_targets().target_group_arn(group).targets(target(&call.prior));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeregisterTargets"))?;
    Ok(())
}
