//! `aws_ebs_volume` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Patience, Resource, Seen, Tagging, all_of, flag, number, ready, text,
};
use aws_sdk_ec2::operation::create_volume::builders::CreateVolumeFluentBuilder as Create;
use aws_sdk_ec2::types::{ResourceType, Volume as Described, VolumeModificationState};
use aws_smithy_types::date_time::Format;
use std::sync::Arc;

pub struct Volume {
    volume: Described,
    arn: String,
}

pub fn volume() -> Resource<Volume, Create> {
    Resource::new("EBS Volume", 0, |aws| aws.ec2().create_volume(), create)
        .fields(fields())
        .read_many(200, |found: &Volume| found.volume.volume_id().unwrap_or_default().to_owned(), read)
        .ready(|found| {
            let state = found.volume.state().map(|state| state.as_str());
            ready(state, &["available", "in-use"], &["deleted"])
        })
        .change("modification", modify)
        .change("nothing", |_| async { Ok(()) })
        .tagged(|found| tag_map(found.volume.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidVolume.NotFound"])
        .retry_delete_on(&["VolumeInUse"])
        .recovered_by_tag(Tagging::Ec2)
        .timeouts(&[("create", 5), ("update", 5), ("delete", 10)])
}

fn fields() -> Vec<Field<Volume, Create>> {
    vec![
        text("arn").computed().from(|found: &Volume| Some(found.arn.clone())),
        text("availability_zone")
            .required()
            .replaces()
            .from(|found: &Volume| found.volume.availability_zone().map(str::to_owned))
            .to(Create::set_availability_zone),
        text("create_time")
            .computed()
            .from(|found: &Volume| found.volume.create_time().and_then(|time| time.fmt(Format::DateTime).ok())),
        flag("encrypted")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Volume| found.volume.encrypted())
            .to(Create::set_encrypted),
        flag("final_snapshot").default(false).changed_by("nothing"),
        number("iops")
            .optional()
            .computed()
            .from(|found: &Volume| found.volume.iops())
            .never_null()
            .to(Create::set_iops)
            .changed_by("modification"),
        text("kms_key_id")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Volume| found.volume.kms_key_id().map(str::to_owned))
            .never_null()
            .to(Create::set_kms_key_id),
        flag("multi_attach_enabled")
            .optional()
            .replaces()
            .from(|found: &Volume| found.volume.multi_attach_enabled())
            .never_null()
            .to(Create::set_multi_attach_enabled),
        text("outpost_arn")
            .optional()
            .replaces()
            .from(|found: &Volume| found.volume.outpost_arn().map(str::to_owned))
            .never_null()
            .to(Create::set_outpost_arn),
        number("size")
            .optional()
            .at_least_one(&["snapshot_id"])
            .computed()
            .from(|found: &Volume| found.volume.size())
            .to(Create::set_size)
            .changed_by("modification"),
        text("snapshot_id")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Volume| found.volume.snapshot_id().map(str::to_owned))
            .never_null()
            .to(Create::set_snapshot_id),
        number("throughput")
            .optional()
            .computed()
            .from(|found: &Volume| found.volume.throughput())
            .never_null()
            .to(Create::set_throughput)
            .changed_by("modification"),
        text("type")
            .optional()
            .computed()
            .from(|found: &Volume| found.volume.volume_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_volume_type)
            .changed_by("modification"),
    ]
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let tags = tag_specifications(ResourceType::Volume, &call.tags);
    let request = request.client_token(&call.token).set_tag_specifications(tags);
    let answer = request.send().await.map_err(Failure::of("EC2: CreateVolume"))?;
    Ok(answer.volume_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Volume>, Failure> {
    let request = aws.ec2().describe_volumes().set_volume_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVolumes").await?;
    let assemble = |volume: Described| Volume {
        arn: arn(&aws, &aws.account, "volume", volume.volume_id().unwrap_or_default()),
        volume,
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// One call changes size, type and speed. The volume serves while it is optimized, which may take hours: nobody waits for that.
async fn modify(call: Call) -> Result<(), Failure> {
    let changed = call.changed();
    let kind = changed.text("type").map(|kind| kind.as_str().into());
    let request = call.aws.ec2().modify_volume().volume_id(&call.id).set_volume_type(kind);
    // Speeds go with the type: the wanted ones are said again where the type changes.
    let speeds = if changed.value("type").is_some() { &call.want } else { &changed };
    let request = request
        .set_size(changed.integer("size"))
        .set_iops(speeds.integer("iops").filter(|iops| *iops > 0 && has_speed(&call)))
        .set_throughput(
            speeds.integer("throughput").filter(|speed| *speed > 0 && call.want.text("type").as_deref() == Some("gp3")),
        );
    request.send().await.map_err(Failure::of("EC2: ModifyVolume"))?;
    let look = || async {
        let request = call.aws.ec2().describe_volumes_modifications().volume_ids(&call.id);
        let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVolumesModifications").await?;
        let state = found.first().and_then(|one| one.modification_state());
        match state {
            Some(VolumeModificationState::Modifying) => Ok(Seen::NotYet("modifying".into())),
            Some(VolumeModificationState::Failed) => {
                let message = found.first().and_then(|one| one.status_message()).unwrap_or_default();
                Err(Failure::new("EC2: ModifyVolume", "Failed", message))
            }
            _ => Ok(Seen::Done(())),
        }
    };
    Patience::minutes(5).until("modifying", look).await
}

/// Whether the type's speed can be set at all.
fn has_speed(call: &Call) -> bool {
    call.want.text("type").is_some_and(|kind| ["gp3", "io1", "io2"].contains(&kind.as_str()))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let ec2 = call.aws.ec2();
    if call.prior.flag("final_snapshot") == Some(true) {
        let tags = tag_specifications(ResourceType::Snapshot, &call.tags);
        let request = ec2.create_snapshot().volume_id(&call.id).set_tag_specifications(tags);
        request.send().await.map_err(Failure::of("EC2: CreateSnapshot"))?;
    }
    ec2.delete_volume().volume_id(&call.id).send().await.map_err(Failure::of("EC2: DeleteVolume"))?;
    Ok(())
}
