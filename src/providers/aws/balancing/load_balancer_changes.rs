//! Changes of a load balancer in place.

use super::attributes::{Pairs, changed, pair_text, wanted};
use super::load_balancer_fields::SETTINGS;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_elasticloadbalancingv2::types::{
    IpAddressType, LoadBalancerAttribute, MinimumLoadBalancerCapacity, SubnetMapping,
};

pub fn subnet_mappings(want: &Want) -> Vec<SubnetMapping> {
    let written = want.items("subnet_mapping");
    let of_block = |block: &Want| {
        SubnetMapping::builder()
            .set_subnet_id(block.text("subnet_id"))
            .set_allocation_id(block.filled("allocation_id"))
            .set_ipv6_address(block.filled("ipv6_address"))
            .set_private_ipv4_address(block.filled("private_ipv4_address"))
            .build()
    };
    written.iter().map(of_block).collect()
}

pub async fn change_settings(call: Call) -> Result<(), Failure> {
    let kind = call.want.text("load_balancer_type").unwrap_or_default();
    let pairs_of = |want: &Want| {
        let mut pairs = wanted(SETTINGS, &kind, want);
        for prefix in ["access_logs", "connection_logs"] {
            pairs.extend(log_pairs(want, prefix));
        }
        pairs
    };
    let changed = changed(&pairs_of(&call.prior), pairs_of(&call.want));
    if changed.is_empty() {
        return Ok(());
    }
    set_settings(&call.aws, &call.id, changed).await
}

/// Logs that are off need no bucket.
fn log_pairs(want: &Want, block: &str) -> Pairs {
    let Some(logs) = want.item(block) else { return Pairs::new() };
    let is_on = logs.flag("enabled") == Some(true);
    let names: &[&str] = if is_on { &["enabled", "bucket", "prefix"] } else { &["enabled"] };
    names.iter().filter_map(|name| Some((format!("{block}.s3.{name}"), pair_text(logs.value(name)?)?))).collect()
}

async fn set_settings(aws: &Aws, arn: &str, pairs: Pairs) -> Result<(), Failure> {
    let attributes =
        pairs.into_iter().map(|(key, value)| LoadBalancerAttribute::builder().key(key).value(value).build());
    let request =
        aws.elbv2().modify_load_balancer_attributes().load_balancer_arn(arn).set_attributes(Some(attributes.collect()));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyLoadBalancerAttributes"))?;
    Ok(())
}

pub async fn change_subnets(call: Call) -> Result<(), Failure> {
    let request = call.aws.elbv2().set_subnets().load_balancer_arn(&call.id);
    let is_by_mapping = call.prior.0.get("subnet_mapping") != call.want.0.get("subnet_mapping");
    let request = match is_by_mapping && !call.want.items("subnet_mapping").is_empty() {
        true => request.set_subnet_mappings(Some(subnet_mappings(&call.want))),
        false => request.set_subnets(Some(call.want.texts("subnets"))),
    };
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: SetSubnets"))?;
    Ok(())
}

pub async fn change_security_groups(call: Call) -> Result<(), Failure> {
    let rules = call.want.filled("enforce_security_group_inbound_rules_on_private_link_traffic");
    let request = call
        .aws
        .elbv2()
        .set_security_groups()
        .load_balancer_arn(&call.id)
        .set_security_groups(Some(call.want.texts("security_groups")))
        .set_enforce_security_group_inbound_rules_on_private_link_traffic(rules.map(|rules| rules.as_str().into()));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: SetSecurityGroups"))?;
    Ok(())
}

pub async fn change_ip_address_type(call: Call) -> Result<(), Failure> {
    if let Some(kind) = call.want.text("ip_address_type") {
        let request = call
            .aws
            .elbv2()
            .set_ip_address_type()
            .load_balancer_arn(&call.id)
            .ip_address_type(IpAddressType::from(kind.as_str()));
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: SetIpAddressType"))?;
    }
    Ok(())
}

pub async fn change_capacity(call: Call) -> Result<(), Failure> {
    let units = call.want.item("minimum_load_balancer_capacity").and_then(|block| block.integer("capacity_units"));
    let request = call.aws.elbv2().modify_capacity_reservation().load_balancer_arn(&call.id);
    let request = match units {
        Some(units) => {
            request.minimum_load_balancer_capacity(MinimumLoadBalancerCapacity::builder().capacity_units(units).build())
        }
        None => request.reset_capacity_reservation(true),
    };
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyCapacityReservation"))?;
    Ok(())
}
