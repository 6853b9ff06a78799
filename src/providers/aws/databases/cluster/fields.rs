//! The attributes of `aws_rds_cluster`.

use crate::providers::aws::databases::shown::secret_of;
use crate::providers::aws::databases::version::is_same_word;
use crate::providers::aws::engine::{Field, block_list, flag, name_prefix_of, number, objects, set_of_text, text};
use crate::schema::Nesting;
use aws_sdk_rds::operation::create_db_cluster::builders::CreateDBClusterFluentBuilder as Create;
use aws_sdk_rds::primitives::DateTimeFormat;
use aws_sdk_rds::types::{
    ClusterScalabilityType, DatabaseInsightsMode, DbCluster, DomainMembership, LocalWriteForwardingStatus,
};
use serde_json::{Value as Json, json};

type Fields = Vec<Field<DbCluster, Create>>;

pub fn fields() -> Fields {
    let parts =
        [shown_fields(), fixed_fields(), changeable_fields(), watched_fields(), secret_fields(), source_fields()];
    parts.into_iter().flatten().collect()
}

/// What RDS decides.
fn shown_fields() -> Fields {
    vec![
        text("arn").computed().from(DbCluster::db_cluster_arn),
        text("ca_certificate_valid_till")
            .computed()
            .from(|found: &DbCluster| found.certificate_details()?.valid_till()?.fmt(DateTimeFormat::DateTime).ok()),
        set_of_text("cluster_members").optional().computed().replaces().from(|found: &DbCluster| {
            json!(found.db_cluster_members().iter().map(|one| one.db_instance_identifier()).collect::<Vec<_>>())
        }),
        text("cluster_resource_id").computed().from(DbCluster::db_cluster_resource_id),
        text("endpoint").computed().from(DbCluster::endpoint),
        text("engine_version_actual").computed().from(DbCluster::engine_version),
        text("hosted_zone_id").computed().from(DbCluster::hosted_zone_id),
        text("reader_endpoint").computed().from(DbCluster::reader_endpoint),
    ]
}

/// What is decided once.
fn fixed_fields() -> Fields {
    let once = |field: Field<DbCluster, Create>| field.optional().replaces().never_null();
    vec![
        once(set_of_text("availability_zones").computed().from(|found: &DbCluster| json!(found.availability_zones())))
            .to(Create::set_availability_zones),
        once(text("cluster_identifier").computed().from(DbCluster::db_cluster_identifier))
            .conflicts(&["cluster_identifier_prefix"]),
        once(
            text("cluster_identifier_prefix")
                .computed()
                .from(|found: &DbCluster| Some(name_prefix_of(found.db_cluster_identifier().unwrap_or_default()))),
        )
        .conflicts(&["cluster_identifier"]),
        once(text("cluster_scalability_type").computed().from(DbCluster::cluster_scalability_type))
            .one_of(ClusterScalabilityType::values())
            .enum_to(Create::set_cluster_scalability_type),
        once(text("database_name").computed().from(DbCluster::database_name)).to(Create::set_database_name),
        once(text("db_subnet_group_name").computed().from(DbCluster::db_subnet_group))
            .to(Create::set_db_subnet_group_name),
        once(text("db_system_id").computed().from(DbCluster::db_system_id)).to(Create::set_db_system_id),
        text("engine").required().replaces().from(DbCluster::engine).to(Create::set_engine),
        text("engine_lifecycle_support")
            .optional()
            .computed()
            .from(DbCluster::engine_lifecycle_support)
            .never_null()
            .one_of(&["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"])
            .to(Create::set_engine_lifecycle_support),
        text("engine_mode")
            .default("provisioned")
            .replaces()
            .one_of(&["", "global", "multimaster", "parallelquery", "provisioned", "serverless"])
            .from(DbCluster::engine_mode)
            .to(Create::set_engine_mode),
        once(text("kms_key_id").computed().from(DbCluster::kms_key_id)).to(Create::set_kms_key_id),
        once(text("master_username").computed().from(DbCluster::master_username)).to(Create::set_master_username),
        once(flag("storage_encrypted").computed().from(DbCluster::storage_encrypted)).to(Create::set_storage_encrypted),
    ]
}

