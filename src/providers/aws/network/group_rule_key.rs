//! What tells a rule of a group from its others: the id that state has is a hash, and the API has one rule for each source.

use super::security_group_rules::{permission_of, protocol_of};
use crate::providers::aws::engine::{Failure, Imports, Want, string_hash};
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{IpPermission, SecurityGroupRule as Described};

/// What names a permission.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub group: String,
    pub is_egress: bool,
    pub protocol: String,
    pub ports: (i64, i64),
    pub cidr_blocks: Vec<String>,
    pub ipv6_cidr_blocks: Vec<String>,
    pub prefix_lists: Vec<String>,
    pub groups: Vec<String>,
}

impl Key {
    pub fn of(rule: &Want) -> Self {
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
            ports: match protocol_of(&rule.text("protocol").unwrap_or_default()).as_str() {
                "-1" => (0, 0),
                _ => (rule.number("from_port").unwrap_or_default(), rule.number("to_port").unwrap_or_default()),
            },
            cidr_blocks: sorted("cidr_blocks"),
            ipv6_cidr_blocks: sorted("ipv6_cidr_blocks"),
            prefix_lists: sorted("prefix_list_ids"),
            groups: itself.or_else(|| rule.filled("source_security_group_id")).into_iter().collect(),
            group,
        }
    }

    pub fn direction(&self) -> &'static str {
        if self.is_egress { "egress" } else { "ingress" }
    }

    pub fn to_text(&self) -> String {
        let (from, to) = self.ports;
        let lists =
            [&self.cidr_blocks, &self.ipv6_cidr_blocks, &self.prefix_lists, &self.groups].map(|list| list.join(","));
        format!("{} {} {} {from} {to} {}", self.group, self.direction(), self.protocol, lists.join(" "))
    }

    pub fn from_text(text: &str) -> Option<Self> {
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
    pub fn id(&self) -> String {
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
    pub fn rules<'a>(&self, all: &'a [Described]) -> Option<Vec<&'a Described>> {
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
pub fn imported(id: &str) -> Result<Imports, Failure> {
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
pub fn permission(rule: &Want) -> IpPermission {
    let entries = rule.0.as_entries().into_iter().flat_map(|entries| entries.iter());
    let mut entries: Vec<(Text, Value)> = entries.map(|(name, value)| (Text::from(&**name), value.clone())).collect();
    let source = rule.filled("source_security_group_id").filter(|_| rule.flag("self") != Some(true));
    let groups = source.iter().map(|group| Value::text(group)).collect();
    entries.push(("security_groups".into(), Value::set(Type::String, groups)));
    permission_of(&Want(Value::object(entries)), &rule.text("security_group_id").unwrap_or_default())
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
