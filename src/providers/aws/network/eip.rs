//! `aws_eip` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Tagging, flag, text};
use aws_sdk_ec2::operation::allocate_address::builders::AllocateAddressFluentBuilder as Create;
use aws_sdk_ec2::types::{Address as Described, DomainType, ResourceType};
use std::sync::Arc;

pub struct Address {
    address: Described,
    arn: String,
    region: String,
}

pub fn eip() -> Resource<Address, Create> {
    Resource::new("EC2 EIP", 0, |aws| aws.ec2().allocate_address(), create)
        .fields(fields())
        .read_many(200, |found: &Address| found.address.allocation_id().unwrap_or_default().to_owned(), read)
        .change_after_create("association", associate)
        .recovered_by_tag(Tagging::Ec2)
        .tagged(|found| tag_map(found.address.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidAllocationID.NotFound", "InvalidAddress.NotFound"])
        .retry_delete_on(&["AuthFailure", "InvalidIPAddress.InUse"])
        .timeouts(&[("delete", 3), ("read", 15), ("update", 5)])
}

fn fields() -> Vec<Field<Address, Create>> {
    let read = |get: fn(&Described) -> Option<&str>| {
        move |found: &Address| Some(get(&found.address).unwrap_or_default().to_owned())
    };
    vec![
        text("address").optional().replaces().to(Create::set_address),
        text("allocation_id").computed().from(read(Described::allocation_id)),
        text("arn").computed().from(|found: &Address| Some(found.arn.clone())),
        text("associate_with_private_ip").optional().changed_by("association"),
        text("association_id").computed().from(read(Described::association_id)),
        text("carrier_ip").computed().from(read(Described::carrier_ip)),
        text("customer_owned_ip").computed().from(read(Described::customer_owned_ip)),
        text("customer_owned_ipv4_pool")
            .optional()
            .from(read(Described::customer_owned_ipv4_pool))
            .to(Create::set_customer_owned_ipv4_pool),
        text("domain")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Address| found.address.domain().map(|domain| domain.as_str().to_owned()))
            .enum_to(Create::set_domain),
        text("instance").optional().computed().from(read(Described::instance_id)).changed_by("association"),
        text("ipam_pool_id").optional().computed().replaces().to(Create::set_ipam_pool_id),
        text("network_border_group")
            .optional()
            .computed()
            .replaces()
            .from(read(Described::network_border_group))
            .to(Create::set_network_border_group),
        text("network_interface")
            .optional()
            .computed()
            .from(read(Described::network_interface_id))
            .changed_by("association"),
        text("private_dns").computed().from(private_dns),
        text("private_ip").computed().from(read(Described::private_ip_address)),
        text("ptr_record").computed().from(|_: &Address| Some(String::new())),
        text("public_dns").computed().from(public_dns),
        text("public_ip").computed().from(read(Described::public_ip)),
        text("public_ipv4_pool")
            .optional()
            .computed()
            .replaces()
            .from(read(Described::public_ipv4_pool))
            .to(Create::set_public_ipv4_pool),
        flag("vpc")
            .optional()
            .computed()
            .deprecated()
            .replaces()
            .conflicts(&["domain"])
            .from(|found: &Address| Some(found.address.domain() == Some(&DomainType::Vpc))),
    ]
}

fn private_dns(found: &Address) -> Option<String> {
    let ip = found.address.private_ip_address()?;
    Some(format!(
        "ip-{}.{}",
        ip.replace('.', "-"),
        if found.region == "us-east-1" { "ec2.internal".into() } else { format!("{}.compute.internal", found.region) }
    ))
}

fn public_dns(found: &Address) -> Option<String> {
    let ip = found.address.public_ip()?;
    let domain = if found.region == "us-east-1" { "compute-1".into() } else { format!("{}.compute", found.region) };
    Some(format!("ec2-{}.{domain}.amazonaws.com", ip.replace('.', "-")))
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.set_tag_specifications(tag_specifications(ResourceType::ElasticIp, &call.tags));
    let request = if call.want.flag("vpc") == Some(true) { request.domain(DomainType::Vpc) } else { request };
    let answer = request.send().await.map_err(Failure::of("EC2: AllocateAddress"))?;
    Ok(answer.allocation_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Address>, Failure> {
    let request = aws.ec2().describe_addresses().set_allocation_ids(Some(ids));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeAddresses"))?;
    let assemble = |address: Described| Address {
        arn: format!(
            "arn:{}:ec2:{}:{}:elastic-ip/{}",
            aws.partition,
            aws.region,
            aws.account,
            address.allocation_id().unwrap_or_default()
        ),
        region: aws.region.clone(),
        address,
    };
    Ok(answer.addresses.unwrap_or_default().into_iter().map(assemble).collect())
}

async fn associate(call: Call) -> Result<(), Failure> {
    if let Some(association) = call.prior.filled("association_id") {
        disassociate(&call.aws, &association).await?;
    }
    let (instance, interface) = (call.want.filled("instance"), call.want.filled("network_interface"));
    if instance.is_none() && interface.is_none() {
        return Ok(());
    }
    let request = call
        .aws
        .ec2()
        .associate_address()
        .allocation_id(&call.id)
        .set_instance_id(instance)
        .set_network_interface_id(interface);
    let request = request.set_private_ip_address(call.want.filled("associate_with_private_ip"));
    request.send().await.map_err(Failure::of("EC2: AssociateAddress"))?;
    Ok(())
}

async fn disassociate(aws: &Aws, association: &str) -> Result<(), Failure> {
    let request = aws.ec2().disassociate_address().association_id(association);
    match request.send().await.map_err(Failure::of("EC2: DisassociateAddress")) {
        Err(failure) if !failure.is_any(&["InvalidAssociationID.NotFound"]) => Err(failure),
        _ => Ok(()),
    }
}

async fn delete(call: Call) -> Result<(), Failure> {
    if let Some(association) = call.prior.filled("association_id") {
        disassociate(&call.aws, &association).await?;
    }
    let request = call.aws.ec2().release_address().allocation_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: ReleaseAddress"))?;
    Ok(())
}
