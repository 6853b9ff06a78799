//! `aws_vpc_dhcp_options` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DhcpOptions.html>

use super::dhcp_options_association::{DEFAULT, associate};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Tagging, all_of, text, texts};
use crate::value::{Type, Value};
use aws_sdk_ec2::operation::create_dhcp_options::builders::CreateDhcpOptionsFluentBuilder as Create;
use aws_sdk_ec2::types::{DhcpOptions as Described, NewDhcpConfiguration, ResourceType};
use std::sync::Arc;

const TEXTS: [(&str, &str); 3] = [
    ("domain_name", "domain-name"),
    ("ipv6_address_preferred_lease_time", "ipv6-address-preferred-lease-time"),
    ("netbios_node_type", "netbios-node-type"),
];
const LISTS: [(&str, &str); 3] = [
    ("domain_name_servers", "domain-name-servers"),
    ("netbios_name_servers", "netbios-name-servers"),
    ("ntp_servers", "ntp-servers"),
];

pub struct Options {
    options: Described,
    arn: String,
}

pub fn dhcp_options() -> Resource<Options, Create> {
    Resource::new("EC2 DHCP Options Set", 0, |aws| aws.ec2().create_dhcp_options(), create)
        .fields(fields())
        .read_many(200, |found: &Options| found.options.dhcp_options_id().unwrap_or_default().to_owned(), read)
        .tagged(|found| tag_map(found.options.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"])
        .retry_delete_on(&["DependencyViolation"])
        .recovered_by_tag(Tagging::Ec2)
}

fn fields() -> Vec<Field<Options, Create>> {
    let plain = TEXTS.map(|(name, key)| {
        let read = move |found: &Options| Some(values(&found.options, key).into_iter().next().unwrap_or_default());
        text(name).optional().replaces().from(read)
    });
    let lists = LISTS.map(|(name, key)| {
        let read = move |found: &Options| {
            let texts = values(&found.options, key);
            Value::list(Type::String, texts.iter().map(|text| Value::text(text)).collect())
        };
        texts(name).optional().replaces().from(read)
    });
    let mut fields: Vec<Field<Options, Create>> = plain.into_iter().chain(lists).collect();
    fields.push(text("arn").computed().from(|found: &Options| Some(found.arn.clone())));
    fields.push(
        text("owner_id")
            .computed()
            .from(|found: &Options| Some(found.options.owner_id().unwrap_or_default().to_owned())),
    );
    fields
}

fn values(options: &Described, key: &str) -> Vec<String> {
    let of_key = options.dhcp_configurations().iter().filter(|one| one.key() == Some(key));
    of_key.flat_map(|one| one.values()).filter_map(|value| value.value().map(str::to_owned)).collect()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let plain = TEXTS.map(|(name, key)| (key, call.want.filled(name).into_iter().collect::<Vec<_>>()));
    let lists = LISTS.map(|(name, key)| (key, call.want.texts(name)));
    let written = plain.into_iter().chain(lists).filter(|(_, values)| !values.is_empty());
    let configurations =
        written.map(|(key, values)| NewDhcpConfiguration::builder().key(key).set_values(Some(values)).build());
    let request = request
        .set_dhcp_configurations(Some(configurations.collect()))
        .set_tag_specifications(tag_specifications(ResourceType::DhcpOptions, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateDhcpOptions"))?;
    Ok(answer.dhcp_options.and_then(|options| options.dhcp_options_id).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Options>, Failure> {
    let request = aws.ec2().describe_dhcp_options().set_dhcp_options_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeDhcpOptions").await?;
    let assemble = |options: Described| {
        let (owner, id) = (options.owner_id().unwrap_or_default(), options.dhcp_options_id().unwrap_or_default());
        Options { arn: arn(&aws, owner, "dhcp-options", id), options }
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// Networks that still have the options get those that every network has.
async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().describe_vpcs().filters(filter("dhcp-options-id", [call.id.clone()]));
    for network in all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await? {
        associate(&call.aws, network.vpc_id().unwrap_or_default(), DEFAULT).await?;
    }
    let request = call.aws.ec2().delete_dhcp_options().dhcp_options_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteDhcpOptions"))?;
    Ok(())
}
