//! `aws_network_acl` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAcl.html>
//!
//! A subnet always has one network ACL: it is moved from one to another, and back to the VPC's default.

use super::network_acl_entries::{MISSING, change_entries, entry_fields, values_of};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Tagging, all_of, objects, set_of_text, text};
use crate::schema::Nesting;
use crate::value::{Type, Value};
use aws_sdk_ec2::operation::create_network_acl::builders::CreateNetworkAclFluentBuilder as Create;
use aws_sdk_ec2::types::{NetworkAcl as Described, ResourceType};
use std::sync::Arc;

pub struct NetworkAcl {
    pub acl: Described,
    arn: String,
}

pub fn network_acl() -> Resource<NetworkAcl, Create> {
    let mut fields = common_fields();
    fields
        .push(objects("egress", Nesting::Set, entry_fields()).optional().computed().from(egress).changed_by("egress"));
    fields.push(
        objects("ingress", Nesting::Set, entry_fields()).optional().computed().from(ingress).changed_by("ingress"),
    );
    fields.push(set_of_text("subnet_ids").optional().computed().from(subnets).changed_by("subnets"));
    fields.push(
        text("vpc_id")
            .required()
            .replaces()
            .from(|found: &NetworkAcl| found.acl.vpc_id().map(str::to_owned))
            .to(Create::set_vpc_id),
    );
    Resource::new("EC2 Network ACL", 0, |aws| aws.ec2().create_network_acl(), create)
        .fields(fields)
        .read_many(200, id_of, read)
        .change_after_create("ingress", |call| change_entries(call, "ingress"))
        .change_after_create("egress", |call| change_entries(call, "egress"))
        .change_after_create("subnets", move_subnets)
        .tagged(|found| tag_map(found.acl.tags()), change_tags)
        .delete(delete)
        .recovered_by_tag(Tagging::Ec2)
        .missing(MISSING)
        .retry_delete_on(&["DependencyViolation"])
}

pub fn common_fields<C: 'static>() -> Vec<Field<NetworkAcl, C>> {
    vec![
        text("arn").computed().from(|found: &NetworkAcl| Some(found.arn.clone())),
        text("owner_id").computed().from(|found: &NetworkAcl| found.acl.owner_id().map(str::to_owned)),
    ]
}

pub fn id_of(found: &NetworkAcl) -> String {
    found.acl.network_acl_id().unwrap_or_default().to_owned()
}

pub fn egress(found: &NetworkAcl) -> Value {
    values_of(found.acl.entries(), true)
}

pub fn ingress(found: &NetworkAcl) -> Value {
    values_of(found.acl.entries(), false)
}

pub fn subnets(found: &NetworkAcl) -> Value {
    let ids = found.acl.associations().iter().filter_map(|association| association.subnet_id().map(Value::text));
    Value::set(Type::String, ids.collect())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request
        .client_token(&call.token)
        .set_tag_specifications(tag_specifications(ResourceType::NetworkAcl, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateNetworkAcl"))?;
    Ok(answer.network_acl().and_then(Described::network_acl_id).unwrap_or_default().to_owned())
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<NetworkAcl>, Failure> {
    let request = aws.ec2().describe_network_acls().set_network_acl_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkAcls").await?;
    let assemble = |acl: Described| NetworkAcl {
        arn: arn(&aws, acl.owner_id().unwrap_or_default(), "network-acl", acl.network_acl_id().unwrap_or_default()),
        acl,
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// Subnets that are named come here; those that are named no more go to the VPC's default.
pub async fn move_subnets(call: Call) -> Result<(), Failure> {
    let (gone, new) = call.gone_and_new("subnet_ids");
    associate(&call.aws, &new, &call.id).await?;
    let vpc = call.want.filled("vpc_id").or_else(|| call.prior.filled("vpc_id"));
    give_back(&call.aws, &gone, &vpc.unwrap_or_default()).await
}

async fn give_back(aws: &Aws, subnets: &[String], vpc: &str) -> Result<(), Failure> {
    if subnets.is_empty() {
        return Ok(());
    }
    let request = aws.ec2().describe_network_acls();
    let request = request.filters(filter("vpc-id", [vpc])).filters(filter("default", ["true"]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkAcls").await?;
    let default = found.first().and_then(Described::network_acl_id).unwrap_or_default();
    associate(aws, subnets, default).await
}

/// Moves subnets here from wherever they are.
pub async fn associate(aws: &Aws, subnets: &[String], acl: &str) -> Result<(), Failure> {
    if subnets.is_empty() {
        return Ok(());
    }
    let request = aws.ec2().describe_network_acls().filters(filter("association.subnet-id", subnets));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkAcls").await?;
    let associations = found.iter().flat_map(Described::associations).filter(|association| {
        association.network_acl_id() != Some(acl)
            && association.subnet_id().is_some_and(|subnet| subnets.iter().any(|wanted| wanted == subnet))
    });
    for association in associations.filter_map(|association| association.network_acl_association_id()) {
        let request = aws.ec2().replace_network_acl_association().association_id(association).network_acl_id(acl);
        request.send().await.map_err(Failure::of("EC2: ReplaceNetworkAclAssociation"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let found = read(call.aws.clone(), vec![call.id.clone()]).await?;
    for acl in &found {
        let subnets =
            acl.acl.associations().iter().filter_map(|association| association.subnet_id().map(str::to_owned));
        give_back(&call.aws, &subnets.collect::<Vec<_>>(), acl.acl.vpc_id().unwrap_or_default()).await?;
    }
    let request = call.aws.ec2().delete_network_acl().network_acl_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteNetworkAcl"))?;
    Ok(())
}
