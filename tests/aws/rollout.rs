//! Rollouts on moto with target health as AWS has it: who gets requests is looked at before and after every API call.
//!
//! The log has, for every request, each listener's and rule's groups with their shares, registered, healthy and draining targets. What is
//! promised of a rollout is checked over all of them, and the order of the calls is pinned for every strategy and for the way back. The same
//! change by the real Terraform, as it was recorded, is shown to break the first promise; where Terraform is installed the record is checked.

use super::{PLAN, Stack};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

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
    /// The servers that it names.
    about: BTreeSet<String>,
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
    draining: BTreeSet<String>,
}

impl Service {
    /// Servers that get requests and answer them.
    fn in_service(&self) -> BTreeSet<&String> {
        self.groups.iter().filter(|share| share.percent > 0.0).flat_map(|share| &share.healthy).collect()
    }

    /// Servers that get requests, or still answer some.
    fn busy(&self) -> BTreeSet<&String> {
        self.groups.iter().flat_map(|share| share.registered.iter().chain(&share.draining)).collect()
    }

    /// It is what the fleet is for, and not the rule of another group.
    fn is_fleets(&self) -> bool {
        self.groups.iter().any(|share| share.group != "lb-api")
    }

    fn percent_of(&self, group: &str) -> f64 {
        self.groups.iter().find(|share| share.group == group).map_or(0.0, |share| share.percent)
    }
}

fn calls(stack: &Stack) -> Vec<Call> {
    fn parse<T: serde::de::DeserializeOwned>(text: Option<&str>) -> T {
        serde_json::from_str(text.unwrap_or("[]")).expect("JSON")
    }
    let call = |line: String| {
        let mut columns = line.split('\t').skip(1);
        let action = columns.next().unwrap_or_default().to_owned();
        let before = parse(columns.nth(1));
        Call { action, before, after: parse(columns.next()), about: parse(columns.next()) }
    };
    stack.moto.requests().into_iter().map(call).collect()
}

/// What the listener does by default and what its rule for the fleet does, at every moment.
fn moments(calls: &[Call]) -> impl Iterator<Item = &Service> {
    let services = calls.iter().flat_map(|call| call.before.iter().chain(&call.after));
    services.filter(|service| service.is_fleets())
}

fn least_in_service(calls: &[Call]) -> usize {
    moments(calls).map(|service| service.in_service().len()).min().expect("there were requests")
}

/// What a shadow got, per cent, in the order of its changes.
fn shadow_shares(calls: &[Call]) -> Vec<f64> {
    let groups = moments(calls).filter(|service| service.by.ends_with("/default")).flat_map(|service| &service.groups);
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
    for call in calls {
        for (before, after) in call.before.iter().zip(&call.after).filter(|(before, _)| before.is_fleets()) {
            for share in after.groups.iter().filter(|share| share.percent > before.percent_of(&share.group)) {
                assert!(!share.healthy.is_empty(), "{} gives traffic to a group without a healthy server", call.action);
            }
        }
        let busy: BTreeSet<&String> = call.before.iter().flat_map(Service::busy).collect();
        if call.action == "TerminateInstances" {
            let torn: Vec<&String> = call.about.iter().filter(|server| busy.contains(server)).collect();
            assert!(!call.about.is_empty() && torn.is_empty(), "terminated before they were drained: {torn:?}");
        }
    }
}

/// Not only the listener forwards to the fleet. What is between it and its rule is a block of its own.
const RULE: &str = r#"
locals { listener = aws_lb_listener.http.arn }
resource "aws_lb_listener_rule" "web" {
  listener_arn = local.listener
  priority     = 300
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
  condition {
    path_pattern { values = ["/web/*"] }
  }
}
"#;

/// The stack, applied, with health that takes its time from now on.
fn begin(rollout: &str) -> Stack {
    begin_with(rollout, &[])
}

fn begin_with(rollout: &str, files: &[(&str, &str)]) -> Stack {
    let stack = Stack::unpack(&["load-balanced"]);
    for (name, text) in files.iter().chain(&[("rule.tf", RULE)]) {
        fs::write(stack.place.join(name), text).expect("it can be written");
    }
    fs::write(stack.place.join("main.terrace.hcl"), rollout).expect("it can be written");
    stack.terrace(&["apply", "-auto-approve"], 0);
    stack.moto.ask("POST /health", HEALTH);
    std::thread::sleep(Duration::from_secs(1));
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
    expect_no_changes(&stack, &[OTHER]);
    effects(&calls)
}

/// Neither by us nor by the real Terraform.
#[track_caller]
fn expect_no_changes(stack: &Stack, variables: &[&str]) {
    stack.terrace(&[&PLAN[..], variables].concat(), 0);
    if stack.has_terraform() {
        stack.terraform(&[&PLAN[..], variables].concat(), 0);
    }
}

