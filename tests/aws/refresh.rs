//! Auto Scaling groups in rollouts: a changed launch template is an instance refresh that is awaited, and taken back where it fails.
//!
//! moto has no instance refreshes; `refresh.py` plays them, one server of the group whenever somebody looks.

use super::cloud::{PLAN, Stack};
use serde_json::Value;
use std::fs;

const OTHER: &str = "-var=ami_id=ami-0b301ce3ce347599c";
/// Never gets healthy.
const SICK: &str = "-var=ami_id=ami-000c540e28953ace2";
const NOT_BY_ITSELF: &str = "-var=is_refreshed=false";
const LATEST: &str = "-var=template_version=$Latest";

/// What changes something, in order.
fn effects(stack: &Stack) -> Vec<String> {
    let actions = stack.moto.requests();
    let actions = actions.iter().filter_map(|request| request.split('\t').nth(1));
    actions.filter(|action| !action.starts_with("Describe") && !action.starts_with("Get")).map(str::to_owned).collect()
}

fn begin(rollout: &str, variables: &[&str]) -> Stack {
    let stack = Stack::unpack(&["fleet"]);
    fs::write(stack.place.join("main.terrace.hcl"), rollout).expect("it can be written");
    stack.terrace(&[&["apply", "-auto-approve"], variables].concat(), 0);
    stack.moto.ask("POST /health", r#"{"initial": 0, "draining": 0, "sick_images": ["ami-000c540e28953ace2"]}"#);
    stack.moto.requests();
    stack
}

fn version_of_group(stack: &Stack) -> Value {
    let state: Value = serde_json::from_str(&stack.terrace(&["state", "pull"], 0)).expect("JSON");
    let resources = state["resources"].as_array().expect("a list");
    let group = resources.iter().find(|resource| resource["type"] == "aws_autoscaling_group").expect("it is there");
    group["instances"][0]["attributes"]["launch_template"][0]["version"].clone()
}

#[test]
fn a_refresh_is_awaited() {
    let stack = begin("", &[]);
    let planned = stack.terrace(&["plan", OTHER], 0);
    let step = "1  renew the servers of web: at least 66 %, at most 100 % of them there";
    assert!(planned.contains(step), "{planned}");
    let output = stack.terrace(&["apply", "-auto-approve", OTHER], 0);
    assert_eq!(
        effects(&stack),
        ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup", "StartInstanceRefresh"],
        "{output}"
    );
    assert!(output.contains("aws_autoscaling_group.web [1/1]: passed"), "{output}");
    stack.terrace(&[&PLAN[..], &[OTHER]].concat(), 0);
    if stack.has_terraform() {
        stack.terraform(&[&PLAN[..], &[OTHER]].concat(), 0);
    }
}

#[test]
fn a_refresh_that_fails_is_taken_back() {
    let stack = begin("", &[]);
    let output = stack.terrace(&["apply", "-auto-approve", SICK], 1);
    assert!(output.contains("failed and was taken back"), "{output}");
    assert!(output.contains("A replacement server did not become healthy in its target group."), "{output}");
    let back = ["UpdateAutoScalingGroup", "StartInstanceRefresh"];
    assert_eq!(effects(&stack), [&["CreateLaunchTemplateVersion"], &back[..], &back[..]].concat(), "{output}");
    assert_eq!(version_of_group(&stack), "1");
}

/// Without a block of its own a group is refreshed where a rollout says so, in the strategy's numbers; `$Latest` is a number meanwhile.
#[test]
fn a_rollout_says_how() {
    let rollout = r#"
rollout "web" {
  fleet = aws_autoscaling_group.web
  strategy "canary" {
    weights = [10, 50]
    bake    = "2m"
  }
}
"#;
    let variables = [NOT_BY_ITSELF, LATEST];
    let stack = begin(rollout, &variables);
    stack.terrace(&[&["plan", "-out=saved", OTHER], &variables[..]].concat(), 0);
    let shown: Value = serde_json::from_str(&stack.terrace(&["show", "-json", "saved"], 0)).expect("JSON");
    let step = &shown["terrace_rollouts"][0]["steps"][0];
    assert_eq!(step["action"], "renew");
    assert_eq!(step["renewal"]["checkpoints"], serde_json::json!([10, 50, 100]));
    assert_eq!(step["renewal"]["checkpoint_delay_seconds"], 120);
    assert_eq!(step["renewal"]["min_healthy_percent"], 100);
    let output = stack.terrace(&["apply", "saved"], 0);
    assert_eq!(
        effects(&stack),
        ["CreateLaunchTemplateVersion", "StartInstanceRefresh", "UpdateAutoScalingGroup"],
        "{output}"
    );
    stack.terrace(&[&PLAN[..], &[OTHER], &variables].concat(), 0);
    assert_eq!(version_of_group(&stack), "$Latest");
}

#[test]
fn without_either_nobody_is_replaced() {
    let stack = begin("", &[NOT_BY_ITSELF]);
    let output = stack.terrace(&["apply", "-auto-approve", NOT_BY_ITSELF, OTHER], 0);
    assert_eq!(effects(&stack), ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"], "{output}");
}
