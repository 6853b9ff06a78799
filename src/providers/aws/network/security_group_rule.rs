//! `aws_vpc_security_group_ingress_rule`, `aws_vpc_security_group_egress_rule`
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html>

use super::security_group_rules::protocol_of;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Want, all_of, number, text};
use crate::value::{Text, Value};
use aws_sdk_ec2::operation::authorize_security_group_egress::builders::AuthorizeSecurityGroupEgressFluentBuilder as AllowOut;
use aws_sdk_ec2::operation::authorize_security_group_ingress::builders::AuthorizeSecurityGroupIngressFluentBuilder as AllowIn;
use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, SecurityGroupRule as Described,
    SecurityGroupRuleRequest, SecurityGroupRuleUpdate, UserIdGroupPair,
};
use std::sync::Arc;

pub struct Rule {
    rule: Described,
    arn: String,
}

pub fn ingress() -> Resource<Rule, AllowIn> {
    let begin = |aws: &Aws| aws.ec2().authorize_security_group_ingress();
    let resource =
        Resource::new("VPC Security Group Ingress Rule", 0, begin, |request: AllowIn, call: Call| async move {
            let request = request
                .set_group_id(call.want.text("security_group_id"))
                .ip_permissions(permission(&call.want))
                .set_tag_specifications(tag_specifications(ResourceType::SecurityGroupRule, &call.tags));
            let answer = request.send().await.map_err(Failure::of("EC2: AuthorizeSecurityGroupIngress"))?;
            Ok(id_of_first(answer.security_group_rules()))
        });
    common(resource, false).delete(|call: Call| async move {
        let request = call.aws.ec2().revoke_security_group_ingress().security_group_rule_ids(&call.id);
        let request = request.set_group_id(call.prior.text("security_group_id"));
        request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupIngress"))?;
        Ok(())
    })
}

pub fn egress() -> Resource<Rule, AllowOut> {
    let begin = |aws: &Aws| aws.ec2().authorize_security_group_egress();
    let resource =
        Resource::new("VPC Security Group Egress Rule", 0, begin, |request: AllowOut, call: Call| async move {
            let request = request
                .set_group_id(call.want.text("security_group_id"))
                .ip_permissions(permission(&call.want))
                .set_tag_specifications(tag_specifications(ResourceType::SecurityGroupRule, &call.tags));
            let answer = request.send().await.map_err(Failure::of("EC2: AuthorizeSecurityGroupEgress"))?;
            Ok(id_of_first(answer.security_group_rules()))
        });
    common(resource, true).delete(|call: Call| async move {
        let request = call.aws.ec2().revoke_security_group_egress().security_group_rule_ids(&call.id);
        let request = request.set_group_id(call.prior.text("security_group_id"));
        request.send().await.map_err(Failure::of("EC2: RevokeSecurityGroupEgress"))?;
        Ok(())
    })
}

fn common<C: Send + 'static>(resource: Resource<Rule, C>, is_egress: bool) -> Resource<Rule, C> {
    resource
        .fields(fields())
        .read_many(200, |found: &Rule| found.rule.security_group_rule_id().unwrap_or_default().to_owned(), read)
        .change("rule", change)
        .tagged(|found| tag_map(found.rule.tags()), change_tags)
        .without_writable_id()
        .missing(&["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound"])
        .reconcile(reconcile)
        .recovered_by(move |call| find(call, is_egress))
}

fn fields<C: 'static>() -> Vec<Field<Rule, C>> {
    let shown = |name: &'static str, get: fn(&Described) -> Option<&str>| {
        text(name).optional().from(move |found: &Rule| get(&found.rule).map(str::to_owned)).changed_by("rule")
    };
    // Another range is an update; another kind of source is another rule.
    let source = |field: Field<Rule, C>| field.replaces_if(|old, new| old.is_null() != new.is_null());
    const TARGETS: [&str; 4] = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];
    vec![
        text("arn").computed().from(|found: &Rule| Some(found.arn.clone())),
        source(shown("cidr_ipv4", Described::cidr_ipv4).exactly_one(&TARGETS[1..])),
        source(shown("cidr_ipv6", Described::cidr_ipv6)),
        shown("description", |rule| rule.description().filter(|text| !text.is_empty())),
        number("from_port")
            .optional()
            .from(|found: &Rule| port(&found.rule, found.rule.from_port()))
            .changed_by("rule"),
        text("ip_protocol")
            .required()
            .same(|old, new| match (old.as_str(), new.as_str()) {
                (Some(old), Some(new)) => protocol_of(old) == protocol_of(new),
                _ => false,
            })
            .from(|found: &Rule| found.rule.ip_protocol().map(str::to_owned))
            .changed_by("rule"),
        source(shown("prefix_list_id", Described::prefix_list_id)),
        source(shown("referenced_security_group_id", |rule| rule.referenced_group_info()?.group_id())),
        text("security_group_id").required().replaces().from(|found: &Rule| found.rule.group_id().map(str::to_owned)),
        text("security_group_rule_id")
            .computed()
            .from(|found: &Rule| found.rule.security_group_rule_id().map(str::to_owned)),
        number("to_port").optional().from(|found: &Rule| port(&found.rule, found.rule.to_port())).changed_by("rule"),
    ]
}

/// A rule for all protocols has no ports.
fn port(rule: &Described, port: Option<i32>) -> Option<i32> {
    port.filter(|_| rule.ip_protocol() != Some("-1"))
}

