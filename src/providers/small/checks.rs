//! What hashicorp's validators complain about, in their words.

use super::Object;
use crate::provider::Complaint;
use crate::value::{Path, Value};

const COMBINATION: &str = "Invalid Attribute Combination";

fn is_set(configuration: &Value, name: &str) -> bool {
    configuration.get(name).is_some_and(|value| !value.is_null())
}

fn is_open(configuration: &Value, name: &str) -> bool {
    configuration.get(name).is_some_and(|value| !value.is_known())
}

/// At least one of the attributes must be set; said of the whole object.
pub fn at_least_one_of(configuration: &Value, names: &[&str]) -> Vec<Complaint> {
    if names.iter().any(|name| is_set(configuration, name) || is_open(configuration, name)) {
        return Vec::new();
    }
    let detail = format!("At least one of these attributes must be configured: [{}]", names.join(","));
    vec![Complaint::error("Missing Attribute Configuration", detail)]
}

/// Exactly one of the attributes must be set; said of each of them.
pub fn exactly_one_of(configuration: &Value, names: &[&str]) -> Vec<Complaint> {
    if names.iter().any(|name| is_open(configuration, name)) {
        return Vec::new();
    }
    let complain = |name: &str, problem: &str| {
        let others = names.iter().filter(|other| **other != name).copied();
        let list = others.chain([name]).collect::<Vec<_>>().join(",");
        let detail = format!("{problem} specified when one (and only one) of [{list}] is required");
        Complaint::error(COMBINATION, detail).at(Path::of_attribute(name))
    };
    match names.iter().filter(|name| is_set(configuration, name)).count() {
        0 => names.iter().map(|name| complain(name, "No attribute")).collect(),
        1 => Vec::new(),
        count => names.iter().map(|name| complain(name, &format!("{count} attributes"))).collect(),
    }
}

/// The number must be one or more.
pub fn at_least_one(configuration: &Value, name: &str) -> Vec<Complaint> {
    let given = Object(configuration.clone()).number(name).filter(|number| *number < 1);
    let complain = |number: i64| {
        let detail = format!("Attribute {name} value must be at least 1, got: {number}");
        Complaint::error("Invalid Attribute Value", detail).at(Path::of_attribute(name))
    };
    given.map(complain).into_iter().collect()
}

/// Where all of the switches are given, one of them must be on.
pub fn at_least_one_true(configuration: &Value, others: &[&str], name: &str) -> Vec<Complaint> {
    let is_off = |name: &str| configuration.get(name).and_then(Value::as_bool) == Some(false);
    if !is_off(name) || !others.iter().all(|other| is_off(other)) {
        return Vec::new();
    }
    let list = others.iter().chain(&[name]).copied().collect::<Vec<_>>().join(",");
    let detail = format!("At least one attribute out of [{list}] must be specified as true");
    vec![Complaint::error(COMBINATION, detail).at(Path::of_attribute(name))]
}

/// The text must be as `is_right` wants it; `rule` says how that is.
pub fn matching(configuration: &Value, name: &str, is_right: fn(&str) -> bool, rule: &str) -> Vec<Complaint> {
    let given = Object(configuration.clone()).text(name).filter(|given| !is_right(given));
    let complain = |given: crate::value::Text| {
        let detail = format!("Attribute {name} {rule}, got: {given}");
        Complaint::error("Invalid Attribute Value Match", detail).at(Path::of_attribute(name))
    };
    given.map(complain).into_iter().collect()
}
