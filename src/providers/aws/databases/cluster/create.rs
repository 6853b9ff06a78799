//! How a DB cluster comes to be: new, or from a snapshot, a point in time or a bucket.

use super::changes::{scaling, serverless_scaling};
use crate::providers::aws::databases::tags::sdk_tags;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen, Want};
use aws_sdk_rds::operation::create_db_cluster::builders::CreateDBClusterFluentBuilder as Create;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use aws_sdk_rds::types::DbCluster;

pub fn name_of(call: &Call) -> String {
    call.name_or_generated("cluster_identifier", "cluster_identifier_prefix", "tf-").to_lowercase()
}

/// What the ways to restore take under the same names.
macro_rules! with_common {
    ($request:expr, $call:expr) => {{
        let want = &$call.want;
        $request
            .set_backtrack_window(want.number("backtrack_window").filter(|seconds| *seconds > 0))
            .set_copy_tags_to_snapshot(want.flag("copy_tags_to_snapshot"))
            .set_db_cluster_parameter_group_name(want.filled("db_cluster_parameter_group_name"))
            .set_db_subnet_group_name(want.filled("db_subnet_group_name"))
            .set_deletion_protection(want.flag("deletion_protection"))
            .set_domain(want.filled("domain"))
            .set_domain_iam_role_name(want.filled("domain_iam_role_name"))
            .set_enable_cloudwatch_logs_exports(want.filled_texts("enabled_cloudwatch_logs_exports"))
            .set_enable_iam_database_authentication(want.flag("iam_database_authentication_enabled"))
            .set_kms_key_id(want.filled("kms_key_id"))
            .set_network_type(want.filled("network_type"))
            .set_port(want.positive("port"))
            .set_serverless_v2_scaling_configuration(serverless_scaling(want))
            .set_storage_type(want.filled("storage_type"))
            .set_vpc_security_group_ids(want.filled_texts("vpc_security_group_ids"))
            .set_tags(sdk_tags(&$call.tags))
    }};
}

pub async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let made = if let Some(snapshot) = call.want.filled("snapshot_identifier") {
        restore_snapshot(&call, &name, snapshot).await?
    } else if let Some(block) = call.want.item("restore_to_point_in_time") {
        restore_time(&call, &name, &block).await?
    } else if let Some(block) = call.want.item("s3_import") {
        import_bucket(&call, &name, &block).await?
    } else {
        new(request, &call, &name).await?
    };
    Ok(made.and_then(|cluster| cluster.db_cluster_identifier).unwrap_or(name))
}

async fn new(request: Create, call: &Call, name: &str) -> Result<Option<DbCluster>, Failure> {
    let request = request
        .db_cluster_identifier(name)
        .set_scaling_configuration(scaling(&call.want))
        .set_serverless_v2_scaling_configuration(serverless_scaling(&call.want))
        .set_tags(sdk_tags(&call.tags));
    let request = match call.configuration.text("master_password_wo") {
        Some(password) => request.master_user_password(password),
        None => request,
    };
    let answer = request.send().await.map_err(Failure::of("RDS: CreateDBCluster"))?;
    Ok(answer.db_cluster)
}

async fn restore_snapshot(call: &Call, name: &str, snapshot: String) -> Result<Option<DbCluster>, Failure> {
    let want = &call.want;
    let request = call.aws.rds().restore_db_cluster_from_snapshot().db_cluster_identifier(name);
    let request = with_common!(request, call)
        .snapshot_identifier(snapshot)
        .set_availability_zones(want.filled_texts("availability_zones"))
        .set_database_name(want.filled("database_name"))
        .set_db_cluster_instance_class(want.filled("db_cluster_instance_class"))
        .set_engine(want.filled("engine"))
        .set_engine_lifecycle_support(want.filled("engine_lifecycle_support"))
        .set_engine_mode(want.filled("engine_mode"))
        .set_engine_version(want.filled("engine_version"))
        .set_iops(want.positive("iops"))
        .set_scaling_configuration(scaling(want));
    let answer = request.send().await.map_err(Failure::of("RDS: RestoreDBClusterFromSnapshot"))?;
    Ok(answer.db_cluster)
}

