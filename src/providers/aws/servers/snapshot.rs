//! `aws_ebs_snapshot` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Tagging, all_of, flag, number, ready, text};
use aws_sdk_ec2::operation::create_snapshot::builders::CreateSnapshotFluentBuilder as Create;
use aws_sdk_ec2::types::{ResourceType, Snapshot as Described, TargetStorageTier};
use std::sync::Arc;

pub struct Snapshot {
    snapshot: Described,
    arn: String,
}

pub fn snapshot() -> Resource<Snapshot, Create> {
    Resource::new("EBS Snapshot", 0, |aws| aws.ec2().create_snapshot(), create)
        .fields(fields())
        .read_many(200, |found: &Snapshot| found.snapshot.snapshot_id().unwrap_or_default().to_owned(), read)
        .ready(|found| ready(found.snapshot.state().map(|state| state.as_str()), &["completed", "recoverable"], &[]))
        .change_after_create("tier", change_tier)
        .recovered_by_tag(Tagging::Ec2)
        .tagged(|found| tag_map(found.snapshot.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidSnapshot.NotFound"])
        .retry_create_on(&["SnapshotCreationPerVolumeRateExceeded"])
        .retry_delete_on(&["InvalidSnapshot.InUse"])
        .timeouts(&[("create", 10), ("delete", 10)])
}

fn fields() -> Vec<Field<Snapshot, Create>> {
    /// A text of the snapshot, empty where the API says nothing.
    fn shown(name: &'static str, get: fn(&Described) -> Option<&str>) -> Field<Snapshot, Create> {
        text(name).computed().from(move |found: &Snapshot| Some(get(&found.snapshot).unwrap_or_default().to_owned()))
    }
    vec![
        text("arn").computed().from(|found: &Snapshot| Some(found.arn.clone())),
        shown("data_encryption_key_id", Described::data_encryption_key_id),
        text("description")
            .optional()
            .replaces()
            .from(|found: &Snapshot| found.snapshot.description().map(str::to_owned))
            .never_null()
            .to(Create::set_description),
        flag("encrypted").computed().from(|found: &Snapshot| found.snapshot.encrypted()),
        shown("kms_key_id", Described::kms_key_id),
        text("outpost_arn")
            .optional()
            .replaces()
            .from(|found: &Snapshot| found.snapshot.outpost_arn().map(str::to_owned))
            .never_null()
            .to(Create::set_outpost_arn),
        shown("owner_alias", Described::owner_alias),
        shown("owner_id", Described::owner_id),
        flag("permanent_restore").optional(),
        text("storage_tier")
            .optional()
            .computed()
            .from(|found: &Snapshot| found.snapshot.storage_tier().map(|tier| tier.as_str().to_owned()))
            .never_null()
            .changed_by("tier"),
        number("temporary_restore_days").optional(),
        text("volume_id")
            .required()
            .replaces()
            .from(|found: &Snapshot| found.snapshot.volume_id().map(str::to_owned))
            .to(Create::set_volume_id),
        number("volume_size").computed().from(|found: &Snapshot| found.snapshot.volume_size()),
    ]
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.set_tag_specifications(tag_specifications(ResourceType::Snapshot, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateSnapshot"))?;
    Ok(answer.snapshot_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Snapshot>, Failure> {
    let request = aws.ec2().describe_snapshots().set_snapshot_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeSnapshots").await?;
    let assemble = |snapshot: Described| Snapshot {
        // A snapshot's name has no account in it.
        arn: crate::providers::aws::engine::ec2::arn(&aws, "", "snapshot", snapshot.snapshot_id().unwrap_or_default()),
        snapshot,
    };
    Ok(found.into_iter().map(assemble).collect())
}

async fn change_tier(call: Call) -> Result<(), Failure> {
    let ec2 = call.aws.ec2();
    if call.want.text("storage_tier").as_deref() == Some("archive") {
        let request = ec2.modify_snapshot_tier().snapshot_id(&call.id).storage_tier(TargetStorageTier::Archive);
        request.send().await.map_err(Failure::of("EC2: ModifySnapshotTier"))?;
        return Ok(());
    }
    let request = ec2
        .restore_snapshot_tier()
        .snapshot_id(&call.id)
        .set_permanent_restore(call.want.flag("permanent_restore"))
        .set_temporary_restore_days(call.want.integer("temporary_restore_days"));
    request.send().await.map_err(Failure::of("EC2: RestoreSnapshotTier"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_snapshot().snapshot_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteSnapshot"))?;
    Ok(())
}
