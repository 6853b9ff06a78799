//! Data sources that find networks by filters, tags and plain attributes: `aws_vpc`, `aws_vpcs`, `aws_subnet`, `aws_subnets`,
//! `aws_security_group`.
//!
//! Each is fields over what the resource type of the same name reads, and the filters that its attributes stand for.

use super::security_group::{self, SecurityGroup};
use super::vpc::{self, Vpc};
use super::vpc_ipv6::ipv6;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter_blocks;
use crate::providers::aws::engine::{
    Failure, Field, Found, Lookup, Want, all_of, flag, found_tags, found_text, given, map_of_text, number, objects,
    only_one, show, text, texts,
};
use crate::schema::Nesting;
use crate::value::{Type, Value};
use aws_sdk_ec2::types::{PrivateDnsNameOptionsOnLaunch, Subnet, SubnetIpv6CidrBlockAssociation};
use serde_json::json;

/// Ids of all that were found.
pub struct Ids {
    ids: Vec<String>,
    region: String,
}

pub fn vpc() -> Lookup {
    let associations = ["association_id", "cidr_block", "state"].map(|name| text(name).computed()).into();
    let fields = vec![
        found_text("arn", |found: &Vpc| Some(&found.arn)),
        found_text("cidr_block", |found: &Vpc| found.vpc.cidr_block()).optional(),
        objects("cidr_block_associations", Nesting::List, associations).computed().from(vpc_blocks),
        flag("default").optional().computed().from(|found: &Found<Vpc>| found.object.vpc.is_default()),
        found_text("dhcp_options_id", |found: &Vpc| found.vpc.dhcp_options_id()).optional(),
        flag("enable_dns_hostnames").computed().from(|found: &Found<Vpc>| Some(found.object.dns_hostnames)),
        flag("enable_dns_support").computed().from(|found: &Found<Vpc>| Some(found.object.dns_support)),
        flag("enable_network_address_usage_metrics")
            .computed()
            .from(|found: &Found<Vpc>| Some(found.object.address_metrics)),
        filter_blocks(),
        found_text("id", |found: &Vpc| found.vpc.vpc_id()).optional(),
        found_text("instance_tenancy", |found: &Vpc| found.vpc.instance_tenancy().map(|tenancy| tenancy.as_str())),
        found_text("ipv6_association_id", |found: &Vpc| ipv6(found)?.association_id()),
        found_text("ipv6_cidr_block", |found: &Vpc| ipv6(found)?.ipv6_cidr_block()),
        found_text("main_route_table_id", |found: &Vpc| found.main_route_table.as_deref()),
        found_text("owner_id", |found: &Vpc| found.vpc.owner_id()),
        text("state").optional().computed(),
        found_tags(),
    ];
    Lookup::new("EC2 VPC", fields, |aws: std::sync::Arc<Aws>, want: Want| async move {
        let filters = [
            ("cidr", want.filled("cidr_block")),
            ("dhcp-options-id", want.filled("dhcp_options_id")),
            ("isDefault", want.flag("default").filter(|is_default| *is_default).map(|_| "true".to_owned())),
            ("state", want.filled("state")),
            ("vpc-id", want.filled("id")),
        ];
        let id = only_one(vpc_ids(&aws, &want, &filters).await?, "VPC")?;
        let found = vpc::read(aws.clone(), vec![id]).await?;
        show(&aws, found, |vpc| vpc.vpc.tags())
    })
    .timeouts(&["read"])
}

pub fn vpcs() -> Lookup {
    Lookup::new("EC2 VPCs", id_fields(), |aws: std::sync::Arc<Aws>, want: Want| async move {
        let ids = vpc_ids(&aws, &want, &[]).await?;
        Ok(Ids { ids, region: aws.region.clone() })
    })
    .timeouts(&["read"])
}