async fn restore_time(call: &Call, name: &str, block: &Want) -> Result<Option<DbCluster>, Failure> {
    let want = &call.want;
    let time =
        block.filled("restore_to_time").map(|time| DateTime::from_str(&time, DateTimeFormat::DateTimeWithOffset));
    let time = time.transpose().map_err(|error| {
        Failure::new("RDS: RestoreDBClusterToPointInTime", "InvalidInput", format!("restore_to_time: {error}"))
    })?;
    let request = call.aws.rds().restore_db_cluster_to_point_in_time().db_cluster_identifier(name);
    let request = with_common!(request, call)
        .set_source_db_cluster_identifier(block.filled("source_cluster_identifier"))
        .set_source_db_cluster_resource_id(block.filled("source_cluster_resource_id"))
        .set_restore_to_time(time)
        .set_restore_type(block.filled("restore_type"))
        .set_use_latest_restorable_time(block.flag("use_latest_restorable_time"))
        .set_db_cluster_instance_class(want.filled("db_cluster_instance_class"))
        .set_engine_mode(want.filled("engine_mode"))
        .set_iops(want.positive("iops"))
        .set_scaling_configuration(scaling(want));
    let answer = request.send().await.map_err(Failure::of("RDS: RestoreDBClusterToPointInTime"))?;
    Ok(answer.db_cluster)
}

async fn import_bucket(call: &Call, name: &str, block: &Want) -> Result<Option<DbCluster>, Failure> {
    let want = &call.want;
    let request = call.aws.rds().restore_db_cluster_from_s3().db_cluster_identifier(name);
    let request = with_common!(request, call)
        .set_s3_bucket_name(block.filled("bucket_name"))
        .set_s3_prefix(block.filled("bucket_prefix"))
        .set_s3_ingestion_role_arn(block.filled("ingestion_role"))
        .set_source_engine(block.filled("source_engine"))
        .set_source_engine_version(block.filled("source_engine_version"))
        .set_availability_zones(want.filled_texts("availability_zones"))
        .set_backup_retention_period(want.positive("backup_retention_period"))
        .set_database_name(want.filled("database_name"))
        .set_engine(want.filled("engine"))
        .set_engine_lifecycle_support(want.filled("engine_lifecycle_support"))
        .set_engine_version(want.filled("engine_version"))
        .set_master_username(want.filled("master_username"))
        .set_master_user_password(want.text("master_password").or(call.configuration.text("master_password_wo")))
        .set_manage_master_user_password(want.flag("manage_master_user_password"))
        .set_preferred_backup_window(want.filled("preferred_backup_window"))
        .set_preferred_maintenance_window(want.filled("preferred_maintenance_window"))
        .set_storage_encrypted(want.flag("storage_encrypted"));
    let answer = request.send().await.map_err(Failure::of("RDS: RestoreDBClusterFromS3"))?;
    Ok(answer.db_cluster)
}

/// A restored cluster has the password of its source until it is given its own, which needs it to be there.
pub async fn set_password(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let is_restored = want.filled("snapshot_identifier").is_some() || want.item("restore_to_point_in_time").is_some();
    let password = want.text("master_password").or(call.configuration.text("master_password_wo"));
    let is_kept_by_aws = want.flag("manage_master_user_password") == Some(true);
    if !is_restored || password.is_none() && !is_kept_by_aws {
        return Ok(());
    }
    let rds = call.aws.rds();
    let look = || async {
        let answer = rds.describe_db_clusters().db_cluster_identifier(&call.id).send().await;
        let answer = answer.map_err(Failure::of("RDS: DescribeDBClusters"))?;
        let status = answer.db_clusters().first().and_then(DbCluster::status).unwrap_or("unknown");
        Ok(if status == "available" { Seen::Done(()) } else { Seen::NotYet(status.to_owned()) })
    };
    Patience::minutes(120).until("restoring", look).await?;
    let request = rds.modify_db_cluster().db_cluster_identifier(&call.id).apply_immediately(true);
    let request = request
        .set_master_user_password(password)
        .set_manage_master_user_password(is_kept_by_aws.then_some(true))
        .set_master_user_secret_kms_key_id(want.filled("master_user_secret_kms_key_id"));
    request.send().await.map(drop).map_err(Failure::of("RDS: ModifyDBCluster"))
}