/// Waits until a run in the background says something.
#[track_caller]
fn wait_until_said(stack: &Stack, words: &str) {
    let give_up = Instant::now() + Duration::from_secs(120);
    let said = || fs::read_to_string(stack.place.join("log")).expect("it is there");
    while !said().contains(words) {
        assert!(Instant::now() < give_up, "{}", said());
        std::thread::sleep(Duration::from_millis(10));
    }
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
/// The shadow is made, and stands in the rule and in the listener; shares move in the same way.
const MADE: [&str; 3] = ["CreateTargetGroup", "ModifyRule", "ModifyListener"];
const SHIFT: [&str; 2] = ["ModifyRule", "ModifyListener"];
/// The new servers join the configured group, and old ones leave it; traffic returns, and the shadow is left alone.
const RETURNS: [&str; 5] =
    ["RegisterTargets", "DeregisterTargets", "ModifyRule", "ModifyListener", "DeregisterTargets"];
/// The shadow goes, and whoever serves nobody any more.
const ENDS: [&str; 4] = ["ModifyRule", "ModifyListener", "DeleteTargetGroup", "TerminateInstances"];

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

fn with(strategy: &str) -> String {
    format!("rollout \"web\" {{\n fleet = aws_instance.web\n {strategy}\n health {{\n timeout = \"3s\"\n }}\n}}\n")
}

const BLUE_GREEN: &str = "strategy \"blue_green\" {\n bake = \"1s\"\n }";
const CANARY: &str = "strategy \"canary\" {\n weights = [10, 50]\n bake = \"1s\"\n }";

#[test]
fn blue_green() {
    let effects = keeps_its_promises(&with(BLUE_GREEN), 3, &[0.0, 100.0, 0.0]);
    assert_eq!(effects, [&MADE[..], &COMES, &SHIFT, &RETURNS, &ENDS].concat());
}

#[test]
fn canary() {
    let effects = keeps_its_promises(&with(CANARY), 3, &[0.0, 10.0, 50.0, 100.0, 0.0]);
    let step = [COMES, SHIFT].concat();
    assert_eq!(effects, [&MADE[..], &step, &step, &step, &RETURNS, &ENDS].concat());
}

/// Another port is another target group. Here it has a name of its own, as two cannot have the same one.
const OTHER_GROUP: &str = r#"
resource "aws_lb_target_group" "web" {
  name = "lb-web-${var.port}"
  port = var.port
  lifecycle { create_before_destroy = true }
}
resource "aws_lb_target_group_attachment" "web" { port = var.port }
"#;
const PORT: &str = "variable \"port\" { default = 8080 }\n";
const GROUP_FILES: [(&str, &str); 2] = [("group_override.tf", OTHER_GROUP), ("port.tf", PORT)];

/// The new group joins the rule and the listener, its members are seen healthy there, traffic moves; then nothing forwards to the old one any
/// more, and it goes.
#[test]
fn a_target_group_that_is_replaced() {
    let join = ["CreateTargetGroup", "ModifyRule", "ModifyListener"];
    // The rule belongs to the listener.
    let turn = ["ModifyListener", "ModifyRule", "DeleteTargetGroup"];
    let blue_green = [&join[..], &COMES, &SHIFT, &GOES, &turn].concat();
    let step = [COMES, SHIFT].concat();
    let canary = [&join[..], &step, &step, &step, &GOES, &turn].concat();
    let alone = [&join[..], &["RegisterTargets"], &SHIFT, &["DeregisterTargets"], &turn].concat();
    let (port, other) = ("-var=port=8090", &[OTHER][..]);
    for (rollout, variables, expected) in [
        ("".to_owned(), other, blue_green.clone()),
        (with(BLUE_GREEN), other, blue_green),
        (with(CANARY), other, canary),
        // The servers stay.
        ("".to_owned(), &[][..], alone),
    ] {
        let stack = begin_with(&rollout, &GROUP_FILES);
        let before = stack.moto.inventory();
        let variables = [&[port], variables].concat();
        let arguments = [&["apply", "-auto-approve", "-preflight=false"], &variables[..]].concat();
        let output = stack.terrace(&arguments, 0);
        let calls = calls(&stack);
        expect_promises(&calls, 3, 3);
        assert_eq!(effects(&calls), expected, "{rollout}\n{output}");
        stack.moto.expect_no_more_than(&before, &output);
        expect_no_changes(&stack, &variables);
    }
}

/// The new group and its servers go, and the old group has all traffic as before.
#[test]
fn a_target_group_that_is_replaced_comes_back() {
    let stack = begin_with(&with(BLUE_GREEN), &GROUP_FILES);
    let before = stack.moto.inventory();
    let output = stack.terrace(&["apply", "-auto-approve", "-preflight=false", "-var=port=8090", SICK], 1);
    assert!(output.contains("failed and was taken back"), "{output}");
    let calls = calls(&stack);
    expect_promises(&calls, 3, 3);
    let back = ["DeregisterTargets", "ModifyRule", "ModifyListener", "TerminateInstances", "DeleteTargetGroup"];
    assert_eq!(effects(&calls), [&MADE[..], &COMES, &back].concat(), "{output}");
    stack.moto.expect_no_more_than(&before, &output);
    expect_no_changes(&stack, &[]);
}

/// Two groups cannot have one name: that is said, with what helps.
#[test]
fn a_target_group_with_a_fixed_name_cannot_be_there_twice() {
    let stack = begin(&with(BLUE_GREEN));
    let port = "resource \"aws_lb_target_group\" \"web\" { port = 8090 }\n";
    fs::write(stack.place.join("group_override.tf"), port).expect("it can be written");
    let output = stack.terrace(&["plan", OTHER], 1);
    assert!(output.contains("Rollout cannot be followed") && output.contains("name_prefix"), "{output}");
    fs::remove_file(stack.place.join("main.terrace.hcl")).expect("it is there");
    let output = stack.terrace(&["plan", OTHER], 0);
    assert!(output.contains("Target group is changed without a rollout"), "{output}");
}

/// The way back is the way there the other way round: out of the group, the shadow goes, the servers go.
#[test]
fn what_never_gets_healthy_is_taken_back() {
    let shadowed = [&MADE[..], &COMES, &["DeregisterTargets"], &ENDS].concat();
    for (strategy, expected) in
        [("strategy \"rolling\" {}", [COMES, GOES].concat()), (BLUE_GREEN, shadowed.clone()), (CANARY, shadowed)]
    {
        let stack = begin(&with(strategy));
        let before = stack.moto.inventory();
        let output = stack.terrace(&["apply", "-auto-approve", "-preflight=false", SICK], 1);
        assert!(output.contains("failed and was taken back"), "{output}");
        let calls = calls(&stack);
        expect_promises(&calls, 3, 3);
        assert_eq!(effects(&calls), expected, "{output}");
        stack.moto.expect_no_more_than(&before, &output);
        expect_no_changes(&stack, &[]);
    }
}

/// New servers that were healthy get ill while they serve: traffic goes back first, and a server that is gone already is made again and seen
/// healthy before the ill one leaves.
#[test]
fn what_gets_ill_under_traffic_is_taken_back() {
    let canary = "strategy \"canary\" {\n weights = [50]\n bake = \"10m\"\n }";
    let canary_back = [&MADE[..], &COMES, &SHIFT, &SHIFT, &["DeregisterTargets"], &ENDS].concat();
    let rolling = "strategy \"rolling\" {\n pause = \"10m\"\n }";
    let rolling_back = [COMES, GOES, COMES, GOES].concat();
    // Of three servers rolling has lost one to the illness.
    for (strategy, expected, least) in [(canary, canary_back, 3), (rolling, rolling_back, 2)] {
        let stack = begin(&with(strategy));
        let before = stack.moto.inventory();
        let mut run = stack.start(&["apply", "-auto-approve", "-preflight=false", OTHER]);
        wait_until_said(&stack, "]: hold");
        stack.moto.ask("POST /health", &HEALTH.replace("ami-000c540e28953ace2", "ami-0b301ce3ce347599c"));
        assert_eq!(run.wait().expect("it ends").code(), Some(1));
        let output = fs::read_to_string(stack.place.join("log")).expect("it is there");
        assert!(output.contains("failed and was taken back"), "{output}");
        let calls = calls(&stack);
        assert!(least_in_service(&calls) >= least, "{} in service", least_in_service(&calls));
        assert_eq!(effects(&calls), expected, "{output}");
        stack.moto.expect_no_more_than(&before, &output);
        // A server that was made again has another address, which outputs show.
        let output = stack.terrace(&["apply", "-auto-approve"], 0);
        assert!(output.contains("0 added, 0 changed, 0 destroyed"), "{output}");
        expect_no_changes(&stack, &[]);
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
            wait_until_said(&stack, stage);
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
            expect_no_changes(&stack, now);
            stack.moto.requests();
        }
    }
}

