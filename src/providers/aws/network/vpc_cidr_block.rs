//! `aws_vpc_ipv4_cidr_block_association` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Readiness, Resource, all_of, number, ready, text};
use aws_sdk_ec2::operation::associate_vpc_cidr_block::builders::AssociateVpcCidrBlockFluentBuilder as Create;
use aws_sdk_ec2::types::VpcCidrBlockAssociation;
use std::sync::Arc;

pub struct Association {
    vpc: String,
    block: VpcCidrBlockAssociation,
}

pub fn vpc_cidr_block() -> Resource<Association, Create> {
    Resource::new("EC2 VPC IPv4 CIDR Block Association", 0, |aws| aws.ec2().associate_vpc_cidr_block(), create)
        .fields(vec![
            text("cidr_block")
                .optional()
                .computed()
                .replaces()
                .from(|found: &Association| found.block.cidr_block().map(str::to_owned))
                .to(Create::set_cidr_block),
            text("ipv4_ipam_pool_id").optional().replaces().to(Create::set_ipv4_ipam_pool_id),
            number("ipv4_netmask_length").optional().replaces().to(Create::set_ipv4_netmask_length),
            text("vpc_id")
                .required()
                .replaces()
                .from(|found: &Association| Some(found.vpc.clone()))
                .to(Create::set_vpc_id),
        ])
        .read_many(200, |found: &Association| found.block.association_id().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .delete(delete)
        .missing(&["InvalidVpcCidrBlockAssociationID.NotFound", "InvalidVpcID.NotFound"])
        .recovered_by(find)
        .timeouts(&[("create", 10), ("delete", 10)])
}

fn readiness(found: &Association) -> Readiness {
    let state = found.block.cidr_block_state().and_then(|state| state.state()).map(|state| state.as_str());
    ready(state, &["associated"], &["disassociated", "failed"])
}

async fn create(request: Create, _call: Call) -> Result<String, Failure> {
    let answer = request.send().await.map_err(Failure::of("EC2: AssociateVpcCidrBlock"))?;
    Ok(answer.cidr_block_association.and_then(|block| block.association_id).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Association>, Failure> {
    by_filter(&aws, "cidr-block-association.association-id", ids).await
}

async fn by_filter(aws: &Aws, name: &str, values: Vec<String>) -> Result<Vec<Association>, Failure> {
    let request = aws.ec2().describe_vpcs().filters(filter(name, values));
    let vpcs = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await?;
    let blocks = vpcs.into_iter().flat_map(|vpc| {
        let id = vpc.vpc_id.unwrap_or_default();
        let blocks = vpc.cidr_block_association_set.unwrap_or_default().into_iter();
        blocks.map(move |block| Association { vpc: id.clone(), block })
    });
    Ok(blocks.collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().disassociate_vpc_cidr_block().association_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DisassociateVpcCidrBlock"))?;
    Ok(())
}

/// A VPC has a block once. A block from a pool is told by the pool only: the newest of the VPC can't be picked out.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let vpc = call.want.text("vpc_id").unwrap_or_default();
    let Some(block) = call.want.filled("cidr_block") else {
        return Err(Failure::new("EC2: DescribeVpcs", "Ambiguous", "a block from a pool has no name to be found by"));
    };
    let found = by_filter(&call.aws, "vpc-id", vec![vpc]).await?;
    let same = found.iter().find(|one| one.block.cidr_block() == Some(&block) && readiness(one) != Readiness::Gone);
    Ok(same.and_then(|one| one.block.association_id()).map(str::to_owned))
}
