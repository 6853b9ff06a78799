//! `aws_internet_gateway` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGateway.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Resource, Tagging, all_of, or_already, text};
use aws_sdk_ec2::operation::create_internet_gateway::builders::CreateInternetGatewayFluentBuilder as Create;
use aws_sdk_ec2::types::{InternetGateway as Described, ResourceType};
use std::sync::Arc;

pub struct InternetGateway {
    gateway: Described,
    arn: String,
}

pub fn internet_gateway() -> Resource<InternetGateway, Create> {
    Resource::new("EC2 Internet Gateway", 0, |aws| aws.ec2().create_internet_gateway(), create)
        .fields(vec![
            text("arn").computed().from(|found: &InternetGateway| Some(found.arn.clone())),
            text("owner_id").computed().from(|found: &InternetGateway| found.gateway.owner_id().map(str::to_owned)),
            text("vpc_id")
                .optional()
                .computed()
                .from(|found: &InternetGateway| Some(vpc(&found.gateway).to_owned()))
                .changed_by("attachment"),
        ])
        .read_many(
            200,
            |found: &InternetGateway| found.gateway.internet_gateway_id().unwrap_or_default().to_owned(),
            read,
        )
        .change_after_create("attachment", attach)
        .recovered_by_tag(Tagging::Ec2)
        .tagged(|found| tag_map(found.gateway.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidInternetGatewayID.NotFound"])
        .retry_delete_on(&["DependencyViolation"])
        .timeouts(&[("create", 20), ("delete", 20), ("update", 20)])
}

fn vpc(gateway: &Described) -> &str {
    gateway.attachments().first().and_then(|attachment| attachment.vpc_id()).unwrap_or_default()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.set_tag_specifications(tag_specifications(ResourceType::InternetGateway, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateInternetGateway"))?;
    Ok(answer.internet_gateway().and_then(Described::internet_gateway_id).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<InternetGateway>, Failure> {
    let request = aws.ec2().describe_internet_gateways().set_internet_gateway_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeInternetGateways").await?;
    let assemble = |gateway: Described| InternetGateway {
        arn: arn(
            &aws,
            gateway.owner_id().unwrap_or_default(),
            "internet-gateway",
            gateway.internet_gateway_id().unwrap_or_default(),
        ),
        gateway,
    };
    Ok(found.into_iter().map(assemble).collect())
}

async fn attach(call: Call) -> Result<(), Failure> {
    detach(&call).await?;
    if let Some(vpc) = call.want.filled("vpc_id") {
        let request = call.aws.ec2().attach_internet_gateway().internet_gateway_id(&call.id).vpc_id(vpc);
        let sent = request.send().await.map_err(Failure::of("EC2: AttachInternetGateway"));
        return or_already(sent, &["Resource.AlreadyAssociated"]);
    }
    Ok(())
}

async fn detach(call: &Call) -> Result<(), Failure> {
    let Some(vpc) = call.prior.filled("vpc_id") else { return Ok(()) };
    let request = call.aws.ec2().detach_internet_gateway().internet_gateway_id(&call.id).vpc_id(vpc);
    or_already(request.send().await.map_err(Failure::of("EC2: DetachInternetGateway")), &["Gateway.NotAttached"])
}

async fn delete(call: Call) -> Result<(), Failure> {
    detach(&call).await?;
    let request = call.aws.ec2().delete_internet_gateway().internet_gateway_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteInternetGateway"))?;
    Ok(())
}
