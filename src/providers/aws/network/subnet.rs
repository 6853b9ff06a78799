//! `aws_subnet` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, all_of, flag, number, ready, text};
use aws_sdk_ec2::operation::create_subnet::builders::CreateSubnetFluentBuilder as CreateSubnet;
use aws_sdk_ec2::operation::modify_subnet_attribute::builders::ModifySubnetAttributeFluentBuilder as Modify;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Subnet, SubnetIpv6CidrBlockAssociation};
use std::sync::Arc;

pub fn subnet() -> Resource<Subnet, CreateSubnet> {
    let subnet = Resource::new("EC2 Subnet", 1, |aws| aws.ec2().create_subnet(), create);
    read_and_changed(subnet.fields(fields()))
        .delete(delete)
        .retry_delete_on(&["DependencyViolation"])
        .recovered_by(find)
}

/// What a subnet has in common with a default one.
pub fn read_and_changed<C: Send + 'static>(resource: Resource<Subnet, C>) -> Resource<Subnet, C> {
    resource
        .read_many(200, |subnet| subnet.subnet_id().unwrap_or_default().to_owned(), read)
        .ready(|subnet| ready(subnet.state().map(|state| state.as_str()), &["available"], &[]))
        .change_after_create("ipv6_cidr_block", set_ipv6_block)
        .change_after_create("assign_ipv6", |call| modify(call, "assign_ipv6_address_on_creation"))
        .change_after_create("dns64", |call| modify(call, "enable_dns64"))
        .change_after_create("lni", |call| modify(call, "enable_lni_at_device_index"))
        .change_after_create("a_record", |call| modify(call, "enable_resource_name_dns_a_record_on_launch"))
        .change_after_create("aaaa_record", |call| modify(call, "enable_resource_name_dns_aaaa_record_on_launch"))
        .change_after_create("customer_owned", |call| modify(call, "map_customer_owned_ip_on_launch"))
        .change_after_create("map_public_ip", |call| modify(call, "map_public_ip_on_launch"))
        .change_after_create("hostname_type", |call| modify(call, "private_dns_hostname_type_on_launch"))
        .tagged(|subnet| tag_map(subnet.tags()), change_tags)
        .missing(&["InvalidSubnetID.NotFound"])
        .timeouts(&[("create", 10), ("delete", 20)])
}

pub fn fields() -> Vec<Field<Subnet, CreateSubnet>> {
    vec![
        text("arn").computed().from(Subnet::subnet_arn),
        flag("assign_ipv6_address_on_creation")
            .default(false)
            .from(Subnet::assign_ipv6_address_on_creation)
            .changed_by("assign_ipv6"),
        text("availability_zone")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["availability_zone_id"])
            .from(Subnet::availability_zone)
            .to(CreateSubnet::set_availability_zone),
        text("availability_zone_id")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["availability_zone"])
            .from(Subnet::availability_zone_id)
            .to(CreateSubnet::set_availability_zone_id),
        text("cidr_block")
            .optional()
            .replaces()
            .from(|subnet: &Subnet| Some(subnet.cidr_block().unwrap_or_default().to_owned()))
            .to(CreateSubnet::set_cidr_block),
        text("customer_owned_ipv4_pool")
            .optional()
            .needs(&["map_customer_owned_ip_on_launch", "outpost_arn"])
            .from(|subnet: &Subnet| Some(subnet.customer_owned_ipv4_pool().unwrap_or_default().to_owned()))
            .changed_by("customer_owned"),
        flag("enable_dns64")
            .default(false)
            .from(|subnet: &Subnet| Some(subnet.enable_dns64().unwrap_or_default()))
            .changed_by("dns64"),
        number("enable_lni_at_device_index")
            .optional()
            .from(|subnet: &Subnet| Some(subnet.enable_lni_at_device_index().unwrap_or_default()))
            .changed_by("lni"),
        flag("enable_resource_name_dns_a_record_on_launch")
            .default(false)
            .from(|subnet: &Subnet| on_launch(subnet, |options| options.enable_resource_name_dns_a_record()))
            .changed_by("a_record"),
        flag("enable_resource_name_dns_aaaa_record_on_launch")
            .default(false)
            .from(|subnet: &Subnet| on_launch(subnet, |options| options.enable_resource_name_dns_aaaa_record()))
            .changed_by("aaaa_record"),
        text("ipv6_cidr_block")
            .optional()
            .from(|subnet: &Subnet| {
                Some(ipv6(subnet).and_then(|block| block.ipv6_cidr_block()).unwrap_or_default().to_owned())
            })
            .to(CreateSubnet::set_ipv6_cidr_block)
            .changed_by("ipv6_cidr_block"),
        text("ipv6_cidr_block_association_id").computed().from(|subnet: &Subnet| {
            Some(ipv6(subnet).and_then(|block| block.association_id()).unwrap_or_default().to_owned())
        }),
        flag("ipv6_native")
            .default(false)
            .replaces()
            .from(|subnet: &Subnet| Some(subnet.ipv6_native().unwrap_or_default()))
            .to(|request: CreateSubnet, native: Option<bool>| request.set_ipv6_native(native.filter(|native| *native))),
        flag("map_customer_owned_ip_on_launch")
            .optional()
            .needs(&["customer_owned_ipv4_pool", "outpost_arn"])
            .from(|subnet: &Subnet| Some(subnet.map_customer_owned_ip_on_launch().unwrap_or_default()))
            .changed_by("customer_owned"),
        flag("map_public_ip_on_launch")
            .default(false)
            .from(Subnet::map_public_ip_on_launch)
            .changed_by("map_public_ip"),
        text("outpost_arn")
            .optional()
            .replaces()
            .from(|subnet: &Subnet| Some(subnet.outpost_arn().unwrap_or_default().to_owned()))
            .to(CreateSubnet::set_outpost_arn),
        text("owner_id").computed().from(Subnet::owner_id),
        text("private_dns_hostname_type_on_launch")
            .optional()
            .computed()
            .from(|subnet: &Subnet| {
                let options = subnet.private_dns_name_options_on_launch();
                options.and_then(|options| options.hostname_type()).map(|kind| kind.as_str().to_owned())
            })
            .changed_by("hostname_type"),
        text("vpc_id").required().replaces().from(Subnet::vpc_id).to(CreateSubnet::set_vpc_id),
    ]
}

