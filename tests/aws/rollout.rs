//! Rollouts on moto with target health as AWS has it: who gets requests is looked at before and after every API call.
//!
//! The log has, for every request, each listener's and rule's groups with their shares, registered and healthy targets. What is promised of
//! a rollout is checked over all of them. The same change by the real Terraform is shown to break the first promise.

use super::{PLAN, Stack};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;

const HEALTH: &str = r#"{"initial": 0.5, "draining": 0.5, "sick_images": ["ami-000c540e28953ace2"]}"#;
const OTHER: &str = "-var=ami_id=ami-0b301ce3ce347599c";
/// Never gets healthy.
const SICK: &str = "-var=ami_id=ami-000c540e28953ace2";

/// Calls by which servers and traffic move.
const EFFECTS: [&str; 8] = [
    "RunInstances",
    "RegisterTargets",
    "DeregisterTargets",
    "TerminateInstances",
    "CreateTargetGroup",
    "ModifyListener",
    "ModifyRule",
    "DeleteTargetGroup",
];

/// One request.
#[derive(Debug)]
struct Call {
    action: String,
    before: Vec<Service>,
    after: Vec<Service>,
}

/// Where a listener or rule sends requests.
#[derive(Debug, Deserialize)]
struct Service {
    by: String,
    groups: Vec<Share>,
}

#[derive(Debug, Deserialize)]
struct Share {
    group: String,
    percent: f64,
    healthy: BTreeSet<String>,
    registered: BTreeSet<String>,
}

impl Service {
    /// Servers that get requests and answer them.
    fn in_service(&self) -> BTreeSet<&String> {
        self.groups.iter().filter(|share| share.percent > 0.0).flat_map(|share| &share.healthy).collect()
    }

    fn registered(&self) -> BTreeSet<&String> {
        self.groups.iter().flat_map(|share| &share.registered).collect()
    }
}

fn calls(stack: &Stack) -> Vec<Call> {
    let parse = |text: Option<&str>| serde_json::from_str(text.unwrap_or("[]")).expect("JSON");
    let call = |line: String| {
        let mut columns = line.split('\t').skip(1);
        let action = columns.next().unwrap_or_default().to_owned();
        Call { action, before: parse(columns.nth(1)), after: parse(columns.next()) }
    };
    stack.moto.requests().into_iter().map(call).collect()
}

/// What the listener does by default, which is what the fleet is for, at every moment.
fn moments(calls: &[Call]) -> impl Iterator<Item = &Service> {
    let services = calls.iter().flat_map(|call| call.before.iter().chain(&call.after));
    services.filter(|service| service.by.ends_with("/default"))
}

fn least_in_service(calls: &[Call]) -> usize {
    moments(calls).map(|service| service.in_service().len()).min().expect("there were requests")
}

/// What a shadow got, per cent, in the order of its changes.
fn shadow_shares(calls: &[Call]) -> Vec<f64> {
    let groups = moments(calls).flat_map(|service| &service.groups);
    let mut shares: Vec<f64> =
        groups.filter(|share| share.group.starts_with("terrace-")).map(|share| share.percent).collect();
    shares.dedup();
    shares
}

/// The promises of a rollout of a fleet of so many, with so many in service.
#[track_caller]
fn expect_promises(calls: &[Call], size: usize, least: usize) {
    assert!(least_in_service(calls) >= least, "{} in service", least_in_service(calls));
    for service in moments(calls) {
        for share in &service.groups {
            let capacity = 100.0 * share.healthy.len() as f64 / size as f64;
            assert!(share.percent <= capacity + 0.5 || service.groups.len() == 1, "{service:?}");
        }
    }
    for call in calls.iter().filter(|call| call.action == "TerminateInstances") {
        let registered = |services: &[Service]| -> BTreeSet<String> {
            services.iter().flat_map(Service::registered).cloned().collect()
        };
        assert_eq!(
            registered(&call.before),
            registered(&call.after),
            "a server is deregistered before it is terminated"
        );
    }
}

/// The stack, applied, with health that takes its time from now on.
fn begin(rollout: &str) -> Stack {
    let stack = Stack::unpack(&["load-balanced"]);
    fs::write(stack.place.join("main.terrace.hcl"), rollout).expect("it can be written");
    stack.terrace(&["apply", "-auto-approve"], 0);
    stack.moto.ask("POST /health", HEALTH);
    std::thread::sleep(std::time::Duration::from_secs(1));
    stack.moto.requests();
    stack
}

/// A change of the image keeps all promises, with so many servers in service throughout, and leaves what the configuration says.
/// Gives the calls that had an effect on servers and traffic, in order; the same one after another is one.
fn keeps_its_promises(rollout: &str, least: usize, shares: &[f64]) -> Vec<String> {
    let stack = begin(rollout);
    let before = stack.moto.inventory();
    // The preflight asks whether servers may be started, which the log does not tell from starting them.
    let output = stack.terrace(&["apply", "-auto-approve", "-preflight=false", OTHER], 0);
    let calls = calls(&stack);
    expect_promises(&calls, 3, least);
    assert_eq!(shadow_shares(&calls), shares);
    stack.moto.expect_no_more_than(&before, &output);
    stack.terrace(&[&PLAN[..], &[OTHER]].concat(), 0);
    if stack.has_terraform() {
        stack.terraform(&[&PLAN[..], &[OTHER]].concat(), 0);
    }
    effects(&calls)
}

