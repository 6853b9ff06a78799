//! `aws_lb_target_group` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html>

use super::attributes::{Pairs, changed, pair_text, wanted};
use super::tags::{ARNS_PER_CALL, change_tags, read_tags, sdk_tags};
use super::target_group_fields::{SETTINGS, fields, with_stickiness};
use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, all_of};
use aws_sdk_elasticloadbalancingv2::operation::create_target_group::builders::CreateTargetGroupFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{Matcher, TargetGroup as Described, TargetGroupAttribute};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct TargetGroup {
    pub described: Described,
    pub settings: Pairs,
    pub tags: BTreeMap<String, String>,
}

pub fn target_group() -> Resource<TargetGroup, Create> {
    Resource::new("ELBv2 Target Group", 0, |aws| aws.elbv2().create_target_group(), create)
        .fields(fields())
        .read_many(
            ARNS_PER_CALL,
            |found: &TargetGroup| found.described.target_group_arn().unwrap_or_default().to_owned(),
            read,
        )
        .refreshed(with_stickiness)
        .keeps(SETTINGS.iter().map(|setting| setting.attribute))
        .change_after_create("settings", change_settings)
        .change("health_check", change_health_check)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .recovered_by(find)
        .missing(&["TargetGroupNotFound"])
        .retry_delete_on(&["ResourceInUse"])
        .traffic(TrafficRole::Group { id: "arn" })
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let mut request = request.name(call.name_or_generated("name", "name_prefix", "tf-")).set_tags(sdk_tags(&call.tags));
    if let Some(check) = call.want.item("health_check") {
        request = request
            .set_health_check_enabled(check.flag("enabled"))
            .set_health_check_interval_seconds(check.integer("interval"))
            .set_health_check_path(check.filled("path"))
            .set_health_check_port(check.filled("port"))
            .set_health_check_protocol(check.filled("protocol").map(|protocol| protocol.as_str().into()))
            .set_health_check_timeout_seconds(check.integer("timeout"))
            .set_healthy_threshold_count(check.integer("healthy_threshold"))
            .set_unhealthy_threshold_count(check.integer("unhealthy_threshold"))
            .set_matcher(matcher(&call.want, &check));
    }
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: CreateTargetGroup"))?;
    Ok(answer.target_groups().first().and_then(Described::target_group_arn).unwrap_or_default().to_owned())
}

