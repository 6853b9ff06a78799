//! Data source `aws_db_instance`: by identifier, or by tags that one instance has.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::databases::shown::secret_of;
use crate::providers::aws::databases::tags::tag_map;
use crate::providers::aws::engine::{
    Failure, Field, Lookup, Want, all_of, flag, map_of_text, number, objects, tags_of, text, texts,
};
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use aws_sdk_rds::types::{DbInstance, Endpoint};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub fn instance_data() -> Lookup {
    let fields = [name_fields(), number_fields(), list_fields()];
    Lookup::new("RDS DB Instance", fields.into_iter().flatten().collect(), look_up)
}

type Fields = Vec<Field<DbInstance, ()>>;

fn name_fields() -> Fields {
    let shown = |name, part: fn(&DbInstance) -> Option<&str>| {
        text(name).computed().from(move |found: &DbInstance| Some(part(found).unwrap_or_default().to_owned()))
    };
    let of_endpoint = |name, part: fn(&Endpoint) -> Option<&str>| {
        text(name)
            .computed()
            .from(move |found: &DbInstance| Some(found.endpoint().and_then(part).unwrap_or_default().to_owned()))
    };
    vec![
        of_endpoint("address", Endpoint::address),
        shown("availability_zone", DbInstance::availability_zone),
        shown("ca_cert_identifier", DbInstance::ca_certificate_identifier),
        text("database_insights_mode").computed().from(DbInstance::database_insights_mode).never_null(),
        shown("db_cluster_identifier", DbInstance::db_cluster_identifier),
        shown("db_instance_arn", DbInstance::db_instance_arn),
        shown("db_instance_class", DbInstance::db_instance_class),
        text("db_instance_identifier").optional().computed().from(DbInstance::db_instance_identifier),
        shown("db_name", DbInstance::db_name),
        text("db_subnet_group").computed().from(|found: &DbInstance| {
            Some(found.db_subnet_group().and_then(|group| group.db_subnet_group_name()).unwrap_or_default().to_owned())
        }),
        text("endpoint").computed().from(|found: &DbInstance| {
            let endpoint = found.endpoint()?;
            Some(format!("{}:{}", endpoint.address()?, endpoint.port()?))
        }),
        shown("engine", DbInstance::engine),
        shown("engine_version", DbInstance::engine_version),
        of_endpoint("hosted_zone_id", Endpoint::hosted_zone_id),
        text("id").optional().computed().from(DbInstance::db_instance_identifier),
        shown("kms_key_id", DbInstance::kms_key_id),
        shown("license_model", DbInstance::license_model),
        shown("master_username", DbInstance::master_username),
        shown("monitoring_role_arn", DbInstance::monitoring_role_arn),
        shown("network_type", DbInstance::network_type),
        shown("preferred_backup_window", DbInstance::preferred_backup_window),
        shown("preferred_maintenance_window", DbInstance::preferred_maintenance_window),
        shown("replicate_source_db", DbInstance::read_replica_source_db_instance_identifier),
        shown("resource_id", DbInstance::dbi_resource_id),
        shown("storage_type", DbInstance::storage_type),
        shown("timezone", DbInstance::timezone),
    ]
}

fn number_fields() -> Fields {
    let shown = |name, part: fn(&DbInstance) -> Option<i32>| number(name).computed().from(part).never_null();
    let is = |name, part: fn(&DbInstance) -> Option<bool>| flag(name).computed().from(part).never_null();
    vec![
        shown("allocated_storage", DbInstance::allocated_storage),
        is("auto_minor_version_upgrade", DbInstance::auto_minor_version_upgrade),
        shown("backup_retention_period", DbInstance::backup_retention_period),
        shown("db_instance_port", DbInstance::db_instance_port),
        shown("iops", DbInstance::iops),
        shown("max_allocated_storage", DbInstance::max_allocated_storage),
        shown("monitoring_interval", DbInstance::monitoring_interval),
        is("multi_az", DbInstance::multi_az),
        number("port").computed().from(|found: &DbInstance| found.endpoint().and_then(Endpoint::port)).never_null(),
        is("publicly_accessible", DbInstance::publicly_accessible),
        is("storage_encrypted", DbInstance::storage_encrypted),
        shown("storage_throughput", DbInstance::storage_throughput),
    ]
}

fn list_fields() -> Fields {
    vec![
        texts("db_parameter_groups").computed().from(|found: &DbInstance| {
            let groups = found.db_parameter_groups().iter();
            json!(groups.filter_map(|group| group.db_parameter_group_name()).collect::<Vec<_>>())
        }),
        texts("enabled_cloudwatch_logs_exports").computed().from(DbInstance::enabled_cloudwatch_logs_exports),
        objects(
            "master_user_secret",
            Nesting::List,
            ["kms_key_id", "secret_arn", "secret_status"].map(|name| text(name).computed()).into(),
        )
        .computed()
        .from(|found: &DbInstance| match found.master_user_secret() {
            Some(secret) => secret_of(Some(secret)),
            None => Json::Null,
        }),
        texts("option_group_memberships").computed().from(|found: &DbInstance| {
            let groups = found.option_group_memberships().iter();
            json!(groups.filter_map(|group| group.option_group_name()).collect::<Vec<_>>())
        }),
        map_of_text("tags").optional().computed().from(|found: &DbInstance| {
            let tags = tag_map(found.tag_list()).into_iter().filter(|(key, _)| !key.starts_with("aws:"));
            Value::map(Type::String, tags.map(|(key, value)| (Text::from(key.as_str()), Value::text(&value))))
        }),
        texts("vpc_security_groups").computed().from(|found: &DbInstance| {
            let groups = found.vpc_security_groups().iter();
            json!(groups.filter_map(|group| group.vpc_security_group_id()).collect::<Vec<_>>())
        }),
    ]
}

async fn look_up(aws: Arc<Aws>, want: Want) -> Result<DbInstance, Failure> {
    let operation = "RDS: DescribeDBInstances";
    let wanted_tags = want.value("tags").map(tags_of).unwrap_or_default();
    let request = aws.rds().describe_db_instances().set_db_instance_identifier(want.filled("db_instance_identifier"));
    let mut found = all_of(request.into_paginator().items().send(), operation).await?;
    found.retain(|instance| {
        let tags = tag_map(instance.tag_list());
        wanted_tags.iter().all(|(key, value)| tags.get(key) == Some(value))
    });
    match (found.pop(), found.len()) {
        (Some(found), 0) => Ok(found),
        (None, _) => Err(Failure::new(operation, "NotFound", "no matching RDS DB Instance found")),
        (Some(_), _) => {
            let message = "several RDS DB Instances match; use db_instance_identifier";
            Err(Failure::new(operation, "NotUnique", message))
        }
    }
}
