//! What a rollout asks of Elastic Load Balancing, on moto with target health as AWS has it.

use super::cloud::Stack;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terrace::provider::{Connection, Health, Provider, Target, Traffic, TrafficRole};
use terrace::providers::aws::AwsProvider;
use terrace::value::{Text, from_json_as};

/// As quick as the polls of a test allow.
const HEALTH: &str = r#"{"initial": 0.3, "draining": 0.3}"#;

/// A provider configured as the stacks are.
async fn connection(stack: &Stack) -> Arc<dyn Connection> {
    let provider = AwsProvider::default();
    let services = ["ec2", "elbv2"].map(|service| (service, stack.moto.endpoint()));
    let configuration = serde_json::json!({
        "region": "us-east-1",
        "access_key": "test",
        "secret_key": "test",
        "skip_credentials_validation": true,
        "skip_requesting_account_id": true,
        "endpoints": [BTreeMap::from(services)],
    });
    let of = provider.schema().configuration.block.implied_type();
    let configuration = from_json_as(&configuration, &of).expect("it fits the provider's schema");
    provider.connect(configuration).await.expect("it connects")
}

/// An attribute of everything that an address names.
fn attributes(stack: &Stack, kind: &str, name: &str, attribute: &str) -> Vec<Text> {
    let state: serde_json::Value = serde_json::from_str(&stack.terrace(&["state", "pull"], 0)).expect("JSON");
    let resources = state["resources"].as_array().expect("a list").iter();
    let wanted = resources.filter(|resource| resource["type"] == kind && resource["name"] == name);
    let instances = wanted.flat_map(|resource| resource["instances"].as_array().expect("a list").clone());
    instances.map(|instance| instance["attributes"][attribute].as_str().expect("a text").into()).collect()
}

async fn until(traffic: &dyn Traffic, group: &Text, members: &[Target], wanted: &Health) {
    let end = Instant::now() + Duration::from_secs(15);
    loop {
        let health = traffic.health(group, members).await.expect("it answers");
        if health.iter().all(|health| health == wanted) {
            return;
        }
        assert!(Instant::now() < end, "{health:?} instead of {wanted:?}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_weights_move() {
    let stack = Stack::unpack(&["load-balanced"]);
    stack.terrace(&["apply", "-auto-approve"], 0);
    let before = stack.moto.inventory();
    stack.moto.ask("POST /health", HEALTH);
    let connection = connection(&stack).await;
    let traffic = connection.traffic().expect("AWS has load balancers");
    let group = attributes(&stack, "aws_lb_target_group", "web", "arn").remove(0);
    let target = |id: Text| Target { id, port: Some(8080) };
    let servers: Vec<Target> = attributes(&stack, "aws_instance", "web", "id").into_iter().map(target).collect();
    let (some, token) = (&servers[..1], Text::from("rollout-1"));
    until(traffic, &group, &servers, &Health::Healthy).await;

    // A second group beside the first, known again by its token, checked before it gets a request.
    let shadow = traffic.make_shadow(&group, &token).await.expect("a shadow");
    stack.moto.requests();
    assert_eq!(traffic.make_shadow(&group, &token).await.expect("the same"), shadow);
    let effects = |requests: Vec<String>| -> Vec<String> {
        let is_effect = |line: &&String| !line.contains("\tDescribe");
        requests.iter().filter(is_effect).map(|line| line.split('\t').nth(1).unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(effects(stack.moto.requests()), [""; 0]);
    assert_eq!(traffic.health(&shadow, some).await.expect("it answers"), [Health::Absent]);
    for _ in 0..2 {
        traffic.register(&shadow, some).await.expect("registered");
    }
    assert_eq!(traffic.health(&shadow, some).await.expect("it answers"), [Health::Initial]);
    until(traffic, &shadow, some, &Health::Healthy).await;
    for percent in [5, 100, 0] {
        traffic.weigh(&group, &shadow, percent).await.expect("weighed");
        assert_eq!(share(&stack, "terrace-"), f64::from(percent));
        assert_eq!(share(&stack, "lb-web"), f64::from(100 - percent));
    }

    traffic.deregister(&shadow, some).await.expect("draining");
    assert_eq!(traffic.health(&shadow, some).await.expect("it answers"), [Health::Draining]);
    until(traffic, &shadow, some, &Health::Absent).await;
    for _ in 0..2 {
        traffic.deregister(&shadow, some).await.expect("it is so already");
        traffic.remove_shadow(&group, &token).await.expect("removed");
    }
    traffic.weigh(&group, &shadow, 0).await.expect("what is gone gets nothing");
    assert!(traffic.weigh(&group, &shadow, 5).await.is_err(), "what is gone can get nothing");
    assert_eq!(stack.moto.inventory(), before, "nothing is left");
    stack.terrace(&super::PLAN, 0);
    if stack.has_terraform() {
        stack.terraform(&super::PLAN, 0);
    }
}

/// Per cent of what the listener forwards by default that a group gets.
fn share(stack: &Stack, group: &str) -> f64 {
    let services: serde_json::Value = serde_json::from_str(&stack.moto.ask("GET /service", "")).expect("JSON");
    let mut groups = services
        .as_array()
        .expect("a list")
        .iter()
        .filter(|service| service["by"].as_str().is_some_and(|by| by.ends_with("/default")));
    let groups = groups.next().expect("a listener")["groups"].as_array().expect("a list").clone();
    let of = groups.iter().find(|found| found["group"].as_str().is_some_and(|name| name.starts_with(group)));
    of.and_then(|found| found["percent"].as_f64()).expect("it is there")
}

#[test]
fn aws_says_what_its_types_are_to_a_rollout() {
    let provider = AwsProvider::default();
    let mut kinds = Vec::new();
    for (kind, schema) in provider.schema().resources.iter() {
        let Some(role) = provider.traffic_role(kind) else { continue };
        let named = match role {
            TrafficRole::Server { id, zone, exclusive } => [&[id, zone], exclusive].concat(),
            TrafficRole::Group { id } => vec![id],
            TrafficRole::Attachment { server, group, port } => [server, group].into_iter().chain(port).collect(),
            TrafficRole::Fleet => Vec::new(),
            TrafficRole::Forward { unless } => unless.into_iter().map(|(name, _)| name).collect(),
        };
        let is_known =
            |name: &&str| schema.block.attributes.contains_key(*name) || schema.block.blocks.contains_key(*name);
        assert!(named.iter().all(is_known), "{kind}: {named:?}");
        kinds.push(&**kind);
    }
    let expected = [
        "aws_alb_listener",
        "aws_alb_listener_rule",
        "aws_alb_target_group",
        "aws_alb_target_group_attachment",
        "aws_autoscaling_group",
        "aws_instance",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_lb_target_group_attachment",
    ];
    assert_eq!(kinds, expected);
}
