//! `aws_subnet` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, flag, number, ready, text};
use aws_sdk_ec2::operation::create_subnet::builders::CreateSubnetFluentBuilder as CreateSubnet;
use aws_sdk_ec2::types::{AttributeBooleanValue, Subnet};
use std::sync::Arc;

pub fn subnet() -> Resource<Subnet, CreateSubnet> {
    Resource::new("aws_subnet", "EC2 Subnet", 1, |aws| aws.ec2().create_subnet(), create)
        .fields(fields())
        .read_many(200, |subnet| subnet.subnet_id().unwrap_or_default().to_owned(), read)
        .ready(|subnet| ready(subnet.state().map(|state| state.as_str()), &["available"], &[]))
        .change_after_create("map_public_ip", map_public_ip)
        .delete(delete)
        .missing(&["InvalidSubnetID.NotFound"])
        .retry_delete_on(&["DependencyViolation"])
        .timeouts(&[("create", 10), ("delete", 20)])
}

fn fields() -> Vec<Field<Subnet, CreateSubnet>> {
    vec![
        text("arn").computed().from(Subnet::subnet_arn),
        text("vpc_id").required().replaces().from(Subnet::vpc_id).to(CreateSubnet::set_vpc_id),
        text("cidr_block").optional().replaces().from(Subnet::cidr_block).to(CreateSubnet::set_cidr_block),
        text("availability_zone")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["availability_zone_id"])
            .from(Subnet::availability_zone)
            .to(CreateSubnet::set_availability_zone),
        flag("map_public_ip_on_launch")
            .default(false)
            .from(Subnet::map_public_ip_on_launch)
            .changed_by("map_public_ip"),
        number("enable_lni_at_device_index").optional().from(Subnet::enable_lni_at_device_index),
        text("owner_id").computed().from(Subnet::owner_id),
    ]
}

async fn create(request: CreateSubnet, _call: Call) -> Result<String, Failure> {
    let answer = request.send().await.map_err(Failure::of("EC2: CreateSubnet"))?;
    Ok(answer.subnet().and_then(Subnet::subnet_id).unwrap_or_default().to_owned())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Subnet>, Failure> {
    let answer = aws
        .ec2()
        .describe_subnets()
        .set_subnet_ids(Some(ids))
        .send()
        .await
        .map_err(Failure::of("EC2: DescribeSubnets"))?;
    Ok(answer.subnets.unwrap_or_default())
}

async fn map_public_ip(call: Call) -> Result<(), Failure> {
    let value = AttributeBooleanValue::builder().set_value(call.want.flag("map_public_ip_on_launch")).build();
    let request = call.aws.ec2().modify_subnet_attribute().subnet_id(call.id).map_public_ip_on_launch(value);
    request.send().await.map_err(Failure::of("EC2: ModifySubnetAttribute"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.ec2().delete_subnet().subnet_id(call.id).send().await.map_err(Failure::of("EC2: DeleteSubnet"))?;
    Ok(())
}
