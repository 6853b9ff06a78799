//! Results of checks as JSON (Terraform's `internal/command/jsonchecks`).

use crate::state::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use serde_json::{Map, Value as Json, json};

/// All checks, by address.
pub fn checks_json(checks: &[CheckResult]) -> Json {
    let mut sorted: Vec<&CheckResult> = checks.iter().collect();
    sorted.sort_by(|a, b| a.address.cmp(&b.address));
    Json::Array(sorted.into_iter().map(check_json).collect())
}

fn check_json(check: &CheckResult) -> Json {
    let mut object = Map::new();
    object.insert("address".to_owned(), static_address(check));
    object.insert("status".to_owned(), json!(status_text(check.status)));
    let mut instances: Vec<&CheckInstance> = check.instances.iter().collect();
    instances.sort_by(|a, b| a.address.cmp(&b.address));
    if !instances.is_empty() {
        object.insert("instances".to_owned(), instances.into_iter().map(instance_json).collect());
    }
    Json::Object(object)
}

fn instance_json(instance: &CheckInstance) -> Json {
    let mut object = Map::new();
    object.insert("address".to_owned(), instance_address(&instance.address));
    object.insert("status".to_owned(), json!(status_text(instance.status)));
    let mut failures: Vec<&String> = instance.failures.iter().collect();
    failures.sort();
    if !failures.is_empty() {
        let problems = failures.into_iter().map(|message| json!({ "message": message })).collect();
        object.insert("problems".to_owned(), problems);
    }
    Json::Object(object)
}

fn status_text(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
        CheckStatus::Unknown => "unknown",
    }
}

fn static_address(check: &CheckResult) -> Json {
    let (module, local) = split_module(&check.address);
    let mut object = Map::new();
    object.insert("to_display".to_owned(), json!(check.address));
    let kind = match check.kind {
        CheckKind::Resource => "resource",
        CheckKind::Output => "output_value",
        CheckKind::Check => "check",
        CheckKind::InputVariable => "var",
    };
    object.insert("kind".to_owned(), json!(kind));
    let name = if check.kind == CheckKind::Resource {
        let (mode, rest) = match local.strip_prefix("data.") {
            Some(rest) => ("data", rest),
            None => ("managed", local),
        };
        let (of, name) = rest.split_once('.').unwrap_or((rest, ""));
        object.insert("mode".to_owned(), json!(mode));
        object.insert("type".to_owned(), json!(of));
        name
    } else {
        local.split_once('.').map_or(local, |(_, name)| name)
    };
    object.insert("name".to_owned(), json!(name));
    if !module.is_empty() {
        object.insert("module".to_owned(), json!(module));
    }
    Json::Object(object)
}

fn instance_address(address: &str) -> Json {
    let (module, local) = split_module(address);
    let mut object = Map::new();
    object.insert("to_display".to_owned(), json!(address));
    if !module.is_empty() {
        object.insert("module".to_owned(), json!(module));
    }
    let key = local.find('[').and_then(|start| local[start + 1..].strip_suffix(']'));
    if let Some(key) = key.and_then(|key| serde_json::from_str::<Json>(key).ok()) {
        object.insert("instance_key".to_owned(), key);
    }
    Json::Object(object)
}

/// `module.a["x"].module.b` and what follows it.
fn split_module(address: &str) -> (&str, &str) {
    let mut end = 0;
    while address[end..].starts_with("module.") {
        let name = end + "module.".len();
        let mut in_quotes = false;
        let mut escaped = false;
        let length = address[name..].find(|c: char| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_quotes = !in_quotes,
                '.' if !in_quotes => return true,
                _ => {}
            }
            false
        });
        match length {
            Some(length) => end = name + length + 1,
            None => return (address, ""),
        }
    }
    (address[..end].trim_end_matches('.'), &address[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(split_module("module.a[\"x.y\"].module.b.output.z"), ("module.a[\"x.y\"].module.b", "output.z"));
        assert_eq!(split_module("check.c"), ("", "check.c"));
        assert_eq!(
            instance_address("module.m.terraform_data.x[\"a\"]"),
            json!({"to_display": "module.m.terraform_data.x[\"a\"]", "module": "module.m", "instance_key": "a"})
        );
    }
}
