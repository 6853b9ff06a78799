//! What Terraform with the real provider plans for the stacks, and that we plan the same: create, no change, a change of each kind.
//!
//! `tests/aws/plans/STACK.json` was recorded by `record.py`. Servers are immutable: what Terraform stops, changes and starts again we replace.
//! Of such plans only that is compared; all of it with `servers { immutable = false }`.

use super::cloud::Stack;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

fn recorded(stack: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/aws/plans/{stack}.json"));
    serde_json::from_str(&fs::read_to_string(path).expect("it was recorded")).expect("JSON")
}

/// What happens, and to what, as `record.py` keeps it.
fn essence(plan: &Value) -> Value {
    let actions = |change: &Value| change["actions"].clone();
    let happens = |change: &&Value| {
        let actions = actions(&change["change"]);
        actions != serde_json::json!(["no-op"]) && actions != serde_json::json!(["read"])
    };
    let mut changes: Vec<Value> =
        plan["resource_changes"].as_array().into_iter().flatten().filter(happens).cloned().collect();
    changes.sort_by_key(|change| change["address"].as_str().map(str::to_owned));
    let outputs: Map<String, Value> = plan["output_changes"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, change)| actions(change) != serde_json::json!(["no-op"]))
        .map(|(name, change)| (name.clone(), change.clone()))
        .collect();
    serde_json::json!({"resource_changes": changes, "output_changes": outputs})
}

/// The first places where two values differ.
fn differences(at: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let names: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for name in names {
                let nothing = Value::String("(nothing)".into());
                let of = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or(nothing.clone());
                differences(&format!("{at}.{name}"), &of(theirs), &of(ours), found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (index, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                let name = theirs["address"].as_str().map_or(index.to_string(), str::to_owned);
                differences(&format!("{at}[{name}]"), theirs, ours, found);
            }
        }
        _ if theirs != ours => found.push(format!("{at}: theirs {}, ours {}", shortened(theirs), shortened(ours))),
        _ => {}
    }
}

/// Lists of changes that are not of the same things are compared by address.
fn shortened(value: &Value) -> String {
    match value.as_array() {
        Some(items) if items.iter().all(|item| item["address"].is_string()) => {
            let names = items.iter().map(|item| format!("{} {}", item["change"]["actions"], item["address"]));
            names.collect::<Vec<_>>().join(", ")
        }
        _ => value.to_string().chars().take(300).collect(),
    }
}

fn planned_as_recorded(stack_name: &str) {
    let recorded = recorded(stack_name);
    let stack = Stack::unpack(&[stack_name]);
    let place = |name: &str| stack.place.join(name);
    let mut wrong = Vec::new();
    for plan in recorded["plans"].as_array().expect("a list") {
        let name = plan["name"].as_str().expect("a text");
        let mut arguments = vec!["plan", "-input=false", "-out=saved"];
        if name != "create" {
            fs::write(place("terraform.tfstate"), recorded["state"].to_string()).expect("it can be written");
            arguments.push("-refresh=false");
        }
        let mut before = Vec::new();
        for edit in plan["edits"].as_array().expect("a list") {
            let [file, old, new] = [0, 1, 2].map(|part| edit[part].as_str().expect("a text"));
            let text = fs::read_to_string(place(file)).expect("it is there");
            assert!(text.contains(old), "{stack_name}, {name}: {file} does not say {old:?}");
            fs::write(place(file), text.replace(old, new)).expect("it can be written");
            before.push((file, text));
        }
        let servers = servers_changed(&plan["plan"]);
        if !servers.is_empty() {
            match planned(&stack, &arguments) {
                Ok(shown) => {
                    let replaced = servers.iter().filter(|server| is_replaced(&shown, server)).count();
                    assert_eq!(replaced, servers.len(), "{name}: {servers:?} should be replaced");
                }
                Err(problem) => wrong.push(format!("{name}: {problem}")),
            }
            fs::write(place("servers.terrace.hcl"), "servers { immutable = false }").expect("it can be written");
            before.push(("servers.terrace.hcl", String::new()));
        }
        let shown = planned(&stack, &arguments);
        for (file, text) in before.into_iter().rev() {
            fs::write(place(file), text).expect("it can be written");
        }
        match shown {
            Ok(shown) => {
                let (mut ours, mut found) = (essence(&shown), Vec::new());
                without_rollout(&mut ours);
                differences("", &plan["plan"], &ours, &mut found);
                wrong.extend(found.into_iter().map(|found| format!("{name}: {found}")));
            }
            Err(problem) => wrong.push(format!("{name}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{stack_name}: {} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// The plan that is saved, as JSON; or what was said instead.
fn planned(stack: &Stack, arguments: &[&str]) -> Result<Value, String> {
    let ended = stack.run(arguments);
    match ended.code {
        Some(0) => Ok(serde_json::from_str(&stack.terrace(&["show", "-json", "saved"], 0)).expect("JSON")),
        _ => Err(ended.output),
    }
}

/// A rollout makes new members of a target group before the old ones go, whatever `lifecycle` says.
fn without_rollout(plan: &mut Value) {
    for change in plan["resource_changes"].as_array_mut().into_iter().flatten() {
        let is_member = change["type"] == "aws_lb_target_group_attachment";
        let actions = &mut change["change"]["actions"];
        if is_member && *actions == serde_json::json!(["create", "delete"]) {
            *actions = serde_json::json!(["delete", "create"]);
        }
    }
}

/// Servers that Terraform would stop, change and start again.
fn servers_changed(plan: &Value) -> Vec<String> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let of_servers = changes.filter(|change| change["type"] == "aws_instance");
    let differs = |change: &Value, name: &str| change["change"]["before"][name] != change["change"]["after"][name];
    let in_place = of_servers.filter(|change| change["change"]["actions"] == serde_json::json!(["update"]));
    let changed = in_place.filter(|change| ["instance_type", "user_data"].iter().any(|name| differs(change, name)));
    changed.filter_map(|change| change["address"].as_str().map(str::to_owned)).collect()
}

fn is_replaced(plan: &Value, address: &str) -> bool {
    let mut changes = plan["resource_changes"].as_array().into_iter().flatten();
    let change = changes.find(|change| change["address"] == address);
    change.is_some_and(|change| change["change"]["actions"].as_array().is_some_and(|actions| actions.len() == 2))
}

macro_rules! plans {
    ($($test:ident $stack:literal;)*) => {
        $(#[test] fn $test() { planned_as_recorded($stack) })*
    };
}

plans! {
    app_db "app-db";
    load_balanced "load-balanced";
    multi_az "multi-az";
    single_server "single-server";
}
