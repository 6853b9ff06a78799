//! `aws_lb` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html>
//!
//! `load_balancer_fields` has its attributes, `load_balancer_changes` what is changed in place.

use super::attributes::Pairs;
use super::load_balancer_changes as changes;
use super::load_balancer_fields::{SETTINGS, fields};
use super::tags::{ARNS_PER_CALL, change_tags, read_tags, sdk_tags};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, all_of, ready, texts_of};
use aws_sdk_elasticloadbalancingv2::operation::create_load_balancer::builders::CreateLoadBalancerFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{IpamPools, LoadBalancer as Described, LoadBalancerSchemeEnum};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct LoadBalancer {
    pub described: Described,
    pub settings: Pairs,
    pub tags: BTreeMap<String, String>,
    pub capacity_units: Option<i32>,
}

pub fn load_balancer() -> Resource<LoadBalancer, Create> {
    Resource::new("ELBv2 Load Balancer", 0, |aws| aws.elbv2().create_load_balancer(), create)
        .fields(fields())
        .read_many(
            ARNS_PER_CALL,
            |found: &LoadBalancer| found.described.load_balancer_arn().unwrap_or_default().to_owned(),
            read,
        )
        .ready(|found| {
            let state = found.described.state().and_then(|state| state.code()).map(|code| code.as_str());
            ready(state, &["active", "active_impaired"], &[])
        })
        .keeps(SETTINGS.iter().map(|setting| setting.attribute))
        .change_after_create("settings", changes::change_settings)
        .change("subnets", changes::change_subnets)
        .change("security_groups", changes::change_security_groups)
        .change("ip_address_type", changes::change_ip_address_type)
        .change_after_create("capacity", changes::change_capacity)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .recovered_by(find)
        .missing(&["LoadBalancerNotFound"])
        .retry_create_on(&["InvalidSubnet"])
        .retry_delete_on(&["ResourceInUse"])
        .timeouts(&[("create", 10), ("delete", 10), ("update", 10)])
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let mappings = changes::subnet_mappings(&call.want);
    let pool = call.want.item("ipam_pools").and_then(|pools| pools.text("ipv4_ipam_pool_id"));
    let internal = call.want.flag("internal") == Some(true);
    let request = request
        .name(call.name_or_generated("name", "name_prefix", "tf-lb-"))
        .set_scheme(internal.then_some(LoadBalancerSchemeEnum::Internal))
        .set_ipam_pools(pool.map(|id| IpamPools::builder().ipv4_ipam_pool_id(id).build()))
        .set_tags(sdk_tags(&call.tags));
    let request = match mappings.is_empty() {
        true => request.set_subnets(call.want.value("subnets").map(texts_of)),
        false => request.set_subnet_mappings(Some(mappings)),
    };
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: CreateLoadBalancer"))?;
    Ok(answer.load_balancers().first().and_then(Described::load_balancer_arn).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<LoadBalancer>, Failure> {
    let request = aws.elbv2().describe_load_balancers().set_load_balancer_arns(Some(arns));
    let found =
        all_of(request.into_paginator().items().send(), "Elastic Load Balancing v2: DescribeLoadBalancers").await?;
    assemble(&aws, found).await
}

/// With what the API keeps beside the load balancers: tags twenty a call, settings and capacity one a call.
pub async fn assemble(aws: &Arc<Aws>, found: Vec<Described>) -> Result<Vec<LoadBalancer>, Failure> {
    let arns: Vec<String> = found.iter().filter_map(|found| found.load_balancer_arn.clone()).collect();
    let (mut tags, settings, capacities) = futures::try_join!(
        read_tags(aws, &arns),
        futures::future::try_join_all(arns.iter().map(|arn| read_settings(aws, arn))),
        futures::future::try_join_all(arns.iter().map(|arn| read_capacity(aws, arn))),
    )?;
    let whole = |((described, settings), capacity_units): ((Described, Pairs), Option<i32>)| LoadBalancer {
        tags: tags.remove(described.load_balancer_arn().unwrap_or_default()).unwrap_or_default(),
        described,
        settings,
        capacity_units,
    };
    Ok(found.into_iter().zip(settings).zip(capacities).map(whole).collect())
}

async fn read_settings(aws: &Aws, arn: &str) -> Result<Pairs, Failure> {
    let request = aws.elbv2().describe_load_balancer_attributes().load_balancer_arn(arn);
    let answer =
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeLoadBalancerAttributes"))?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|pair| Some((pair.key?, pair.value?))).collect())
}

/// Not every partition and account has capacity reservations: what says so has none.
async fn read_capacity(aws: &Aws, arn: &str) -> Result<Option<i32>, Failure> {
    let request = aws.elbv2().describe_capacity_reservation().load_balancer_arn(arn);
    match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeCapacityReservation")) {
        Ok(answer) => Ok(answer.minimum_load_balancer_capacity().and_then(|capacity| capacity.capacity_units())),
        Err(failure) if failure.is_any(&["OperationNotPermitted", "AccessDenied", "ValidationError"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.elbv2().delete_load_balancer().load_balancer_arn(&call.id);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeleteLoadBalancer"))?;
    Ok(())
}

/// Names are unique within account and region.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let request =
        call.aws.elbv2().describe_load_balancers().names(call.name_or_generated("name", "name_prefix", "tf-lb-"));
    match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeLoadBalancers")) {
        Ok(answer) => Ok(answer.load_balancers().first().and_then(Described::load_balancer_arn).map(str::to_owned)),
        Err(failure) if failure.is_any(&["LoadBalancerNotFound"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}
