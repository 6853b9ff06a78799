//! Data sources that find networks by filters, tags and plain attributes: `aws_vpc`, `aws_vpcs`, `aws_subnet`, `aws_subnets`,
//! `aws_security_group`.
//!
//! Each is fields over what the resource type of the same name reads, and the filters that its attributes stand for.

use super::security_group::{self, SecurityGroup};
use super::vpc::{self, Vpc, ipv6};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{filter, filter_blocks, filters_of, tag_map};
use crate::providers::aws::engine::{
    Failure, Field, Lookup, Want, all_of, flag, map_of_text, number, objects, text, texts,
};
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{Filter, PrivateDnsNameOptionsOnLaunch, Subnet, SubnetIpv6CidrBlockAssociation, Tag};
use serde_json::json;

/// What was found, with the tags that are shown.
pub struct Found<T> {
    object: T,
    tags: Value,
}

/// Ids of all that were found.
pub struct Ids {
    ids: Vec<String>,
    region: String,
}

pub fn vpc() -> Lookup<Found<Vpc>> {
    let associations = ["association_id", "cidr_block", "state"].map(|name| text(name).computed()).into();
    let fields = vec![
        of("arn", |found: &Vpc| Some(&found.arn)),
        of("cidr_block", |found: &Vpc| found.vpc.cidr_block()).optional(),
        objects("cidr_block_associations", Nesting::List, associations).computed().from(vpc_blocks),
        flag("default").optional().computed().from(|found: &Found<Vpc>| found.object.vpc.is_default()),
        of("dhcp_options_id", |found: &Vpc| found.vpc.dhcp_options_id()).optional(),
        flag("enable_dns_hostnames").computed().from(|found: &Found<Vpc>| Some(found.object.dns_hostnames)),
        flag("enable_dns_support").computed().from(|found: &Found<Vpc>| Some(found.object.dns_support)),
        flag("enable_network_address_usage_metrics")
            .computed()
            .from(|found: &Found<Vpc>| Some(found.object.address_metrics)),
        filter_blocks(),
        of("id", |found: &Vpc| found.vpc.vpc_id()).optional(),
        of("instance_tenancy", |found: &Vpc| found.vpc.instance_tenancy().map(|tenancy| tenancy.as_str())),
        of("ipv6_association_id", |found: &Vpc| ipv6(found)?.association_id()),
        of("ipv6_cidr_block", |found: &Vpc| ipv6(found)?.ipv6_cidr_block()),
        of("main_route_table_id", |found: &Vpc| found.main_route_table.as_deref()),
        of("owner_id", |found: &Vpc| found.vpc.owner_id()),
        text("state").optional().computed(),
        tags(),
    ];
    Lookup::new("aws_vpc", "EC2 VPC", fields, |aws: std::sync::Arc<Aws>, want: Want| async move {
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

pub fn vpcs() -> Lookup<Ids> {
    Lookup::new("aws_vpcs", "EC2 VPCs", id_fields(), |aws: std::sync::Arc<Aws>, want: Want| async move {
        let ids = vpc_ids(&aws, &want, &[]).await?;
        Ok(Ids { ids, region: aws.region.clone() })
    })
    .timeouts(&["read"])
}

pub fn subnet() -> Lookup<Found<Subnet>> {
    let on = |name: &'static str, get: fn(&Subnet) -> Option<bool>| {
        flag(name).computed().from(move |found: &Found<Subnet>| Some(get(&found.object).unwrap_or_default()))
    };
    let fields = vec![
        of("arn", Subnet::subnet_arn),
        on("assign_ipv6_address_on_creation", Subnet::assign_ipv6_address_on_creation),
        of("availability_zone", Subnet::availability_zone).optional(),
        of("availability_zone_id", Subnet::availability_zone_id).optional(),
        number("available_ip_address_count")
            .computed()
            .from(|found: &Found<Subnet>| found.object.available_ip_address_count()),
        of("cidr_block", Subnet::cidr_block).optional(),
        of("customer_owned_ipv4_pool", Subnet::customer_owned_ipv4_pool),
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
        of("id", Subnet::subnet_id).optional(),
        of("ipv6_cidr_block", |found: &Subnet| ipv6_block(found)?.ipv6_cidr_block()).optional(),
        of("ipv6_cidr_block_association_id", |found: &Subnet| ipv6_block(found)?.association_id()),
        on("ipv6_native", Subnet::ipv6_native),
        on("map_customer_owned_ip_on_launch", Subnet::map_customer_owned_ip_on_launch),
        on("map_public_ip_on_launch", Subnet::map_public_ip_on_launch),
        of("outpost_arn", Subnet::outpost_arn),
        of("owner_id", Subnet::owner_id),
        of("private_dns_hostname_type_on_launch", |found: &Subnet| {
            on_launch(found)?.hostname_type().map(|kind| kind.as_str())
        }),
        of("state", |found: &Subnet| found.state().map(|state| state.as_str())).optional(),
        tags(),
        of("vpc_id", Subnet::vpc_id).optional(),
    ];
    Lookup::new("aws_subnet", "EC2 Subnet", fields, |aws: std::sync::Arc<Aws>, want: Want| async move {
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

pub fn subnets() -> Lookup<Ids> {
    Lookup::new("aws_subnets", "EC2 Subnets", id_fields(), |aws: std::sync::Arc<Aws>, want: Want| async move {
        let found = all_subnets(&aws, &want, &[]).await?;
        let ids = found.into_iter().filter_map(|subnet| subnet.subnet_id).collect();
        Ok(Ids { ids, region: aws.region.clone() })
    })
    .timeouts(&["read"])
}

pub fn security_group() -> Lookup<Found<SecurityGroup>> {
    let fields = vec![
        of("arn", |found: &SecurityGroup| Some(&found.arn)),
        of("description", |found: &SecurityGroup| found.group.description()),
        filter_blocks(),
        of("id", |found: &SecurityGroup| found.group.group_id()).optional(),
        of("name", |found: &SecurityGroup| found.group.group_name()).optional(),
        tags(),
        of("vpc_id", |found: &SecurityGroup| found.group.vpc_id()).optional(),
    ];
    Lookup::new("aws_security_group", "EC2 Security Group", fields, |aws: std::sync::Arc<Aws>, want: Want| async move {
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

/// A computed text of what was found, empty where the API says nothing.
fn of<T: 'static>(name: &'static str, get: fn(&T) -> Option<&str>) -> Field<Found<T>, ()> {
    text(name).computed().from(move |found: &Found<T>| Some(get(&found.object).unwrap_or_default().to_owned()))
}

fn tags<T: 'static>() -> Field<Found<T>, ()> {
    map_of_text("tags").optional().computed().from(|found: &Found<T>| found.tags.clone())
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

/// The filters that were written, as blocks, as tags, as attributes; nothing where all are looked at.
fn given(want: &Want, attributes: &[(&str, Option<String>)]) -> Option<Vec<Filter>> {
    let mut filters = filters_of(want);
    filters.extend(attributes.iter().filter_map(|(name, value)| Some(filter(name, [value.as_ref()?]))));
    Some(filters).filter(|filters| !filters.is_empty())
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

fn only_one<T>(found: Vec<T>, what: &str) -> Result<T, Failure> {
    let count = found.len();
    let refused = |problem: &str| Failure::new("Describe", "", problem.to_owned());
    match found.into_iter().next() {
        None => Err(refused(&format!("no matching EC2 {what} found"))),
        Some(_) if count > 1 => Err(refused(&format!(
            "multiple EC2 {what}s matched; use additional constraints to reduce matches to a single EC2 {what}"
        ))),
        Some(only) => Ok(only),
    }
}

fn show<T>(aws: &Aws, found: Vec<T>, tags: fn(&T) -> &[Tag]) -> Result<Found<T>, Failure> {
    let object = only_one(found, "object")?;
    let all = tag_map(tags(&object));
    let visible = aws.tags.visible(all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let tags = visible.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value)));
    Ok(Found { tags: Value::map(Type::String, tags), object })
}
