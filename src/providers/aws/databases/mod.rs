//! Databases: RDS instances and the groups they belong to.

mod instance;
mod instance_create;
mod parameter_group;
mod subnet_group;
mod tags;

use super::engine::Kind;
use crate::value::{Type, Value};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(instance::db_instance()),
        Box::new(parameter_group::db_parameter_group()),
        Box::new(subnet_group::db_subnet_group()),
    ]
}

/// `name_prefix` as state keeps it: what stands before a generated end, nothing for a name that somebody chose.
fn name_prefix_of(name: &str) -> String {
    let is_generated = |end: &str| end.len() == 26 && end.chars().all(|digit| digit.is_ascii_hexdigit());
    let split = name.len().checked_sub(26).and_then(|at| name.split_at_checked(at));
    split.filter(|(_, end)| is_generated(end)).map(|(prefix, _)| prefix.to_owned()).unwrap_or_default()
}

fn texts(list: &[String]) -> Value {
    Value::list(Type::String, list.iter().map(|text| Value::text(text)).collect())
}
