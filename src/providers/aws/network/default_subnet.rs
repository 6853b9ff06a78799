//! `aws_default_subnet`: the default VPC's subnet in a zone, taken over, and made where somebody deleted it.
//!
//! It is left where it is when it is destroyed, unless `force_destroy` says otherwise.

use super::subnet::{self, read_and_changed};
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, all_of, flag};
use crate::value::Value;
use aws_sdk_ec2::types::Subnet;

pub fn default_subnet() -> Resource<Subnet, ()> {
    let resource = Resource::new("EC2 Default Subnet", 1, |_| (), |(), call| create(call));
    read_and_changed(resource.fields(fields()))
        .adopted()
        .before_create(
            |call| async move { Ok(vec![("existing_default_subnet", Value::bool(find(call).await?.is_some()))]) },
        )
        .recovered_by(find)
        .delete(delete)
}

/// A subnet's attributes, but where it is and which addresses it has is AWS's choice.
fn fields() -> Vec<Field<Subnet, ()>> {
    let of_subnet = subnet::fields().into_iter();
    let mut fields: Vec<Field<Subnet, ()>> = of_subnet
        .map(|mut field| match field.declared.name {
            "availability_zone" => {
                (field.declared.is_optional, field.declared.is_computed) = (false, false);
                field.declared.conflicts.clear();
                field.required().never_sent()
            }
            "availability_zone_id" | "cidr_block" | "enable_lni_at_device_index" | "outpost_arn" | "vpc_id" => {
                field.found(|subnet| subnet)
            }
            "ipv6_cidr_block" => field.computed().never_sent(),
            "map_public_ip_on_launch" => field.default(true).never_sent(),
            _ => field.never_sent(),
        })
        .collect();
    fields.push(flag("existing_default_subnet").computed());
    fields.push(flag("force_destroy").default(false));
    fields
}

/// The zone's default subnet.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let zone = call.want.text("availability_zone").unwrap_or_default();
    let request = call.aws.ec2().describe_subnets().filters(filter("availability-zone", [zone]));
    let request = request.filters(filter("default-for-az", ["true"]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSubnets").await?;
    Ok(found.first().and_then(Subnet::subnet_id).map(str::to_owned))
}

async fn create(call: Call) -> Result<String, Failure> {
    if let Some(there) = find(call.clone()).await? {
        return Ok(there);
    }
    let request = call.aws.ec2().create_default_subnet().set_availability_zone(call.want.text("availability_zone"));
    let request = request.set_ipv6_native(call.want.flag("ipv6_native").filter(|native| *native));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateDefaultSubnet"))?;
    Ok(answer.subnet().and_then(Subnet::subnet_id).unwrap_or_default().to_owned())
}

async fn delete(call: Call) -> Result<(), Failure> {
    match call.prior.flag("force_destroy") {
        Some(true) => subnet::delete(call).await,
        _ => Ok(()),
    }
}
