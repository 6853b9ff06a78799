//! `aws_network_interface` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html>
//!
//! Its addresses and prefixes, each a list or a number of them, are [`super::interface_addresses`]'.

use super::interface_addresses::{Addresses, change_addresses, configured};
use super::interface_changes::{attach, change_description, change_groups, change_source_check, delete};
use super::interface_fields::fields;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Resource, Tagging, all_of, ready};
use aws_sdk_ec2::operation::create_network_interface::builders::CreateNetworkInterfaceFluentBuilder as Create;
use aws_sdk_ec2::types::{NetworkInterface, ResourceType};
use std::sync::Arc;

pub struct Interface {
    pub interface: NetworkInterface,
    pub arn: String,
}

pub fn network_interface() -> Resource<Interface, Create> {
    let create_request = |aws: &Aws| aws.ec2().create_network_interface();
    Resource::new("EC2 Network Interface", 0, create_request, create)
        .fields(fields())
        .read_many(200, |found: &Interface| found.interface.network_interface_id().unwrap_or_default().to_owned(), read)
        .ready(|found| {
            let attachment = found.interface.attachment().and_then(|attachment| attachment.status());
            ready(attachment.map(|state| state.as_str()), &["attached", "detached"], &[])
        })
        .change_after_create("attachment", attach)
        .change_after_create("private_ips", |call| change_addresses(call, Addresses::Private))
        .change("ipv4_prefixes", |call| change_addresses(call, Addresses::PrivatePrefixes))
        .change("ipv6_addresses", |call| change_addresses(call, Addresses::Ipv6))
        .change("ipv6_prefixes", |call| change_addresses(call, Addresses::Ipv6Prefixes))
        .change_after_create("source_dest_check", change_source_check)
        .change("security_groups", change_groups)
        .change("description", change_description)
        .tagged(|found| tag_map(found.interface.tag_set()), change_tags)
        .delete(delete)
        .missing(&["InvalidNetworkInterfaceID.NotFound"])
        // The API's word for one that is still attached.
        .retry_delete_on(&["InvalidParameterValue", "InvalidNetworkInterface.InUse"])
        .recovered_by_tag(Tagging::Ec2)
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = configured(request, &call.want)
        .client_token(&call.token)
        .set_tag_specifications(tag_specifications(ResourceType::NetworkInterface, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateNetworkInterface"))?;
    let interface = answer.network_interface.and_then(|interface| interface.network_interface_id);
    Ok(interface.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Interface>, Failure> {
    let request = aws.ec2().describe_network_interfaces().set_network_interface_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkInterfaces").await?;
    let assemble = |interface: NetworkInterface| {
        let (owner, id) = (interface.owner_id().unwrap_or_default(), interface.network_interface_id());
        Interface { arn: arn(&aws, owner, "network-interface", id.unwrap_or_default()), interface }
    };
    Ok(found.into_iter().map(assemble).collect())
}
