//! State files, version 4, byte for byte as Terraform writes them.
//!
//! Reading keeps every object's attributes as text: only what has the schema can make sense of them. Writing indents
//! that text as Go's encoder does, so that a file that nobody changed is written as it was.
//! A file that is empty, cut short or changed by hand is an error that says so, never a fresh start.
//! Format: <https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/statefile/version4.go>; `state/README.md` describes it.

mod check;
mod legacy;
mod paths;
mod read;
mod write;

pub use legacy::legacy_source;
pub use read::{provider_config, read_object, read_state};
pub use write::{content_of, object_text, write_state};

use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What this build says in `terraform_version`.
pub const TERRAFORM_VERSION: &str = "1.11.4";

#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    terraform_version: String,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    lineage: String,
    #[serde(default, borrow)]
    outputs: BTreeMap<String, Output<'a>>,
    #[serde(default, borrow)]
    resources: Vec<Resource<'a>>,
    #[serde(default)]
    check_results: Option<Vec<check::Entry>>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(rename = "type")]
    of: serde_json::Value,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(default)]
    module: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    provider: String,
    #[serde(default, borrow)]
    instances: Vec<Instance<'a>>,
}

#[derive(Deserialize)]
struct Instance<'a> {
    #[serde(default)]
    index_key: Option<serde_json::Value>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    deposed: String,
    #[serde(default)]
    schema_version: u64,
    #[serde(default, borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(default)]
    attributes_flat: Option<BTreeMap<String, String>>,
    #[serde(default)]
    sensitive_attributes: Option<serde_json::Value>,
    #[serde(default)]
    private: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    create_before_destroy: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state that the corpus recorded from Terraform is written as it was read.
    #[test]
    fn recorded_states_round_trip_byte_for_byte() {
        let mut count = 0;
        for file in walk("tests/conformance/open/configs".as_ref()) {
            if !file.parent().is_some_and(|folder| folder.ends_with("expected")) {
                continue;
            }
            let step: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
            for (name, text) in step["state"].as_object().into_iter().flatten() {
                let text = text.as_str().unwrap();
                if let Ok(state) = read_state(text, name)
                    && text.starts_with("{\n  \"version\"")
                    && !text.contains("\": {\"")
                {
                    assert_eq!(write_state(&state), text, "{} {name}", file.display());
                    count += 1;
                }
            }
        }
        assert!(count > 50, "there are recorded states, {count} were found");
    }

    fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn an_empty_or_cut_file_is_an_error() {
        let summary =
            |text: &str| read_state(text, "terraform.tfstate").unwrap_err().iter().next().unwrap().summary.clone();
        assert_eq!(summary(""), "State file is damaged");
        assert_eq!(summary("{\"version\": 4, \"serial\""), "State file is damaged");
        assert_eq!(summary("{\"version\": 3}"), "Unsupported state file format");
    }
}