/// What a modification changes in place.
fn changeable_fields() -> Fields {
    let modified = |field: Field<DbCluster, Create>| field.optional().never_null().changed_by("modify");
    vec![
        modified(number("allocated_storage").computed().from(DbCluster::allocated_storage))
            .to(Create::set_allocated_storage),
        flag("allow_major_version_upgrade").optional(),
        flag("apply_immediately").optional().computed(),
        modified(number("backtrack_window").from(DbCluster::backtrack_window)).to(Create::set_backtrack_window),
        modified(number("backup_retention_period").computed().from(DbCluster::backup_retention_period))
            .to(Create::set_backup_retention_period),
        text("ca_certificate_identifier")
            .optional()
            .computed()
            .from(|found: &DbCluster| found.certificate_details()?.ca_identifier.clone())
            .to(Create::set_ca_certificate_identifier)
            .changed_by("modify"),
        modified(flag("copy_tags_to_snapshot").default(false).from(DbCluster::copy_tags_to_snapshot))
            .to(Create::set_copy_tags_to_snapshot),
        modified(text("db_cluster_instance_class").from(DbCluster::db_cluster_instance_class))
            .to(Create::set_db_cluster_instance_class),
        modified(text("db_cluster_parameter_group_name").computed().from(DbCluster::db_cluster_parameter_group))
            .to(Create::set_db_cluster_parameter_group_name),
        text("db_instance_parameter_group_name").optional().changed_by("modify"),
        flag("delete_automated_backups").default(true),
        modified(flag("deletion_protection").from(DbCluster::deletion_protection)).to(Create::set_deletion_protection),
        modified(text("domain").from(|found: &DbCluster| domain_text(found, DomainMembership::domain)))
            .to(Create::set_domain),
        modified(
            text("domain_iam_role_name").from(|found: &DbCluster| domain_text(found, DomainMembership::iam_role_name)),
        )
        .to(Create::set_domain_iam_role_name),
        modified(
            flag("enable_global_write_forwarding").default(false).from(DbCluster::global_write_forwarding_requested),
        )
        .to(Create::set_enable_global_write_forwarding),
        flag("enable_http_endpoint")
            .default(false)
            .from(DbCluster::http_endpoint_enabled)
            .never_null()
            .to(Create::set_enable_http_endpoint)
            .changed_by("http_endpoint"),
        modified(flag("enable_local_write_forwarding").default(false).from(|found: &DbCluster| {
            use LocalWriteForwardingStatus::{Enabled, Enabling};
            Some(matches!(found.local_write_forwarding_status(), Some(Enabled | Enabling)))
        }))
        .to(Create::set_enable_local_write_forwarding),
        text("engine_version")
            .optional()
            .computed()
            .from(DbCluster::engine_version)
            .to(Create::set_engine_version)
            .changed_by("modify"),
        text("final_snapshot_identifier").optional(),
        text("global_cluster_identifier")
            .optional()
            .from(DbCluster::global_cluster_identifier)
            .never_null()
            .to(Create::set_global_cluster_identifier)
            .changed_by("global"),
        modified(flag("iam_database_authentication_enabled").from(DbCluster::iam_database_authentication_enabled))
            .to(Create::set_enable_iam_database_authentication),
        set_of_text("iam_roles")
            .optional()
            .computed()
            .from(|found: &DbCluster| {
                json!(found.associated_roles().iter().map(|role| role.role_arn()).collect::<Vec<_>>())
            })
            .changed_by("roles"),
        modified(number("iops").from(DbCluster::iops)).to(Create::set_iops),
        modified(text("network_type").computed().from(DbCluster::network_type))
            .one_of(&["IPV4", "DUAL"])
            .to(Create::set_network_type),
        modified(number("port").computed().from(DbCluster::port)).to(Create::set_port),
        modified(text("preferred_backup_window").computed().from(DbCluster::preferred_backup_window))
            .to(Create::set_preferred_backup_window),
        modified(text("preferred_maintenance_window").computed().from(DbCluster::preferred_maintenance_window))
            .same(is_same_word)
            .to(Create::set_preferred_maintenance_window),
        flag("skip_final_snapshot").default(false),
        modified(text("storage_type").computed().from(DbCluster::storage_type)).to(Create::set_storage_type),
        set_of_text("vpc_security_group_ids")
            .optional()
            .computed()
            .from(|found: &DbCluster| {
                let groups = found.vpc_security_groups().iter();
                json!(groups.map(|group| group.vpc_security_group_id()).collect::<Vec<_>>())
            })
            .to(Create::set_vpc_security_group_ids)
            .changed_by("modify"),
        block_list("scaling_configuration", 1, scaling_fields())
            .optional()
            .kept_if_omitted()
            .from(|found: &DbCluster| scaling_of(found))
            .changed_by("modify"),
        block_list(
            "serverlessv2_scaling_configuration",
            1,
            vec![
                number("max_capacity").required(),
                number("min_capacity").required(),
                number("seconds_until_auto_pause").optional().computed(),
            ],
        )
        .optional()
        .kept_if_omitted()
        .from(|found: &DbCluster| serverless_of(found))
        .changed_by("modify"),
    ]
}

