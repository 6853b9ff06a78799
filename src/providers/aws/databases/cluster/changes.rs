//! Changes of a DB cluster in place.

use crate::providers::aws::databases::logs::log_exports;
use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_rds::types::{ScalingConfiguration, ServerlessV2ScalingConfiguration};

pub fn scaling(want: &Want) -> Option<ScalingConfiguration> {
    let block = want.item("scaling_configuration")?;
    let configuration = ScalingConfiguration::builder()
        .set_auto_pause(block.flag("auto_pause"))
        .set_max_capacity(block.integer("max_capacity"))
        .set_min_capacity(block.integer("min_capacity"))
        .set_seconds_before_timeout(block.integer("seconds_before_timeout"))
        .set_seconds_until_auto_pause(block.integer("seconds_until_auto_pause"))
        .set_timeout_action(block.filled("timeout_action"));
    Some(configuration.build())
}

pub fn serverless_scaling(want: &Want) -> Option<ServerlessV2ScalingConfiguration> {
    let block = want.item("serverlessv2_scaling_configuration")?;
    let capacity = |name: &str| block.value(name).and_then(|value| value.as_number()).map(|number| number.to_f64());
    let configuration = ServerlessV2ScalingConfiguration::builder()
        .set_max_capacity(capacity("max_capacity"))
        .set_min_capacity(capacity("min_capacity"))
        .set_seconds_until_auto_pause(block.positive("seconds_until_auto_pause"));
    Some(configuration.build())
}

