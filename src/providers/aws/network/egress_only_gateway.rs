//! `aws_egress_only_internet_gateway` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EgressOnlyInternetGateway.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Resource, Tagging, all_of, text};
use aws_sdk_ec2::operation::create_egress_only_internet_gateway::builders::CreateEgressOnlyInternetGatewayFluentBuilder as Create;
use aws_sdk_ec2::types::{EgressOnlyInternetGateway as Gateway, ResourceType};
use std::sync::Arc;

pub fn egress_only_gateway() -> Resource<Gateway, Create> {
    Resource::new("EC2 Egress-only Internet Gateway", 0, |aws| aws.ec2().create_egress_only_internet_gateway(), create)
        .fields(vec![
            text("vpc_id")
                .required()
                .replaces()
                .from(|found: &Gateway| found.attachments().first().and_then(|one| one.vpc_id()).map(str::to_owned))
                .to(Create::set_vpc_id),
        ])
        .read_many(200, |found: &Gateway| found.egress_only_internet_gateway_id().unwrap_or_default().to_owned(), read)
        .tagged(|found| tag_map(found.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidGatewayID.NotFound", "InvalidEgressOnlyInternetGatewayId.NotFound"])
        .retry_delete_on(&["DependencyViolation"])
        .recovered_by_tag(Tagging::Ec2)
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let tags = tag_specifications(ResourceType::EgressOnlyInternetGateway, &call.tags);
    let request = request.client_token(&call.token).set_tag_specifications(tags);
    let answer = request.send().await.map_err(Failure::of("EC2: CreateEgressOnlyInternetGateway"))?;
    let gateway = answer.egress_only_internet_gateway.and_then(|gateway| gateway.egress_only_internet_gateway_id);
    Ok(gateway.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Gateway>, Failure> {
    let request = aws.ec2().describe_egress_only_internet_gateways().set_egress_only_internet_gateway_ids(Some(ids));
    all_of(request.into_paginator().items().send(), "EC2: DescribeEgressOnlyInternetGateways").await
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_egress_only_internet_gateway().egress_only_internet_gateway_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteEgressOnlyInternetGateway"))?;
    Ok(())
}
