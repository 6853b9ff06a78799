//! `aws_rds_cluster_instance` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>
//!
//! An instance that has its storage and most settings from its cluster. Which one writes only the cluster tells.

use super::cluster_instance_fields::{changeable_fields, fixed_fields, said, shown_fields};
use super::shown::filter;
use super::tags::{change_tags, sdk_tags, tag_map};
use super::version::with_written_version;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, all_of, ready};
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::types::{DbCluster, DbInstance};
use std::sync::Arc;

/// As many values as one filter takes.
const IDS_PER_CALL: usize = 100;

pub struct Member {
    pub instance: DbInstance,
    pub is_writer: bool,
}

pub fn cluster_instance() -> Resource<Member, Create> {
    let begin = |aws: &Aws| aws.rds().create_db_instance();
    Resource::new("RDS Cluster Instance", 0, begin, create)
        .fields([shown_fields(), fixed_fields(), changeable_fields()].into_iter().flatten().collect())
        .read_many(IDS_PER_CALL, |found: &Member| said(found, DbInstance::db_instance_identifier), read)
        .ready(|found| {
            ready(found.instance.db_instance_status(), &["available", "storage-optimization", "storage-full"], &[])
        })
        .tagged(|found| tag_map(found.instance.tag_list()), change_tags)
        .change("modify", modify)
        .delete(delete)
        .missing(&["DBInstanceNotFound", "DBInstanceNotFoundFault"])
        .retry_delete_on(&["InvalidDBInstanceState", "InvalidDBClusterStateFault"])
        .retry_create_on(&["InvalidDBClusterStateFault"])
        .reconcile(with_written_version)
        .recovered_by(find)
        .timeouts(&[("create", 90), ("delete", 90), ("update", 90)])
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("identifier", "identifier_prefix", "tf-").to_lowercase()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.db_instance_identifier(&name).set_tags(sdk_tags(&call.tags));
    request.send().await.map_err(Failure::of("RDS: CreateDBInstance"))?;
    Ok(name)
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Member>, Failure> {
    let request = aws.rds().describe_db_instances().filters(filter("db-instance-id", names));
    let instances = all_of(request.into_paginator().items().send(), "RDS: DescribeDBInstances").await?;
    let mut clusters: Vec<String> = instances.iter().filter_map(|found| found.db_cluster_identifier.clone()).collect();
    clusters.sort();
    clusters.dedup();
    if clusters.is_empty() {
        return Ok(Vec::new());
    }
    let request = aws.rds().describe_db_clusters().filters(filter("db-cluster-id", clusters));
    let clusters = all_of(request.into_paginator().items().send(), "RDS: DescribeDBClusters").await?;
    let members: Vec<_> = clusters.iter().flat_map(DbCluster::db_cluster_members).collect();
    let with_role = |instance: DbInstance| {
        let own = members.iter().find(|member| member.db_instance_identifier() == instance.db_instance_identifier());
        Member { is_writer: own.and_then(|member| member.is_cluster_writer()).unwrap_or_default(), instance }
    };
    Ok(instances.into_iter().map(with_role).collect())
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = name_of(&call);
    Ok(read(call.aws.clone(), vec![name.clone()]).await?.first().map(|_| name))
}

async fn modify(call: Call) -> Result<(), Failure> {
    let changed = call.changed();
    let request = call
        .aws
        .rds()
        .modify_db_instance()
        .db_instance_identifier(&call.id)
        .apply_immediately(call.want.flag("apply_immediately").unwrap_or_default())
        .set_auto_minor_version_upgrade(changed.flag("auto_minor_version_upgrade"))
        .set_ca_certificate_identifier(changed.text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(changed.flag("copy_tags_to_snapshot"))
        .set_db_instance_class(changed.text("instance_class"))
        .set_db_parameter_group_name(changed.text("db_parameter_group_name"))
        .set_enable_performance_insights(changed.flag("performance_insights_enabled"))
        .set_monitoring_interval(changed.integer("monitoring_interval"))
        .set_monitoring_role_arn(changed.text("monitoring_role_arn"))
        .set_performance_insights_kms_key_id(changed.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(changed.integer("performance_insights_retention_period"))
        .set_preferred_backup_window(changed.text("preferred_backup_window"))
        .set_preferred_maintenance_window(changed.text("preferred_maintenance_window"))
        .set_promotion_tier(changed.integer("promotion_tier"))
        .set_publicly_accessible(changed.flag("publicly_accessible"));
    request.send().await.map(drop).map_err(Failure::of("RDS: ModifyDBInstance"))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let rds = call.aws.rds();
    let deleted = || async {
        let request = rds.delete_db_instance().db_instance_identifier(&call.id).skip_final_snapshot(true);
        request.send().await.map(drop).map_err(Failure::of("RDS: DeleteDBInstance"))
    };
    match deleted().await {
        Err(failure) if failure.message.contains("is already being deleted") => Ok(()),
        // The last instance of a replica cluster goes when the cluster stands alone.
        Err(failure)
            if failure.message.contains("last instance of the read replica DB cluster")
                && call.prior.flag("force_destroy") == Some(true) =>
        {
            let request = rds.promote_read_replica_db_cluster();
            let request = request.set_db_cluster_identifier(call.prior.text("cluster_identifier"));
            request.send().await.map_err(Failure::of("RDS: PromoteReadReplicaDBCluster"))?;
            deleted().await
        }
        other => other,
    }
}
