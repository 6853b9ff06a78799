//! `data "aws_lb"` and `data "aws_lb_target_group"`: by ARN, by name or by tags, with what the resources show of them.

use super::attributes::read_pair;
use super::load_balancer::{self, LoadBalancer};
use super::tags::read_tags;
use super::target_group::{self, TargetGroup};
use super::{load_balancer_fields, target_group_fields};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Field, Lookup, Want, all_of, flag, map_of_text, tags_of, text};
use crate::value::{Text, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What only the resources have.
const NOT_OF_BALANCER: &[&str] = &["arn", "minimum_load_balancer_capacity", "name", "name_prefix"];
const NOT_OF_GROUP: &[&str] = &[
    "arn",
    "ip_address_type",
    "lambda_multi_value_headers_enabled",
    "load_balancing_anomaly_mitigation",
    "name",
    "name_prefix",
    "proxy_protocol_v2",
    "target_failover",
    "target_group_health",
    "target_health_state",
];

pub fn load_balancer_data() -> Lookup {
    let fields = load_balancer_fields::fields().into_iter();
    let shown =
        fields.filter(|field| !NOT_OF_BALANCER.contains(&field.declared.name)).map(|field| field.found(|it| it));
    let own = keys(
        |found: &LoadBalancer| found.described.load_balancer_arn.clone(),
        |found| found.described.load_balancer_name.clone(),
        |found| &found.tags,
    );
    Lookup::new("ELBv2 Load Balancer", shown.chain(own).collect(), find_balancer).timeouts(&["read"])
}

pub fn target_group_data() -> Lookup {
    let fields = target_group_fields::fields().into_iter();
    let shown = fields.filter(|field| !NOT_OF_GROUP.contains(&field.declared.name)).map(|field| field.found(|it| it));
    let own = keys(
        |found: &TargetGroup| found.described.target_group_arn.clone(),
        |found| found.described.target_group_name.clone(),
        |found| &found.tags,
    );
    let setting = |name, key: &'static str| {
        flag(name).computed().from(move |found: &TargetGroup| read_pair(&found.settings, key))
    };
    let settings = [
        setting("lambda_multi_value_headers_enabled", "lambda.multi_value_headers.enabled"),
        setting("proxy_protocol_v2", "proxy_protocol_v2.enabled"),
        text("load_balancing_anomaly_mitigation").optional().computed(),
    ];
    let fields = shown.chain(own).chain(settings).collect();
    Lookup::new("ELBv2 Target Group", fields, find_group).timeouts(&["read"])
}

/// What either is looked for by.
fn keys<T: 'static>(
    arn: fn(&T) -> Option<String>,
    name: fn(&T) -> Option<String>,
    tags: fn(&T) -> &BTreeMap<String, String>,
) -> [Field<T, ()>; 4] {
    let shown = move |found: &T| {
        let pairs = tags(found).iter();
        Value::map(Type::String, pairs.map(|(key, value)| (Text::from(key.as_str()), Value::text(value))))
    };
    [
        text("arn").optional().computed().from(arn),
        text("id").optional().computed().from(arn),
        text("name").optional().computed().from(name),
        map_of_text("tags").optional().computed().from(shown),
    ]
}

async fn find_balancer(aws: Arc<Aws>, want: Want) -> Result<LoadBalancer, Failure> {
    let (arns, names) = arn_or_name(&want);
    let request = aws.elbv2().describe_load_balancers().set_load_balancer_arns(arns).set_names(names);
    let operation = "Elastic Load Balancing v2: DescribeLoadBalancers";
    let found = all_of(request.into_paginator().items().send(), operation).await?;
    let only = only_one(&aws, found, &want, operation, |found| found.load_balancer_arn.clone()).await?;
    let found = load_balancer::assemble(&aws, vec![only]).await?.into_iter().next();
    let found = found.ok_or_else(|| Failure::new(operation, "", "it is gone"))?;
    Ok(LoadBalancer { tags: visible(&aws, &found.tags), ..found })
}

async fn find_group(aws: Arc<Aws>, want: Want) -> Result<TargetGroup, Failure> {
    let (arns, names) = arn_or_name(&want);
    let request = aws.elbv2().describe_target_groups().set_target_group_arns(arns).set_names(names);
    let operation = "Elastic Load Balancing v2: DescribeTargetGroups";
    let found = all_of(request.into_paginator().items().send(), operation).await?;
    let only = only_one(&aws, found, &want, operation, |found| found.target_group_arn.clone()).await?;
    let found = target_group::assemble(&aws, vec![only]).await?.into_iter().next();
    let found = found.ok_or_else(|| Failure::new(operation, "", "it is gone"))?;
    Ok(TargetGroup { tags: visible(&aws, &found.tags), ..found })
}

type Names = Option<Vec<String>>;

fn arn_or_name(want: &Want) -> (Names, Names) {
    let arn = want.filled("arn").map(|arn| vec![arn]);
    let name = want.filled("name").filter(|_| arn.is_none()).map(|name| vec![name]);
    (arn, name)
}

/// Tags are asked for only where they decide.
async fn only_one<T>(
    aws: &Arc<Aws>,
    mut found: Vec<T>,
    want: &Want,
    operation: &'static str,
    arn: fn(&T) -> Option<String>,
) -> Result<T, Failure> {
    let wanted = want.value("tags").map(tags_of).unwrap_or_default();
    if !wanted.is_empty() {
        let arns: Vec<String> = found.iter().filter_map(arn).collect();
        let tags = read_tags(aws, &arns).await?;
        let fits = |own: &BTreeMap<String, String>| wanted.iter().all(|(key, value)| own.get(key) == Some(value));
        found.retain(|one| arn(one).and_then(|arn| tags.get(&arn)).is_some_and(fits));
    }
    let count = found.len();
    let only = found.pop().filter(|_| count == 1);
    only.ok_or_else(|| {
        let problem = format!("Search returned {count} results, please revise so only one is returned");
        Failure::new(operation, "", problem)
    })
}

fn visible(aws: &Aws, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    aws.tags.visible(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}