fn matcher(group: &Want, check: &Want) -> Option<Matcher> {
    let codes = check.filled("matcher")?;
    let matcher = Matcher::builder();
    let is_grpc = group.text("protocol_version").as_deref() == Some("GRPC");
    Some(if is_grpc { matcher.grpc_code(codes) } else { matcher.http_code(codes) }.build())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<TargetGroup>, Failure> {
    let request = aws.elbv2().describe_target_groups().set_target_group_arns(Some(arns));
    let found =
        all_of(request.into_paginator().items().send(), "Elastic Load Balancing v2: DescribeTargetGroups").await?;
    assemble(&aws, found).await
}

/// With what the API keeps beside the groups: tags twenty a call, settings one a call.
pub async fn assemble(aws: &Arc<Aws>, found: Vec<Described>) -> Result<Vec<TargetGroup>, Failure> {
    let arns: Vec<String> = found.iter().filter_map(|found| found.target_group_arn.clone()).collect();
    let (mut tags, settings) = futures::try_join!(
        read_tags(aws, &arns),
        futures::future::try_join_all(arns.iter().map(|arn| read_settings(aws, arn))),
    )?;
    let whole = |(described, settings): (Described, Pairs)| TargetGroup {
        tags: tags.remove(described.target_group_arn().unwrap_or_default()).unwrap_or_default(),
        described,
        settings,
    };
    Ok(found.into_iter().zip(settings).map(whole).collect())
}

pub async fn read_settings(aws: &Aws, arn: &str) -> Result<Pairs, Failure> {
    let request = aws.elbv2().describe_target_group_attributes().target_group_arn(arn);
    let answer =
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeTargetGroupAttributes"))?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|pair| Some((pair.key?, pair.value?))).collect())
}

async fn change_settings(call: Call) -> Result<(), Failure> {
    let changed = changed(&pairs_of(&call.prior), pairs_of(&call.want));
    if changed.is_empty() {
        return Ok(());
    }
    let attributes =
        changed.into_iter().map(|(key, value)| TargetGroupAttribute::builder().key(key).value(value).build());
    let request = call
        .aws
        .elbv2()
        .modify_target_group_attributes()
        .target_group_arn(&call.id)
        .set_attributes(Some(attributes.collect()));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyTargetGroupAttributes"))?;
    Ok(())
}

/// All settings of a group, those in blocks too.
fn pairs_of(want: &Want) -> Pairs {
    let mut pairs = wanted(SETTINGS, "", want);
    let mut put = |block: &Want, attribute: &str, key: &str| {
        pairs.extend(block.value(attribute).and_then(pair_text).map(|text| (key.to_owned(), text)));
    };
    if let Some(stickiness) = want.item("stickiness") {
        put(&stickiness, "enabled", "stickiness.enabled");
        put(&stickiness, "type", "stickiness.type");
        match stickiness.text("type").as_deref() {
            Some("lb_cookie") => put(&stickiness, "cookie_duration", "stickiness.lb_cookie.duration_seconds"),
            Some("app_cookie") => {
                put(&stickiness, "cookie_duration", "stickiness.app_cookie.duration_seconds");
                put(&stickiness, "cookie_name", "stickiness.app_cookie.cookie_name");
            }
            _ => {}
        }
    }
    if let Some(failover) = want.item("target_failover") {
        put(&failover, "on_deregistration", "target_failover.on_deregistration");
        put(&failover, "on_unhealthy", "target_failover.on_unhealthy");
    }
    if let Some(state) = want.item("target_health_state") {
        let prefix = "target_health_state.unhealthy";
        put(&state, "enable_unhealthy_connection_termination", &format!("{prefix}.connection_termination.enabled"));
        put(&state, "unhealthy_draining_interval", &format!("{prefix}.draining_interval_seconds"));
    }
    if let Some(health) = want.item("target_group_health") {
        for block in ["dns_failover", "unhealthy_state_routing"] {
            for part in ["count", "percentage"] {
                if let Some(inner) = health.item(block) {
                    let key = format!("target_group_health.{block}.minimum_healthy_targets.{part}");
                    put(&inner, &format!("minimum_healthy_targets_{part}"), &key);
                }
            }
        }
    }
    pairs
}

async fn change_health_check(call: Call) -> Result<(), Failure> {
    let Some(check) = call.want.item("health_check") else { return Ok(()) };
    let has_path = !matches!(check.text("protocol").as_deref(), Some("TCP"));
    let request = call
        .aws
        .elbv2()
        .modify_target_group()
        .target_group_arn(&call.id)
        .set_health_check_enabled(check.flag("enabled"))
        .set_health_check_interval_seconds(check.integer("interval"))
        .set_health_check_path(check.filled("path").filter(|_| has_path))
        .set_health_check_port(check.filled("port"))
        .set_health_check_protocol(check.filled("protocol").map(|protocol| protocol.as_str().into()))
        .set_health_check_timeout_seconds(check.integer("timeout"))
        .set_healthy_threshold_count(check.integer("healthy_threshold"))
        .set_unhealthy_threshold_count(check.integer("unhealthy_threshold"))
        .set_matcher(matcher(&call.want, &check).filter(|_| has_path));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyTargetGroup"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.elbv2().delete_target_group().target_group_arn(&call.id);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeleteTargetGroup"))?;
    Ok(())
}

/// Names are unique within account and region.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let request = call.aws.elbv2().describe_target_groups().names(call.name_or_generated("name", "name_prefix", "tf-"));
    match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeTargetGroups")) {
        Ok(answer) => Ok(answer.target_groups().first().and_then(Described::target_group_arn).map(str::to_owned)),
        Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}
