//! What belongs to an Auto Scaling group and has a name there: it is read by both, and imported as `GROUP/NAME`.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Imports, Want};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `GROUP/NAME` of an object whose name is this attribute.
pub fn key(of: &Want, name: &str) -> String {
    format!("{}/{}", of.text("autoscaling_group_name").unwrap_or_default(), of.text(name).unwrap_or_default())
}

/// The names that are asked for, by group.
pub fn by_group(keys: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (group, name) in keys.iter().filter_map(|key| key.split_once('/')) {
        groups.entry(group.to_owned()).or_default().insert(name.to_owned());
    }
    groups
}

/// A group that is gone has nothing.
pub fn or_nothing<T>(found: Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
    match found {
        Err(failure) if failure.code == "ValidationError" && failure.message.contains("not found") => Ok(Vec::new()),
        other => other,
    }
}

/// Of `GROUP/NAME`.
pub async fn imported(_aws: Arc<Aws>, id: String, name: &'static str) -> Result<Imports, Failure> {
    let wrong = || Failure::new("import", "", format!("{id:?} is not GROUP/NAME"));
    let (group, own) = id.split_once('/').ok_or_else(wrong)?;
    Ok(vec![("id", Value::text(own)), ("autoscaling_group_name", Value::text(group)), (name, Value::text(own))])
}
