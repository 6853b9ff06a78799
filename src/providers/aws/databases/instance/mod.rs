//! `aws_db_instance` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>
//!
//! The id is the resource id, which survives a rename. `create` has the ways an instance comes to be, `settings` what is changed in
//! place and `changes` how; `fields` the rest of its attributes.

mod changes;
mod create;
mod data;
mod fields;
mod settings;

pub use data::instance_data;

use super::shown::filter;
use super::tags::{change_tags, tag_map};
use super::version::with_written_version;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, all_of, ready};
use crate::value::Value;
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::types::DbInstance;
use create::{begin, create, name_of, set_password};
use std::sync::Arc;

/// As many values as one filter takes.
const IDS_PER_CALL: usize = 100;

pub fn db_instance() -> Resource<DbInstance, Create> {
    Resource::new("RDS DB Instance", 2, begin, create)
        .fields(fields::fields().into_iter().chain(settings::settings()).collect())
        .read_many(IDS_PER_CALL, |found: &DbInstance| found.dbi_resource_id().unwrap_or_default().to_owned(), read)
        .ready(|found| ready(found.db_instance_status(), &["available", "storage-optimization", "storage-full"], &[]))
        .tagged(|found| tag_map(found.tag_list()), change_tags)
        .rest_of_create(set_password)
        .change("promote", changes::promote)
        .change_after_create("modify", changes::modify)
        .delete(delete)
        .missing(&["DBInstanceNotFound", "DBInstanceNotFoundFault"])
        .retry_delete_on(&["InvalidDBInstanceState"])
        // A role or a group that was just made may not be visible yet.
        .retry_create_on(&["InvalidDBSubnetGroupStateFault", "InvalidDBParameterGroupState"])
        .reconcile(with_written_version)
        .recovered_by(find)
        .imported_by(imported)
        .timeouts(&[("create", 40), ("delete", 60), ("update", 80)])
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<DbInstance>, Failure> {
    // Imports, and state of before version 5, have the identifier.
    let (resource_ids, names): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| id.starts_with("db-"));
    let mut found = Vec::new();
    for (name, values) in [("dbi-resource-id", resource_ids), ("db-instance-id", names)] {
        if !values.is_empty() {
            let pages = aws.rds().describe_db_instances().filters(filter(name, values)).into_paginator().items().send();
            found.extend(all_of(pages, "RDS: DescribeDBInstances").await?);
        }
    }
    Ok(found)
}

/// By its identifier.
async fn imported(aws: Arc<Aws>, id: String) -> Result<Imports, Failure> {
    let found = read(aws, vec![id.clone()]).await?;
    let id = found.first().and_then(DbInstance::dbi_resource_id).map_or(id, str::to_owned);
    // What hashicorp's provider takes for written, since the API does not keep it.
    Ok(vec![("id", Value::text(&id)), ("skip_final_snapshot", Value::bool(true))])
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let request = call.aws.rds().describe_db_instances().filters(filter("db-instance-id", vec![name_of(&call)]));
    let answer = request.send().await.map_err(Failure::of("RDS: DescribeDBInstances"))?;
    Ok(answer.db_instances().first().and_then(DbInstance::dbi_resource_id).map(str::to_owned))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let skips = call.prior.flag("skip_final_snapshot").unwrap_or_default();
    let snapshot = call.prior.filled("final_snapshot_identifier");
    if !skips && snapshot.is_none() {
        let message = "final_snapshot_identifier is required when skip_final_snapshot is false";
        return Err(Failure::new("RDS: DeleteDBInstance", "InvalidParameterCombination", message));
    }
    let request = call
        .aws
        .rds()
        .delete_db_instance()
        .set_db_instance_identifier(call.prior.text("identifier"))
        .delete_automated_backups(call.prior.flag("delete_automated_backups").unwrap_or(true))
        .skip_final_snapshot(skips)
        .set_final_db_snapshot_identifier(snapshot.filter(|_| !skips));
    match request.send().await.map_err(Failure::of("RDS: DeleteDBInstance")) {
        // Being deleted already is as good.
        Err(failure) if failure.message.contains("is already being deleted") => Ok(()),
        other => other.map(|_| ()),
    }
}
