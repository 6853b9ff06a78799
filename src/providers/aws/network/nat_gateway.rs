//! `aws_nat_gateway` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, Tagging, all_of, number, ready, set_of_text, text,
};
use crate::value::{Type, Value};
use aws_sdk_ec2::operation::create_nat_gateway::builders::CreateNatGatewayFluentBuilder as Create;
use aws_sdk_ec2::types::{NatGateway, NatGatewayAddress, ResourceType};
use std::sync::Arc;

pub fn nat_gateway() -> Resource<NatGateway, Create> {
    Resource::new("EC2 NAT Gateway", 0, |aws| aws.ec2().create_nat_gateway(), create)
        .fields(fields())
        .read_many(200, |found: &NatGateway| found.nat_gateway_id().unwrap_or_default().to_owned(), read)
        .ready(|found| ready(found.state().map(|state| state.as_str()), &["available"], &["deleted", "failed"]))
        .change("secondary_allocations", secondary_allocations)
        .change("secondary_addresses", secondary_addresses)
        .tagged(|found| tag_map(found.tags()), change_tags)
        .delete(delete)
        .missing(&["NatGatewayNotFound"])
        .recovered_by_tag(Tagging::Ec2)
        .timeouts(&[("create", 10), ("delete", 30), ("update", 10)])
}

fn fields() -> Vec<Field<NatGateway, Create>> {
    fn of_primary(name: &'static str, get: fn(&NatGatewayAddress) -> Option<&str>) -> Field<NatGateway, Create> {
        text(name)
            .computed()
            .from(move |found: &NatGateway| primary(found).and_then(get).map(str::to_owned).or(Some(String::new())))
    }
    vec![
        text("allocation_id")
            .optional()
            .replaces()
            .from(|found: &NatGateway| {
                Some(primary(found).and_then(|address| address.allocation_id()).unwrap_or_default().to_owned())
            })
            .to(Create::set_allocation_id),
        of_primary("association_id", NatGatewayAddress::association_id),
        text("connectivity_type")
            .default("public")
            .replaces()
            .from(NatGateway::connectivity_type)
            .enum_to(Create::set_connectivity_type),
        of_primary("network_interface_id", NatGatewayAddress::network_interface_id),
        of_primary("private_ip", NatGatewayAddress::private_ip)
            .optional()
            .replaces()
            .to(Create::set_private_ip_address),
        of_primary("public_ip", NatGatewayAddress::public_ip),
        set_of_text("secondary_allocation_ids")
            .optional()
            .from(|found: &NatGateway| {
                let addresses = secondary(found).filter_map(|address| address.allocation_id());
                Value::list(Type::String, addresses.map(Value::text).collect())
            })
            .to(Create::set_secondary_allocation_ids)
            .changed_by("secondary_allocations"),
        number("secondary_private_ip_address_count")
            .optional()
            .computed()
            .replaces()
            .follows(&["secondary_allocation_ids"])
            .conflicts(&["secondary_private_ip_addresses"])
            .from(|found: &NatGateway| i64::try_from(secondary(found).count()).ok())
            .to(Create::set_secondary_private_ip_address_count),
        set_of_text("secondary_private_ip_addresses")
            .optional()
            .computed()
            .follows(&["secondary_allocation_ids"])
            .conflicts(&["secondary_private_ip_address_count"])
            .from(|found: &NatGateway| {
                let addresses = secondary(found).filter_map(|address| address.private_ip());
                Value::list(Type::String, addresses.map(Value::text).collect())
            })
            .to(Create::set_secondary_private_ip_addresses)
            .changed_by("secondary_addresses"),
        text("subnet_id").required().replaces().from(NatGateway::subnet_id).to(Create::set_subnet_id),
    ]
}

/// The first address, unless the API says which is.
fn primary(found: &NatGateway) -> Option<&NatGatewayAddress> {
    let addresses = found.nat_gateway_addresses();
    addresses.iter().find(|address| address.is_primary() == Some(true)).or(addresses.first())
}

fn secondary(found: &NatGateway) -> impl Iterator<Item = &NatGatewayAddress> {
    found.nat_gateway_addresses().iter().filter(|address| address.is_primary() == Some(false))
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let tags = tag_specifications(ResourceType::Natgateway, &call.tags);
    let request = request.client_token(&call.token).set_tag_specifications(tags);
    let answer = request.send().await.map_err(Failure::of("EC2: CreateNatGateway"))?;
    Ok(answer.nat_gateway().and_then(NatGateway::nat_gateway_id).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<NatGateway>, Failure> {
    let request = aws.ec2().describe_nat_gateways().set_nat_gateway_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNatGateways").await?;
    Ok(found)
}

async fn secondary_allocations(call: Call) -> Result<(), Failure> {
    let (gone, new) = call.gone_and_new("secondary_allocation_ids");
    let ec2 = call.aws.ec2();
    if !new.is_empty() {
        let request = ec2.associate_nat_gateway_address().nat_gateway_id(&call.id).set_allocation_ids(Some(new));
        request.send().await.map_err(Failure::of("EC2: AssociateNatGatewayAddress"))?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    let found = read(call.aws.clone(), vec![call.id.clone()]).await?;
    let associations = found.iter().flat_map(NatGateway::nat_gateway_addresses).filter_map(|address| {
        let is_gone = address.allocation_id().is_some_and(|id| gone.iter().any(|gone| gone == id));
        address.association_id().filter(|_| is_gone).map(str::to_owned)
    });
    let request = ec2.disassociate_nat_gateway_address().nat_gateway_id(&call.id);
    let request = request.set_association_ids(Some(associations.collect()));
    request.send().await.map_err(Failure::of("EC2: DisassociateNatGatewayAddress"))?;
    Ok(())
}

async fn secondary_addresses(call: Call) -> Result<(), Failure> {
    let (gone, new) = call.gone_and_new("secondary_private_ip_addresses");
    let ec2 = call.aws.ec2();
    if !new.is_empty() {
        let request = ec2.assign_private_nat_gateway_address().nat_gateway_id(&call.id);
        let request = request.set_private_ip_addresses(Some(new));
        request.send().await.map_err(Failure::of("EC2: AssignPrivateNatGatewayAddress"))?;
    }
    if !gone.is_empty() {
        let request = ec2.unassign_private_nat_gateway_address().nat_gateway_id(&call.id);
        let request = request.set_private_ip_addresses(Some(gone));
        request.send().await.map_err(Failure::of("EC2: UnassignPrivateNatGatewayAddress"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_nat_gateway().nat_gateway_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteNatGateway"))?;
    Ok(())
}
