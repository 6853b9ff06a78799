//! How a DB instance comes to be: new, as a replica, or from a snapshot, a point in time or a bucket.
//!
//! What the other requests do not take is modified as soon as the instance is there.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::databases::tags::sdk_tags;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen, Want};
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use aws_sdk_rds::types::DbInstance;

pub fn begin(aws: &Aws) -> Create {
    aws.rds().create_db_instance()
}

pub fn name_of(call: &Call) -> String {
    call.name_or_generated("identifier", "identifier_prefix", "terraform-").to_lowercase()
}

/// What all requests but the plain create's take under the same names.
macro_rules! with_common {
    ($request:expr, $call:expr) => {{
        let want = &$call.want;
        $request
            .set_db_instance_class(want.text("instance_class"))
            .set_availability_zone(want.filled("availability_zone"))
            .set_port(want.positive("port"))
            .set_multi_az(want.flag("multi_az"))
            .set_auto_minor_version_upgrade(want.flag("auto_minor_version_upgrade"))
            .set_iops(want.positive("iops"))
            .set_storage_throughput(want.positive("storage_throughput"))
            .set_option_group_name(want.filled("option_group_name"))
            .set_db_parameter_group_name(want.filled("parameter_group_name"))
            .set_publicly_accessible(want.flag("publicly_accessible"))
            .set_db_subnet_group_name(want.filled("db_subnet_group_name"))
            .set_vpc_security_group_ids(want.filled_texts("vpc_security_group_ids"))
            .set_storage_type(want.filled("storage_type"))
            .set_copy_tags_to_snapshot(want.flag("copy_tags_to_snapshot"))
            .set_enable_iam_database_authentication(want.flag("iam_database_authentication_enabled"))
            .set_enable_cloudwatch_logs_exports(want.filled_texts("enabled_cloudwatch_logs_exports"))
            .set_deletion_protection(want.flag("deletion_protection"))
            .set_network_type(want.filled("network_type"))
            .set_tags(sdk_tags(&$call.tags))
    }};
}

/// As `with_common`, for those that also join a domain and live on an outpost or under a custom engine.
macro_rules! with_surroundings {
    ($request:expr, $call:expr) => {{
        let want = &$call.want;
        with_common!($request, $call)
            .set_domain(want.filled("domain"))
            .set_domain_iam_role_name(want.filled("domain_iam_role_name"))
            .set_domain_fqdn(want.filled("domain_fqdn"))
            .set_domain_ou(want.filled("domain_ou"))
            .set_domain_auth_secret_arn(want.filled("domain_auth_secret_arn"))
            .set_domain_dns_ips(want.filled_texts("domain_dns_ips"))
            .set_enable_customer_owned_ip(want.flag("customer_owned_ip_enabled"))
            .set_custom_iam_instance_profile(want.filled("custom_iam_instance_profile"))
            .set_backup_target(want.filled("backup_target"))
            .set_dedicated_log_volume(want.flag("dedicated_log_volume"))
            .set_ca_certificate_identifier(want.filled("ca_cert_identifier"))
    }};
}

pub async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let made = if let Some(source) = call.want.filled("replicate_source_db") {
        replicate(&call, &name, source).await?
    } else if let Some(snapshot) = call.want.filled("snapshot_identifier") {
        restore_snapshot(&call, &name, snapshot).await?
    } else if let Some(block) = call.want.item("restore_to_point_in_time") {
        restore_time(&call, &name, &block).await?
    } else if let Some(block) = call.want.item("s3_import") {
        import_bucket(&call, &name, &block).await?
    } else {
        return new(request, &call, &name).await;
    };
    Ok(made.and_then(|instance| instance.dbi_resource_id).unwrap_or_default())
}

async fn new(request: Create, call: &Call, name: &str) -> Result<String, Failure> {
    let request = request.db_instance_identifier(name).set_tags(sdk_tags(&call.tags));
    let request = match call.configuration.text("password_wo") {
        Some(password) => request.master_user_password(password),
        None => request,
    };
    // Without a word AWS keeps backups for a day; hashicorp's provider means none.
    let days = request.get_backup_retention_period().unwrap_or_default();
    let answer = request.backup_retention_period(days).send().await.map_err(Failure::of("RDS: CreateDBInstance"))?;
    Ok(answer.db_instance.and_then(|instance| instance.dbi_resource_id).unwrap_or_default())
}

