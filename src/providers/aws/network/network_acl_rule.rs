//! `aws_network_acl_rule` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>
//!
//! Its id is a hash that the API does not know: it is read by ACL, direction and number, with all others of the ACL in one call.

use super::network_acl_entries::{
    MISSING, check_number, check_protocol, forget, icmp, is_same_protocol, number_of, port_range,
};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Imports, Resource, Want, all_of, flag, number, string_hash, text,
};
use crate::value::{Text, Value};
use aws_sdk_ec2::operation::create_network_acl_entry::builders::CreateNetworkAclEntryFluentBuilder as Create;
use aws_sdk_ec2::types::NetworkAclEntry;
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct Rule {
    acl: String,
    entry: NetworkAclEntry,
}

pub fn network_acl_rule() -> Resource<Rule, Create> {
    Resource::new("EC2 Network ACL Rule", 0, |aws| aws.ec2().create_network_acl_entry(), create)
        .fields(fields())
        .read_many(100, |found: &Rule| key(&found.acl, found.entry.egress(), found.entry.rule_number()), read)
        .read_by(|want| key(&acl_of(want), want.flag("egress"), want.integer("rule_number")))
        .reconcile(keep_what_is_not_told)
        .delete(|call: Call| async move {
            let number = call.prior.integer("rule_number").unwrap_or_default();
            forget(&call.aws, &acl_of(&call.prior), call.prior.flag("egress").unwrap_or_default(), number).await
        })
        .missing(MISSING)
        .retry_create_on(&["InvalidNetworkAclID.NotFound"])
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call.want))) })
        .imported_by(|_, id| async move { imported(&id) })
}

fn fields() -> Vec<Field<Rule, Create>> {
    vec![
        text("cidr_block")
            .optional()
            .replaces()
            .exactly_one(&["ipv6_cidr_block"])
            .from(|found: &Rule| Some(found.entry.cidr_block().unwrap_or_default().to_owned()))
            .to(Create::set_cidr_block),
        flag("egress").default(false).replaces().from(|found: &Rule| found.entry.egress()).to(Create::set_egress),
        number("from_port").optional().replaces().from(|found: &Rule| found.entry.port_range()?.from()),
        number("icmp_code").optional().replaces().from(|found: &Rule| found.entry.icmp_type_code()?.code()),
        number("icmp_type").optional().replaces().from(|found: &Rule| found.entry.icmp_type_code()?.r#type()),
        text("ipv6_cidr_block")
            .optional()
            .replaces()
            .exactly_one(&["cidr_block"])
            .from(|found: &Rule| Some(found.entry.ipv6_cidr_block().unwrap_or_default().to_owned()))
            .to(Create::set_ipv6_cidr_block),
        text("network_acl_id")
            .required()
            .replaces()
            .from(|found: &Rule| Some(found.acl.clone()))
            .to(Create::set_network_acl_id),
        text("protocol")
            .required()
            .replaces()
            .same(is_same_protocol)
            .check(check_protocol)
            .from(|found: &Rule| found.entry.protocol().map(str::to_owned)),
        text("rule_action")
            .required()
            .replaces()
            .from(|found: &Rule| found.entry.rule_action().map(|action| action.as_str().to_owned()))
            .enum_to(Create::set_rule_action),
        number("rule_number")
            .required()
            .replaces()
            .check(check_number)
            .from(|found: &Rule| found.entry.rule_number())
            .to(Create::set_rule_number),
        number("to_port").optional().replaces().from(|found: &Rule| found.entry.port_range()?.to()),
    ]
}

/// Ports and ICMP codes are told only where the protocol has them.
fn keep_what_is_not_told(object: Value, before: &Value) -> Value {
    let attribute = |(name, value): (&Text, &Value)| {
        let is_kept = value.is_null() && ["from_port", "icmp_code", "icmp_type", "to_port"].contains(&&**name);
        (name.clone(), before.get(name).filter(|former| is_kept && former.is_known()).unwrap_or(value).clone())
    };
    Value::object(object.as_entries().into_iter().flat_map(|entries| entries.iter()).map(attribute).collect::<Vec<_>>())
}

fn acl_of(want: &Want) -> String {
    want.text("network_acl_id").unwrap_or_default()
}

fn key(acl: &str, egress: Option<bool>, number: Option<i32>) -> String {
    format!("{acl} {} {}", egress.unwrap_or_default(), number.unwrap_or_default())
}

/// As hashicorp's provider makes it.
fn id_of(want: &Want) -> String {
    let number = want.integer("rule_number").unwrap_or_default();
    let egress = want.flag("egress").unwrap_or_default();
    let protocol = want.text("protocol").unwrap_or_default();
    format!("nacl-{}", string_hash(&format!("{}-{number}-{egress}-{protocol}-", acl_of(want))))
}

/// `ACL:NUMBER:PROTOCOL:EGRESS`
fn imported(id: &str) -> Result<Imports, Failure> {
    let parts: Vec<&str> = id.split(':').collect();
    let wrong = || {
        let problem =
            format!("{id:?} is not network-acl-id:rule-number:protocol:egress, such as acl-7aaabd18:100:tcp:false");
        Failure::new("import", "", problem)
    };
    let &[acl, number, protocol, egress] = parts.as_slice() else { return Err(wrong()) };
    let (number, egress): (i64, bool) = (number.parse().map_err(|_| wrong())?, egress.parse().map_err(|_| wrong())?);
    let named = [
        (Text::from("network_acl_id"), Value::text(acl)),
        ("rule_number".into(), Value::from(number)),
        ("protocol".into(), Value::text(protocol)),
        ("egress".into(), Value::bool(egress)),
    ];
    let id = id_of(&Want(Value::object(named)));
    Ok(vec![
        ("id", Value::text(&id)),
        ("network_acl_id", Value::text(acl)),
        ("rule_number", Value::from(number)),
        ("egress", Value::bool(egress)),
    ])
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let want = &call.want;
    let protocol = number_of(&want.text("protocol").unwrap_or_default());
    let request = request
        .egress(want.flag("egress").unwrap_or_default())
        .set_port_range((protocol != "-1").then(|| port_range(want)))
        .set_icmp_type_code(["1", "58"].contains(&protocol.as_str()).then(|| icmp(want)))
        .protocol(protocol);
    request.send().await.map_err(Failure::of("EC2: CreateNetworkAclEntry"))?;
    Ok(id_of(want))
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Rule>, Failure> {
    let acls: BTreeSet<String> = keys.iter().filter_map(|key| key.split(' ').next()).map(str::to_owned).collect();
    let request = aws.ec2().describe_network_acls().set_network_acl_ids(Some(acls.into_iter().collect()));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeNetworkAcls").await?;
    let entries = found.into_iter().flat_map(|acl| {
        let id = acl.network_acl_id.unwrap_or_default();
        acl.entries.unwrap_or_default().into_iter().map(move |entry| Rule { acl: id.clone(), entry })
    });
    Ok(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::imported;
    use crate::value::Value;

    #[test]
    fn a_rule_is_imported_by_acl_number_protocol_and_direction() {
        let known = imported("acl-7aaabd18:100:tcp:false").expect("the documented form");
        assert_eq!(known[0], ("id", Value::text("nacl-3871414535")));
        assert_eq!(known[3], ("egress", Value::bool(false)));
        for wrong in ["acl-7aaabd18", "acl-7aaabd18:first:tcp:false", "acl-7aaabd18:100:tcp:no"] {
            assert!(imported(wrong).is_err(), "{wrong}");
        }
    }
}
