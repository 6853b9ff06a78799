//! `aws_security_group_rule`: one permission for several sources, which the API keeps as a rule each.
//!
//! Its id is a checksum, so a rule is looked for by what it allows. State keeps what was written.

use super::group_rule_key::{Key, imported, permission};
use super::security_group_rules::{named_protocol, protocol_of};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, all_of, flag, number, text, texts};
use crate::value::{Text, Value};
use aws_sdk_ec2::types::SecurityGroupRule as Described;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A permission that is there whole.
pub struct Allowed {
    pub key: Key,
    /// The API's own id, where there is one rule.
    pub rule: Option<String>,
}

pub fn security_group_rule() -> Resource<Allowed, ()> {
    Resource::new("Security Group Rule", 2, |_| (), create)
        .fields(fields())
        .read_by(|rule| Key::of(rule).to_text())
        .read_many(200, |found: &Allowed| found.key.to_text(), read)
        .change("description", describe)
        .refreshed(without_ports)
        .delete(revoke)
        .missing(&["InvalidGroup.NotFound", "InvalidPermission.NotFound"])
        .recovered_by(|call: Call| async move {
            let key = Key::of(&call.want);
            let found = read(call.aws.clone(), vec![key.to_text()]).await?;
            Ok((!found.is_empty()).then(|| key.id()))
        })
        .imported_by(|_, id| async move { imported(&id) })
        .timeouts(&[("create", 5)])
}

/// Of a rule for all protocols the API tells no ports.
fn without_ports(rule: Value) -> Value {
    if rule.get("protocol").and_then(Value::as_str).is_none_or(|protocol| **protocol != *"-1") {
        return rule;
    }
    let entries = rule.as_entries().into_iter().flat_map(|entries| entries.iter());
    let shown = entries.map(|(name, value)| {
        let is_port = ["from_port", "to_port"].contains(&&**name);
        (Text::from(&**name), if is_port { Value::from(0) } else { value.clone() })
    });
    Value::object(shown.collect::<Vec<_>>())
}

fn fields() -> Vec<Field<Allowed, ()>> {
    vec![
        texts("cidr_blocks").optional().replaces().at_least_one(&[
            "ipv6_cidr_blocks",
            "prefix_list_ids",
            "self",
            "source_security_group_id",
        ]),
        text("description").optional().changed_by("description"),
        number("from_port").required().replaces().suppressed(has_no_ports),
        texts("ipv6_cidr_blocks").optional().replaces(),
        texts("prefix_list_ids").optional().replaces(),
        text("protocol").required().replaces().stored(named_protocol),
        text("security_group_id").required().replaces(),
        text("security_group_rule_id").computed().from(|found: &Allowed| found.rule.clone().or(Some(String::new()))),
        flag("self").default(false).replaces().conflicts(&[
            "cidr_blocks",
            "ipv6_cidr_blocks",
            "source_security_group_id",
        ]),
        text("source_security_group_id").optional().computed().replaces().conflicts(&[
            "cidr_blocks",
            "ipv6_cidr_blocks",
            "self",
        ]),
        number("to_port").required().replaces().suppressed(has_no_ports),
        text("type").required().replaces(),
    ]
}

/// A rule for all protocols is for all ports, whatever is written.
fn has_no_ports(rule: &Value, old: &Value, _: &Value) -> bool {
    !old.is_null() && rule.get("protocol").and_then(Value::as_str).is_some_and(|protocol| protocol_of(protocol) == "-1")
}

async fn create(_request: (), call: Call) -> Result<String, Failure> {
    let (key, permission, ec2) = (Key::of(&call.want), permission(&call.want), call.aws.ec2());
    if key.is_egress {
        let request = ec2.authorize_security_group_egress().group_id(&key.group).ip_permissions(permission);
        request.send().await.map_err(Failure::of("EC2: AuthorizeSecurityGroupEgress"))?;
    } else {
        let request = ec2.authorize_security_group_ingress().group_id(&key.group).ip_permissions(permission);
        request.send().await.map_err(Failure::of("EC2: AuthorizeSecurityGroupIngress"))?;
    }
    Ok(key.id())
}

/// Rules are read with all of their groups' rules.
async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Allowed>, Failure> {
    let keys: Vec<Key> = keys.iter().filter_map(|key| Key::from_text(key)).collect();
    let groups: BTreeSet<String> = keys.iter().map(|key| key.group.clone()).collect();
    let rules = rules_of_groups(&aws, groups).await?;
    let allowed = keys.into_iter().filter_map(|key| {
        let rule = match key.rules(&rules)?.as_slice() {
            [rule] => rule.security_group_rule_id().map(str::to_owned),
            _ => None,
        };
        Some(Allowed { key, rule })
    });
    Ok(allowed.collect())
}

async fn rules_of_groups(aws: &Aws, groups: BTreeSet<String>) -> Result<Vec<Described>, Failure> {
    let request = aws.ec2().describe_security_group_rules().filters(filter("group-id", groups));
    all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroupRules").await
}

async fn describe(call: Call) -> Result<(), Failure> {
    let (key, permission, ec2) = (Key::of(&call.want), permission(&call.want), call.aws.ec2());
    if key.is_egress {
        let request = ec2.update_security_group_rule_descriptions_egress().group_id(&key.group);
        let request = request.ip_permissions(permission);
        request.send().await.map_err(Failure::of("EC2: UpdateSecurityGroupRuleDescriptionsEgress"))?;
    } else {
        let request = ec2.update_security_group_rule_descriptions_ingress().group_id(&key.group);
        let request = request.ip_permissions(permission);
        request.send().await.map_err(Failure::of("EC2: UpdateSecurityGroupRuleDescriptionsIngress"))?;
    }
    Ok(())
}

/// By the API's own ids: a permission that is described otherwise by now is the same.
async fn revoke(call: Call) -> Result<(), Failure> {
    let (key, ec2) = (Key::of(&call.prior), call.aws.ec2());
    let all = rules_of_groups(&call.aws, BTreeSet::from([key.group.clone()])).await?;
    let ids = key.rules(&all).unwrap_or_default().into_iter().filter_map(Described::security_group_rule_id);
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    if ids.is_empty() {
        return Ok(());
    }
    if key.is_egress {
        let request = ec2.revoke_security_group_egress().group_id(&key.group).set_security_group_rule_ids(Some(ids));
        request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupEgress"))?;
    } else {
        let request = ec2.revoke_security_group_ingress().group_id(&key.group).set_security_group_rule_ids(Some(ids));
        request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupIngress"))?;
    }
    Ok(())
}
