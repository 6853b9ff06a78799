//! What follows a group's create, and its changes in place, in the order of hashicorp's provider.

use super::blocks::{maintenance_of, reservation, source, zones_of};
use super::{capacity, launch, tags, warm_pool};
use crate::providers::aws::engine::{Call, Failure, Want, texts_of};
use aws_sdk_autoscaling::types::{InstanceMaintenancePolicy, TrafficSourceIdentifier};

/// AWS takes so many load balancers, target groups or traffic sources a call.
const MOST_SOURCES: usize = 10;

/// What UpdateAutoScalingGroup changes.
const OWN: &[&str] = &[
    "availability_zone_distribution",
    "availability_zones",
    "capacity_rebalance",
    "capacity_reservation_specification",
    "context",
    "default_cooldown",
    "default_instance_warmup",
    "desired_capacity",
    "desired_capacity_type",
    "health_check_grace_period",
    "health_check_type",
    "instance_maintenance_policy",
    "launch_configuration",
    "launch_template",
    "max_instance_lifetime",
    "max_size",
    "min_size",
    "mixed_instances_policy",
    "placement_group",
    "protect_from_scale_in",
    "service_linked_role_arn",
    "termination_policies",
    "vpc_zone_identifier",
];

pub async fn after_create(call: Call) -> Result<(), Failure> {
    capacity::wait_for_first(&call).await?;
    suspend(&call).await?;
    enable_metrics(&call).await?;
    warm_pool::put(&call).await
}

pub async fn update(call: Call) -> Result<(), Failure> {
    let differs = |name: &str| differs(&call, name);
    if OWN.iter().any(|name| differs(name)) {
        update_group(&call).await?;
    }
    if differs("tag") {
        tags::change(&call).await?;
    }
    change_sources(&call).await?;
    if differs("warm_pool") {
        warm_pool::change(&call).await?;
    }
    if differs("desired_capacity") || differs("min_size") {
        capacity::wait_for_changed(&call).await?;
    }
    if differs("enabled_metrics") {
        disable_metrics(&call).await?;
        enable_metrics(&call).await?;
    }
    if differs("suspended_processes") {
        resume(&call).await?;
        suspend(&call).await?;
    }
    Ok(())
}

fn differs(call: &Call, name: &str) -> bool {
    call.prior.0.get(name) != call.want.0.get(name)
}

/// Only what differs is sent; what is not wanted any more is sent as nothing.
async fn update_group(call: &Call) -> Result<(), Failure> {
    let want = &call.want;
    let differs = |name: &str| differs(call, name);
    let number = |name: &str| differs(name).then(|| want.integer(name).unwrap_or_default());
    let text = |name: &str| differs(name).then(|| want.text(name).unwrap_or_default());
    let flag = |name: &str| differs(name).then(|| want.flag(name).unwrap_or_default());
    let block = |name: &str| want.item(name).filter(|_| differs(name));
    let texts = |name: &str| differs(name).then(|| want.texts(name)).filter(|texts| !texts.is_empty());
    let no_maintenance =
        || InstanceMaintenancePolicy::builder().max_healthy_percentage(-1).min_healthy_percentage(-1).build();
    let maintenance = differs("instance_maintenance_policy")
        .then(|| want.item("instance_maintenance_policy").map_or_else(no_maintenance, |block| maintenance_of(&block)));
    let policies = differs("termination_policies")
        .then(|| Some(want.texts("termination_policies")).filter(|texts| !texts.is_empty()))
        .map(|policies| policies.unwrap_or_else(|| vec!["Default".to_owned()]));
    let zones = want.value("availability_zone_distribution").filter(|_| differs("availability_zone_distribution"));
    let request = call
        .aws
        .autoscaling()
        .update_auto_scaling_group()
        .auto_scaling_group_name(&call.id)
        .set_availability_zone_distribution(zones.and_then(zones_of))
        .set_availability_zones(texts("availability_zones").filter(|_| !differs("vpc_zone_identifier")))
        .set_capacity_rebalance(flag("capacity_rebalance"))
        .set_capacity_reservation_specification(block("capacity_reservation_specification").as_ref().map(reservation))
        .set_context(text("context"))
        .set_default_cooldown(number("default_cooldown"))
        .set_default_instance_warmup(number("default_instance_warmup"))
        .set_desired_capacity(want.integer("desired_capacity").filter(|_| differs("desired_capacity")))
        .set_desired_capacity_type(want.filled("desired_capacity_type").filter(|_| differs("desired_capacity_type")))
        .set_health_check_grace_period(number("health_check_grace_period"))
        .set_health_check_type(want.filled("health_check_type").filter(|_| differs("health_check_type")))
        .set_instance_maintenance_policy(maintenance)
        .set_launch_configuration_name(want.filled("launch_configuration").filter(|_| differs("launch_configuration")))
        .set_launch_template(block("launch_template").as_ref().map(launch::template))
        .set_max_instance_lifetime(number("max_instance_lifetime"))
        .set_max_size(number("max_size"))
        .set_min_size(number("min_size"))
        .set_mixed_instances_policy(block("mixed_instances_policy").as_ref().map(launch::policy))
        .set_new_instances_protected_from_scale_in(flag("protect_from_scale_in"))
        .set_placement_group(text("placement_group"))
        .set_service_linked_role_arn(
            want.filled("service_linked_role_arn").filter(|_| differs("service_linked_role_arn")),
        )
        .set_termination_policies(policies)
        .set_vpc_zone_identifier(texts("vpc_zone_identifier").map(|subnets| subnets.join(",")));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: UpdateAutoScalingGroup"))
}