/// How it is watched.
fn watched_fields() -> Fields {
    let modified = |field: Field<DbCluster, Create>| field.optional().never_null().changed_by("modify");
    vec![
        modified(text("database_insights_mode").computed().from(DbCluster::database_insights_mode))
            .one_of(DatabaseInsightsMode::values())
            .enum_to(Create::set_database_insights_mode),
        set_of_text("enabled_cloudwatch_logs_exports")
            .optional()
            .from(DbCluster::enabled_cloudwatch_logs_exports)
            .to(Create::set_enable_cloudwatch_logs_exports)
            .changed_by("modify"),
        modified(number("monitoring_interval").computed().from(DbCluster::monitoring_interval))
            .to(Create::set_monitoring_interval),
        modified(text("monitoring_role_arn").computed().from(DbCluster::monitoring_role_arn))
            .to(Create::set_monitoring_role_arn),
        modified(flag("performance_insights_enabled").from(DbCluster::performance_insights_enabled))
            .to(Create::set_enable_performance_insights),
        modified(text("performance_insights_kms_key_id").computed().from(DbCluster::performance_insights_kms_key_id))
            .to(Create::set_performance_insights_kms_key_id),
        modified(
            number("performance_insights_retention_period")
                .computed()
                .from(DbCluster::performance_insights_retention_period),
        )
        .to(Create::set_performance_insights_retention_period),
    ]
}

/// The master user's password, or who keeps it.
fn secret_fields() -> Fields {
    vec![
        flag("manage_master_user_password")
            .optional()
            .conflicts(&["master_password", "master_password_wo"])
            .to(Create::set_manage_master_user_password)
            .changed_by("modify"),
        text("master_password")
            .optional()
            .sensitive()
            .conflicts(&["manage_master_user_password", "master_password_wo"])
            .to(Create::set_master_user_password)
            .changed_by("modify"),
        text("master_password_wo")
            .optional()
            .sensitive()
            .write_only()
            .conflicts(&["manage_master_user_password", "master_password"]),
        number("master_password_wo_version").optional().changed_by("modify"),
        objects(
            "master_user_secret",
            Nesting::List,
            vec![text("kms_key_id").computed(), text("secret_arn").computed(), text("secret_status").computed()],
        )
        .computed()
        .from(|found: &DbCluster| secret_of(found.master_user_secret())),
        // Which key AWS takes by itself is told in `master_user_secret`.
        text("master_user_secret_kms_key_id")
            .optional()
            .computed()
            .to(Create::set_master_user_secret_kms_key_id)
            .changed_by("modify"),
    ]
}

/// What it is made from.
fn source_fields() -> Fields {
    let time = vec![
        text("restore_to_time").optional().replaces(),
        text("restore_type").optional().replaces().one_of(&["full-copy", "copy-on-write"]),
        text("source_cluster_identifier").optional().replaces(),
        text("source_cluster_resource_id").optional().replaces(),
        flag("use_latest_restorable_time").optional().replaces(),
    ];
    let bucket = vec![
        text("bucket_name").required().replaces(),
        text("bucket_prefix").optional().replaces(),
        text("ingestion_role").required().replaces(),
        text("source_engine").required().replaces(),
        text("source_engine_version").required().replaces(),
    ];
    vec![
        text("replication_source_identifier")
            .optional()
            .from(DbCluster::replication_source_identifier)
            .never_null()
            .to(Create::set_replication_source_identifier)
            .changed_by("promote"),
        block_list("restore_to_point_in_time", 1, time)
            .optional()
            .replaces()
            .conflicts(&["s3_import", "snapshot_identifier"]),
        block_list("s3_import", 1, bucket)
            .optional()
            .replaces()
            .conflicts(&["restore_to_point_in_time", "snapshot_identifier"]),
        text("snapshot_identifier").optional().replaces().conflicts(&["global_cluster_identifier"]),
        text("source_region").optional().replaces(),
    ]
}

fn scaling_fields() -> Vec<Field<(), ()>> {
    vec![
        flag("auto_pause").default(true),
        number("max_capacity").default(16),
        number("min_capacity").default(1),
        number("seconds_before_timeout").default(300),
        number("seconds_until_auto_pause").default(300),
        text("timeout_action")
            .default("RollbackCapacityChange")
            .one_of(&["ForceApplyCapacityChange", "RollbackCapacityChange"]),
    ]
}

fn domain_text(found: &DbCluster, part: fn(&DomainMembership) -> Option<&str>) -> Option<String> {
    part(found.domain_memberships().first()?).map(str::to_owned)
}

fn scaling_of(found: &DbCluster) -> Json {
    let Some(scaling) = found.scaling_configuration_info() else { return json!([]) };
    json!([{
        "auto_pause": scaling.auto_pause(),
        "max_capacity": scaling.max_capacity(),
        "min_capacity": scaling.min_capacity(),
        "seconds_before_timeout": scaling.seconds_before_timeout(),
        "seconds_until_auto_pause": scaling.seconds_until_auto_pause(),
        "timeout_action": scaling.timeout_action(),
    }])
}

fn serverless_of(found: &DbCluster) -> Json {
    let Some(scaling) = found.serverless_v2_scaling_configuration() else { return json!([]) };
    json!([{
        "max_capacity": scaling.max_capacity(),
        "min_capacity": scaling.min_capacity(),
        "seconds_until_auto_pause": scaling.seconds_until_auto_pause(),
    }])
}
