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

use super::engine::{Entry, Kind, Source};
use crate::value::{Type, Value};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_rds_cluster", |_| cluster::cluster().into()),
    ("aws_rds_cluster_instance", |_| cluster_instance::cluster_instance().into()),
    ("aws_db_instance", |_| instance::db_instance().into()),
    ("aws_db_option_group", |_| option_group::option_group().into()),
    ("aws_db_parameter_group", |_| parameter_group::db_parameter_group().into()),
    ("aws_db_snapshot", |_| snapshot::snapshot().into()),
    ("aws_db_subnet_group", |_| subnet_group::db_subnet_group().into()),
];

pub const SOURCES: &[Entry<dyn Source>] = &[("aws_db_instance", |_| Box::new(instance::instance_data()))];

fn texts(list: &[String]) -> Value {
    Value::list(Type::String, list.iter().map(|text| Value::text(text)).collect())
}