fn on_launch(
    subnet: &Subnet,
    get: fn(&aws_sdk_ec2::types::PrivateDnsNameOptionsOnLaunch) -> Option<bool>,
) -> Option<bool> {
    Some(subnet.private_dns_name_options_on_launch().and_then(get).unwrap_or_default())
}

/// The association that counts: the one that is there.
fn ipv6(subnet: &Subnet) -> Option<&SubnetIpv6CidrBlockAssociation> {
    subnet.ipv6_cidr_block_association_set().iter().find(|association| {
        let state = association.ipv6_cidr_block_state().and_then(|state| state.state());
        state.is_some_and(|state| state.as_str() == "associated")
    })
}

async fn create(request: CreateSubnet, call: Call) -> Result<String, Failure> {
    let request = request.set_tag_specifications(tag_specifications(ResourceType::Subnet, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateSubnet"))?;
    Ok(answer.subnet().and_then(Subnet::subnet_id).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Subnet>, Failure> {
    let request = aws.ec2().describe_subnets().set_subnet_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSubnets").await?;
    Ok(found)
}

/// The API changes one attribute a call.
async fn modify(call: Call, name: &str) -> Result<(), Failure> {
    let on = || AttributeBooleanValue::builder().value(call.want.flag(name).unwrap_or_default()).build();
    let request: Modify = call.aws.ec2().modify_subnet_attribute().subnet_id(&call.id);
    let request = match name {
        "assign_ipv6_address_on_creation" => request.assign_ipv6_address_on_creation(on()),
        "enable_dns64" => request.enable_dns64(on()),
        "enable_lni_at_device_index" => request.set_enable_lni_at_device_index(call.want.integer(name)),
        "enable_resource_name_dns_a_record_on_launch" => request.enable_resource_name_dns_a_record_on_launch(on()),
        "enable_resource_name_dns_aaaa_record_on_launch" => {
            request.enable_resource_name_dns_aaaa_record_on_launch(on())
        }
        "map_customer_owned_ip_on_launch" => request
            .map_customer_owned_ip_on_launch(on())
            .set_customer_owned_ipv4_pool(call.want.filled("customer_owned_ipv4_pool")),
        "private_dns_hostname_type_on_launch" => {
            request.set_private_dns_hostname_type_on_launch(call.want.text(name).map(|kind| kind.as_str().into()))
        }
        _ => request.map_public_ip_on_launch(on()),
    };
    request.send().await.map_err(Failure::of("EC2: ModifySubnetAttribute"))?;
    Ok(())
}

async fn set_ipv6_block(call: Call) -> Result<(), Failure> {
    if let Some(association) = call.prior.filled("ipv6_cidr_block_association_id") {
        let request = call.aws.ec2().disassociate_subnet_cidr_block().association_id(association);
        request.send().await.map_err(Failure::of("EC2: DisassociateSubnetCidrBlock"))?;
    }
    if let Some(block) = call.want.filled("ipv6_cidr_block") {
        let request = call.aws.ec2().associate_subnet_cidr_block().subnet_id(&call.id).ipv6_cidr_block(block);
        request.send().await.map_err(Failure::of("EC2: AssociateSubnetCidrBlock"))?;
    }
    Ok(())
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.ec2().delete_subnet().subnet_id(call.id).send().await.map_err(Failure::of("EC2: DeleteSubnet"))?;
    Ok(())
}

/// Address blocks don't overlap within a VPC: block and VPC name a subnet.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let vpc = call.want.text("vpc_id").unwrap_or_default();
    let block = match (call.want.filled("cidr_block"), call.want.filled("ipv6_cidr_block")) {
        (Some(block), _) => filter("cidr-block", [block]),
        (None, block) => filter("ipv6-cidr-block-association.ipv6-cidr-block", block),
    };
    let request = call.aws.ec2().describe_subnets().filters(filter("vpc-id", [vpc])).filters(block);
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeSubnets"))?;
    Ok(answer.subnets().first().and_then(Subnet::subnet_id).map(str::to_owned))
}
