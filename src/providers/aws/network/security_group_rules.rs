//! Rules inside a security group, between `ingress`/`egress` blocks and the API's permissions.

use crate::providers::aws::engine::{Field, Want, flag, number, set_of_text, text, texts};
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use std::collections::BTreeMap;

/// The parts of an `ingress` or `egress` block.
pub fn rule_fields() -> Vec<Field<(), ()>> {
    vec![
        texts("cidr_blocks").optional(),
        text("description").optional(),
        number("from_port").required(),
        texts("ipv6_cidr_blocks").optional(),
        texts("prefix_list_ids").optional(),
        text("protocol").required().stored(named_protocol),
        set_of_text("security_groups").optional(),
        flag("self").default(false),
        number("to_port").required(),
    ]
}

/// A block as the permission to ask for.
pub fn permission_of(rule: &Want, own_group: &str) -> IpPermission {
    let description = rule.filled("description");
    let protocol = protocol_of(&rule.text("protocol").unwrap_or_default());
    let mut permission = IpPermission::builder().ip_protocol(&protocol);
    if protocol != "-1" {
        permission = permission.set_from_port(rule.integer("from_port")).set_to_port(rule.integer("to_port"));
    }
    for cidr in rule.texts("cidr_blocks") {
        permission =
            permission.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(description.clone()).build());
    }
    for cidr in rule.texts("ipv6_cidr_blocks") {
        permission =
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(description.clone()).build());
    }
    for list in rule.texts("prefix_list_ids") {
        permission = permission
            .prefix_list_ids(PrefixListId::builder().prefix_list_id(list).set_description(description.clone()).build());
    }
    let itself = (rule.flag("self") == Some(true)).then(|| own_group.to_owned());
    for group in rule.texts("security_groups").into_iter().chain(itself) {
        permission = permission.user_id_group_pairs(
            UserIdGroupPair::builder().group_id(group).set_description(description.clone()).build(),
        );
    }
    permission.build()
}

/// `all` and protocol numbers have other names.
pub fn protocol_of(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "all" | "-1" => "-1".into(),
        "6" => "tcp".into(),
        "17" => "udp".into(),
        "1" => "icmp".into(),
        "58" => "icmpv6".into(),
        other => other.to_owned(),
    }
}

/// State has a protocol's name where its number is written.
pub fn named_protocol(written: &Value) -> Value {
    written.as_str().map_or(written.clone(), |protocol| Value::text(&protocol_of(protocol)))
}

/// What one block says, as sets of parts.
#[derive(Clone, Debug, Default, PartialEq)]
struct Parts {
    cidr_blocks: Vec<String>,
    ipv6_cidr_blocks: Vec<String>,
    prefix_list_ids: Vec<String>,
    security_groups: Vec<String>,
    is_self: bool,
}

/// Permissions as blocks: one for each protocol, port range and description.
pub fn values_of(permissions: &[IpPermission], own_group: Option<&str>) -> Value {
    let mut blocks = Blocks::new();
    for permission in permissions {
        let (from, to) = (i64::from(permission.from_port().unwrap_or(0)), i64::from(permission.to_port().unwrap_or(0)));
        let protocol = permission.ip_protocol().unwrap_or_default().to_owned();
        for range in permission.ip_ranges() {
            entry(&mut blocks, &protocol, from, to, range.description())
                .cidr_blocks
                .extend(range.cidr_ip().map(str::to_owned));
        }
        for range in permission.ipv6_ranges() {
            entry(&mut blocks, &protocol, from, to, range.description())
                .ipv6_cidr_blocks
                .extend(range.cidr_ipv6().map(str::to_owned));
        }
        for list in permission.prefix_list_ids() {
            entry(&mut blocks, &protocol, from, to, list.description())
                .prefix_list_ids
                .extend(list.prefix_list_id().map(str::to_owned));
        }
        for pair in permission.user_id_group_pairs() {
            let parts = entry(&mut blocks, &protocol, from, to, pair.description());
            match pair.group_id() {
                Some(group) if Some(group) == own_group => parts.is_self = true,
                group => parts.security_groups.extend(group.map(str::to_owned)),
            }
        }
    }
    let values: Vec<Value> = blocks
        .into_iter()
        .map(|((protocol, from, to, description), parts)| block_value(&protocol, from, to, &description, parts))
        .collect();
    Value::set(rule_type(), values)
}

