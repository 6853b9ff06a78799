//! Auto Scaling groups in rollouts: a changed launch template is an instance refresh that is awaited, and taken back where it fails.
//!
//! moto has no instance refreshes; `refresh.py` plays them, one server of the group whenever somebody looks.

use super::cloud::{Boundary, Fault, PLAN, Proxy, Stack};
use serde::Deserialize;
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

/// What a group has come to.
#[derive(Debug, Deserialize)]
struct Fleet {
    images: Vec<String>,
    refreshes: Vec<String>,
}

impl Fleet {
    fn of(stack: &Stack) -> Self {
        let fleets: Vec<Self> = serde_json::from_str(&stack.moto.ask("GET /refreshes", "")).expect("JSON");
        fleets.into_iter().next().expect("a group")
    }

    /// All servers are from this image, and nobody replaces any.
    #[track_caller]
    fn expect(&self, image: &str, said: &str) {
        assert!(
            self.images.len() == 3 && self.images.iter().all(|it| it == image),
            "{self:?} instead of {image}\n{said}"
        );
        let is_over = |state: &String| ["Successful", "Failed", "Cancelled"].contains(&state.as_str());
        assert!(self.refreshes.iter().all(is_over), "{self:?}\n{said}");
    }
}

/// A run is killed at a boundary between it and the API. The next one waits for the refresh that is under way, or takes it back. moto, as AWS,
/// refuses a refresh beside another one.
#[track_caller]
fn survives(stack: &Stack, proxy: &Proxy, boundary: Boundary, on_failure: &str) {
    stack.start_over();
    stack.terrace(&["apply", "-auto-approve"], 0);
    stack.terrace(&["plan", "-out=saved", OTHER], 0);
    proxy.set(Fault::Deadly(boundary));
    let mut run = stack.start(&["apply", "saved"]);
    proxy.aim_at(run.id());
    run.wait().expect("it ran");
    proxy.await_rest();
    proxy.set(Fault::None);
    let log = fs::read_to_string(stack.place.join("log")).unwrap_or_default();
    let next = stack.run(&["apply", "-auto-approve", OTHER]);
    let said = format!("killed {boundary:?}, {on_failure}: {:?}\n{log}\nnext run:\n{}", Fleet::of(stack), next.output);
    let goes_back = next.output.contains("was interrupted and is taken back");
    assert_eq!(next.code, Some(i32::from(goes_back)), "{said}");
    if goes_back {
        assert_eq!(on_failure, "rollback", "{said}");
        Fleet::of(stack).expect("ami-12c6146b", &said);
        assert_eq!(version_of_group(stack), "1");
        stack.terrace(&["apply", "-auto-approve", OTHER], 0);
    } else {
        assert_eq!(Fleet::of(stack).refreshes, ["Successful"], "{said}");
    }
    Fleet::of(stack).expect("ami-0b301ce3ce347599c", &said);
    stack.terrace(&[&PLAN[..], &[OTHER]].concat(), 0);
}

/// Once the group is changed, once the refresh has begun, and while it is waited for; with `TERRACE_FAULTS=all` at every call.
fn survives_at_boundaries(on_failure: &str) {
    let rollout = format!(
        "rollout \"web\" {{\n fleet = aws_autoscaling_group.web\n strategy \"rolling\" {{}}\n on_failure = \"{on_failure}\"\n}}\n"
    );
    let mut stack = begin(&rollout, &[]);
    let proxy = Proxy::before(stack.moto.port);
    stack.endpoint = proxy.endpoint();
    stack.terrace(&["plan", "-out=saved", OTHER], 0);
    proxy.set(Fault::None);
    stack.terrace(&["apply", "saved"], 0);
    let (calls, changes) = (proxy.calls(), proxy.changes());
    let boundaries: Vec<Boundary> = match std::env::var("TERRACE_FAULTS").is_ok() {
        true => (1..=calls).map(Boundary::Before).chain((1..=changes).map(Boundary::After)).collect(),
        false => vec![Boundary::After(changes - 1), Boundary::After(changes), Boundary::Before(calls - 1)],
    };
    for boundary in boundaries {
        survives(&stack, &proxy, boundary, on_failure);
    }
    if stack.has_terraform() {
        stack.terraform(&[&PLAN[..], &[OTHER]].concat(), 0);
    }
}

#[test]
fn a_refresh_of_a_killed_run_is_taken_back() {
    survives_at_boundaries("rollback");
}

#[test]
fn a_refresh_of_a_killed_run_is_taken_up() {
    survives_at_boundaries("pause");
}
