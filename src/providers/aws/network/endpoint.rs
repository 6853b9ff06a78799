//! `aws_vpc_endpoint` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
//!
//! A gateway's addresses are those of its service's prefix list; where an interface endpoint stands in a subnet, its network
//! interfaces tell. Both are asked for once a read, for all endpoints together.

use super::endpoint_changes::{accept, delete, modify, options_of, subnet};
use super::endpoint_fields::fields;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Readiness, Resource, Tagging, all_of, written_policy};
use aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointFluentBuilder as Create;
use aws_sdk_ec2::types::{NetworkInterface, PrefixList, ResourceType, SubnetConfiguration, VpcEndpoint};
use std::sync::Arc;

pub struct Endpoint {
    pub endpoint: VpcEndpoint,
    pub arn: String,
    /// Of the service, where it has one.
    pub prefix_list: Option<PrefixList>,
    pub interfaces: Vec<NetworkInterface>,
}

pub fn vpc_endpoint() -> Resource<Endpoint, Create> {
    Resource::new("EC2 VPC Endpoint", 0, |aws| aws.ec2().create_vpc_endpoint(), create)
        .fields(fields())
        .read_many(200, |found: &Endpoint| found.endpoint.vpc_endpoint_id().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .reconcile(|object, before| written_policy(object, before, "policy"))
        .rest_of_create(accept)
        .change("acceptance", accept)
        .change("endpoint", modify)
        .tagged(|found| tag_map(found.endpoint.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidVpcEndpoint.NotFound", "InvalidVpcEndpointId.NotFound"])
        .recovered_by_tag(Tagging::Ec2)
        .timeouts(&[("create", 10), ("delete", 10), ("update", 10)])
}

/// The API has its states in small letters, its documentation in capitals.
fn readiness(found: &Endpoint) -> Readiness {
    let state = found.endpoint.state().map_or("", |state| state.as_str()).to_lowercase();
    match state.as_str() {
        "deleted" => Readiness::Gone,
        "pending" | "deleting" => Readiness::Waiting(state),
        _ => Readiness::Ready,
    }
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let subnets: Vec<SubnetConfiguration> = call.want.items("subnet_configuration").iter().map(subnet).collect();
    let request = request
        .client_token(&call.token)
        // AWS turns it on where nothing is said.
        .private_dns_enabled(call.want.flag("private_dns_enabled").unwrap_or_default())
        .set_dns_options(options_of(&call.want))
        .set_subnet_configurations(Some(subnets).filter(|subnets| !subnets.is_empty()))
        .set_tag_specifications(tag_specifications(ResourceType::VpcEndpoint, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateVpcEndpoint"))?;
    Ok(answer.vpc_endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id).unwrap_or_default())
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Endpoint>, Failure> {
    let request = aws.ec2().describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcEndpoints").await?;
    let (prefix_lists, interfaces) = futures::try_join!(prefix_lists(&aws, &found), interfaces(&aws, &found))?;
    let assemble = |endpoint: VpcEndpoint| {
        let (owner, id) = (endpoint.owner_id().unwrap_or_default(), endpoint.vpc_endpoint_id().unwrap_or_default());
        let is_its = |list: &&PrefixList| list.prefix_list_name() == endpoint.service_name();
        let is_in = |interface: &&NetworkInterface| {
            let id = interface.network_interface_id().unwrap_or_default();
            endpoint.network_interface_ids().iter().any(|its| its == id)
        };
        Endpoint {
            arn: arn(&aws, owner, "vpc-endpoint", id),
            prefix_list: prefix_lists.iter().find(is_its).cloned(),
            interfaces: interfaces.iter().filter(is_in).cloned().collect(),
            endpoint,
        }
    };
    Ok(found.into_iter().map(assemble).collect())
}

async fn prefix_lists(aws: &Aws, endpoints: &[VpcEndpoint]) -> Result<Vec<PrefixList>, Failure> {
    let mut services: Vec<&str> = endpoints.iter().filter_map(VpcEndpoint::service_name).collect();
    services.sort_unstable();
    services.dedup();
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.ec2().describe_prefix_lists().filters(filter("prefix-list-name", services));
    all_of(request.into_paginator().items().send(), "EC2: DescribePrefixLists").await
}

async fn interfaces(aws: &Aws, endpoints: &[VpcEndpoint]) -> Result<Vec<NetworkInterface>, Failure> {
    let ids: Vec<String> = endpoints.iter().flat_map(VpcEndpoint::network_interface_ids).cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // By a filter: one that is just going is left out, and spoils nothing.
    let request = aws.ec2().describe_network_interfaces().filters(filter("network-interface-id", ids));
    all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkInterfaces").await
}
