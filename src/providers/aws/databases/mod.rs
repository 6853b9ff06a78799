//! Databases: RDS instances, clusters, their snapshots and the groups they belong to.

mod cluster;
mod cluster_instance;
mod cluster_instance_fields;
mod instance;
mod logs;
mod option;
mod option_group;
mod parameter_group;
mod shown;
mod snapshot;
mod subnet_group;
mod tags;
mod verdict;
mod version;

pub use verdict::verdict;

use super::engine::{Kind, Source};
use crate::value::{Type, Value};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(cluster::cluster()),
        Box::new(cluster_instance::cluster_instance()),
        Box::new(instance::db_instance()),
        Box::new(option_group::option_group()),
        Box::new(parameter_group::db_parameter_group()),
        Box::new(snapshot::snapshot()),
        Box::new(subnet_group::db_subnet_group()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![Box::new(instance::instance_data())]
}

fn texts(list: &[String]) -> Value {
    Value::list(Type::String, list.iter().map(|text| Value::text(text)).collect())
}