/// What is to leave, and what is to come, of the texts of an attribute.
fn difference(call: &Call, name: &str) -> (Vec<String>, Vec<String>) {
    let (former, wanted) = (call.prior.texts(name), call.want.texts(name));
    let gone = former.iter().filter(|one| !wanted.contains(one)).cloned().collect();
    (gone, wanted.iter().filter(|one| !former.contains(one)).cloned().collect())
}

/// Load balancers, target groups and traffic sources: those that leave first.
async fn change_sources(call: &Call) -> Result<(), Failure> {
    let scaling = call.aws.autoscaling();
    let (gone, new) = difference(call, "load_balancers");
    for names in gone.chunks(MOST_SOURCES) {
        let request = scaling.detach_load_balancers().auto_scaling_group_name(&call.id);
        let request = request.set_load_balancer_names(Some(names.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: DetachLoadBalancers"))?;
    }
    for names in new.chunks(MOST_SOURCES) {
        let request = scaling.attach_load_balancers().auto_scaling_group_name(&call.id);
        let request = request.set_load_balancer_names(Some(names.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: AttachLoadBalancers"))?;
    }
    let (gone, new) = difference(call, "target_group_arns");
    for arns in gone.chunks(MOST_SOURCES) {
        let request = scaling.detach_load_balancer_target_groups().auto_scaling_group_name(&call.id);
        let request = request.set_target_group_arns(Some(arns.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: DetachLoadBalancerTargetGroups"))?;
    }
    for arns in new.chunks(MOST_SOURCES) {
        let request = scaling.attach_load_balancer_target_groups().auto_scaling_group_name(&call.id);
        let request = request.set_target_group_arns(Some(arns.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: AttachLoadBalancerTargetGroups"))?;
    }
    change_traffic_sources(call).await
}

async fn change_traffic_sources(call: &Call) -> Result<(), Failure> {
    let scaling = call.aws.autoscaling();
    let (former, wanted) = (call.prior.items("traffic_source"), call.want.items("traffic_source"));
    let only_in = |these: &[Want], those: &[Want]| {
        let stays = |one: &&Want| those.iter().any(|other| other.0 == one.0);
        these.iter().filter(|one| !stays(one)).map(source).collect::<Vec<TrafficSourceIdentifier>>()
    };
    for sources in only_in(&former, &wanted).chunks(MOST_SOURCES) {
        let request = scaling.detach_traffic_sources().auto_scaling_group_name(&call.id);
        let request = request.set_traffic_sources(Some(sources.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: DetachTrafficSources"))?;
    }
    for sources in only_in(&wanted, &former).chunks(MOST_SOURCES) {
        let request = scaling.attach_traffic_sources().auto_scaling_group_name(&call.id);
        let request = request.set_traffic_sources(Some(sources.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: AttachTrafficSources"))?;
    }
    Ok(())
}

async fn suspend(call: &Call) -> Result<(), Failure> {
    let processes = call.want.texts("suspended_processes");
    if processes.is_empty() {
        return Ok(());
    }
    let request = call.aws.autoscaling().suspend_processes().auto_scaling_group_name(&call.id);
    let request = request.set_scaling_processes(Some(processes));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: SuspendProcesses"))
}

async fn resume(call: &Call) -> Result<(), Failure> {
    let (gone, _) = difference(call, "suspended_processes");
    if gone.is_empty() {
        return Ok(());
    }
    let request = call.aws.autoscaling().resume_processes().auto_scaling_group_name(&call.id);
    let request = request.set_scaling_processes(Some(gone));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: ResumeProcesses"))
}

async fn enable_metrics(call: &Call) -> Result<(), Failure> {
    let metrics = call.want.value("enabled_metrics").map(texts_of).unwrap_or_default();
    if metrics.is_empty() {
        return Ok(());
    }
    let request = call.aws.autoscaling().enable_metrics_collection().auto_scaling_group_name(&call.id);
    let request = request.set_granularity(call.want.text("metrics_granularity")).set_metrics(Some(metrics));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: EnableMetricsCollection"))
}

async fn disable_metrics(call: &Call) -> Result<(), Failure> {
    let (gone, _) = difference(call, "enabled_metrics");
    if gone.is_empty() {
        return Ok(());
    }
    let request = call.aws.autoscaling().disable_metrics_collection().auto_scaling_group_name(&call.id);
    let request = request.set_metrics(Some(gone));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: DisableMetricsCollection"))
}
