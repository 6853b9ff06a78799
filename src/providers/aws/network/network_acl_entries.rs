//! Entries of a network ACL, between `ingress`/`egress` blocks and the API.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Want, number, text};
use crate::value::{Text, Value};
use aws_sdk_ec2::types::{IcmpTypeCode, NetworkAclEntry as Entry, PortRange};

/// The entry that AWS ends every list with; nobody can change it.
const LAST: i32 = 32767;

/// Codes that say "does not exist"; moto takes an ACL for a route table.
pub const MISSING: &[&str] =
    &["InvalidNetworkAclID.NotFound", "InvalidNetworkAclEntry.NotFound", "InvalidRouteTableID.NotFound"];

/// Protocols that have a name, by number.
const PROTOCOLS: [(&str, &str); 6] =
    [("-1", "all"), ("1", "icmp"), ("6", "tcp"), ("17", "udp"), ("50", "esp"), ("58", "ipv6-icmp")];

/// The parts of an `ingress` or `egress` block.
pub fn entry_fields() -> Vec<Field<(), ()>> {
    vec![
        text("action").required().same(is_same_action),
        text("cidr_block").optional(),
        number("from_port").required(),
        number("icmp_code").optional(),
        number("icmp_type").optional(),
        text("ipv6_cidr_block").optional(),
        text("protocol").required().same(is_same_protocol).check(check_protocol),
        number("rule_no").required().check(check_number),
        number("to_port").required(),
    ]
}

fn is_same_action(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if old.eq_ignore_ascii_case(new))
}

/// `tcp` and `6` are the same.
pub fn is_same_protocol(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if number_of(old) == number_of(new))
}

pub fn check_protocol(value: &Value) -> Result<(), String> {
    let text = value.as_str().map(ToString::to_string).unwrap_or_default();
    let is_number = number_of(&text).parse::<i16>().is_ok_and(|number| (-1..=255).contains(&number));
    is_number.then_some(()).ok_or_else(|| format!("unsupported protocol {text:?}: expected a name or a number"))
}

pub fn check_number(value: &Value) -> Result<(), String> {
    let number = value.as_number().and_then(|number| number.to_i64()).unwrap_or_default();
    let is_free = (1..i64::from(LAST)).contains(&number);
    is_free.then_some(()).ok_or_else(|| format!("rule number must be between 1 and 32766, got {number}"))
}

/// A protocol as the API has it.
pub fn number_of(protocol: &str) -> String {
    let lower = protocol.to_lowercase();
    let named = match lower.as_str() {
        "icmpv6" => Some("58"),
        name => PROTOCOLS.iter().find(|(_, known)| *known == name).map(|(number, _)| *number),
    };
    named.map_or(lower.clone(), str::to_owned)
}

/// Entries of one direction as blocks, without the last.
pub fn values_of(entries: &[Entry], is_egress: bool) -> Value {
    let own = entries.iter().filter(|entry| entry.egress() == Some(is_egress) && entry.rule_number() != Some(LAST));
    Value::tuple(own.map(value_of).collect())
}

fn value_of(entry: &Entry) -> Value {
    let number = |number: Option<i32>| Value::from(i64::from(number.unwrap_or_default()));
    let protocol = entry.protocol().unwrap_or_default();
    Value::object([
        (Text::from("action"), Value::text(entry.rule_action().map(|action| action.as_str()).unwrap_or_default())),
        ("cidr_block".into(), Value::text(entry.cidr_block().unwrap_or_default())),
        ("from_port".into(), number(entry.port_range().and_then(PortRange::from))),
        ("icmp_code".into(), number(entry.icmp_type_code().and_then(IcmpTypeCode::code))),
        ("icmp_type".into(), number(entry.icmp_type_code().and_then(IcmpTypeCode::r#type))),
        ("ipv6_cidr_block".into(), Value::text(entry.ipv6_cidr_block().unwrap_or_default())),
        ("protocol".into(), Value::text(&number_of(protocol))),
        ("rule_no".into(), number(entry.rule_number())),
        ("to_port".into(), number(entry.port_range().and_then(PortRange::to))),
    ])
}

/// What an entry says, whatever its spelling: the parts that the API compares.
fn normal(entry: &Want) -> (i64, String, String, String, String, [i64; 4]) {
    let number = |name: &str| entry.number(name).unwrap_or_default();
    let text = |name: &str| entry.text(name).unwrap_or_default();
    let protocol = number_of(&text("protocol"));
    let ports = if protocol == "-1" { [0, 0] } else { [number("from_port"), number("to_port")] };
    let parts = [ports[0], ports[1], number("icmp_type"), number("icmp_code")];
    (number("rule_no"), text("action").to_lowercase(), protocol, text("cidr_block"), text("ipv6_cidr_block"), parts)
}

/// Brings one direction from the former to the wanted entries: what is gone goes first, numbers may be used again.
pub async fn change_entries(call: Call, direction: &str) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items(direction), call.want.items(direction));
    let is_in = |entry: &Want, others: &[Want]| others.iter().any(|other| normal(other) == normal(entry));
    let is_egress = direction == "egress";
    for entry in former.iter().filter(|entry| !is_in(entry, &wanted)) {
        forget(&call.aws, &call.id, is_egress, entry.integer("rule_no").unwrap_or_default()).await?;
    }
    for entry in wanted.iter().filter(|entry| !is_in(entry, &former)) {
        let protocol = number_of(&entry.text("protocol").unwrap_or_default());
        let request = call
            .aws
            .ec2()
            .create_network_acl_entry()
            .network_acl_id(&call.id)
            .egress(is_egress)
            .set_rule_number(entry.integer("rule_no"))
            .rule_action(entry.text("action").unwrap_or_default().to_lowercase().as_str().into())
            .set_cidr_block(entry.filled("cidr_block"))
            .set_ipv6_cidr_block(entry.filled("ipv6_cidr_block"))
            .set_port_range((protocol != "-1").then(|| port_range(entry)))
            .set_icmp_type_code(["1", "58"].contains(&protocol.as_str()).then(|| icmp(entry)))
            .protocol(protocol);
        request.send().await.map_err(Failure::of("EC2: CreateNetworkAclEntry"))?;
    }
    Ok(())
}

pub fn port_range(entry: &Want) -> PortRange {
    PortRange::builder().set_from(entry.integer("from_port")).set_to(entry.integer("to_port")).build()
}

pub fn icmp(entry: &Want) -> IcmpTypeCode {
    IcmpTypeCode::builder().set_type(entry.integer("icmp_type")).set_code(entry.integer("icmp_code")).build()
}

pub async fn forget(aws: &Aws, acl: &str, is_egress: bool, number: i32) -> Result<(), Failure> {
    let request = aws.ec2().delete_network_acl_entry().network_acl_id(acl).egress(is_egress).rule_number(number);
    match request.send().await.map_err(Failure::of("EC2: DeleteNetworkAclEntry")) {
        Err(failure) if !failure.is_any(&["InvalidNetworkAclEntry.NotFound"]) => Err(failure),
        _ => Ok(()),
    }
}
