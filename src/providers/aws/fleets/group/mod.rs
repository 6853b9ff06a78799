//! `aws_autoscaling_group` <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html>
//!
//! A create and a change of capacity wait until enough servers are healthy in the group and, where asked for, behind its load balancers;
//! a delete takes the servers away first. A change of what servers are launched from is a rollout: an instance refresh, see `refresh`.

mod blocks;
mod capacity;
mod changes;
mod launch;
mod refresh;
mod removal;
mod renewing;
mod tags;
mod warm_pool;

pub use renewing::renewing;

use super::maybe;
use super::mirror::shown_texts;
use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, all_of, flag, name_prefix_of, number, set_of_text, text, texts, texts_of,
};
use crate::value::{Text, Type, Value};
use aws_sdk_autoscaling::operation::create_auto_scaling_group::builders::CreateAutoScalingGroupFluentBuilder as Create;
use aws_sdk_autoscaling::types::AutoScalingGroup as Group;
use std::collections::BTreeMap;
use std::sync::Arc;

/// AWS takes so many names a call.
const MOST_NAMES: usize = 50;

/// The profile of the servers was made a moment ago.
const PROFILE_NOT_READY: &str = "InvalidIamInstanceProfile.NotReady";

pub fn group() -> Resource<Group, Create> {
    let begin = |aws: &Aws| aws.autoscaling().create_auto_scaling_group();
    Resource::new("Auto Scaling Group", 1, begin, create)
        .fields(fields())
        .read_many(MOST_NAMES, |found: &Group| found.auto_scaling_group_name().unwrap_or_default().to_owned(), read)
        .rest_of_create(changes::after_create)
        .change("group", changes::update)
        .delete(removal::delete)
        .retry_create_on(&[PROFILE_NOT_READY])
        .retry_delete_on(removal::NOT_YET)
        .timeouts(&[("delete", 10), ("update", 10)])
        .reconcile(as_configured)
        .recovered_by(find)
        .traffic(TrafficRole::Fleet)
}

fn fields() -> Vec<Field<Group, Create>> {
    let mut fields = capacity_fields();
    fields.extend(plain_fields());
    fields.extend(text_fields());
    fields.extend(blocks::fields());
    for field in &mut fields {
        field.declared.change = Some("group");
    }
    fields
}

fn capacity_fields() -> Vec<Field<Group, Create>> {
    let count =
        |name: &'static str, getter: fn(&Group) -> Option<i32>| number(name).optional().from(getter).never_null();
    vec![
        number("default_cooldown").optional().computed().from(Group::default_cooldown).to(Create::set_default_cooldown),
        count("default_instance_warmup", Group::default_instance_warmup).to(Create::set_default_instance_warmup),
        number("desired_capacity").optional().computed().from(Group::desired_capacity).to(Create::set_desired_capacity),
        number("health_check_grace_period")
            .default(300)
            .from(Group::health_check_grace_period)
            .to(Create::set_health_check_grace_period),
        count("max_instance_lifetime", Group::max_instance_lifetime).to(Create::set_max_instance_lifetime),
        number("max_size").required().from(Group::max_size).to(Create::set_max_size),
        number("min_elb_capacity").optional(),
        number("min_size").required().from(Group::min_size).to(Create::set_min_size),
        number("predicted_capacity").computed().from(Group::predicted_capacity).never_null(),
        number("wait_for_elb_capacity").optional(),
        number("warm_pool_size").computed().from(Group::warm_pool_size).never_null(),
    ]
}

fn plain_fields() -> Vec<Field<Group, Create>> {
    vec![
        set_of_text("availability_zones")
            .optional()
            .computed()
            .conflicts(&["vpc_zone_identifier"])
            .from(Group::availability_zones)
            .to(Create::set_availability_zones),
        flag("capacity_rebalance")
            .optional()
            .from(Group::capacity_rebalance)
            .never_null()
            .to(Create::set_capacity_rebalance),
        set_of_text("enabled_metrics").optional().from(|found: &Group| {
            let names = found.enabled_metrics().iter().filter_map(|metric| metric.metric()).map(str::to_owned);
            shown_texts(&names.collect::<Vec<_>>())
        }),
        flag("force_delete").default(false),
        flag("force_delete_warm_pool").default(false),
        flag("ignore_failed_scaling_activities").default(false),
        set_of_text("load_balancers")
            .optional()
            .computed()
            .conflicts(&["traffic_source"])
            .from(Group::load_balancer_names)
            .to(Create::set_load_balancer_names),
        flag("protect_from_scale_in")
            .default(false)
            .from(Group::new_instances_protected_from_scale_in)
            .to(Create::set_new_instances_protected_from_scale_in),
        set_of_text("suspended_processes").optional().from(|found: &Group| {
            let names = found.suspended_processes().iter().filter_map(|one| one.process_name()).map(str::to_owned);
            shown_texts(&names.collect::<Vec<_>>())
        }),
        set_of_text("target_group_arns")
            .optional()
            .computed()
            .conflicts(&["traffic_source"])
            .from(Group::target_group_arns)
            .to(Create::set_target_group_arns),
        texts("termination_policies").optional().from(Group::termination_policies).to(Create::set_termination_policies),
        set_of_text("vpc_zone_identifier")
            .optional()
            .computed()
            .conflicts(&["availability_zones"])
            .from(|found: &Group| {
                let listed = found.vpc_zone_identifier().unwrap_or_default().split(',');
                Value::list(Type::String, listed.filter(|subnet| !subnet.is_empty()).map(Value::text).collect())
            })
            .to(|request: Create, subnets: &Value| request.vpc_zone_identifier(texts_of(subnets).join(","))),
    ]
}

