//! `aws_vpc` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html>
//!
//! The API spreads a VPC over several calls: its attributes are one call each, its default security group, network ACL
//! and main route table are found by filter. The latter are asked for all VPCs of a read at once.

use super::vpc_ipv6::{change_ipv6, ipv6, state_of};
use super::vpc_surroundings::{attributes, default_network_acls, default_security_groups, main_route_tables};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, for_each, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Readiness, Resource, Tagging, all_of, flag, number, ready, text,
};
use aws_sdk_ec2::operation::create_vpc::builders::CreateVpcFluentBuilder as CreateVpc;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Vpc as Described, VpcAttributeName};
use std::sync::Arc;

/// A VPC with what belongs to it.
pub struct Vpc {
    pub vpc: Described,
    pub arn: String,
    pub dns_hostnames: bool,
    pub dns_support: bool,
    pub address_metrics: bool,
    default_network_acl: Option<String>,
    default_security_group: Option<String>,
    pub main_route_table: Option<String>,
}

pub fn vpc() -> Resource<Vpc, CreateVpc> {
    let vpc = Resource::new("EC2 VPC", 1, |aws| aws.ec2().create_vpc(), create);
    read_and_changed(vpc.fields(fields()))
        .change("ipv6", change_ipv6)
        .change("tenancy", set_tenancy)
        .recovered_by_tag(Tagging::Ec2)
        .delete(delete)
        .retry_delete_on(&["DependencyViolation"])
}

/// What a VPC has in common with the default one.
pub fn read_and_changed<C: Send + 'static>(resource: Resource<Vpc, C>) -> Resource<Vpc, C> {
    resource
        .read_many(200, |vpc: &Vpc| vpc.vpc.vpc_id().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .change_after_create("dns_support", |call| set_attribute(call, VpcAttributeName::EnableDnsSupport))
        .change_after_create("dns_hostnames", |call| set_attribute(call, VpcAttributeName::EnableDnsHostnames))
        .change_after_create("address_metrics", |call| {
            set_attribute(call, VpcAttributeName::EnableNetworkAddressUsageMetrics)
        })
        .tagged(|vpc| tag_map(vpc.vpc.tags()), change_tags)
        .missing(&["InvalidVpcID.NotFound"])
}

fn readiness(vpc: &Vpc) -> Readiness {
    match ipv6(vpc).map(state_of) {
        Some("associating") => Readiness::Waiting("associating its IPv6 block".into()),
        _ => ready(vpc.vpc.state().map(|state| state.as_str()), &["available"], &[]),
    }
}

pub fn fields() -> Vec<Field<Vpc, CreateVpc>> {
    vec![
        text("arn").computed().from(|vpc: &Vpc| Some(vpc.arn.clone())),
        text("cidr_block")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["ipv4_netmask_length"])
            .from(|vpc: &Vpc| vpc.vpc.cidr_block().map(str::to_owned))
            .to(CreateVpc::set_cidr_block),
        text("instance_tenancy")
            .default("default")
            .from(|vpc: &Vpc| vpc.vpc.instance_tenancy().map(|tenancy| tenancy.as_str().to_owned()))
            .enum_to(CreateVpc::set_instance_tenancy)
            // The way back to shared hardware is an update.
            .replaces_if(|_, new| new.as_str().is_some_and(|tenancy| &**tenancy == "dedicated"))
            .changed_by("tenancy"),
        text("ipv4_ipam_pool_id").optional().replaces().to(CreateVpc::set_ipv4_ipam_pool_id),
        number("ipv4_netmask_length").optional().replaces().to(CreateVpc::set_ipv4_netmask_length),
        flag("assign_generated_ipv6_cidr_block")
            .optional()
            .conflicts(&["ipv6_ipam_pool_id"])
            .from(|vpc: &Vpc| Some(ipv6(vpc).is_some_and(|association| association.ipv6_pool() == Some("Amazon"))))
            .to(CreateVpc::set_amazon_provided_ipv6_cidr_block)
            .changed_by("ipv6"),
        text("ipv6_cidr_block")
            .optional()
            .computed()
            .conflicts(&["ipv6_netmask_length", "assign_generated_ipv6_cidr_block"])
            .needs(&["ipv6_ipam_pool_id"])
            .follows(&["assign_generated_ipv6_cidr_block"])
            .from(|vpc: &Vpc| {
                Some(ipv6(vpc).and_then(|association| association.ipv6_cidr_block()).unwrap_or_default().to_owned())
            })
            .to(CreateVpc::set_ipv6_cidr_block)
            .changed_by("ipv6"),
        text("ipv6_cidr_block_network_border_group")
            .optional()
            .computed()
            .needs(&["assign_generated_ipv6_cidr_block"])
            .from(|vpc: &Vpc| {
                Some(
                    ipv6(vpc).and_then(|association| association.network_border_group()).unwrap_or_default().to_owned(),
                )
            })
            .to(CreateVpc::set_ipv6_cidr_block_network_border_group)
            .changed_by("ipv6"),
        text("ipv6_ipam_pool_id")
            .optional()
            .conflicts(&["assign_generated_ipv6_cidr_block"])
            .to(CreateVpc::set_ipv6_ipam_pool_id)
            .from(|_: &Vpc| Some(String::new()))
            .changed_by("ipv6"),
        number("ipv6_netmask_length")
            .optional()
            .needs(&["ipv6_ipam_pool_id"])
            .to(CreateVpc::set_ipv6_netmask_length)
            .from(|_: &Vpc| Some(0i32)),
        text("ipv6_association_id").computed().follows(&["assign_generated_ipv6_cidr_block"]).from(|vpc: &Vpc| {
            Some(ipv6(vpc).and_then(|association| association.association_id()).unwrap_or_default().to_owned())
        }),
        flag("enable_dns_hostnames")
            .optional()
            .computed()
            .from(|vpc: &Vpc| Some(vpc.dns_hostnames))
            .changed_by("dns_hostnames"),
        flag("enable_dns_support").default(true).from(|vpc: &Vpc| Some(vpc.dns_support)).changed_by("dns_support"),
        flag("enable_network_address_usage_metrics")
            .optional()
            .computed()
            .from(|vpc: &Vpc| Some(vpc.address_metrics))
            .changed_by("address_metrics"),
        text("default_network_acl_id").computed().from(|vpc: &Vpc| vpc.default_network_acl.clone()),
        text("default_route_table_id").computed().from(|vpc: &Vpc| vpc.main_route_table.clone()),
        text("default_security_group_id").computed().from(|vpc: &Vpc| vpc.default_security_group.clone()),
        text("dhcp_options_id").computed().from(|vpc: &Vpc| vpc.vpc.dhcp_options_id().map(str::to_owned)),
        text("main_route_table_id").computed().from(|vpc: &Vpc| vpc.main_route_table.clone()),
        text("owner_id").computed().from(|vpc: &Vpc| vpc.vpc.owner_id().map(str::to_owned)),
    ]
}

