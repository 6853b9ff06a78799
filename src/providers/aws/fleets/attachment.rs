//! `aws_autoscaling_attachment` <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachTrafficSources.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, not_importable, text};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A group and one of the balancers or target groups that send it traffic.
pub struct Attachment {
    group: String,
    source: String,
}

pub fn attachment() -> Resource<Attachment, ()> {
    Resource::new("Auto Scaling Attachment", 0, |_: &Aws| (), create)
        .fields(vec![
            text("autoscaling_group_name").required().replaces(),
            text("elb").optional().replaces().exactly_one(&["lb_target_group_arn"]),
            text("lb_target_group_arn").optional().replaces().exactly_one(&["elb"]),
        ])
        .read_by(key)
        .read_many(50, |found: &Attachment| format!("{}/{}", found.group, found.source), read)
        .delete(delete)
        .missing(&["ValidationError"])
        .imported_by(not_importable)
        .recovered_by(|call: Call| async move {
            let found = read(call.aws.clone(), vec![key(&call.want)]).await?;
            Ok((!found.is_empty()).then(|| id_of(&call)))
        })
}

fn key(of: &Want) -> String {
    let source = of.filled("lb_target_group_arn").or_else(|| of.filled("elb")).unwrap_or_default();
    format!("{}/{source}", of.text("autoscaling_group_name").unwrap_or_default())
}

/// The API has none.
fn id_of(call: &Call) -> String {
    format!("{}-{}", call.want.text("autoscaling_group_name").unwrap_or_default(), call.generated_suffix())
}

async fn create((): (), call: Call) -> Result<String, Failure> {
    let (scaling, group) = (call.aws.autoscaling(), call.want.text("autoscaling_group_name"));
    match call.want.filled("elb") {
        Some(name) => {
            let request = scaling.attach_load_balancers().set_auto_scaling_group_name(group);
            let request = request.load_balancer_names(name);
            request.send().await.map_err(Failure::of("Auto Scaling: AttachLoadBalancers"))?;
        }
        None => {
            let request = scaling.attach_load_balancer_target_groups().set_auto_scaling_group_name(group);
            let request = request.set_target_group_arns(call.want.text("lb_target_group_arn").map(|arn| vec![arn]));
            request.send().await.map_err(Failure::of("Auto Scaling: AttachLoadBalancerTargetGroups"))?;
        }
    }
    Ok(id_of(&call))
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Attachment>, Failure> {
    let names: BTreeSet<String> = keys.iter().filter_map(|key| Some(key.split_once('/')?.0.to_owned())).collect();
    let request = aws.autoscaling().describe_auto_scaling_groups();
    let request = request.set_auto_scaling_group_names(Some(names.into_iter().collect()));
    let mut pages = request.into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(group) = pages.next().await {
        let group = group.map_err(Failure::of("Auto Scaling: DescribeAutoScalingGroups"))?;
        let name = group.auto_scaling_group_name().unwrap_or_default();
        let sources = group.target_group_arns().iter().chain(group.load_balancer_names());
        found.extend(sources.map(|source| Attachment { group: name.to_owned(), source: source.clone() }));
    }
    Ok(found)
}

async fn delete(call: Call) -> Result<(), Failure> {
    let (scaling, group) = (call.aws.autoscaling(), call.prior.text("autoscaling_group_name"));
    if let Some(name) = call.prior.filled("elb") {
        let request = scaling.detach_load_balancers().set_auto_scaling_group_name(group).load_balancer_names(name);
        return request.send().await.map(drop).map_err(Failure::of("Auto Scaling: DetachLoadBalancers"));
    }
    let request = scaling.detach_load_balancer_target_groups().set_auto_scaling_group_name(group);
    let request = request.set_target_group_arns(call.prior.text("lb_target_group_arn").map(|arn| vec![arn]));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: DetachLoadBalancerTargetGroups"))
}
