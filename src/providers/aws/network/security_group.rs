//! `aws_security_group` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroup.html>
//!
//! The API keeps one permission for each protocol and port range and forgets which `ingress` block said what. What is read is
//! dealt out to the blocks that were there before; what is left over is shown as the API has it.

use super::security_group_rules::{permission_of, regroup, rule_fields, values_of};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, Want, all_of, flag, name_prefix_of, objects, or_already, text,
};
use crate::schema::Nesting;
use crate::value::{Text, Value};
use aws_sdk_ec2::operation::create_security_group::builders::CreateSecurityGroupFluentBuilder as Create;
use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, ResourceType, SecurityGroup as Described, SecurityGroupRule,
};
use std::sync::Arc;

/// What the API says of a rule that is revoked already, or let in already.
const GONE: &[&str] = &["InvalidPermission.NotFound"];
const THERE: &[&str] = &["InvalidPermission.Duplicate"];

pub struct SecurityGroup {
    pub group: Described,
    pub arn: String,
}

pub fn security_group() -> Resource<SecurityGroup, Create> {
    Resource::new("Security Group", 1, |aws| aws.ec2().create_security_group(), create)
        .fields(fields())
        .read_many(200, |found: &SecurityGroup| found.group.group_id().unwrap_or_default().to_owned(), read)
        .reconcile(reconcile)
        .rest_of_create(revoke_default_egress)
        .change_after_create("ingress", |call| change_rules(call, "ingress"))
        .change_after_create("egress", |call| change_rules(call, "egress"))
        .change("nothing", |_| async { Ok(()) })
        .tagged(|found| tag_map(found.group.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidGroupId.Malformed"])
        .retry_delete_on(&["DependencyViolation", "InvalidGroup.InUse"])
        .recovered_by(find)
        .timeouts(&[("create", 10), ("delete", 15)])
}

pub fn fields() -> Vec<Field<SecurityGroup, Create>> {
    vec![
        text("arn").computed().from(|found: &SecurityGroup| Some(found.arn.clone())),
        text("description")
            .default("Managed by Terraform")
            .replaces()
            .from(|found: &SecurityGroup| found.group.description().map(str::to_owned))
            .to(Create::set_description),
        objects("egress", Nesting::Set, rule_fields())
            .optional()
            .computed()
            .from(|found: &SecurityGroup| values_of(found.group.ip_permissions_egress(), found.group.group_id()))
            .changed_by("egress"),
        objects("ingress", Nesting::Set, rule_fields())
            .optional()
            .computed()
            .from(|found: &SecurityGroup| values_of(found.group.ip_permissions(), found.group.group_id()))
            .changed_by("ingress"),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &SecurityGroup| found.group.group_name().map(str::to_owned)),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &SecurityGroup| Some(name_prefix_of(found.group.group_name().unwrap_or_default()))),
        text("owner_id").computed().from(|found: &SecurityGroup| found.group.owner_id().map(str::to_owned)),
        flag("revoke_rules_on_delete").default(false).changed_by("nothing"),
        text("vpc_id")
            .optional()
            .computed()
            .replaces()
            .from(|found: &SecurityGroup| Some(found.group.vpc_id().unwrap_or_default().to_owned()))
            .to(Create::set_vpc_id),
    ]
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = call.name_or_generated("name", "name_prefix", "terraform-");
    let request =
        request.group_name(name).set_tag_specifications(tag_specifications(ResourceType::SecurityGroup, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateSecurityGroup"))?;
    Ok(answer.group_id.unwrap_or_default())
}

/// AWS lets everything out of a new group; Terraform's groups start closed.
async fn revoke_default_egress(call: Call) -> Result<(), Failure> {
    let ipv4 =
        IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build();
    let ipv6 =
        IpPermission::builder().ip_protocol("-1").ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build()).build();
    for permission in [ipv4, ipv6] {
        let request = call.aws.ec2().revoke_security_group_egress().group_id(&call.id).ip_permissions(permission);
        or_already(request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupEgress")), GONE)?;
    }
    Ok(())
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<SecurityGroup>, Failure> {
    let request = aws.ec2().describe_security_groups().set_group_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroups").await?;
    let assemble = |group: Described| SecurityGroup {
        arn: arn(&aws, group.owner_id().unwrap_or_default(), "security-group", group.group_id().unwrap_or_default()),
        group,
    };
    Ok(found.into_iter().map(assemble).collect())
}

pub fn reconcile(object: Value, before: &Value) -> Value {
    let attribute = |(name, value): (&Text, &Value)| match &**name {
        "ingress" | "egress" => (name.clone(), before.get(name).map_or(value.clone(), |former| regroup(value, former))),
        _ => (name.clone(), value.clone()),
    };
    Value::object(object.as_entries().into_iter().flat_map(|entries| entries.iter()).map(attribute).collect::<Vec<_>>())
}

/// Rules that are gone are revoked first, then the new ones are let in.
pub async fn change_rules(call: Call, direction: &str) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items(direction), call.want.items(direction));
    let only = |some: &[Want], others: &[Want]| -> Vec<IpPermission> {
        some.iter()
            .filter(|rule| !others.iter().any(|other| other.0 == rule.0))
            .map(|rule| permission_of(rule, &call.id))
            .collect()
    };
    let (gone, added) = (only(&former, &wanted), only(&wanted, &former));
    let ec2 = call.aws.ec2();
    if !gone.is_empty() && direction == "ingress" {
        let request = ec2.revoke_security_group_ingress().group_id(&call.id).set_ip_permissions(Some(gone));
        or_already(request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupIngress")), GONE)?;
    } else if !gone.is_empty() {
        let request = ec2.revoke_security_group_egress().group_id(&call.id).set_ip_permissions(Some(gone));
        or_already(request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupEgress")), GONE)?;
    }
    if !added.is_empty() && direction == "ingress" {
        let request = ec2.authorize_security_group_ingress().group_id(&call.id).set_ip_permissions(Some(added));
        or_already(request.send().await.map_err(Failure::of("EC2: AuthorizeSecurityGroupIngress")), THERE)?;
    } else if !added.is_empty() {
        let request = ec2.authorize_security_group_egress().group_id(&call.id).set_ip_permissions(Some(added));
        or_already(request.send().await.map_err(Failure::of("EC2: AuthorizeSecurityGroupEgress")), THERE)?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    if call.prior.flag("revoke_rules_on_delete") == Some(true) {
        revoke_all(&call).await?;
    }
    let request = call.aws.ec2().delete_security_group().group_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteSecurityGroup"))?;
    Ok(())
}

/// The rules that are there now: those of state may be gone, with the groups that they name.
async fn revoke_all(call: &Call) -> Result<(), Failure> {
    let ec2 = call.aws.ec2();
    let request = ec2.describe_security_group_rules().filters(filter("group-id", [call.id.clone()]));
    let rules = all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroupRules").await?;
    let (egress, ingress): (Vec<SecurityGroupRule>, Vec<SecurityGroupRule>) =
        rules.into_iter().partition(|rule| rule.is_egress() == Some(true));
    let ids = |rules: Vec<SecurityGroupRule>| -> Vec<String> {
        rules.into_iter().filter_map(|rule| rule.security_group_rule_id).collect()
    };
    let (egress, ingress) = (ids(egress), ids(ingress));
    if !ingress.is_empty() {
        let request = ec2.revoke_security_group_ingress().group_id(&call.id).set_security_group_rule_ids(Some(ingress));
        or_already(request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupIngress")), GONE)?;
    }
    if !egress.is_empty() {
        let request = ec2.revoke_security_group_egress().group_id(&call.id).set_security_group_rule_ids(Some(egress));
        or_already(request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupEgress")), GONE)?;
    }
    Ok(())
}

/// Names are unique within a VPC.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = call.name_or_generated("name", "name_prefix", "terraform-");
    let mut request = call.aws.ec2().describe_security_groups().filters(filter("group-name", [name]));
    if let Some(vpc) = call.want.filled("vpc_id") {
        request = request.filters(filter("vpc-id", [vpc]));
    }
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeSecurityGroups"))?;
    Ok(answer.security_groups().first().and_then(Described::group_id).map(str::to_owned))
}
