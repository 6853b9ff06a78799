//! `aws_rds_cluster` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html>
//!
//! `fields` has its attributes, `create` the ways it comes to be, `changes` what is changed in place.

mod changes;
mod create;
mod fields;

use super::shown::filter;
use super::tags::{change_tags, tag_map};
use super::version::with_written_version;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, all_of, ready};
use crate::value::Value;
use aws_sdk_rds::operation::create_db_cluster::builders::CreateDBClusterFluentBuilder as Create;
use aws_sdk_rds::types::DbCluster;
use std::sync::Arc;

/// As many values as one filter takes.
const IDS_PER_CALL: usize = 100;

pub fn cluster() -> Resource<DbCluster, Create> {
    Resource::new("RDS Cluster", 1, |aws| aws.rds().create_db_cluster(), create::create)
        .fields(fields::fields())
        .read_many(IDS_PER_CALL, |found: &DbCluster| found.db_cluster_identifier().unwrap_or_default().to_owned(), read)
        .ready(|found| ready(found.status(), &["available"], &[]))
        .tagged(|found| tag_map(found.tag_list()), change_tags)
        .rest_of_create(create::set_password)
        .change("promote", changes::promote)
        .change("global", changes::change_global)
        .change("http_endpoint", changes::change_http_endpoint)
        .change_after_create("modify", changes::modify)
        .change_after_create("roles", changes::change_roles)
        .delete(delete)
        .missing(&["DBClusterNotFoundFault"])
        .retry_delete_on(&["InvalidDBClusterStateFault"])
        // A role or a group that was just made may not be visible yet.
        .retry_create_on(&["InvalidDBSubnetGroupStateFault"])
        .reconcile(with_written_version)
        .recovered_by(find)
        .imported_by(imported)
        .timeouts(&[("create", 120), ("delete", 120), ("update", 120)])
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<DbCluster>, Failure> {
    let request = aws.rds().describe_db_clusters().filters(filter("db-cluster-id", names));
    let pages = request.into_paginator().items().send();
    all_of(pages, "RDS: DescribeDBClusters").await
}

/// With what hashicorp's provider takes for written, since the API does not keep it.
async fn imported(_: Arc<Aws>, id: String) -> Result<Imports, Failure> {
    Ok(vec![("id", Value::text(&id)), ("skip_final_snapshot", Value::bool(true))])
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let found = read(call.aws.clone(), vec![create::name_of(&call)]).await?;
    Ok(found.first().and_then(DbCluster::db_cluster_identifier).map(str::to_owned))
}

async fn delete(call: Call) -> Result<(), Failure> {
    changes::leave_global(&call).await?;
    let skips = call.prior.flag("skip_final_snapshot").unwrap_or_default();
    let snapshot = call.prior.filled("final_snapshot_identifier");
    if !skips && snapshot.is_none() {
        let message = "final_snapshot_identifier is required when skip_final_snapshot is false";
        return Err(Failure::new("RDS: DeleteDBCluster", "InvalidParameterCombination", message));
    }
    let request = call
        .aws
        .rds()
        .delete_db_cluster()
        .db_cluster_identifier(&call.id)
        .delete_automated_backups(call.prior.flag("delete_automated_backups").unwrap_or(true))
        .skip_final_snapshot(skips)
        .set_final_db_snapshot_identifier(snapshot.filter(|_| !skips));
    request.send().await.map(drop).map_err(Failure::of("RDS: DeleteDBCluster"))
}