fn effects(calls: &[Call]) -> Vec<String> {
    let is_effect = |action: &&String| EFFECTS.contains(&action.as_str());
    let mut effects: Vec<String> = calls.iter().map(|call| &call.action).filter(is_effect).cloned().collect();
    effects.dedup();
    effects
}

fn rolling(arguments: &str) -> String {
    format!("rollout \"web\" {{\n fleet = aws_instance.web\n strategy \"rolling\" {{\n {arguments}\n }}\n}}\n")
}

const COMES: [&str; 2] = ["RunInstances", "RegisterTargets"];
const GOES: [&str; 2] = ["DeregisterTargets", "TerminateInstances"];

#[test]
fn rolling_by_default() {
    assert_eq!(keeps_its_promises("", 3, &[]), [COMES, GOES].concat().repeat(3));
}

#[test]
fn rolling_in_batches_of_two() {
    assert_eq!(keeps_its_promises(&rolling("batch = 2"), 3, &[]), [COMES, GOES].concat().repeat(2));
}

#[test]
fn rolling_without_a_surge() {
    let rollout = rolling("max_surge = 0\n max_unavailable = 1");
    assert_eq!(keeps_its_promises(&rollout, 2, &[]), [GOES, COMES].concat().repeat(3));
}

#[test]
fn rolling_zone_by_zone() {
    // Three servers in two zones: the batch of three is one of two and one of one.
    let rollout = rolling("batch = 3\n one_zone_at_a_time = true");
    assert_eq!(keeps_its_promises(&rollout, 3, &[]), [COMES, GOES].concat().repeat(2));
}

#[test]
fn blue_green() {
    keeps_its_promises(
        r#"
rollout "web" {
  fleet = aws_instance.web
  strategy "blue_green" {
    bake = "1s"
  }
}
"#,
        3,
        &[0.0, 100.0, 0.0],
    );
}

#[test]
fn canary() {
    keeps_its_promises(
        r#"
rollout "web" {
  fleet = aws_instance.web
  strategy "canary" {
    weights = [10, 50]
    bake    = "1s"
  }
}
"#,
        3,
        &[0.0, 10.0, 50.0, 100.0, 0.0],
    );
}

#[test]
fn what_never_gets_healthy_is_taken_back() {
    for strategy in ["strategy \"rolling\" {}", "strategy \"canary\" {\n weights = [10]\n }"] {
        let rollout = format!(
            "rollout \"web\" {{\n fleet = aws_instance.web\n {strategy}\n health {{\n timeout = \"3s\"\n }}\n}}\n"
        );
        let stack = begin(&rollout);
        let before = stack.moto.inventory();
        let output = stack.terrace(&["apply", "-auto-approve", SICK], 1);
        assert!(output.contains("failed and was taken back"), "{output}");
        expect_promises(&calls(&stack), 3, 3);
        stack.moto.expect_no_more_than(&before, &output);
        stack.terrace(&PLAN, 0);
    }
}

/// Killed in the middle of it; the next run takes it back, or goes on where the block says so.
#[test]
fn a_killed_run_is_taken_back_or_goes_on() {
    let canary = "strategy \"canary\" {\n weights = [50]\n bake = \"1s\"\n }";
    for (strategy, stage) in [("strategy \"rolling\" {}", "[9/"), (canary, "[6/")] {
        let block = |on_failure: &str| {
            format!("rollout \"web\" {{\n fleet = aws_instance.web\n {strategy}\n on_failure = \"{on_failure}\"\n}}\n")
        };
        let stack = begin(&block("rollback"));
        let before = stack.moto.inventory();
        for on_failure in ["rollback", "pause"] {
            fs::write(stack.place.join("main.terrace.hcl"), block(on_failure)).expect("it can be written");
            let mut run = stack.start(&["apply", "-auto-approve", OTHER]);
            let give_up = std::time::Instant::now() + std::time::Duration::from_secs(120);
            let said = || fs::read_to_string(stack.place.join("log")).expect("it is there");
            while !said().contains(stage) {
                assert!(std::time::Instant::now() < give_up, "{}", said());
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            run.kill().expect("it runs");
            run.wait().expect("it ends");
            let goes_back = on_failure == "rollback";
            let output = stack.terrace(&["apply", "-auto-approve", OTHER], i32::from(goes_back));
            assert_eq!(output.contains("was interrupted and is taken back"), goes_back, "{output}");
            expect_promises(&calls(&stack), 3, 3);
            stack.moto.expect_no_more_than(&before, &output);
            let now: &[&str] = if goes_back { &[] } else { &[OTHER] };
            // A server that was made again has another address, which outputs show.
            let output = stack.terrace(&[&["apply", "-auto-approve"], now].concat(), 0);
            assert!(output.contains("0 added, 0 changed, 0 destroyed"), "{output}");
            stack.terrace(&[&PLAN[..], now].concat(), 0);
            if stack.has_terraform() {
                stack.terraform(&[&PLAN[..], now].concat(), 0);
            }
            stack.moto.requests();
        }
    }
}

/// Why all of this is done.
#[test]
fn terraform_leaves_nobody_in_service() {
    let stack = begin("");
    if !stack.has_terraform() {
        return;
    }
    stack.terraform(&["apply", "-auto-approve", OTHER], 0);
    assert_eq!(least_in_service(&calls(&stack)), 0);
}
