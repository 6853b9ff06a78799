//! Whole stacks on moto, and the real Terraform beside us where it is installed.
//!
//! Every stack in `tests/aws/stacks` comes from nothing, needs no change afterwards, by us and by the real `terraform plan` with the real
//! provider, and goes without leaving anything behind; and what the real provider made needs no change by us.
//! Where `terraform` or its provider is not installed, that half says so and is left out.
#![cfg(feature = "aws")]

#[path = "aws/calls.rs"]
mod calls;
mod cloud;
#[path = "aws/imports.rs"]
mod imports;
#[path = "aws/plans.rs"]
mod plans;
#[path = "aws/refresh.rs"]
mod refresh;
#[path = "aws/rollout.rs"]
mod rollout;
#[path = "aws/traffic.rs"]
mod traffic;
mod workplace;

use cloud::{PLAN, Stack};
use std::path::Path;
use std::process::Command;
use workplace::ended;

/// From nothing to nothing, by us; looked at by Terraform in between.
fn comes_and_goes(folders: &[&str]) {
    let stack = Stack::unpack(folders);
    let before = stack.moto.inventory();
    stack.terrace(&["apply", "-auto-approve"], 0);
    stack.terrace(&PLAN, 0);
    if stack.has_terraform() {
        stack.terraform(&PLAN, 0);
    }
    stack.moto.requests();
    stack.terrace(&PLAN, 0);
    let calls = stack.moto.requests().len();
    println!("{folders:?}: {calls} requests for a plan without changes");
    stack.terrace(&["destroy", "-auto-approve"], 0);
    assert_eq!(stack.terrace(&["state", "list"], 0), "");
    stack.moto.expect_no_more_than(&before, "after destroy");
}

/// What Terraform makes is ours to keep and to take away.
fn is_taken_over(folders: &[&str]) {
    let stack = Stack::unpack(folders);
    if !stack.has_terraform() {
        return;
    }
    let before = stack.moto.inventory();
    stack.terraform(&["apply", "-auto-approve"], 0);
    stack.terrace(&PLAN, 0);
    stack.terrace(&["destroy", "-auto-approve"], 0);
    stack.moto.expect_no_more_than(&before, "after destroy");
}

macro_rules! stacks {
    ($($test:ident $folders:expr;)*) => {
        mod comes_and_goes {
            $(#[test] fn $test() { super::comes_and_goes(&$folders) })*
        }
        mod is_taken_over {
            $(#[test] fn $test() { super::is_taken_over(&$folders) })*
        }
    };
}

stacks! {
    app_db ["app-db"];
    corners ["corners"];
    fleet ["fleet"];
    load_balanced ["load-balanced"];
    load_balanced_create_first ["load-balanced", "create-first"];
    multi_az ["multi-az"];
    network ["network"];
    single_server ["single-server"];
    storage ["storage"];
}

/// Where little is written, the API has it as hashicorp's provider asks for it, and says it in its own way.
#[test]
fn little_said() {
    comes_and_goes(&["little-said"]);
}

/// What would fail at apply is said at plan, each at its line, and can be left unsaid.
#[test]
fn preflight() {
    let stack = Stack::unpack(&["refused"]);
    let output = stack.terrace(&["plan"], 1);
    for (summary, line) in [
        ("Image does not fit the instance type", 15),
        ("Key pair does not exist", 17),
        ("Image does not exist", 21),
        ("Instance type is not offered", 22),
        ("Certificate does not exist", 30),
    ] {
        let told = output.split("Error: ").find(|told| told.starts_with(summary));
        let told = told.unwrap_or_else(|| panic!("{summary} is not said:\n{output}"));
        assert!(told.contains(&format!("on main.tf line {line},")), "{summary}: another line:\n{told}");
    }
    stack.terrace(&["plan", "-preflight=false"], 0);
}

/// Schemas are hashicorp's, and what every attribute's change is planned to be is what the real provider was recorded to plan.
#[test]
fn attributes() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/attributes/attributes.py");
    let mut command = Command::new("python3");
    command.arg(script).args(["compare", "-v", "--terrace", env!("CARGO_BIN_EXE_terrace")]);
    let ended = ended(&mut command);
    assert_eq!(ended.code, Some(0), "{}", ended.output);
}

/// `servers { immutable = false }`: a server is stopped, changed and started again, as Terraform does it.
#[test]
fn a_server_is_changed_in_place_where_that_is_asked_for() {
    let stack = Stack::unpack(&["single-server"]);
    std::fs::write(stack.place.join("servers.terrace.hcl"), "servers {\n  immutable = false\n}\n").expect("written");
    stack.terrace(&["apply", "-auto-approve"], 0);
    stack.moto.requests();
    let other = "-var=instance_type=t3.small";
    let output = stack.terrace(&["apply", "-auto-approve", other], 0);
    let requests = stack.moto.requests();
    let actions = requests.iter().filter_map(|request| request.split('\t').nth(1));
    let effects: Vec<&str> =
        actions.filter(|action| !action.starts_with("Describe") && !action.starts_with("Get")).collect();
    assert_eq!(effects, ["StopInstances", "ModifyInstanceAttribute", "StartInstances"], "{output}");
    stack.terrace(&[&PLAN[..], &[other]].concat(), 0);
    if stack.has_terraform() {
        stack.terraform(&[&PLAN[..], &[other]].concat(), 0);
    }
}

/// An IPv6 block goes and comes while the network stays.
#[test]
fn a_network_changes_its_ipv6_block_in_place() {
    let stack = Stack::unpack(&["corners"]);
    stack.terrace(&["apply", "-auto-approve"], 0);
    for (variable, effect) in
        [("-var=has_ipv6=false", "DisassociateVpcCidrBlock"), ("-var=has_ipv6=true", "AssociateVpcCidrBlock")]
    {
        stack.moto.requests();
        let output = stack.terrace(&["apply", "-auto-approve", variable], 0);
        let requests = stack.moto.requests();
        assert!(requests.iter().any(|request| request.split('\t').nth(1) == Some(effect)), "{output}");
        stack.terrace(&[&PLAN[..], &[variable]].concat(), 0);
    }
}
