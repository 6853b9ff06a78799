//! `aws_volume_attachment` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VolumeAttachment.html>
//!
//! Its id is a hash that the API does not know: it is read by volume and server.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, Want, all_of, flag, ready, string_hash, text};
use crate::value::{Text, Value};
use aws_sdk_ec2::operation::attach_volume::builders::AttachVolumeFluentBuilder as Create;
use aws_sdk_ec2::types::VolumeAttachment;
use std::sync::Arc;

pub fn volume_attachment() -> Resource<VolumeAttachment, Create> {
    Resource::new("EBS Volume Attachment", 0, |aws| aws.ec2().attach_volume(), create)
        .fields(vec![
            text("device_name").required().replaces().from(VolumeAttachment::device).to(Create::set_device),
            flag("force_detach").optional().changed_by("nothing"),
            text("instance_id").required().replaces().from(VolumeAttachment::instance_id).to(Create::set_instance_id),
            flag("skip_destroy").optional().changed_by("nothing"),
            flag("stop_instance_before_detaching").optional().changed_by("nothing"),
            text("volume_id").required().replaces().from(VolumeAttachment::volume_id).to(Create::set_volume_id),
        ])
        .read_many(
            200,
            |found| key(found.volume_id().unwrap_or_default(), found.instance_id().unwrap_or_default()),
            read,
        )
        .read_by(|want| key(&text_of(want, "volume_id"), &text_of(want, "instance_id")))
        .ready(|found| ready(found.state().map(|state| state.as_str()), &["attached"], &["detached"]))
        .change("nothing", |_| async { Ok(()) })
        .delete(detach)
        .missing(&["InvalidVolume.NotFound", "InvalidAttachment.NotFound", "IncorrectState"])
        .retry_create_on(&["IncorrectInstanceState", "IncorrectState"])
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call.want))) })
        .imported_by(|_, id| async move { imported(&id) })
        .timeouts(&[("create", 5), ("delete", 5)])
}

fn text_of(want: &Want, name: &str) -> String {
    want.text(name).unwrap_or_default()
}

fn key(volume: &str, server: &str) -> String {
    format!("{volume} {server}")
}

/// As hashicorp's provider makes it.
fn id_of(want: &Want) -> String {
    let [device, server, volume] = ["device_name", "instance_id", "volume_id"].map(|name| text_of(want, name));
    format!("vai-{}", string_hash(&format!("{device}-{server}-{volume}-")))
}

/// `DEVICE:VOLUME:SERVER`
fn imported(id: &str) -> Result<Imports, Failure> {
    let parts: Vec<&str> = id.split(':').collect();
    let &[device, volume, server] = parts.as_slice() else {
        let problem =
            format!("{id:?} is not DEVICE_NAME:VOLUME_ID:INSTANCE_ID, such as /dev/sdh:vol-12345678:i-12345678");
        return Err(Failure::new("import", "", problem));
    };
    let named = [("device_name", device), ("instance_id", server), ("volume_id", volume)];
    let named = named.map(|(name, part)| (name, Value::text(part)));
    let whole = Want(Value::object(named.clone().map(|(name, part)| (Text::from(name), part))));
    Ok(named.into_iter().chain([("id", Value::text(&id_of(&whole)))]).collect())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    request.send().await.map_err(Failure::of("EC2: AttachVolume"))?;
    Ok(id_of(&call.want))
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<VolumeAttachment>, Failure> {
    let volumes = keys.iter().filter_map(|key| key.split(' ').next()).map(str::to_owned);
    let request = aws
        .ec2()
        .describe_volumes()
        .filters(filter("attachment.status", ["attaching", "attached", "detaching", "busy"]));
    let request = request.set_volume_ids(Some(volumes.collect()));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVolumes").await?;
    Ok(found.into_iter().flat_map(|volume| volume.attachments.unwrap_or_default()).collect())
}

async fn detach(call: Call) -> Result<(), Failure> {
    let (server, ec2) = (text_of(&call.prior, "instance_id"), call.aws.ec2());
    if call.prior.flag("stop_instance_before_detaching") == Some(true) {
        let request = ec2.stop_instances().instance_ids(&server);
        request.send().await.map_err(Failure::of("EC2: StopInstances"))?;
    }
    let request = ec2
        .detach_volume()
        .device(text_of(&call.prior, "device_name"))
        .instance_id(server)
        .volume_id(text_of(&call.prior, "volume_id"))
        .set_force(call.prior.flag("force_detach"));
    request.send().await.map_err(Failure::of("EC2: DetachVolume"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::imported;
    use crate::value::Value;

    #[test]
    fn an_attachment_is_imported_by_device_volume_and_server() {
        let known = imported("/dev/sdh:vol-049df61146c4d7901:i-12345678").expect("the documented form");
        assert_eq!(known[3], ("id", Value::text("vai-250936314")));
        assert!(imported("vol-049df61146c4d7901").is_err());
    }
}