async fn replicate(call: &Call, name: &str, source: String) -> Result<Option<DbInstance>, Failure> {
    let want = &call.want;
    let request = call.aws.rds().create_db_instance_read_replica().db_instance_identifier(name);
    let request = with_surroundings!(request, call)
        .source_db_instance_identifier(source)
        .set_allocated_storage(want.positive("allocated_storage"))
        .set_max_allocated_storage(want.positive("max_allocated_storage"))
        .set_kms_key_id(want.filled("kms_key_id"))
        .set_monitoring_interval(want.positive("monitoring_interval"))
        .set_monitoring_role_arn(want.filled("monitoring_role_arn"))
        .set_enable_performance_insights(want.flag("performance_insights_enabled").filter(|is_on| *is_on))
        .set_performance_insights_kms_key_id(want.filled("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(want.positive("performance_insights_retention_period"))
        .set_replica_mode(want.filled("replica_mode").map(|mode| mode.as_str().into()))
        .set_upgrade_storage_config(want.flag("upgrade_storage_config"));
    let answer = request.send().await.map_err(Failure::of("RDS: CreateDBInstanceReadReplica"))?;
    Ok(answer.db_instance)
}

async fn restore_snapshot(call: &Call, name: &str, snapshot: String) -> Result<Option<DbInstance>, Failure> {
    let want = &call.want;
    let request = call.aws.rds().restore_db_instance_from_db_snapshot().db_instance_identifier(name);
    let request = with_surroundings!(request, call)
        .db_snapshot_identifier(snapshot)
        .set_allocated_storage(want.positive("allocated_storage"))
        .set_db_name(want.filled("db_name"))
        .set_engine(want.filled("engine"))
        .set_engine_lifecycle_support(want.filled("engine_lifecycle_support"))
        .set_license_model(want.filled("license_model"));
    let answer = request.send().await.map_err(Failure::of("RDS: RestoreDBInstanceFromDBSnapshot"))?;
    Ok(answer.db_instance)
}

async fn restore_time(call: &Call, name: &str, block: &Want) -> Result<Option<DbInstance>, Failure> {
    let want = &call.want;
    let time = block.filled("restore_time").and_then(|text| DateTime::from_str(&text, DateTimeFormat::DateTime).ok());
    let request = call.aws.rds().restore_db_instance_to_point_in_time().target_db_instance_identifier(name);
    let request = with_surroundings!(request, call)
        .set_source_db_instance_identifier(block.filled("source_db_instance_identifier"))
        .set_source_dbi_resource_id(block.filled("source_dbi_resource_id"))
        .set_source_db_instance_automated_backups_arn(block.filled("source_db_instance_automated_backups_arn"))
        .set_restore_time(time)
        .set_use_latest_restorable_time(block.flag("use_latest_restorable_time"))
        .set_allocated_storage(want.positive("allocated_storage"))
        .set_max_allocated_storage(want.positive("max_allocated_storage"))
        .set_db_name(want.filled("db_name"))
        .set_engine(want.filled("engine"))
        .set_engine_lifecycle_support(want.filled("engine_lifecycle_support"))
        .set_license_model(want.filled("license_model"));
    let answer = request.send().await.map_err(Failure::of("RDS: RestoreDBInstanceToPointInTime"))?;
    Ok(answer.db_instance)
}

async fn import_bucket(call: &Call, name: &str, block: &Want) -> Result<Option<DbInstance>, Failure> {
    let want = &call.want;
    let request = call.aws.rds().restore_db_instance_from_s3().db_instance_identifier(name);
    let request = with_common!(request, call)
        .set_s3_bucket_name(block.filled("bucket_name"))
        .set_s3_prefix(block.filled("bucket_prefix"))
        .set_s3_ingestion_role_arn(block.filled("ingestion_role"))
        .set_source_engine(block.filled("source_engine"))
        .set_source_engine_version(block.filled("source_engine_version"))
        .set_allocated_storage(want.positive("allocated_storage"))
        .set_db_name(want.filled("db_name"))
        .set_engine(want.filled("engine"))
        .set_engine_version(want.filled("engine_version"))
        .set_kms_key_id(want.filled("kms_key_id"))
        .set_storage_encrypted(want.flag("storage_encrypted"))
        .set_master_username(want.filled("username"))
        .set_master_user_password(want.text("password").or(call.configuration.text("password_wo")));
    let answer = request.send().await.map_err(Failure::of("RDS: RestoreDBInstanceFromS3"))?;
    Ok(answer.db_instance)
}

/// A restored instance has the password of its source until it is given its own, which needs it to be there.
pub async fn set_password(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let is_restored = want.filled("replicate_source_db").is_some()
        || want.filled("snapshot_identifier").is_some()
        || want.item("restore_to_point_in_time").is_some()
        || want.item("s3_import").is_some();
    let password = want.text("password").or(call.configuration.text("password_wo")).filter(|_| is_restored);
    let Some(password) = password else { return Ok(()) };
    let (name, rds) = (name_of(&call), call.aws.rds());
    let look = || async {
        let request = rds.describe_db_instances().db_instance_identifier(&name);
        let answer = request.send().await.map_err(Failure::of("RDS: DescribeDBInstances"))?;
        let status = answer.db_instances().first().and_then(DbInstance::db_instance_status).unwrap_or("unknown");
        Ok(if status == "available" { Seen::Done(()) } else { Seen::NotYet(status.to_owned()) })
    };
    Patience::minutes(40).until("restoring", look).await?;
    let request = rds.modify_db_instance().db_instance_identifier(&name).master_user_password(password);
    request.apply_immediately(true).send().await.map_err(Failure::of("RDS: ModifyDBInstance"))?;
    Ok(())
}
