//! `aws_security_group_rule`: one permission for several sources, which the API keeps as a rule each.
//!
//! Its id is a checksum, so a rule is looked for by what it allows. State keeps what was written.

use super::security_group_rules::{permission_of, protocol_of};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{
    Call, Failure, Field, Imports, Resource, Want, all_of, flag, number, string_hash, text, texts,
};
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{IpPermission, SecurityGroupRule as Described};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A permission that is there whole.
pub struct Allowed {
    key: Key,
    /// The API's own id, where there is one rule.
    rule: Option<String>,
}

/// What names a permission.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    group: String,
    is_egress: bool,
    protocol: String,
    ports: (i64, i64),
    cidr_blocks: Vec<String>,
    ipv6_cidr_blocks: Vec<String>,
    prefix_lists: Vec<String>,
    groups: Vec<String>,
}

pub fn security_group_rule() -> Resource<Allowed, ()> {
    Resource::new("aws_security_group_rule", "Security Group Rule", 2, |_| (), create)
        .fields(fields())
        .read_by(|rule| Key::of(rule).to_text())
        .read_many(200, |found: &Allowed| found.key.to_text(), read)
        .change("description", describe)
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

fn fields() -> Vec<Field<Allowed, ()>> {
    vec![
        texts("cidr_blocks").optional().replaces().at_least_one(&[
            "ipv6_cidr_blocks",
            "prefix_list_ids",
            "self",
            "source_security_group_id",
        ]),
        text("description").optional().changed_by("description"),
        number("from_port").required().replaces(),
        texts("ipv6_cidr_blocks").optional().replaces(),
        texts("prefix_list_ids").optional().replaces(),
        text("protocol").required().replaces().stored(|protocol| {
            protocol.as_str().map_or(protocol.clone(), |protocol| Value::text(&protocol_of(protocol)))
        }),
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
        number("to_port").required().replaces(),
        text("type").required().replaces(),
    ]
}

impl Key {
    fn of(rule: &Want) -> Self {
        let group = rule.text("security_group_id").unwrap_or_default();
        let sorted = |name: &str| {
            let mut texts = rule.texts(name);
            texts.sort();
            texts
        };
        let itself = (rule.flag("self") == Some(true)).then(|| group.clone());
        Self {
            is_egress: rule.text("type").as_deref() == Some("egress"),
            protocol: protocol_of(&rule.text("protocol").unwrap_or_default()),
            ports: (rule.number("from_port").unwrap_or_default(), rule.number("to_port").unwrap_or_default()),
            cidr_blocks: sorted("cidr_blocks"),
            ipv6_cidr_blocks: sorted("ipv6_cidr_blocks"),
            prefix_lists: sorted("prefix_list_ids"),
            groups: itself.or_else(|| rule.filled("source_security_group_id")).into_iter().collect(),
            group,
        }
    }

    fn direction(&self) -> &'static str {
        if self.is_egress { "egress" } else { "ingress" }
    }

    fn to_text(&self) -> String {
        let (from, to) = self.ports;
        let lists =
            [&self.cidr_blocks, &self.ipv6_cidr_blocks, &self.prefix_lists, &self.groups].map(|list| list.join(","));
        format!("{} {} {} {from} {to} {}", self.group, self.direction(), self.protocol, lists.join(" "))
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (group, direction, protocol) = (parts.next()?, parts.next()?, parts.next()?);
        let ports = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let mut list = || {
            let items = parts.next().unwrap_or_default().split(',');
            items.filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<String>>()
        };
        Some(Self {
            group: group.into(),
            is_egress: direction == "egress",
            protocol: protocol.into(),
            ports,
            cidr_blocks: list(),
            ipv6_cidr_blocks: list(),
            prefix_lists: list(),
            groups: list(),
        })
    }

    /// `sgrule-` and a checksum, as hashicorp's provider makes it.
    fn id(&self) -> String {
        let ports = [self.ports.0, self.ports.1].into_iter().filter(|port| *port > 0).map(|port| format!("{port}-"));
        let ports = if self.protocol == "-1" { String::new() } else { ports.collect() };
        let mut text = format!("{}-{ports}{}-{}-", self.group, self.protocol, self.direction());
        for item in self.cidr_blocks.iter().chain(&self.ipv6_cidr_blocks).chain(&self.prefix_lists) {
            text.push_str(&format!("{item}-"));
        }
        for group in &self.groups {
            // The place of the group's name, which only EC2-Classic had.
            text.push_str(&format!("{group}--"));
        }
        format!("sgrule-{}", string_hash(&text))
    }

    /// The API's rules for this permission; nothing unless all are there.
    fn rules<'a>(&self, all: &'a [Described]) -> Option<Vec<&'a Described>> {
        let of_permission = |rule: &&Described| {
            let ports =
                (i64::from(rule.from_port().unwrap_or_default()), i64::from(rule.to_port().unwrap_or_default()));
            rule.group_id() == Some(&self.group)
                && rule.is_egress() == Some(self.is_egress)
                && rule.ip_protocol() == Some(&self.protocol)
                && (self.protocol == "-1" || ports == self.ports)
        };
        let found: Vec<&Described> = all.iter().filter(of_permission).collect();
        let with = |wanted: &[String], get: fn(&Described) -> Option<&str>| {
            let one = |wanted: &String| found.iter().copied().find(|rule| get(rule) == Some(wanted));
            wanted.iter().map(one).collect::<Option<Vec<&Described>>>()
        };
        let mut rules = with(&self.cidr_blocks, Described::cidr_ipv4)?;
        rules.extend(with(&self.ipv6_cidr_blocks, Described::cidr_ipv6)?);
        rules.extend(with(&self.prefix_lists, Described::prefix_list_id)?);
        rules.extend(with(&self.groups, |rule| rule.referenced_group_info()?.group_id())?);
        (!rules.is_empty()).then_some(rules)
    }
}

