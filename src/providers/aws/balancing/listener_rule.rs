//! `aws_lb_listener_rule` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Rule.html>

use super::action::{actions_of, json_of, reconcile_actions};
use super::action_fields::{Owner, action_fields};
use super::condition::{self, condition_fields, conditions_of};
use super::tags::{ARNS_PER_CALL, change_tags, read_tags, sdk_tags};
use crate::provider::TrafficRole;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, block_list, block_set, number, text};
use aws_sdk_elasticloadbalancingv2::operation::create_rule::builders::CreateRuleFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::{Rule as Described, RulePriorityPair};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Rule {
    described: Described,
    tags: BTreeMap<String, String>,
}

/// What hashicorp's provider shows as the priority of the default rule.
const DEFAULT_PRIORITY: i32 = 99_999;

pub fn listener_rule() -> Resource<Rule, Create> {
    Resource::new("ELBv2 Listener Rule", 0, |aws| aws.elbv2().create_rule(), create)
        .fields(vec![
            block_list("action", 0, action_fields(Owner::Rule))
                .required()
                .from(|found: &Rule| json_of(found.described.actions()))
                .changed_by("rule"),
            text("arn").computed().from(|found: &Rule| found.described.rule_arn.clone()),
            block_set("condition", condition_fields())
                .required()
                .from(|found: &Rule| condition::json_of(found.described.conditions()))
                .changed_by("rule"),
            text("listener_arn")
                .required()
                .replaces()
                .from(|found: &Rule| Some(listener_of(found.described.rule_arn().unwrap_or_default())))
                .to(Create::set_listener_arn),
            number("priority")
                .optional()
                .computed()
                .from(|found: &Rule| Some(priority_of(&found.described)))
                .changed_by("priority"),
        ])
        .read_many(ARNS_PER_CALL, |found: &Rule| found.described.rule_arn().unwrap_or_default().to_owned(), read)
        .reconcile(|object, before| reconcile_actions(object, before, "action"))
        .change("priority", change_priority)
        .change("rule", change_rule)
        .tagged(|found| found.tags.clone(), change_tags)
        .delete(delete)
        .recovered_by(find)
        .missing(&["RuleNotFound"])
        .traffic(TrafficRole::Forward { unless: None })
}

/// `.../listener-rule/app/web/1/2/3` belongs to `.../listener/app/web/1/2`.
fn listener_of(rule: &str) -> String {
    let listener = rule.rsplit_once('/').map_or(rule, |(listener, _)| listener);
    listener.replacen("listener-rule", "listener", 1)
}

fn priority_of(rule: &Described) -> i32 {
    rule.priority().and_then(|priority| priority.parse().ok()).unwrap_or(DEFAULT_PRIORITY)
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let priority = match call.want.integer("priority") {
        Some(priority) => priority,
        None => next_priority(&call).await?,
    };
    let request = request
        .priority(priority)
        .set_actions(Some(actions_of(&call.want, "action")))
        .set_conditions(Some(conditions_of(&call.want)))
        .set_tags(sdk_tags(&call.tags));
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: CreateRule"))?;
    Ok(answer.rules().first().and_then(Described::rule_arn).unwrap_or_default().to_owned())
}

async fn rules_of(call: &Call) -> Result<Vec<Described>, Failure> {
    let listener = call.want.text("listener_arn").unwrap_or_default();
    let mut pages = call.aws.elbv2().describe_rules().listener_arn(listener).into_paginator().items().send();
    let mut rules = Vec::new();
    while let Some(rule) = pages.next().await {
        rules.push(rule.map_err(Failure::of("Elastic Load Balancing v2: DescribeRules"))?);
    }
    Ok(rules)
}

/// After the last rule of the listener.
async fn next_priority(call: &Call) -> Result<i32, Failure> {
    let rules = rules_of(call).await?;
    let last = rules.iter().map(priority_of).filter(|priority| *priority < DEFAULT_PRIORITY).max();
    Ok(last.unwrap_or(0) + 1)
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Rule>, Failure> {
    let describe = async {
        let request = aws.elbv2().describe_rules().set_rule_arns(Some(arns.clone()));
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeRules"))
    };
    let answer = describe.await?;
    let found = answer.rules.unwrap_or_default();
    let arns: Vec<String> = found.iter().filter_map(|rule| rule.rule_arn.clone()).collect();
    let mut tags = read_tags(&aws, &arns).await?;
    let whole = |described: Described| Rule {
        tags: tags.remove(described.rule_arn().unwrap_or_default()).unwrap_or_default(),
        described,
    };
    Ok(found.into_iter().map(whole).collect())
}

async fn change_priority(call: Call) -> Result<(), Failure> {
    let Some(priority) = call.want.integer("priority") else { return Ok(()) };
    let pair = RulePriorityPair::builder().rule_arn(&call.id).priority(priority).build();
    let request = call.aws.elbv2().set_rule_priorities().rule_priorities(pair);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: SetRulePriorities"))?;
    Ok(())
}

async fn change_rule(call: Call) -> Result<(), Failure> {
    let request = call
        .aws
        .elbv2()
        .modify_rule()
        .rule_arn(&call.id)
        .set_actions(Some(actions_of(&call.want, "action")))
        .set_conditions(Some(conditions_of(&call.want)));
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: ModifyRule"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.elbv2().delete_rule().rule_arn(&call.id);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeleteRule"))?;
    Ok(())
}

/// A listener has one rule of a priority; where none was given, what the rule asks for has to do.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let conditions = condition::json_of(&conditions_of(&call.want));
    let is_it = |rule: &Described| match call.want.integer("priority") {
        Some(priority) => priority_of(rule) == priority,
        None => condition::json_of(rule.conditions()) == conditions,
    };
    Ok(rules_of(&call).await?.into_iter().find(is_it).and_then(|rule| rule.rule_arn))
}
