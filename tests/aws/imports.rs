//! What a stack made is imported by `import` blocks with generated configuration: nothing is changed then, and nothing is left to change.

use super::cloud::{PLAN, Stack};
use serde_json::Value;
use std::fs;

/// What names an object to `import`; nothing for types that have no import.
fn import_id(kind: &str, object: &Value) -> Option<String> {
    let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    Some(match kind {
        "aws_lb_target_group_attachment" => return None,
        "aws_db_instance" => text("identifier"),
        "aws_default_route_table" => text("vpc_id"),
        "aws_network_acl_rule" => {
            let [number, egress] = [&object["rule_number"], &object["egress"]].map(Value::to_string);
            format!("{}:{number}:{}:{egress}", text("network_acl_id"), text("protocol"))
        }
        "aws_route" => format!("{}_{}", text("route_table_id"), text("destination_cidr_block")),
        "aws_route_table_association" => format!("{}/{}", text("subnet_id"), text("route_table_id")),
        "aws_security_group_rule" => {
            let ports = [&object["from_port"], &object["to_port"]].map(Value::to_string).join("_");
            let source = text("source_security_group_id");
            format!("{}_{}_{}_{ports}_{source}", text("security_group_id"), text("type"), text("protocol"))
        }
        "aws_autoscaling_policy" => format!("{}/{}", text("autoscaling_group_name"), text("name")),
        "aws_s3_object" => format!("{}/{}", text("bucket"), text("key")),
        "aws_iam_role_policy" => format!("{}:{}", text("role"), text("name")),
        _ => text("id"),
    })
}

fn is_imported(folder: &str) {
    let stack = Stack::unpack(&[folder]);
    stack.terrace(&["apply", "-auto-approve"], 0);
    let state: Value = serde_json::from_str(&stack.terrace(&["state", "pull"], 0)).expect("JSON");
    let (mut blocks, mut count) = (String::new(), 0);
    for resource in state["resources"].as_array().expect("a list") {
        let (kind, name) = (resource["type"].as_str().expect("a text"), resource["name"].as_str().expect("a text"));
        for instance in resource["instances"].as_array().expect("a list") {
            let Some(id) = import_id(kind, &instance["attributes"]).filter(|_| resource["mode"] == "managed") else {
                continue;
            };
            blocks.push_str(&format!("import {{\n  to = {kind}.{name}_{count}\n  id = \"{id}\"\n}}\n\n"));
            count += 1;
        }
    }
    // The same directory, so that the provider's tags are the same, with nothing in it but the provider and the blocks.
    for entry in fs::read_dir(&stack.place).expect("it is there").flatten() {
        match entry.file_name().to_string_lossy().as_ref() {
            "provider.tf" | ".terraform" | ".terraform.lock.hcl" => {}
            _ if entry.path().is_dir() => fs::remove_dir_all(entry.path()).expect("it is ours"),
            _ => fs::remove_file(entry.path()).expect("it is ours"),
        }
    }
    fs::write(stack.place.join("imports.tf"), &blocks).expect("it can be written");
    stack.terrace(&["init"], 0);
    let planned = stack.run(&["plan", "-input=false", "-generate-config-out=generated.tf", "-out=saved"]);
    let generated = fs::read_to_string(stack.place.join("generated.tf")).unwrap_or_default();
    assert_eq!(planned.code, Some(0), "{}\n{generated}", planned.output);
    let expected = format!("Plan: {count} to import, 0 to add, 0 to change, 0 to destroy.");
    assert!(planned.output.contains(&expected), "{expected}\n{}\n{generated}", planned.output);
    stack.terrace(&["apply", "saved"], 0);
    stack.terrace(&PLAN, 0);
}

#[test]
fn app_db() {
    is_imported("app-db");
}

#[test]
fn fleet() {
    is_imported("fleet");
}

#[test]
fn load_balanced() {
    is_imported("load-balanced");
}

#[test]
fn multi_az() {
    is_imported("multi-az");
}

#[test]
fn network() {
    is_imported("network");
}

#[test]
fn single_server() {
    is_imported("single-server");
}

#[test]
fn storage() {
    is_imported("storage");
}