pub fn subnet() -> Lookup {
    let on = |name: &'static str, get: fn(&Subnet) -> Option<bool>| {
        flag(name).computed().from(move |found: &Found<Subnet>| Some(get(&found.object).unwrap_or_default()))
    };
    let fields = vec![
        found_text("arn", Subnet::subnet_arn),
        on("assign_ipv6_address_on_creation", Subnet::assign_ipv6_address_on_creation),
        found_text("availability_zone", Subnet::availability_zone).optional(),
        found_text("availability_zone_id", Subnet::availability_zone_id).optional(),
        number("available_ip_address_count")
            .computed()
            .from(|found: &Found<Subnet>| found.object.available_ip_address_count()),
        found_text("cidr_block", Subnet::cidr_block).optional(),
        found_text("customer_owned_ipv4_pool", Subnet::customer_owned_ipv4_pool),
        on("default_for_az", Subnet::default_for_az).optional(),
        on("enable_dns64", Subnet::enable_dns64),
        number("enable_lni_at_device_index")
            .computed()
            .from(|found: &Found<Subnet>| Some(found.object.enable_lni_at_device_index().unwrap_or_default())),
        on("enable_resource_name_dns_a_record_on_launch", |found| {
            on_launch(found)?.enable_resource_name_dns_a_record()
        }),
        on("enable_resource_name_dns_aaaa_record_on_launch", |found| {
            on_launch(found)?.enable_resource_name_dns_aaaa_record()
        }),
        filter_blocks(),
        found_text("id", Subnet::subnet_id).optional(),
        found_text("ipv6_cidr_block", |found: &Subnet| ipv6_block(found)?.ipv6_cidr_block()).optional(),
        found_text("ipv6_cidr_block_association_id", |found: &Subnet| ipv6_block(found)?.association_id()),
        on("ipv6_native", Subnet::ipv6_native),
        on("map_customer_owned_ip_on_launch", Subnet::map_customer_owned_ip_on_launch),
        on("map_public_ip_on_launch", Subnet::map_public_ip_on_launch),
        found_text("outpost_arn", Subnet::outpost_arn),
        found_text("owner_id", Subnet::owner_id),
        found_text("private_dns_hostname_type_on_launch", |found: &Subnet| {
            on_launch(found)?.hostname_type().map(|kind| kind.as_str())
        }),
        found_text("state", |found: &Subnet| found.state().map(|state| state.as_str())).optional(),
        found_tags(),
        found_text("vpc_id", Subnet::vpc_id).optional(),
    ];
    Lookup::new("EC2 Subnet", fields, |aws: std::sync::Arc<Aws>, want: Want| async move {
        let filters = [
            ("availabilityZone", want.filled("availability_zone")),
            ("availabilityZoneId", want.filled("availability_zone_id")),
            ("cidrBlock", want.filled("cidr_block")),
            ("defaultForAz", want.flag("default_for_az").filter(|is_default| *is_default).map(|_| "true".to_owned())),
            ("ipv6-cidr-block-association.ipv6-cidr-block", want.filled("ipv6_cidr_block")),
            ("state", want.filled("state")),
            ("subnet-id", want.filled("id")),
            ("vpc-id", want.filled("vpc_id")),
        ];
        show(&aws, vec![only_one(all_subnets(&aws, &want, &filters).await?, "Subnet")?], |subnet| subnet.tags())
    })
    .timeouts(&["read"])
}

pub fn subnets() -> Lookup {
    Lookup::new("EC2 Subnets", id_fields(), |aws: std::sync::Arc<Aws>, want: Want| async move {
        let found = all_subnets(&aws, &want, &[]).await?;
        let ids = found.into_iter().filter_map(|subnet| subnet.subnet_id).collect();
        Ok(Ids { ids, region: aws.region.clone() })
    })
    .timeouts(&["read"])
}

pub fn security_group() -> Lookup {
    let fields = vec![
        found_text("arn", |found: &SecurityGroup| Some(&found.arn)),
        found_text("description", |found: &SecurityGroup| found.group.description()),
        filter_blocks(),
        found_text("id", |found: &SecurityGroup| found.group.group_id()).optional(),
        found_text("name", |found: &SecurityGroup| found.group.group_name()).optional(),
        found_tags(),
        found_text("vpc_id", |found: &SecurityGroup| found.group.vpc_id()).optional(),
    ];
    Lookup::new("EC2 Security Group", fields, |aws: std::sync::Arc<Aws>, want: Want| async move {
        let filters =
            [("group-id", want.filled("id")), ("group-name", want.filled("name")), ("vpc-id", want.filled("vpc_id"))];
        let request = aws.ec2().describe_security_groups().set_filters(given(&want, &filters));
        let groups = all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroups").await?;
        let group = only_one(groups, "Security Group")?;
        let found = security_group::read(aws.clone(), group.group_id.into_iter().collect()).await?;
        show(&aws, found, |group| group.group.tags())
    })
    .timeouts(&["read"])
}

fn on_launch(found: &Subnet) -> Option<&PrivateDnsNameOptionsOnLaunch> {
    found.private_dns_name_options_on_launch()
}

/// The block that counts: the first that is there.
fn ipv6_block(found: &Subnet) -> Option<&SubnetIpv6CidrBlockAssociation> {
    let is_there = |block: &&SubnetIpv6CidrBlockAssociation| {
        let state = block.ipv6_cidr_block_state().and_then(|state| state.state());
        state.is_some_and(|state| ["associated", "associating"].contains(&state.as_str()))
    };
    found.ipv6_cidr_block_association_set().iter().find(is_there)
}

fn id_fields() -> Vec<Field<Ids, ()>> {
    vec![
        filter_blocks(),
        text("id").optional().computed().from(|found: &Ids| Some(found.region.clone())),
        texts("ids")
            .computed()
            .from(|found: &Ids| Value::list(Type::String, found.ids.iter().map(|id| Value::text(id)).collect())),
        map_of_text("tags").optional().computed(),
    ]
}

fn vpc_blocks(found: &Found<Vpc>) -> serde_json::Value {
    let block = |block: &aws_sdk_ec2::types::VpcCidrBlockAssociation| {
        json!({
            "association_id": block.association_id(),
            "cidr_block": block.cidr_block(),
            "state": block.cidr_block_state().and_then(|state| state.state()).map(|state| state.as_str()),
        })
    };
    found.object.vpc.cidr_block_association_set().iter().map(block).collect()
}

async fn vpc_ids(aws: &Aws, want: &Want, attributes: &[(&str, Option<String>)]) -> Result<Vec<String>, Failure> {
    let request = aws.ec2().describe_vpcs().set_filters(given(want, attributes));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await?;
    Ok(found.into_iter().filter_map(|vpc| vpc.vpc_id).collect())
}

async fn all_subnets(aws: &Aws, want: &Want, attributes: &[(&str, Option<String>)]) -> Result<Vec<Subnet>, Failure> {
    let request = aws.ec2().describe_subnets().set_filters(given(want, attributes));
    all_of(request.into_paginator().items().send(), "EC2: DescribeSubnets").await
}