type Blocks = BTreeMap<(String, i64, i64, String), Parts>;

fn entry<'a>(blocks: &'a mut Blocks, protocol: &str, from: i64, to: i64, description: Option<&str>) -> &'a mut Parts {
    blocks.entry((protocol.to_owned(), from, to, description.unwrap_or_default().to_owned())).or_default()
}

fn block_value(protocol: &str, from: i64, to: i64, description: &str, parts: Parts) -> Value {
    let list = |texts: Vec<String>| Value::list(Type::String, texts.iter().map(|text| Value::text(text)).collect());
    let groups = Value::set(Type::String, parts.security_groups.iter().map(|group| Value::text(group)).collect());
    Value::object([
        (Text::from("cidr_blocks"), list(parts.cidr_blocks)),
        ("description".into(), Value::text(description)),
        ("from_port".into(), Value::from(from)),
        ("ipv6_cidr_blocks".into(), list(parts.ipv6_cidr_blocks)),
        ("prefix_list_ids".into(), list(parts.prefix_list_ids)),
        ("protocol".into(), Value::text(protocol)),
        ("security_groups".into(), groups),
        ("self".into(), Value::bool(parts.is_self)),
        ("to_port".into(), Value::from(to)),
    ])
}

fn rule_type() -> Type {
    block_value("", 0, 0, "", Parts::default()).type_of()
}

/// What was found, dealt out to the blocks that were there before: a former block whose every part is found stays as it was.
pub fn regroup(found: &Value, former: &Value) -> Value {
    let mut left: Blocks = found.as_items().unwrap_or_default().iter().map(|item| keyed(&Want(item.clone()))).collect();
    let mut kept = Vec::new();
    for block in former.as_items().unwrap_or_default() {
        let (key, parts) = keyed(&Want(block.clone()));
        let Some(available) = left.get_mut(&key) else { continue };
        if available.take(&parts) {
            kept.push(block.clone());
        }
    }
    let rest = left.into_iter().filter(|(_, parts)| *parts != Parts::default());
    kept.extend(
        rest.map(|((protocol, from, to, description), parts)| block_value(&protocol, from, to, &description, parts)),
    );
    Value::set(rule_type(), kept)
}

fn keyed(rule: &Want) -> ((String, i64, i64, String), Parts) {
    let protocol = protocol_of(&rule.text("protocol").unwrap_or_default());
    let port = |name: &str| rule.number(name).unwrap_or_default();
    let parts = Parts {
        cidr_blocks: rule.texts("cidr_blocks"),
        ipv6_cidr_blocks: rule.texts("ipv6_cidr_blocks"),
        prefix_list_ids: rule.texts("prefix_list_ids"),
        security_groups: rule.texts("security_groups"),
        is_self: rule.flag("self").unwrap_or_default(),
    };
    ((protocol, port("from_port"), port("to_port"), rule.text("description").unwrap_or_default()), parts)
}

impl Parts {
    /// Takes these parts out, if all of them are there.
    fn take(&mut self, wanted: &Parts) -> bool {
        let holds = |have: &[String], want: &[String]| want.iter().all(|text| have.contains(text));
        let is_all_there = holds(&self.cidr_blocks, &wanted.cidr_blocks)
            && holds(&self.ipv6_cidr_blocks, &wanted.ipv6_cidr_blocks)
            && holds(&self.prefix_list_ids, &wanted.prefix_list_ids)
            && holds(&self.security_groups, &wanted.security_groups)
            && (self.is_self || !wanted.is_self);
        if is_all_there {
            self.cidr_blocks.retain(|text| !wanted.cidr_blocks.contains(text));
            self.ipv6_cidr_blocks.retain(|text| !wanted.ipv6_cidr_blocks.contains(text));
            self.prefix_list_ids.retain(|text| !wanted.prefix_list_ids.contains(text));
            self.security_groups.retain(|text| !wanted.security_groups.contains(text));
            self.is_self &= !wanted.is_self;
        }
        is_all_there
    }
}
