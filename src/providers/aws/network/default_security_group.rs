//! `aws_default_security_group`: the group that every VPC has, taken over with all of its rules.
//!
//! What is there when it is taken over is revoked; from then on its rules are those of the configuration.

use super::default_vpc;
use super::security_group::{SecurityGroup, change_rules, fields, read, reconcile};
use super::security_group_rules::values_of;
use crate::providers::aws::engine::ec2::{change_tags, filter, tag_map};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Want, all_of};
use crate::value::{Text, Value};
use aws_sdk_ec2::types::SecurityGroup as Described;

pub fn default_security_group() -> Resource<SecurityGroup, ()> {
    Resource::adopting("EC2 Default Security Group", 1, find)
        .fields(fields().into_iter().map(adopted).collect())
        .read_many(200, |found: &SecurityGroup| found.group.group_id().unwrap_or_default().to_owned(), read)
        .reconcile(reconcile)
        .rest_of_create(revoke_all)
        .change_after_create("ingress", |call| change_rules(call, "ingress"))
        .change_after_create("egress", |call| change_rules(call, "egress"))
        .change("nothing", |_| async { Ok(()) })
        .tagged(|found| tag_map(found.group.tags()), change_tags)
        .missing(&["InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidGroupId.Malformed"])
}

/// A group's attribute where AWS has named and described it already.
fn adopted<C>(field: Field<SecurityGroup, C>) -> Field<SecurityGroup, ()> {
    let mut field = field.never_sent();
    if ["description", "name", "name_prefix"].contains(&field.declared.name) {
        let declared = &mut field.declared;
        (declared.is_optional, declared.is_computed, declared.replaces) = (false, true, false);
        declared.default = None;
        declared.conflicts.clear();
    }
    field
}

/// The VPC's, or the default VPC's where none is named.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let vpc = match call.want.filled("vpc_id") {
        Some(vpc) => Some(vpc),
        None => default_vpc::find(&call.aws).await?,
    };
    let request = call.aws.ec2().describe_security_groups();
    let request = request.filters(filter("group-name", ["default"])).filters(filter("vpc-id", vpc));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroups").await?;
    Ok(found.first().and_then(Described::group_id).map(str::to_owned))
}

async fn revoke_all(call: Call) -> Result<(), Failure> {
    for group in read(call.aws.clone(), vec![call.id.clone()]).await? {
        let own = group.group.group_id();
        let there = Want(Value::object([
            (Text::from("ingress"), values_of(group.group.ip_permissions(), own)),
            ("egress".into(), values_of(group.group.ip_permissions_egress(), own)),
        ]));
        for direction in ["ingress", "egress"] {
            let none = Want(Value::empty_object());
            change_rules(Call { prior: there.clone(), want: none, ..call.clone() }, direction).await?;
        }
    }
    Ok(())
}