/// What Terraform 1.11 with hashicorp/aws did with the same change, each with the servers in service after the last of them.
const TERRAFORM: [(&str, usize); 4] =
    [("DeregisterTargets", 0), ("RunInstances", 0), ("RegisterTargets", 0), ("TerminateInstances", 0)];

/// Why all of this is done: everybody is taken out of the group before anybody new is in it.
#[test]
fn terraform_leaves_nobody_in_service() {
    let empties_the_group = |order: &[(&str, usize)]| {
        let first = |action: &str| order.iter().position(|(other, _)| *other == action).expect("it is among them");
        let (out, back) = (first("DeregisterTargets"), first("RegisterTargets"));
        out < back && order[out].1 == 0
    };
    assert!(empties_the_group(&TERRAFORM));
    let stack = begin("");
    if !stack.has_terraform() {
        return;
    }
    stack.terraform(&["apply", "-auto-approve", OTHER], 0);
    let calls = calls(&stack);
    assert_eq!(least_in_service(&calls), 0);
    let in_service_after = |action: &String| {
        let call = calls.iter().rfind(|call| call.action == *action).expect("it is among them");
        let fleets = call.after.iter().filter(|service| service.is_fleets());
        fleets.map(|service| service.in_service().len()).min().unwrap_or_default()
    };
    let order = effects(&calls);
    let order: Vec<(&str, usize)> = order.iter().map(|action| (action.as_str(), in_service_after(action))).collect();
    assert!(empties_the_group(&order), "{order:?}");
}
