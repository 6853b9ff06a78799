//! Names that may exist only once, taken by something that the state does not know.

use super::{Finding, at, new_of, text};
use crate::provider::PreflightRequest;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use crate::providers::aws::engine::ec2::filter;
use futures::future::{BoxFuture, join_all};
use std::collections::BTreeSet;

/// The names of `wanted` that are taken; nothing where it could not be asked.
type Taken = for<'a> fn(&'a Aws, &'a BTreeSet<String>) -> BoxFuture<'a, Option<BTreeSet<String>>>;

/// Types, the attribute that names them, who tells, and the import id that takes them over.
const UNIQUE: [(&[&str], &str, Taken); 6] = [
    (&["aws_key_pair"], "key_name", |aws, wanted| Box::pin(key_pairs(aws, wanted))),
    (&["aws_lb", "aws_alb"], "name", |aws, _| Box::pin(load_balancers(aws))),
    (&["aws_lb_target_group", "aws_alb_target_group"], "name", |aws, _| Box::pin(target_groups(aws))),
    (&["aws_db_instance"], "identifier", |aws, wanted| Box::pin(databases(aws, wanted))),
    (&["aws_iam_role"], "name", |aws, wanted| Box::pin(roles(aws, wanted))),
    (&["aws_autoscaling_group"], "name", |aws, wanted| Box::pin(scaling_groups(aws, wanted))),
];

pub async fn look(aws: &Aws, requests: &[PreflightRequest]) -> Vec<Finding> {
    let looks = UNIQUE.iter().map(|(kinds, attribute, taken)| async move {
        let going = going(requests, kinds, attribute);
        let new = new_of(requests, kinds).filter_map(|(index, new)| Some((index, text(&new.planned, attribute)?)));
        let asked: Vec<(usize, &str)> = new.filter(|(_, name)| !going.contains(name)).collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let wanted: BTreeSet<String> = asked.iter().map(|(_, name)| (*name).to_owned()).collect();
        let Some(taken) = taken(aws, &wanted).await else { return Vec::new() };
        let is_taken = asked.into_iter().filter(|(_, name)| taken.contains(*name));
        is_taken.map(|(index, name)| at(index, attribute, "Name is taken", detail(kinds[0], name))).collect()
    });
    join_all(looks).await.into_iter().flatten().collect()
}

/// Names that this plan frees.
fn going<'a>(requests: &'a [PreflightRequest], kinds: &[&str], attribute: &str) -> BTreeSet<&'a str> {
    let of_kind = requests.iter().filter(|request| kinds.contains(&&*request.kind));
    of_kind.filter_map(|request| text(&request.prior, attribute)).collect()
}

fn detail(kind: &str, name: &str) -> String {
    format!(
        "There is already an {kind} named {name:?} in this account that the state does not know. Choose another name, or take it over with an import block."
    )
}

async fn key_pairs(aws: &Aws, wanted: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let answer = aws.ec2().describe_key_pairs().filters(filter("key-name", wanted)).send().await.ok()?;
    Some(answer.key_pairs.unwrap_or_default().into_iter().filter_map(|pair| pair.key_name).collect())
}

/// All of them: asked by name, the API fails for all where one is missing.
async fn load_balancers(aws: &Aws) -> Option<BTreeSet<String>> {
    let mut pages = aws.elbv2().describe_load_balancers().into_paginator().items().send();
    let mut found = BTreeSet::new();
    while let Some(one) = pages.next().await {
        found.extend(one.ok()?.load_balancer_name);
    }
    Some(found)
}

async fn target_groups(aws: &Aws) -> Option<BTreeSet<String>> {
    let mut pages = aws.elbv2().describe_target_groups().into_paginator().items().send();
    let mut found = BTreeSet::new();
    while let Some(one) = pages.next().await {
        found.extend(one.ok()?.target_group_name);
    }
    Some(found)
}

async fn databases(aws: &Aws, wanted: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let of_names = aws_sdk_rds::types::Filter::builder()
        .name("db-instance-id")
        .set_values(Some(wanted.iter().cloned().collect()))
        .build();
    let mut pages = aws.rds().describe_db_instances().filters(of_names).into_paginator().items().send();
    let mut found = BTreeSet::new();
    while let Some(one) = pages.next().await {
        found.extend(one.ok()?.db_instance_identifier);
    }
    Some(found)
}

async fn scaling_groups(aws: &Aws, wanted: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let names = Some(wanted.iter().cloned().collect());
    let request = aws.autoscaling().describe_auto_scaling_groups().set_auto_scaling_group_names(names);
    let mut pages = request.into_paginator().items().send();
    let mut found = BTreeSet::new();
    while let Some(one) = pages.next().await {
        found.extend(one.ok()?.auto_scaling_group_name);
    }
    Some(found)
}

async fn roles(aws: &Aws, wanted: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let looks = wanted.iter().map(|name| async move {
        let asked = aws.iam().get_role().role_name(name).send().await.map_err(Failure::of("IAM: GetRole"));
        match asked {
            Ok(_) => Some(Some(name.clone())),
            Err(failure) if failure.code == "NoSuchEntity" => Some(None),
            Err(_) => None,
        }
    });
    let answers: Option<Vec<Option<String>>> = join_all(looks).await.into_iter().collect();
    Some(answers?.into_iter().flatten().collect())
}
