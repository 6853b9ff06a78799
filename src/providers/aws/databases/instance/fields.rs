//! The attributes of `aws_db_instance` that no modification changes, or that need more than one.

use crate::providers::aws::databases::shown::secret_of;
use crate::providers::aws::databases::version::is_same_word;
use crate::providers::aws::engine::{Field, block_list, flag, name_prefix_of, number, objects, text, texts};
use crate::schema::Nesting;
use crate::value::Value;
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use aws_sdk_rds::types::{DbInstance, DomainMembership, Endpoint};
use serde_json::{Value as Json, json};

pub fn fields() -> Vec<Field<DbInstance, Create>> {
    let parts = [own_fields(), engine_fields(), domain_fields(), secret_fields(), source_fields()];
    parts.into_iter().flatten().collect()
}

/// What it is called and where it is found.
fn own_fields() -> Vec<Field<DbInstance, Create>> {
    vec![
        text("address").computed().from(|found: &DbInstance| endpoint_text(found, Endpoint::address)).never_null(),
        text("arn").computed().from(DbInstance::db_instance_arn),
        text("endpoint").computed().from(|found: &DbInstance| {
            let endpoint = found.endpoint()?;
            Some(format!("{}:{}", endpoint.address()?, endpoint.port()?))
        }),
        text("hosted_zone_id")
            .computed()
            .from(|found: &DbInstance| endpoint_text(found, Endpoint::hosted_zone_id))
            .never_null(),
        text("identifier")
            .optional()
            .computed()
            .conflicts(&["identifier_prefix"])
            .from(DbInstance::db_instance_identifier)
            .changed_by("modify"),
        text("identifier_prefix")
            .optional()
            .computed()
            .conflicts(&["identifier"])
            .from(|found: &DbInstance| Some(name_prefix_of(found.db_instance_identifier().unwrap_or_default()))),
        text("latest_restorable_time").computed().from(|found: &DbInstance| {
            let seconds = DateTime::from_secs(found.latest_restorable_time()?.secs());
            seconds.fmt(DateTimeFormat::DateTime).ok()
        }),
        objects(
            "listener_endpoint",
            Nesting::List,
            vec![text("address").computed(), text("hosted_zone_id").computed(), number("port").computed()],
        )
        .computed()
        .from(|found: &DbInstance| listener(found)),
        texts("replicas").computed().from(DbInstance::read_replica_db_instance_identifiers),
        text("replica_mode").optional().computed().from(DbInstance::replica_mode).never_null().changed_by("modify"),
        text("resource_id").computed().from(DbInstance::dbi_resource_id),
        text("status").computed().from(DbInstance::db_instance_status),
    ]
}

/// What is decided once, but for the version.
fn engine_fields() -> Vec<Field<DbInstance, Create>> {
    let once = |field: Field<DbInstance, Create>| field.never_null().replaces();
    vec![
        once(
            text("availability_zone")
                .optional()
                .computed()
                .from(DbInstance::availability_zone)
                .to(Create::set_availability_zone),
        ),
        once(text("backup_target").optional().computed().from(DbInstance::backup_target).to(Create::set_backup_target)),
        once(
            text("character_set_name")
                .optional()
                .computed()
                .conflicts(&["replicate_source_db", "s3_import", "snapshot_identifier"])
                .from(DbInstance::character_set_name)
                .to(Create::set_character_set_name),
        ),
        text("custom_iam_instance_profile")
            .optional()
            .replaces()
            .from(DbInstance::custom_iam_instance_profile)
            .never_null()
            .to(Create::set_custom_iam_instance_profile),
        once(
            text("db_name")
                .optional()
                .computed()
                .conflicts(&["replicate_source_db"])
                .from(DbInstance::db_name)
                .to(Create::set_db_name),
        ),
        once(text("engine").optional().computed().same(is_same_word).from(DbInstance::engine).to(Create::set_engine)),
        text("engine_lifecycle_support")
            .optional()
            .computed()
            .from(DbInstance::engine_lifecycle_support)
            .never_null()
            .to(Create::set_engine_lifecycle_support)
            .changed_by("modify"),
        text("engine_version")
            .optional()
            .computed()
            .from(DbInstance::engine_version)
            .to(Create::set_engine_version)
            .changed_by("modify"),
        text("engine_version_actual").computed().from(DbInstance::engine_version),
        once(text("kms_key_id").optional().computed().from(DbInstance::kms_key_id).to(Create::set_kms_key_id)),
        once(
            text("nchar_character_set_name")
                .optional()
                .computed()
                .from(DbInstance::nchar_character_set_name)
                .to(Create::set_nchar_character_set_name),
        ),
        text("performance_insights_kms_key_id")
            .optional()
            .computed()
            .from(DbInstance::performance_insights_kms_key_id)
            .never_null()
            .to(Create::set_performance_insights_kms_key_id)
            .changed_by("modify"),
        once(
            flag("storage_encrypted").optional().from(DbInstance::storage_encrypted).to(Create::set_storage_encrypted),
        ),
        once(text("timezone").optional().computed().from(DbInstance::timezone).to(Create::set_timezone)),
        once(
            text("username")
                .optional()
                .computed()
                .conflicts(&["replicate_source_db"])
                .from(DbInstance::master_username)
                .to(Create::set_master_username),
        ),
    ]
}

