//! `aws_eip_association` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, flag, text};
use aws_sdk_ec2::operation::associate_address::builders::AssociateAddressFluentBuilder as Create;
use aws_sdk_ec2::types::Address;
use std::sync::Arc;

pub fn eip_association() -> Resource<Address, Create> {
    Resource::new("EC2 EIP Association", 0, |aws| aws.ec2().associate_address(), create)
        .fields(vec![
            part("allocation_id", Address::allocation_id).to(Create::set_allocation_id),
            flag("allow_reassociation").optional().replaces().to(Create::set_allow_reassociation),
            part("instance_id", Address::instance_id)
                .exactly_one(&["network_interface_id"])
                .to(Create::set_instance_id),
            part("network_interface_id", Address::network_interface_id)
                .exactly_one(&["instance_id"])
                .to(Create::set_network_interface_id),
            part("private_ip_address", Address::private_ip_address).to(Create::set_private_ip_address),
            part("public_ip", Address::public_ip).to(Create::set_public_ip),
        ])
        .read_many(200, |found| found.association_id().unwrap_or_default().to_owned(), read)
        .delete(delete)
        .missing(&["InvalidAssociationID.NotFound"])
        .recovered_by(find)
}

/// Named by the configuration or found out.
fn part(name: &'static str, get: fn(&Address) -> Option<&str>) -> Field<Address, Create> {
    text(name)
        .optional()
        .computed()
        .replaces()
        .from(move |found: &Address| Some(get(found).unwrap_or_default().to_owned()))
}

async fn create(request: Create, _call: Call) -> Result<String, Failure> {
    let answer = request.send().await.map_err(Failure::of("EC2: AssociateAddress"))?;
    Ok(answer.association_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Address>, Failure> {
    by_filter(&aws, "association-id", ids).await
}

async fn by_filter(aws: &Aws, name: &str, values: Vec<String>) -> Result<Vec<Address>, Failure> {
    let request = aws.ec2().describe_addresses().filters(filter(name, values));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeAddresses"))?;
    Ok(answer.addresses.unwrap_or_default())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().disassociate_address().association_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DisassociateAddress"))?;
    Ok(())
}

/// An address is associated once: it is this association if it is with what was asked for.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let (name, value) = match (call.want.filled("allocation_id"), call.want.filled("public_ip")) {
        (Some(id), _) => ("allocation-id", id),
        (None, address) => ("public-ip", address.unwrap_or_default()),
    };
    let is_with = |found: &Address, name: &str, value: Option<&str>| {
        call.want.filled(name).is_none_or(|wanted| value == Some(&wanted)) || found.association_id().is_none()
    };
    let found = by_filter(&call.aws, name, vec![value]).await?;
    let own = found.iter().find(|found| {
        is_with(found, "instance_id", found.instance_id())
            && is_with(found, "network_interface_id", found.network_interface_id())
    });
    Ok(own.and_then(Address::association_id).map(str::to_owned))
}
