//! `aws_db_snapshot` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html>

use super::tags::{sdk_tags, tag_map};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Readiness, Resource, flag, number, ready, set_of_text, text,
};
use aws_sdk_rds::operation::create_db_snapshot::builders::CreateDBSnapshotFluentBuilder as Create;
use aws_sdk_rds::types::DbSnapshot;
use std::sync::Arc;

pub struct Snapshot {
    snapshot: DbSnapshot,
    /// Accounts that may restore it, or `all`.
    shared: Vec<String>,
}

pub fn snapshot() -> Resource<Snapshot, Create> {
    Resource::new("RDS DB Snapshot", 0, |aws| aws.rds().create_db_snapshot(), create)
        .fields(fields())
        .read_many(1, |found: &Snapshot| found.snapshot.db_snapshot_identifier().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .tagged(|found| tag_map(found.snapshot.tag_list()), change_tags)
        .change_after_create("share", share)
        .delete(delete)
        .missing(&["DBSnapshotNotFound", "DBSnapshotNotFoundFault"])
        .retry_create_on(&["InvalidDBInstanceState"])
        .recovered_by(find)
        .timeouts(&[("create", 20)])
}

fn readiness(found: &Snapshot) -> Readiness {
    ready(found.snapshot.status(), &["available"], &["deleting"])
}

fn fields() -> Vec<Field<Snapshot, Create>> {
    let shown = |name, part: fn(&DbSnapshot) -> Option<&str>| {
        text(name).computed().from(move |found: &Snapshot| Some(part(&found.snapshot).unwrap_or_default().to_owned()))
    };
    vec![
        number("allocated_storage").computed().from(|found: &Snapshot| found.snapshot.allocated_storage).never_null(),
        shown("availability_zone", DbSnapshot::availability_zone),
        text("db_instance_identifier")
            .required()
            .replaces()
            .from(|found: &Snapshot| found.snapshot.db_instance_identifier.clone())
            .to(Create::set_db_instance_identifier),
        shown("db_snapshot_arn", DbSnapshot::db_snapshot_arn),
        text("db_snapshot_identifier")
            .required()
            .replaces()
            .from(|found: &Snapshot| found.snapshot.db_snapshot_identifier.clone())
            .to(Create::set_db_snapshot_identifier),
        flag("encrypted").computed().from(|found: &Snapshot| found.snapshot.encrypted).never_null(),
        shown("engine", DbSnapshot::engine),
        shown("engine_version", DbSnapshot::engine_version),
        number("iops").computed().from(|found: &Snapshot| found.snapshot.iops).never_null(),
        shown("kms_key_id", DbSnapshot::kms_key_id),
        shown("license_model", DbSnapshot::license_model),
        shown("option_group_name", DbSnapshot::option_group_name),
        number("port").computed().from(|found: &Snapshot| found.snapshot.port).never_null(),
        set_of_text("shared_accounts")
            .optional()
            .from(|found: &Snapshot| super::texts(&found.shared))
            .changed_by("share"),
        shown("snapshot_type", DbSnapshot::snapshot_type),
        shown("source_db_snapshot_identifier", DbSnapshot::source_db_snapshot_identifier),
        shown("source_region", DbSnapshot::source_region),
        shown("status", DbSnapshot::status),
        // Declared by hashicorp's provider and never filled.
        text("storage_type").computed(),
        shown("vpc_id", DbSnapshot::vpc_id),
    ]
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let answer = request.set_tags(sdk_tags(&call.tags)).send().await.map_err(Failure::of("RDS: CreateDBSnapshot"))?;
    Ok(answer.db_snapshot.and_then(|snapshot| snapshot.db_snapshot_identifier).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Snapshot>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let described = aws.rds().describe_db_snapshots().db_snapshot_identifier(&name).send().await;
        let described = described.map_err(Failure::of("RDS: DescribeDBSnapshots"))?;
        let Some(snapshot) = described.db_snapshots.unwrap_or_default().pop() else { continue };
        let attributes = aws.rds().describe_db_snapshot_attributes().db_snapshot_identifier(&name).send().await;
        let attributes = attributes.map_err(Failure::of("RDS: DescribeDBSnapshotAttributes"))?;
        let attributes = attributes.db_snapshot_attributes_result.and_then(|result| result.db_snapshot_attributes);
        let restore = attributes.into_iter().flatten().find(|attribute| attribute.attribute_name() == Some("restore"));
        let shared = restore.and_then(|attribute| attribute.attribute_values).unwrap_or_default();
        found.push(Snapshot { snapshot, shared });
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = call.want.text("db_snapshot_identifier").unwrap_or_default();
    match read(call.aws.clone(), vec![name.clone()]).await {
        Ok(found) => Ok(found.first().map(|_| name)),
        Err(failure) if failure.is_any(&["DBSnapshotNotFound", "DBSnapshotNotFoundFault"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn share(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.texts("shared_accounts"), call.want.texts("shared_accounts"));
    let without = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|account| !other.contains(account)).cloned().collect()
    };
    let (added, gone) = (without(&wanted, &former), without(&former, &wanted));
    let request = call.aws.rds().modify_db_snapshot_attribute().db_snapshot_identifier(&call.id);
    let request = request
        .attribute_name("restore")
        .set_values_to_add((!added.is_empty()).then_some(added))
        .set_values_to_remove((!gone.is_empty()).then_some(gone));
    request.send().await.map(drop).map_err(Failure::of("RDS: ModifyDBSnapshotAttribute"))
}

/// Its ARN has a name of its own in state.
async fn change_tags(call: Call) -> Result<(), Failure> {
    let arn = call.prior.text("db_snapshot_arn").unwrap_or_default();
    super::tags::change_tags_of(&arn, call).await
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.rds().delete_db_snapshot().db_snapshot_identifier(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("RDS: DeleteDBSnapshot"))
}
