//! What every network has and calls of their own tell: flags, and the main table, group and ACL that AWS made with it.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Failure, all_of};
use aws_sdk_ec2::types::{AttributeBooleanValue, VpcAttributeName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// DNS support, DNS host names, address metrics: the API answers one a call.
pub async fn attributes(aws: Arc<Aws>, id: String) -> Result<(bool, bool, bool), Failure> {
    let ask = |name: VpcAttributeName| {
        let request = aws.ec2().describe_vpc_attribute().vpc_id(&id).attribute(name);
        async { request.send().await.map_err(Failure::of("EC2: DescribeVpcAttribute")) }
    };
    let is_on =
        |value: Option<&AttributeBooleanValue>| value.and_then(AttributeBooleanValue::value).unwrap_or_default();
    let (support, names, metrics) = futures::try_join!(
        ask(VpcAttributeName::EnableDnsSupport),
        ask(VpcAttributeName::EnableDnsHostnames),
        ask(VpcAttributeName::EnableNetworkAddressUsageMetrics),
    )?;
    Ok((
        is_on(support.enable_dns_support()),
        is_on(names.enable_dns_hostnames()),
        is_on(metrics.enable_network_address_usage_metrics()),
    ))
}

pub async fn default_network_acls(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let request =
        aws.ec2().describe_network_acls().filters(filter("default", ["true"])).filters(filter("vpc-id", vpcs));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkAcls").await?;
    let pairs = found.iter().filter_map(|acl| Some((acl.vpc_id()?.to_owned(), acl.network_acl_id()?.to_owned())));
    Ok(pairs.collect())
}

pub async fn default_security_groups(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let request =
        aws.ec2().describe_security_groups().filters(filter("group-name", ["default"])).filters(filter("vpc-id", vpcs));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroups").await?;
    let pairs = found.iter().filter_map(|group| Some((group.vpc_id()?.to_owned(), group.group_id()?.to_owned())));
    Ok(pairs.collect())
}

pub async fn main_route_tables(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let request =
        aws.ec2().describe_route_tables().filters(filter("association.main", ["true"])).filters(filter("vpc-id", vpcs));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    let pairs = found.iter().filter_map(|table| Some((table.vpc_id()?.to_owned(), table.route_table_id()?.to_owned())));
    Ok(pairs.collect())
}