/// `GROUP_DIRECTION_PROTOCOL_FROM_TO_SOURCE...`
fn imported(id: &str) -> Result<Imports, Failure> {
    let wrong = || {
        let message = format!("{id:?} is not SECURITYGROUPID_TYPE_PROTOCOL_FROMPORT_TOPORT_SOURCE[_SOURCE]*");
        Failure::new("import", "", message)
    };
    let parts: Vec<&str> = id.split('_').collect();
    let [group, direction, protocol, from, to, sources @ ..] = parts.as_slice() else { return Err(wrong()) };
    let port = |text: &str| if text == "all" { Ok(0) } else { text.parse::<i64>().map_err(|_| wrong()) };
    let protocol = protocol_of(if *protocol == "all" { "-1" } else { protocol });
    let of_kind = |is_kind: fn(&str) -> bool| {
        let texts = sources.iter().filter(|source| is_kind(source)).map(|source| Value::text(source));
        texts.collect::<Vec<Value>>()
    };
    let mut known = vec![
        ("security_group_id", Value::text(group)),
        ("type", Value::text(direction)),
        ("protocol", Value::text(&protocol)),
        ("from_port", Value::number(port(from)?)),
        ("to_port", Value::number(port(to)?)),
    ];
    type Is = fn(&str) -> bool;
    let lists: [(&str, Is); 3] = [
        ("cidr_blocks", |source| source.contains('.')),
        ("ipv6_cidr_blocks", |source| source.contains(':')),
        ("prefix_list_ids", |source| source.starts_with("pl-")),
    ];
    for (name, is_kind) in lists {
        let found = of_kind(is_kind);
        if !found.is_empty() {
            known.push((name, Value::list(Type::String, found)));
        }
    }
    known.push(("self", Value::bool(sources.contains(&"self"))));
    known.extend(of_kind(|source| source.starts_with("sg-")).pop().map(|group| ("source_security_group_id", group)));
    let object =
        Value::object(known.iter().map(|(name, value)| (Text::from(*name), value.clone())).collect::<Vec<_>>());
    known.push(("id", Value::text(&Key::of(&Want(object)).id())));
    Ok(known)
}

/// A rule as a block of `aws_security_group` would say it.
fn permission(rule: &Want) -> IpPermission {
    let entries = rule.0.as_entries().into_iter().flat_map(|entries| entries.iter());
    let mut entries: Vec<(Text, Value)> = entries.map(|(name, value)| (Text::from(&**name), value.clone())).collect();
    let source = rule.filled("source_security_group_id").filter(|_| rule.flag("self") != Some(true));
    let groups = source.iter().map(|group| Value::text(group)).collect();
    entries.push(("security_groups".into(), Value::set(Type::String, groups)));
    permission_of(&Want(Value::object(entries)), &rule.text("security_group_id").unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn the_id_is_hashicorps_checksum() {
        let key = Key::from_text("sg-69631f0c46bdc195f ingress tcp 5432 5432    sg-1d3ce8b94e0f09097");
        assert_eq!(key.map(|key| key.id()).as_deref(), Some("sgrule-2900672089"));
    }
}