async fn create(request: CreateVpc, call: Call) -> Result<String, Failure> {
    let request = request.set_tag_specifications(tag_specifications(ResourceType::Vpc, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateVpc"))?;
    Ok(answer.vpc().and_then(Described::vpc_id).unwrap_or_default().to_owned())
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Vpc>, Failure> {
    let ec2 = aws.ec2();
    let request = ec2.describe_vpcs().set_vpc_ids(Some(ids));
    let vpcs = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await?;
    let ids: Vec<String> = vpcs.iter().filter_map(|vpc| vpc.vpc_id().map(str::to_owned)).collect();
    let (acls, groups, tables, attributes) = futures::try_join!(
        default_network_acls(&aws, &ids),
        default_security_groups(&aws, &ids),
        main_route_tables(&aws, &ids),
        for_each(&aws, &ids, attributes),
    )?;
    let assemble = |(vpc, (dns_support, dns_hostnames, address_metrics)): (Described, (bool, bool, bool))| {
        let id = vpc.vpc_id().unwrap_or_default().to_owned();
        Vpc {
            arn: arn(&aws, vpc.owner_id().unwrap_or_default(), "vpc", &id),
            dns_support,
            dns_hostnames,
            address_metrics,
            default_network_acl: acls.get(&id).cloned(),
            default_security_group: groups.get(&id).cloned(),
            main_route_table: tables.get(&id).cloned(),
            vpc,
        }
    };
    Ok(vpcs.into_iter().zip(attributes).map(assemble).collect())
}

async fn set_attribute(call: Call, attribute: VpcAttributeName) -> Result<(), Failure> {
    let on = |name: &str| AttributeBooleanValue::builder().value(call.want.flag(name).unwrap_or_default()).build();
    let request = call.aws.ec2().modify_vpc_attribute().vpc_id(&call.id);
    let request = match attribute {
        VpcAttributeName::EnableDnsSupport => request.enable_dns_support(on("enable_dns_support")),
        VpcAttributeName::EnableDnsHostnames => request.enable_dns_hostnames(on("enable_dns_hostnames")),
        _ => request.enable_network_address_usage_metrics(on("enable_network_address_usage_metrics")),
    };
    request.send().await.map_err(Failure::of("EC2: ModifyVpcAttribute"))?;
    Ok(())
}

async fn set_tenancy(call: Call) -> Result<(), Failure> {
    let tenancy = call.want.text("instance_tenancy").unwrap_or_default();
    let request = call.aws.ec2().modify_vpc_tenancy().vpc_id(&call.id).instance_tenancy(tenancy.as_str().into());
    request.send().await.map_err(Failure::of("EC2: ModifyVpcTenancy"))?;
    Ok(())
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.ec2().delete_vpc().vpc_id(&call.id).send().await.map_err(Failure::of("EC2: DeleteVpc"))?;
    Ok(())
}
