//! Databases: RDS instances and the groups they belong to.

mod instance;
mod instance_create;
mod parameter_group;
mod subnet_group;
mod tags;
mod verdict;

pub use verdict::verdict;

use super::engine::Kind;
use crate::value::{Type, Value};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(instance::db_instance()),
        Box::new(parameter_group::db_parameter_group()),
        Box::new(subnet_group::db_subnet_group()),
    ]
}

fn texts(list: &[String]) -> Value {
    Value::list(Type::String, list.iter().map(|text| Value::text(text)).collect())
}