/// Ports of a rule for all protocols may be written as -1.
fn reconcile(object: Value, before: &Value) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let settled = entries.map(|(name, value)| {
        let written =
            before.get(name).filter(|before| before.as_number().and_then(|number| number.to_i64()) == Some(-1));
        let value = match (&**name, written) {
            ("from_port" | "to_port", Some(written)) if value.is_null() => written.clone(),
            ("ip_protocol", _) if is_same_protocol(before, value) => before.get(name).unwrap_or(value).clone(),
            _ => value.clone(),
        };
        (Text::from(&**name), value)
    });
    Value::object(settled.collect::<Vec<_>>())
}

fn is_same_protocol(before: &Value, found: &Value) -> bool {
    match (before.get("ip_protocol").and_then(Value::as_str), found.as_str()) {
        (Some(before), Some(found)) => protocol_of(before) == protocol_of(found),
        _ => false,
    }
}

fn id_of_first(rules: &[Described]) -> String {
    rules.first().and_then(Described::security_group_rule_id).unwrap_or_default().to_owned()
}

fn permission(want: &Want) -> IpPermission {
    let description = want.filled("description");
    let protocol = protocol_of(&want.text("ip_protocol").unwrap_or_default());
    let mut permission = IpPermission::builder().ip_protocol(&protocol);
    if protocol != "-1" {
        permission = permission.set_from_port(want.integer("from_port")).set_to_port(want.integer("to_port"));
    }
    if let Some(block) = want.filled("cidr_ipv4") {
        permission =
            permission.ip_ranges(IpRange::builder().cidr_ip(block).set_description(description.clone()).build());
    }
    if let Some(block) = want.filled("cidr_ipv6") {
        permission =
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(block).set_description(description.clone()).build());
    }
    if let Some(list) = want.filled("prefix_list_id") {
        let list = PrefixListId::builder().prefix_list_id(list).set_description(description.clone());
        permission = permission.prefix_list_ids(list.build());
    }
    if let Some(group) = want.filled("referenced_security_group_id") {
        // `account/group` names a group of another account.
        let pair = match group.split_once('/') {
            Some((account, group)) => UserIdGroupPair::builder().user_id(account).group_id(group),
            None => UserIdGroupPair::builder().group_id(group),
        };
        permission = permission.user_id_group_pairs(pair.set_description(description).build());
    }
    permission.build()
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Rule>, Failure> {
    let request = aws.ec2().describe_security_group_rules().set_security_group_rule_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSecurityGroupRules").await?;
    let assemble = |rule: Described| Rule {
        arn: arn(&aws, &aws.account, "security-group-rule", rule.security_group_rule_id().unwrap_or_default()),
        rule,
    };
    Ok(found.into_iter().map(assemble).collect())
}

async fn change(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let group = want.filled("referenced_security_group_id");
    let rule = SecurityGroupRuleRequest::builder()
        .ip_protocol(protocol_of(&want.text("ip_protocol").unwrap_or_default()))
        .set_from_port(want.integer("from_port"))
        .set_to_port(want.integer("to_port"))
        .set_cidr_ipv4(want.filled("cidr_ipv4"))
        .set_cidr_ipv6(want.filled("cidr_ipv6"))
        .set_prefix_list_id(want.filled("prefix_list_id"))
        .set_referenced_group_id(group.map(|group| group.rsplit('/').next().unwrap_or_default().to_owned()))
        .set_description(want.filled("description"));
    let update = SecurityGroupRuleUpdate::builder().security_group_rule_id(&call.id).security_group_rule(rule.build());
    let request = call.aws.ec2().modify_security_group_rules().security_group_rules(update.build());
    let request = request.set_group_id(want.text("security_group_id"));
    request.send().await.map_err(Failure::of("EC2: ModifySecurityGroupRules"))?;
    Ok(())
}

/// A group has no two rules that allow the same: what a rule allows names it.
async fn find(call: Call, is_egress: bool) -> Result<Option<String>, Failure> {
    let want = &call.want;
    let group = want.text("security_group_id").unwrap_or_default();
    let request = call.aws.ec2().describe_security_group_rules().filters(filter("group-id", [group]));
    let mut pages = request.into_paginator().send();
    let protocol = protocol_of(&want.text("ip_protocol").unwrap_or_default());
    let wanted_group = want.filled("referenced_security_group_id");
    let wanted_group = wanted_group.as_deref().and_then(|group| group.rsplit('/').next());
    while let Some(page) = pages.next().await {
        let page = page.map_err(Failure::of("EC2: DescribeSecurityGroupRules"))?;
        let same = page.security_group_rules().iter().find(|rule| {
            rule.is_egress() == Some(is_egress)
                && rule.ip_protocol() == Some(&protocol)
                && (protocol == "-1"
                    || rule.from_port() == want.integer("from_port") && rule.to_port() == want.integer("to_port"))
                && want.filled("cidr_ipv4").as_deref() == rule.cidr_ipv4()
                && want.filled("cidr_ipv6").as_deref() == rule.cidr_ipv6()
                && want.filled("prefix_list_id").as_deref() == rule.prefix_list_id()
                && wanted_group == rule.referenced_group_info().and_then(|group| group.group_id())
        });
        if let Some(rule) = same {
            return Ok(rule.security_group_rule_id().map(str::to_owned));
        }
    }
    Ok(None)
}
