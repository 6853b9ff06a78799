//! The attributes of `aws_db_instance` that a modification changes in place.

use crate::providers::aws::databases::version::{in_lower_case, is_same_word};
use crate::providers::aws::engine::{Field, flag, number, set_of_text, text};
use crate::value::Value;
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::types::{DbInstance, Endpoint};

pub fn settings() -> Vec<Field<DbInstance, Create>> {
    let modified = |field: Field<DbInstance, Create>| field.never_null().changed_by("modify");
    vec![
        modified(
            number("allocated_storage")
                .optional()
                .computed()
                .from(DbInstance::allocated_storage)
                .to(Create::set_allocated_storage),
        ),
        flag("allow_major_version_upgrade").optional(),
        flag("apply_immediately").default(false),
        modified(
            flag("auto_minor_version_upgrade")
                .default(true)
                .from(DbInstance::auto_minor_version_upgrade)
                .to(Create::set_auto_minor_version_upgrade),
        ),
        modified(
            number("backup_retention_period")
                .optional()
                .computed()
                .from(DbInstance::backup_retention_period)
                .to(Create::set_backup_retention_period),
        ),
        modified(
            text("backup_window")
                .optional()
                .computed()
                .from(DbInstance::preferred_backup_window)
                .to(Create::set_preferred_backup_window),
        ),
        modified(
            text("ca_cert_identifier")
                .optional()
                .computed()
                .from(DbInstance::ca_certificate_identifier)
                .to(Create::set_ca_certificate_identifier),
        ),
        modified(
            flag("copy_tags_to_snapshot")
                .default(false)
                .from(DbInstance::copy_tags_to_snapshot)
                .to(Create::set_copy_tags_to_snapshot),
        ),
        modified(
            flag("customer_owned_ip_enabled")
                .optional()
                .from(DbInstance::customer_owned_ip_enabled)
                .to(Create::set_enable_customer_owned_ip),
        ),
        modified(
            text("database_insights_mode")
                .optional()
                .computed()
                .from(DbInstance::database_insights_mode)
                .enum_to(Create::set_database_insights_mode),
        ),
        modified(
            text("db_subnet_group_name")
                .optional()
                .computed()
                .from(|found: &DbInstance| found.db_subnet_group()?.db_subnet_group_name.clone())
                .to(Create::set_db_subnet_group_name),
        ),
        modified(
            flag("dedicated_log_volume")
                .default(false)
                .from(DbInstance::dedicated_log_volume)
                .to(Create::set_dedicated_log_volume),
        ),
        flag("delete_automated_backups").default(true),
        modified(
            flag("deletion_protection")
                .optional()
                .from(DbInstance::deletion_protection)
                .to(Create::set_deletion_protection),
        ),
        set_of_text("enabled_cloudwatch_logs_exports")
            .optional()
            .from(DbInstance::enabled_cloudwatch_logs_exports)
            .to(Create::set_enable_cloudwatch_logs_exports)
            .changed_by("modify"),
        text("final_snapshot_identifier").optional(),
        modified(
            flag("iam_database_authentication_enabled")
                .optional()
                .from(DbInstance::iam_database_authentication_enabled)
                .to(Create::set_enable_iam_database_authentication),
        ),
        modified(
            text("instance_class").required().from(DbInstance::db_instance_class).to(Create::set_db_instance_class),
        ),
        modified(number("iops").optional().computed().from(DbInstance::iops).to(Create::set_iops)),
        modified(
            text("license_model").optional().computed().from(DbInstance::license_model).to(Create::set_license_model),
        ),
        modified(
            text("maintenance_window")
                .optional()
                .computed()
                .stored(in_lower_case)
                .same(is_same_word)
                .from(DbInstance::preferred_maintenance_window)
                .to(Create::set_preferred_maintenance_window),
        ),
        modified(
            number("max_allocated_storage")
                .optional()
                .from(DbInstance::max_allocated_storage)
                .to(Create::set_max_allocated_storage),
        ),
        modified(
            number("monitoring_interval")
                .default(0)
                .from(DbInstance::monitoring_interval)
                .to(Create::set_monitoring_interval),
        ),
        modified(
            text("monitoring_role_arn")
                .optional()
                .computed()
                .from(DbInstance::monitoring_role_arn)
                .to(Create::set_monitoring_role_arn),
        ),
        modified(flag("multi_az").optional().computed().from(DbInstance::multi_az).to(Create::set_multi_az)),
        modified(
            text("network_type").optional().computed().from(DbInstance::network_type).to(Create::set_network_type),
        ),
        modified(
            text("option_group_name")
                .optional()
                .computed()
                .from(|found: &DbInstance| found.option_group_memberships().first()?.option_group_name.clone())
                .to(Create::set_option_group_name),
        ),
        modified(
            text("parameter_group_name")
                .optional()
                .computed()
                .from(|found: &DbInstance| found.db_parameter_groups().first()?.db_parameter_group_name.clone())
                .to(Create::set_db_parameter_group_name),
        ),
        modified(
            flag("performance_insights_enabled")
                .default(false)
                .from(DbInstance::performance_insights_enabled)
                .to(Create::set_enable_performance_insights),
        ),
        modified(
            number("performance_insights_retention_period")
                .optional()
                .computed()
                .from(DbInstance::performance_insights_retention_period)
                .to(Create::set_performance_insights_retention_period),
        ),
        modified(number("port").optional().computed().from(|found: &DbInstance| port_of(found)).to(Create::set_port)),
        modified(
            flag("publicly_accessible")
                .default(false)
                .from(DbInstance::publicly_accessible)
                .to(Create::set_publicly_accessible),
        ),
        flag("skip_final_snapshot").default(false),
        modified(
            number("storage_throughput")
                .optional()
                .computed()
                .from(DbInstance::storage_throughput)
                .to(Create::set_storage_throughput),
        ),
        modified(
            text("storage_type").optional().computed().from(DbInstance::storage_type).to(Create::set_storage_type),
        ),
        flag("upgrade_storage_config").optional(),
        set_of_text("vpc_security_group_ids")
            .optional()
            .computed()
            .from(|found: &DbInstance| security_groups(found))
            .to(Create::set_vpc_security_group_ids)
            .changed_by("modify"),
    ]
}

fn port_of(found: &DbInstance) -> Option<i32> {
    found.endpoint().and_then(Endpoint::port).or(found.db_instance_port())
}

fn security_groups(found: &DbInstance) -> Value {
    let ids: Vec<String> =
        found.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id.clone()).collect();
    crate::providers::aws::databases::texts(&ids)
}
