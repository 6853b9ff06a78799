//! `aws_rds_cluster_instance` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>
//!
//! An instance that has its storage and most settings from its cluster. Which one writes only the cluster tells.

use super::shown::filter;
use super::tags::{change_tags, sdk_tags, tag_map};
use super::version::{is_same_word, with_written_version};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, all_of, flag, name_prefix_of, number, ready, text,
};
use aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder as Create;
use aws_sdk_rds::types::{DbCluster, DbInstance, Endpoint};
use std::sync::Arc;

/// As many values as one filter takes.
const IDS_PER_CALL: usize = 100;

pub struct Member {
    instance: DbInstance,
    is_writer: bool,
}

pub fn cluster_instance() -> Resource<Member, Create> {
    let begin = |aws: &Aws| aws.rds().create_db_instance();
    Resource::new("aws_rds_cluster_instance", "RDS Cluster Instance", 0, begin, create)
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

type Fields = Vec<Field<Member, Create>>;

fn said(found: &Member, part: fn(&DbInstance) -> Option<&str>) -> String {
    part(&found.instance).unwrap_or_default().to_owned()
}

/// A text of the instance; empty where there is none.
fn text_from(part: fn(&DbInstance) -> Option<&str>) -> impl Fn(&Member) -> Option<String> + Send + Sync + 'static {
    move |found| Some(said(found, part))
}

/// What RDS and the cluster decide.
fn shown_fields() -> Fields {
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
fn fixed_fields() -> Fields {
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
fn changeable_fields() -> Fields {
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
