//! The attributes of `aws_rds_cluster_instance`.

use super::cluster_instance::Member;
use super::version::is_same_word;
use crate::providers::aws::engine::{Field, flag, name_prefix_of, number, text};
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::types::{DbInstance, Endpoint};

type Fields = Vec<Field<Member, Create>>;

pub fn said(found: &Member, part: fn(&DbInstance) -> Option<&str>) -> String {
    part(&found.instance).unwrap_or_default().to_owned()
}

/// A text of the instance; empty where there is none.
fn text_from(part: fn(&DbInstance) -> Option<&str>) -> impl Fn(&Member) -> Option<String> + Send + Sync + 'static {
    move |found| Some(said(found, part))
}

/// What RDS and the cluster decide.
pub fn shown_fields() -> Fields {
    vec![
        text("arn").computed().from(text_from(DbInstance::db_instance_arn)),
        text("dbi_resource_id").computed().from(text_from(DbInstance::dbi_resource_id)),
        text("endpoint").computed().from(|found: &Member| {
            Some(found.instance.endpoint().and_then(Endpoint::address).unwrap_or_default().to_owned())
        }),
        text("engine_version_actual").computed().from(text_from(DbInstance::engine_version)),
        text("kms_key_id").computed().from(text_from(DbInstance::kms_key_id)),
        text("network_type").computed().from(text_from(DbInstance::network_type)),
        number("port").computed().from(|found: &Member| found.instance.endpoint()?.port()).never_null(),
        flag("storage_encrypted").computed().from(|found: &Member| found.instance.storage_encrypted()).never_null(),
        flag("writer").computed().from(|found: &Member| Some(found.is_writer)),
    ]
}

/// What is decided once.
pub fn fixed_fields() -> Fields {
    let once = |field: Field<Member, Create>| field.optional().replaces();
    vec![
        once(text("availability_zone").computed().from(text_from(DbInstance::availability_zone)))
            .to(Create::set_availability_zone),
        text("cluster_identifier")
            .required()
            .replaces()
            .from(text_from(DbInstance::db_cluster_identifier))
            .to(Create::set_db_cluster_identifier),
        once(text("custom_iam_instance_profile").from(text_from(DbInstance::custom_iam_instance_profile)))
            .check(|value| match value.as_str() {
                Some(name) if !name.starts_with("AWSRDSCustom") => {
                    Err("must begin with AWSRDSCustom: custom_iam_instance_profile".into())
                }
                _ => Ok(()),
            })
            .to(Create::set_custom_iam_instance_profile),
        once(
            text("db_subnet_group_name")
                .computed()
                .from(|found: &Member| found.instance.db_subnet_group()?.db_subnet_group_name.clone()),
        )
        .to(Create::set_db_subnet_group_name),
        text("engine").required().replaces().from(text_from(DbInstance::engine)).to(Create::set_engine),
        once(text("identifier").computed().from(text_from(DbInstance::db_instance_identifier)))
            .conflicts(&["identifier_prefix"]),
        once(
            text("identifier_prefix").computed().from(|found: &Member| {
                Some(name_prefix_of(found.instance.db_instance_identifier().unwrap_or_default()))
            }),
        )
        .conflicts(&["identifier"]),
        text("performance_insights_kms_key_id")
            .optional()
            .computed()
            .from(text_from(DbInstance::performance_insights_kms_key_id))
            .to(Create::set_performance_insights_kms_key_id)
            .changed_by("modify"),
    ]
}

/// What a modification changes in place.
pub fn changeable_fields() -> Fields {
    let modified = |field: Field<Member, Create>| field.optional().never_null().changed_by("modify");
    vec![
        flag("apply_immediately").optional().computed(),
        modified(
            flag("auto_minor_version_upgrade")
                .default(true)
                .from(|found: &Member| found.instance.auto_minor_version_upgrade()),
        )
        .to(Create::set_auto_minor_version_upgrade),
        modified(text("ca_cert_identifier").computed().from(text_from(DbInstance::ca_certificate_identifier)))
            .to(Create::set_ca_certificate_identifier),
        modified(
            flag("copy_tags_to_snapshot").default(false).from(|found: &Member| found.instance.copy_tags_to_snapshot()),
        )
        .to(Create::set_copy_tags_to_snapshot),
        modified(
            text("db_parameter_group_name")
                .computed()
                .from(|found: &Member| found.instance.db_parameter_groups().first()?.db_parameter_group_name.clone()),
        )
        .to(Create::set_db_parameter_group_name),
        text("engine_version")
            .optional()
            .computed()
            .from(text_from(DbInstance::engine_version))
            .to(Create::set_engine_version),
        flag("force_destroy").default(false),
        text("instance_class")
            .required()
            .from(text_from(DbInstance::db_instance_class))
            .to(Create::set_db_instance_class)
            .changed_by("modify"),
        modified(number("monitoring_interval").default(0).from(|found: &Member| found.instance.monitoring_interval()))
            .to(Create::set_monitoring_interval),
        modified(text("monitoring_role_arn").computed().from(text_from(DbInstance::monitoring_role_arn)))
            .to(Create::set_monitoring_role_arn),
        modified(
            flag("performance_insights_enabled")
                .computed()
                .from(|found: &Member| found.instance.performance_insights_enabled()),
        )
        .to(Create::set_enable_performance_insights),
        modified(
            number("performance_insights_retention_period")
                .computed()
                .from(|found: &Member| found.instance.performance_insights_retention_period()),
        )
        .to(Create::set_performance_insights_retention_period),
        modified(text("preferred_backup_window").computed().from(text_from(DbInstance::preferred_backup_window)))
            .to(Create::set_preferred_backup_window),
        modified(
            text("preferred_maintenance_window").computed().from(text_from(DbInstance::preferred_maintenance_window)),
        )
        .same(is_same_word)
        .to(Create::set_preferred_maintenance_window),
        modified(number("promotion_tier").default(0).from(|found: &Member| found.instance.promotion_tier()))
            .to(Create::set_promotion_tier),
        modified(flag("publicly_accessible").computed().from(|found: &Member| found.instance.publicly_accessible()))
            .to(Create::set_publicly_accessible),
    ]
}
