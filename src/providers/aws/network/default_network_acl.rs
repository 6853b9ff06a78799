//! `aws_default_network_acl`: the network ACL that every VPC has, taken over as it is configured.
//!
//! Subnets come to it by themselves; only those that are named and elsewhere are moved.

use super::network_acl::{NetworkAcl, common_fields, egress, id_of, ingress, move_subnets, read, subnets};
use super::network_acl_entries::{MISSING, change_entries, entry_fields};
use crate::providers::aws::engine::ec2::{change_tags, tag_map};
use crate::providers::aws::engine::{Call, Failure, Resource, Want, block_set, set_of_text, text};
use crate::value::Value;

pub fn default_network_acl() -> Resource<NetworkAcl, ()> {
    let mut fields = common_fields();
    fields.extend([
        text("default_network_acl_id").required().replaces().from(|found: &NetworkAcl| Some(id_of(found))),
        block_set("egress", entry_fields()).optional().from(egress).changed_by("egress"),
        block_set("ingress", entry_fields()).optional().from(ingress).changed_by("ingress"),
        set_of_text("subnet_ids").optional().from(subnets).changed_by("subnets"),
        text("vpc_id").computed().from(|found: &NetworkAcl| found.acl.vpc_id().map(str::to_owned)),
    ]);
    Resource::adopting("EC2 Default Network ACL", 0, find)
        .fields(fields)
        .read_many(200, id_of, read)
        .change_after_create("ingress", |call| change_entries(call, "ingress"))
        .change_after_create("egress", |call| change_entries(call, "egress"))
        .change("subnets", move_subnets)
        .rest_of_create(move_named_subnets)
        .tagged(|found| tag_map(found.acl.tags()), change_tags)
        .missing(MISSING)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let id = call.want.text("default_network_acl_id").unwrap_or_default();
    Ok(read(call.aws.clone(), vec![id]).await?.first().map(id_of))
}

async fn move_named_subnets(call: Call) -> Result<(), Failure> {
    move_subnets(Call { prior: Want(Value::empty_object()), ..call }).await
}
