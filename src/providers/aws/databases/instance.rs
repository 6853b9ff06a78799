//! `aws_db_instance` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>
//!
//! The id is the resource id, which survives a rename. `instance_create` has the ways an instance comes to be.

use super::instance_create::{begin, create, name_of, set_password};
use super::tags::{change_tags, tag_map};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Imports, Patience, Resource, Seen, all_of, block_list, flag, name_prefix_of, number, objects,
    ready, set_of_text, text, texts,
};
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use aws_sdk_rds::types::{
    CloudwatchLogsExportConfiguration, DbInstance, DomainMembership, Endpoint, Filter, PendingModifiedValues,
};
use std::sync::Arc;

/// As many values as one filter takes.
const IDS_PER_CALL: usize = 100;

pub fn db_instance() -> Resource<DbInstance, Create> {
    let fields = [own_fields(), changeable_fields(), engine_fields(), domain_fields(), secret_fields()];
    Resource::new("aws_db_instance", "RDS DB Instance", 2, begin, create)
        .fields(fields.into_iter().flatten().chain(source_fields()).collect())
        .read_many(IDS_PER_CALL, |found: &DbInstance| found.dbi_resource_id().unwrap_or_default().to_owned(), read)
        .ready(|found| ready(found.db_instance_status(), &["available", "storage-optimization", "storage-full"], &[]))
        .tagged(|found| tag_map(found.tag_list()), change_tags)
        .rest_of_create(set_password)
        .change("promote", promote)
        .change_after_create("modify", modify)
        .delete(delete)
        .missing(&["DBInstanceNotFound", "DBInstanceNotFoundFault"])
        .retry_delete_on(&["InvalidDBInstanceState"])
        // A role or a group that was just made may not be visible yet.
        .retry_create_on(&["InvalidDBSubnetGroupStateFault", "InvalidDBParameterGroupState"])
        .reconcile(as_configured)
        .recovered_by(find)
        .imported_by(imported)
        .timeouts(&[("create", 40), ("delete", 60), ("update", 80)])
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

/// What a modification changes in place.
fn changeable_fields() -> Vec<Field<DbInstance, Create>> {
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
            .from(|found: &DbInstance| texts_or_null(found.enabled_cloudwatch_logs_exports()))
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
        texts("domain_dns_ips")
            .optional()
            .from(|found: &DbInstance| {
                texts_or_null(found.domain_memberships().first().map(DomainMembership::dns_ips).unwrap_or_default())
            })
            .to(Create::set_domain_dns_ips)
            .changed_by("modify"),
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
        .from(|found: &DbInstance| master_user_secret(found)),
        text("master_user_secret_kms_key_id")
            .optional()
            .computed()
            .from(|found: &DbInstance| found.master_user_secret()?.kms_key_id.clone())
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

fn no_blue_green(enabled: &Value) -> Result<(), String> {
    match enabled.as_bool() {
        Some(true) => {
            Err("blue/green updates of a database are not supported yet; remove the block to update in place".into())
        }
        _ => Ok(()),
    }
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

fn is_same_word(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if old.eq_ignore_ascii_case(new))
}

fn endpoint_text(found: &DbInstance, part: fn(&Endpoint) -> Option<&str>) -> Option<String> {
    part(found.endpoint()?).map(str::to_owned)
}

fn domain_text(found: &DbInstance, part: fn(&DomainMembership) -> Option<&str>) -> Option<String> {
    part(found.domain_memberships().first()?).map(str::to_owned)
}

fn port_of(found: &DbInstance) -> Option<i32> {
    found.endpoint().and_then(Endpoint::port).or(found.db_instance_port())
}

fn security_groups(found: &DbInstance) -> Value {
    let ids: Vec<String> =
        found.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id.clone()).collect();
    super::texts(&ids)
}

fn texts_or_null(list: &[String]) -> Value {
    if list.is_empty() { Value::null(Type::list(Type::String)) } else { super::texts(list) }
}

fn text_or_empty(text: Option<&str>) -> Value {
    Value::text(text.unwrap_or_default())
}

fn listener(found: &DbInstance) -> Value {
    let of = [("address", Type::String), ("hosted_zone_id", Type::String), ("port", Type::Number)];
    let one = |endpoint: &Endpoint| {
        Value::object([
            (Text::from("address"), text_or_empty(endpoint.address())),
            ("hosted_zone_id".into(), text_or_empty(endpoint.hosted_zone_id())),
            ("port".into(), Value::from(i64::from(endpoint.port().unwrap_or_default()))),
        ])
    };
    let of = Type::object(of.map(|(name, of)| (name.into(), of)));
    Value::list(of, found.listener_endpoint().map(one).into_iter().collect())
}

fn master_user_secret(found: &DbInstance) -> Value {
    let of = Type::object(["kms_key_id", "secret_arn", "secret_status"].map(|name| (name.into(), Type::String)));
    let one = |secret: &aws_sdk_rds::types::MasterUserSecret| {
        Value::object([
            (Text::from("kms_key_id"), text_or_empty(secret.kms_key_id())),
            ("secret_arn".into(), text_or_empty(secret.secret_arn())),
            ("secret_status".into(), text_or_empty(secret.secret_status())),
        ])
    };
    Value::list(of, found.master_user_secret().map(one).into_iter().collect())
}

/// `engine_version = "16"` stays as written while the instance runs some 16.
fn as_configured(object: Value, before: &Value) -> Value {
    let written = before.get("engine_version").and_then(Value::as_str).filter(|text| !text.is_empty());
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let keep = |name: &Text, value: &Value| match (&**name, &written, value.as_str()) {
        ("engine_version", Some(written), Some(actual)) if actual.starts_with(written.as_ref()) => Value::text(written),
        _ => value.clone(),
    };
    Value::object(entries.map(|(name, value)| (name.clone(), keep(name, value))).collect::<Vec<_>>())
}

fn filter(name: &str, values: Vec<String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values)).build()
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

/// A replica that names no source any more stands alone.
async fn promote(call: Call) -> Result<(), Failure> {
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

async fn modify(call: Call) -> Result<(), Failure> {
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

fn log_exports(call: &Call) -> Option<CloudwatchLogsExportConfiguration> {
    let (former, wanted) =
        (call.prior.texts("enabled_cloudwatch_logs_exports"), call.want.texts("enabled_cloudwatch_logs_exports"));
    let without = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|name| !other.contains(name)).cloned().collect()
    };
    let (on, off) = (without(&wanted, &former), without(&former, &wanted));
    let configuration = CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types((!on.is_empty()).then_some(on))
        .set_disable_log_types((!off.is_empty()).then_some(off))
        .build();
    (former != wanted).then_some(configuration)
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