fn text_fields() -> Vec<Field<Group, Create>> {
    let said = |name: &'static str, getter: fn(&Group) -> Option<&str>| {
        text(name).optional().from(move |found: &Group| getter(found).map(str::to_owned)).never_null()
    };
    vec![
        text("arn").computed().from(Group::auto_scaling_group_arn),
        said("context", Group::context).to(Create::set_context),
        said("desired_capacity_type", Group::desired_capacity_type)
            .one_of(&["", "units", "vcpu", "memory-mib"])
            .to(Create::set_desired_capacity_type),
        text("health_check_type")
            .optional()
            .computed()
            .from(Group::health_check_type)
            .to(Create::set_health_check_type),
        said("launch_configuration", Group::launch_configuration_name)
            .exactly_one(&["launch_template", "mixed_instances_policy"])
            .to(Create::set_launch_configuration_name),
        text("metrics_granularity").default("1Minute").one_of(&["1Minute"]),
        text("name").optional().computed().replaces().conflicts(&["name_prefix"]).from(Group::auto_scaling_group_name),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &Group| Some(name_prefix_of(found.auto_scaling_group_name().unwrap_or_default()))),
        said("placement_group", Group::placement_group).to(Create::set_placement_group),
        text("service_linked_role_arn")
            .optional()
            .computed()
            .from(Group::service_linked_role_arn)
            .to(Create::set_service_linked_role_arn),
        text("wait_for_capacity_timeout").default("10m").check(|value| {
            let is_duration =
                value.as_str().is_some_and(|text| crate::providers::aws::engine::parse_duration(text).is_some());
            if is_duration { Ok(()) } else { Err("expected a duration such as 10m".into()) }
        }),
    ]
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.auto_scaling_group_name(&name).set_tags(tags::wanted(&call.want, &name));
    let answer = request.send().await.map_err(Failure::of("Auto Scaling: CreateAutoScalingGroup"));
    answer.map_err(about_profile)?;
    Ok(name)
}

fn about_profile(failure: Failure) -> Failure {
    let is_about_it =
        failure.code == "ValidationError" && failure.message.to_lowercase().contains("iaminstanceprofile");
    Failure { code: if is_about_it { PROFILE_NOT_READY.to_owned() } else { failure.code }, ..failure }
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Group>, Failure> {
    let request = aws.autoscaling().describe_auto_scaling_groups().set_auto_scaling_group_names(Some(names));
    let pages = request.into_paginator().items().send();
    let mut found = all_of(pages, "Auto Scaling: DescribeAutoScalingGroups").await?;
    for group in &mut found {
        let tags = group.tags.take().unwrap_or_default();
        let pairs = tags.iter().map(|tag| (tag.key().unwrap_or_default(), tag.value().unwrap_or_default()));
        let visible: BTreeMap<String, String> = aws.tags.visible(pairs);
        group.tags = Some(tags.into_iter().filter(|tag| visible.contains_key(tag.key().unwrap_or_default())).collect());
    }
    Ok(found)
}

async fn look(call: &Call) -> Result<Option<Group>, Failure> {
    Ok(read(call.aws.clone(), vec![call.id.clone()]).await?.into_iter().next())
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = name_of(&call);
    Ok(read(call.aws.clone(), vec![name.clone()]).await?.first().map(|_| name))
}

/// What the API says without being told is not shown: the default termination policy.
fn as_configured(object: Value, before: &Value) -> Value {
    let is_written = |name: &str| before.get(name).is_some_and(|value| !value.is_zero());
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let shown = entries.map(|(name, value)| {
        let value = match &**name {
            "termination_policies" if !is_written(name) && texts_of(value) == ["Default"] => {
                Value::list(Type::String, Vec::new())
            }
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    Value::object(shown.collect::<Vec<(Text, Value)>>())
}
