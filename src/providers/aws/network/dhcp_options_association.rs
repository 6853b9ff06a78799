//! `aws_vpc_dhcp_options_association` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateDhcpOptions.html>
//!
//! An attribute of a network: it is read with the network, and to delete it is to associate the options that every network has.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, Want, all_of, text};
use crate::value::Value;
use aws_sdk_ec2::operation::associate_dhcp_options::builders::AssociateDhcpOptionsFluentBuilder as Create;
use aws_sdk_ec2::types::Vpc;
use std::sync::Arc;

/// What a network has that has no options of its own.
pub const DEFAULT: &str = "default";

pub fn dhcp_options_association() -> Resource<Vpc, Create> {
    let begin = |aws: &Aws| aws.ec2().associate_dhcp_options();
    Resource::new("EC2 VPC DHCP Options Set Association", 0, begin, create)
        .fields(vec![
            text("dhcp_options_id").required().replaces().from(Vpc::dhcp_options_id).to(Create::set_dhcp_options_id),
            text("vpc_id").required().replaces().from(Vpc::vpc_id).to(Create::set_vpc_id),
        ])
        .read_many(200, |found| key(found.dhcp_options_id(), found.vpc_id()), read)
        .read_by(|want| key(want.text("dhcp_options_id").as_deref(), want.text("vpc_id").as_deref()))
        .delete(|call: Call| async move {
            associate(&call.aws, &call.prior.text("vpc_id").unwrap_or_default(), DEFAULT).await
        })
        .missing(&["InvalidVpcID.NotFound"])
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call.want))) })
        .imported_by(import)
}

fn key(options: Option<&str>, network: Option<&str>) -> String {
    format!("{}-{}", options.unwrap_or_default(), network.unwrap_or_default())
}

fn id_of(want: &Want) -> String {
    key(want.text("dhcp_options_id").as_deref(), want.text("vpc_id").as_deref())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    request.send().await.map_err(Failure::of("EC2: AssociateDhcpOptions"))?;
    Ok(id_of(&call.want))
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Vpc>, Failure> {
    let networks = keys.iter().filter_map(|key| key.find("vpc-").map(|start| key[start..].to_owned()));
    let request = aws.ec2().describe_vpcs().set_vpc_ids(Some(networks.collect()));
    all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await
}

/// Imported by the network's id.
async fn import(aws: Arc<Aws>, network: String) -> Result<Imports, Failure> {
    let found = read(aws, vec![network]).await?;
    let options = found.first().and_then(|found| found.dhcp_options_id());
    let network = found.first().and_then(|found| found.vpc_id());
    let text = |text: Option<&str>| Value::text(text.unwrap_or_default());
    Ok(vec![("id", Value::text(&key(options, network))), ("dhcp_options_id", text(options)), ("vpc_id", text(network))])
}

pub async fn associate(aws: &Aws, network: &str, options: &str) -> Result<(), Failure> {
    let request = aws.ec2().associate_dhcp_options().vpc_id(network).dhcp_options_id(options);
    request.send().await.map_err(Failure::of("EC2: AssociateDhcpOptions"))?;
    Ok(())
}
