//! Changes of a DB instance in place.

use super::read;
use crate::providers::aws::databases::logs::log_exports;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen};
use aws_sdk_rds::types::{DbInstance, PendingModifiedValues};

/// A replica that names no source any more stands alone.
pub async fn promote(call: Call) -> Result<(), Failure> {
    if call.want.filled("replicate_source_db").is_some() {
        let message = "a replica cannot change its source; replace it";
        return Err(Failure::new("RDS: PromoteReadReplica", "InvalidParameterCombination", message));
    }
    let request = call.aws.rds().promote_read_replica().set_db_instance_identifier(call.prior.text("identifier"));
    request
        .set_backup_retention_period(call.changed().integer("backup_retention_period"))
        .set_preferred_backup_window(call.changed().text("backup_window"))
        .send()
        .await
        .map_err(Failure::of("RDS: PromoteReadReplica"))?;
    Ok(())
}

pub async fn modify(call: Call) -> Result<(), Failure> {
    let changed = call.changed();
    let is_new_password = changed.value("password_wo_version").is_some();
    let password = changed.text("password").or(call.configuration.text("password_wo").filter(|_| is_new_password));
    let is_immediate = call.want.flag("apply_immediately").unwrap_or_default();
    let request = call
        .aws
        .rds()
        .modify_db_instance()
        .set_db_instance_identifier(call.prior.text("identifier"))
        .set_new_db_instance_identifier(changed.text("identifier"))
        .apply_immediately(is_immediate)
        .set_allocated_storage(changed.integer("allocated_storage"))
        .set_allow_major_version_upgrade(call.want.flag("allow_major_version_upgrade"))
        .set_auto_minor_version_upgrade(changed.flag("auto_minor_version_upgrade"))
        .set_backup_retention_period(changed.integer("backup_retention_period"))
        .set_preferred_backup_window(changed.text("backup_window"))
        .set_ca_certificate_identifier(changed.text("ca_cert_identifier"))
        .set_copy_tags_to_snapshot(changed.flag("copy_tags_to_snapshot"))
        .set_enable_customer_owned_ip(changed.flag("customer_owned_ip_enabled"))
        .set_database_insights_mode(changed.text("database_insights_mode").map(|mode| mode.as_str().into()))
        .set_db_subnet_group_name(changed.text("db_subnet_group_name"))
        .set_dedicated_log_volume(changed.flag("dedicated_log_volume"))
        .set_deletion_protection(changed.flag("deletion_protection"))
        .set_domain(changed.text("domain"))
        .set_domain_auth_secret_arn(changed.text("domain_auth_secret_arn"))
        .set_domain_dns_ips(changed.value("domain_dns_ips").map(|_| changed.texts("domain_dns_ips")))
        .set_domain_fqdn(changed.text("domain_fqdn"))
        .set_domain_iam_role_name(changed.text("domain_iam_role_name"))
        .set_domain_ou(changed.text("domain_ou"))
        .set_cloudwatch_logs_export_configuration(log_exports(&call))
        .set_enable_iam_database_authentication(changed.flag("iam_database_authentication_enabled"))
        .set_engine_version(changed.text("engine_version"))
        .set_db_instance_class(changed.text("instance_class"))
        .set_iops(changed.integer("iops"))
        .set_license_model(changed.text("license_model"))
        .set_preferred_maintenance_window(changed.text("maintenance_window"))
        .set_manage_master_user_password(changed.flag("manage_master_user_password"))
        .set_master_user_secret_kms_key_id(changed.text("master_user_secret_kms_key_id"))
        .set_master_user_password(password)
        .set_max_allocated_storage(changed.integer("max_allocated_storage"))
        .set_monitoring_interval(changed.integer("monitoring_interval"))
        .set_monitoring_role_arn(changed.text("monitoring_role_arn"))
        .set_multi_az(changed.flag("multi_az"))
        .set_network_type(changed.text("network_type"))
        .set_option_group_name(changed.text("option_group_name"))
        .set_db_parameter_group_name(changed.text("parameter_group_name"))
        .set_enable_performance_insights(changed.flag("performance_insights_enabled"))
        .set_performance_insights_retention_period(changed.integer("performance_insights_retention_period"))
        .set_db_port_number(changed.integer("port"))
        .set_publicly_accessible(changed.flag("publicly_accessible"))
        .set_replica_mode(changed.text("replica_mode").map(|mode| mode.as_str().into()))
        .set_storage_throughput(changed.integer("storage_throughput"))
        .set_storage_type(changed.text("storage_type"))
        .set_vpc_security_group_ids(
            changed.value("vpc_security_group_ids").map(|_| changed.texts("vpc_security_group_ids")),
        );
    request.send().await.map_err(Failure::of("RDS: ModifyDBInstance"))?;
    if is_immediate { settle(&call).await } else { Ok(()) }
}

/// The status stays `available` for a while after a modification; what is pending tells.
async fn settle(call: &Call) -> Result<(), Failure> {
    let look = || async {
        let found = read(call.aws.clone(), vec![call.id.clone()]).await?;
        let pending = found.first().and_then(DbInstance::pending_modified_values);
        let is_settled = pending.is_none_or(|pending| *pending == PendingModifiedValues::builder().build());
        Ok(if is_settled { Seen::Done(()) } else { Seen::NotYet("modifications pending".into()) })
    };
    Patience::minutes(80).until("modifying", look).await
}