/// Membership of an Active Directory.
fn domain_fields() -> Vec<Field<DbInstance, Create>> {
    let joined = |field: Field<DbInstance, Create>| field.never_null().changed_by("modify");
    vec![
        joined(
            text("domain")
                .optional()
                .from(|found: &DbInstance| domain_text(found, DomainMembership::domain))
                .to(Create::set_domain),
        ),
        joined(
            text("domain_auth_secret_arn")
                .optional()
                .from(|found: &DbInstance| domain_text(found, DomainMembership::auth_secret_arn))
                .to(Create::set_domain_auth_secret_arn),
        ),
        texts("domain_dns_ips").optional().from(dns_servers).to(Create::set_domain_dns_ips).changed_by("modify"),
        joined(
            text("domain_fqdn")
                .optional()
                .computed()
                .from(|found: &DbInstance| domain_text(found, DomainMembership::fqdn))
                .to(Create::set_domain_fqdn),
        ),
        joined(
            text("domain_iam_role_name")
                .optional()
                .from(|found: &DbInstance| domain_text(found, DomainMembership::iam_role_name))
                .to(Create::set_domain_iam_role_name),
        ),
        joined(
            text("domain_ou")
                .optional()
                .from(|found: &DbInstance| domain_text(found, DomainMembership::ou))
                .to(Create::set_domain_ou),
        ),
    ]
}

/// The master user's password, or who keeps it.
fn secret_fields() -> Vec<Field<DbInstance, Create>> {
    vec![
        flag("manage_master_user_password")
            .optional()
            .conflicts(&["password", "password_wo"])
            .to(Create::set_manage_master_user_password)
            .changed_by("modify"),
        objects(
            "master_user_secret",
            Nesting::List,
            vec![text("kms_key_id").computed(), text("secret_arn").computed(), text("secret_status").computed()],
        )
        .computed()
        .from(|found: &DbInstance| secret_of(found.master_user_secret())),
        // Which key AWS takes by itself is told in `master_user_secret`.
        text("master_user_secret_kms_key_id")
            .optional()
            .computed()
            .to(Create::set_master_user_secret_kms_key_id)
            .changed_by("modify"),
        text("password")
            .optional()
            .sensitive()
            .conflicts(&["password_wo"])
            .to(Create::set_master_user_password)
            .changed_by("modify"),
        text("password_wo").optional().sensitive().write_only(),
        number("password_wo_version").optional().changed_by("modify"),
    ]
}

/// What it is made from.
fn source_fields() -> Vec<Field<DbInstance, Create>> {
    vec![
        text("replicate_source_db")
            .optional()
            .from(|found: &DbInstance| found.read_replica_source_db_instance_identifier.clone())
            .never_null()
            .changed_by("promote"),
        text("snapshot_identifier").optional().computed().replaces(),
        block_list("blue_green_update", 1, vec![flag("enabled").optional().check(no_blue_green)]).optional(),
        block_list(
            "restore_to_point_in_time",
            1,
            vec![
                text("restore_time").optional().replaces(),
                text("source_db_instance_automated_backups_arn").optional().replaces(),
                text("source_db_instance_identifier").optional().replaces(),
                text("source_dbi_resource_id").optional().replaces(),
                flag("use_latest_restorable_time").optional().replaces(),
            ],
        )
        .optional()
        .replaces()
        .conflicts(&["s3_import", "snapshot_identifier", "replicate_source_db"]),
        block_list(
            "s3_import",
            1,
            vec![
                text("bucket_name").required().replaces(),
                text("bucket_prefix").optional().replaces(),
                text("ingestion_role").required().replaces(),
                text("source_engine").required().replaces(),
                text("source_engine_version").required().replaces(),
            ],
        )
        .optional()
        .replaces()
        .conflicts(&["snapshot_identifier", "replicate_source_db"]),
    ]
}

fn no_blue_green(enabled: &Value) -> Result<(), String> {
    match enabled.as_bool() {
        Some(true) => {
            Err("blue/green updates of a database are not supported yet; remove the block to update in place".into())
        }
        _ => Ok(()),
    }
}

fn endpoint_text(found: &DbInstance, part: fn(&Endpoint) -> Option<&str>) -> Option<String> {
    part(found.endpoint()?).map(str::to_owned)
}

fn domain_text(found: &DbInstance, part: fn(&DomainMembership) -> Option<&str>) -> Option<String> {
    part(found.domain_memberships().first()?).map(str::to_owned)
}

fn listener(found: &DbInstance) -> Json {
    let one = |endpoint: &Endpoint| {
        json!({
            "address": endpoint.address().unwrap_or_default(),
            "hosted_zone_id": endpoint.hosted_zone_id().unwrap_or_default(),
            "port": endpoint.port().unwrap_or_default(),
        })
    };
    found.listener_endpoint().map(one).into_iter().collect()
}

fn dns_servers(found: &DbInstance) -> &[String] {
    found.domain_memberships().first().map(DomainMembership::dns_ips).unwrap_or_default()
}