pub async fn modify(call: Call) -> Result<(), Failure> {
    let changed = call.changed();
    let is_new_password = changed.value("master_password_wo_version").is_some();
    let write_only = call.configuration.text("master_password_wo").filter(|_| is_new_password);
    let is_changed = |name: &str| changed.0.get(name).is_some();
    let request = call
        .aws
        .rds()
        .modify_db_cluster()
        .db_cluster_identifier(&call.id)
        .apply_immediately(call.want.flag("apply_immediately").unwrap_or_default())
        .set_allocated_storage(changed.integer("allocated_storage"))
        .set_allow_major_version_upgrade(
            call.want.flag("allow_major_version_upgrade").filter(|_| is_changed("engine_version")),
        )
        .set_backtrack_window(changed.number("backtrack_window"))
        .set_backup_retention_period(changed.integer("backup_retention_period"))
        .set_ca_certificate_identifier(changed.text("ca_certificate_identifier"))
        .set_cloudwatch_logs_export_configuration(log_exports(&call))
        .set_copy_tags_to_snapshot(changed.flag("copy_tags_to_snapshot"))
        .set_database_insights_mode(changed.text("database_insights_mode").map(|mode| mode.as_str().into()))
        .set_db_cluster_instance_class(changed.text("db_cluster_instance_class"))
        .set_db_cluster_parameter_group_name(changed.text("db_cluster_parameter_group_name"))
        .set_db_instance_parameter_group_name(
            call.want.filled("db_instance_parameter_group_name").filter(|_| is_changed("engine_version")),
        )
        .set_deletion_protection(changed.flag("deletion_protection"))
        .set_domain(changed.text("domain"))
        .set_domain_iam_role_name(changed.text("domain_iam_role_name"))
        .set_enable_global_write_forwarding(changed.flag("enable_global_write_forwarding"))
        .set_enable_iam_database_authentication(changed.flag("iam_database_authentication_enabled"))
        .set_enable_local_write_forwarding(changed.flag("enable_local_write_forwarding"))
        .set_enable_performance_insights(changed.flag("performance_insights_enabled"))
        .set_engine_version(changed.text("engine_version"))
        .set_iops(changed.integer("iops"))
        .set_manage_master_user_password(changed.flag("manage_master_user_password"))
        .set_master_user_password(changed.text("master_password").or(write_only))
        .set_master_user_secret_kms_key_id(changed.text("master_user_secret_kms_key_id"))
        .set_monitoring_interval(changed.integer("monitoring_interval"))
        .set_monitoring_role_arn(changed.text("monitoring_role_arn"))
        .set_network_type(changed.text("network_type"))
        .set_performance_insights_kms_key_id(changed.text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(changed.integer("performance_insights_retention_period"))
        .set_port(changed.integer("port"))
        .set_preferred_backup_window(changed.text("preferred_backup_window"))
        .set_preferred_maintenance_window(changed.text("preferred_maintenance_window"))
        .set_scaling_configuration(scaling(&changed))
        .set_serverless_v2_scaling_configuration(serverless_scaling(&changed))
        .set_storage_type(changed.text("storage_type"))
        .set_vpc_security_group_ids(
            changed.value("vpc_security_group_ids").map(|_| changed.texts("vpc_security_group_ids")),
        );
    request.send().await.map(drop).map_err(Failure::of("RDS: ModifyDBCluster"))
}

/// A replica that names no source any more stands alone.
pub async fn promote(call: Call) -> Result<(), Failure> {
    if call.want.filled("replication_source_identifier").is_some() {
        let message = "a cluster cannot be given another source; replace it";
        return Err(Failure::new("RDS: PromoteReadReplicaDBCluster", "InvalidParameterCombination", message));
    }
    let sent = call.aws.rds().promote_read_replica_db_cluster().db_cluster_identifier(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("RDS: PromoteReadReplicaDBCluster"))
}

/// A cluster can leave a global cluster; only a new one can join.
pub async fn change_global(call: Call) -> Result<(), Failure> {
    if call.want.filled("global_cluster_identifier").is_some() {
        let message = "an existing cluster cannot be added to a global cluster; replace it";
        return Err(Failure::new("RDS: RemoveFromGlobalCluster", "InvalidParameterCombination", message));
    }
    leave_global(&call).await
}

pub async fn leave_global(call: &Call) -> Result<(), Failure> {
    let Some(global) = call.prior.filled("global_cluster_identifier") else { return Ok(()) };
    let request = call.aws.rds().remove_from_global_cluster().global_cluster_identifier(global);
    let request = request.set_db_cluster_identifier(call.prior.text("arn"));
    match request.send().await.map_err(Failure::of("RDS: RemoveFromGlobalCluster")) {
        Err(failure) if failure.is_any(&["DBClusterNotFoundFault", "GlobalClusterNotFoundFault"]) => Ok(()),
        other => other.map(drop),
    }
}

/// Clusters of servers have a call of their own for the data API, serverless ones a modification.
pub async fn change_http_endpoint(call: Call) -> Result<(), Failure> {
    let (rds, is_on) = (call.aws.rds(), call.want.flag("enable_http_endpoint") == Some(true));
    let arn = call.prior.text("arn").unwrap_or_default();
    if call.want.text("engine_mode").as_deref() == Some("serverless") {
        let request = rds.modify_db_cluster().db_cluster_identifier(&call.id).enable_http_endpoint(is_on);
        return request.send().await.map(drop).map_err(Failure::of("RDS: ModifyDBCluster"));
    }
    if is_on {
        let sent = rds.enable_http_endpoint().resource_arn(arn).send().await;
        return sent.map(drop).map_err(Failure::of("RDS: EnableHttpEndpoint"));
    }
    let sent = rds.disable_http_endpoint().resource_arn(arn).send().await;
    sent.map(drop).map_err(Failure::of("RDS: DisableHttpEndpoint"))
}

pub async fn change_roles(call: Call) -> Result<(), Failure> {
    let (gone, new) = call.gone_and_new("iam_roles");
    let rds = call.aws.rds();
    for role in new {
        let sent = rds.add_role_to_db_cluster().db_cluster_identifier(&call.id).role_arn(role).send().await;
        sent.map_err(Failure::of("RDS: AddRoleToDBCluster"))?;
    }
    for role in gone {
        let sent = rds.remove_role_from_db_cluster().db_cluster_identifier(&call.id).role_arn(role).send().await;
        sent.map_err(Failure::of("RDS: RemoveRoleFromDBCluster"))?;
    }
    Ok(())
}
