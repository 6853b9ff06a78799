//! A VPC's IPv6 block: an association of its own, which comes and goes while the VPC stays.

use super::vpc::Vpc;
use crate::providers::aws::engine::{Call, Failure};
use aws_sdk_ec2::types::VpcIpv6CidrBlockAssociation;

/// The association that counts: the first that is there.
pub fn ipv6(vpc: &Vpc) -> Option<&VpcIpv6CidrBlockAssociation> {
    vpc.vpc
        .ipv6_cidr_block_association_set()
        .iter()
        .find(|association| ["associated", "associating"].contains(&state_of(association)))
}

pub fn state_of(association: &VpcIpv6CidrBlockAssociation) -> &str {
    let state = association.ipv6_cidr_block_state().and_then(|state| state.state());
    state.map_or("", |state| state.as_str())
}

/// A VPC has one IPv6 block: the former goes before another is asked for.
pub async fn change_ipv6(call: Call) -> Result<(), Failure> {
    let ec2 = call.aws.ec2();
    if let Some(association) = call.prior.filled("ipv6_association_id") {
        let request = ec2.disassociate_vpc_cidr_block().association_id(association);
        request.send().await.map_err(Failure::of("EC2: DisassociateVpcCidrBlock"))?;
    }
    let request = ec2.associate_vpc_cidr_block().vpc_id(&call.id);
    let request = if call.want.flag("assign_generated_ipv6_cidr_block") == Some(true) {
        request
            .amazon_provided_ipv6_cidr_block(true)
            .set_ipv6_cidr_block_network_border_group(call.want.filled("ipv6_cidr_block_network_border_group"))
    } else if let Some(pool) = call.want.filled("ipv6_ipam_pool_id") {
        request
            .ipv6_ipam_pool_id(pool)
            .set_ipv6_cidr_block(call.want.filled("ipv6_cidr_block"))
            .set_ipv6_netmask_length(call.want.integer("ipv6_netmask_length").filter(|length| *length > 0))
    } else {
        return Ok(());
    };
    request.send().await.map_err(Failure::of("EC2: AssociateVpcCidrBlock"))?;
    Ok(())
}
