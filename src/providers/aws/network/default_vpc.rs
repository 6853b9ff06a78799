//! `aws_default_vpc`: the VPC that every region of an account has, taken over, and made where somebody deleted it.
//!
//! It is left where it is when it is destroyed, unless `force_destroy` says otherwise.

use super::vpc::{self, Vpc, read_and_changed};
use super::vpc_ipv6::change_ipv6;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, all_of, flag};
use crate::value::Value;
use std::sync::Arc;

pub fn default_vpc() -> Resource<Vpc, ()> {
    let resource = Resource::new("EC2 Default VPC", 1, |_| (), |(), call| create(call));
    read_and_changed(resource.fields(fields()))
        .adopted()
        .before_create(|call| async move {
            Ok(vec![("existing_default_vpc", Value::bool(find(&call.aws).await?.is_some()))])
        })
        .change_after_create("ipv6", change_ipv6)
        .recovered_by(|call| async move { find(&call.aws).await })
        .delete(delete)
}

/// A VPC's attributes, but its address block and tenancy are AWS's choice.
fn fields() -> Vec<Field<Vpc, ()>> {
    let of_vpc = vpc::fields().into_iter().filter(|field| !field.declared.name.starts_with("ipv4_"));
    let mut fields: Vec<Field<Vpc, ()>> = of_vpc
        .map(|mut field| match field.declared.name {
            "cidr_block" | "instance_tenancy" => field.found(|vpc| vpc),
            "enable_dns_hostnames" => {
                field.declared.is_computed = false;
                field.default(true).never_sent()
            }
            "ipv6_cidr_block" | "ipv6_association_id" => {
                field.declared.follows.clear();
                field.never_sent()
            }
            _ => field.never_sent(),
        })
        .collect();
    fields.push(flag("existing_default_vpc").computed());
    fields.push(flag("force_destroy").default(false));
    fields
}

/// The region's default VPC.
pub async fn find(aws: &Arc<Aws>) -> Result<Option<String>, Failure> {
    let request = aws.ec2().describe_vpcs().filters(filter("is-default", ["true"]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcs").await?;
    Ok(found.first().and_then(|vpc| vpc.vpc_id()).map(str::to_owned))
}

async fn create(call: Call) -> Result<String, Failure> {
    if let Some(there) = find(&call.aws).await? {
        return Ok(there);
    }
    let answer = call.aws.ec2().create_default_vpc().send().await.map_err(Failure::of("EC2: CreateDefaultVpc"))?;
    Ok(answer.vpc().and_then(|vpc| vpc.vpc_id()).unwrap_or_default().to_owned())
}

async fn delete(call: Call) -> Result<(), Failure> {
    match call.prior.flag("force_destroy") {
        Some(true) => vpc::delete(call).await,
        _ => Ok(()),
    }
}
