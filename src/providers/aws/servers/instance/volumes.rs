//! The volumes of a server: what it starts with, and what is changed of them.

use super::volume_tags::tag_volume;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Want};
use crate::value::Value;
use aws_sdk_ec2::types as sdk;

/// The name of the root volume is the image's, which is asked before the first try: a try of the create is one call.
pub async fn with_root_device_name(call: Call) -> Result<Vec<(&'static str, Value)>, Failure> {
    let Some(root) = call.want.item("root_block_device") else { return Ok(Vec::new()) };
    let name = Value::text(&root_device_name(&call.aws, &call.want.text("ami").unwrap_or_default()).await?);
    let entries = root.0.as_entries().into_iter().flat_map(|entries| entries.iter());
    let named = entries.map(|(key, value)| (key.clone(), if &**key == "device_name" { &name } else { value }.clone()));
    let block = Value::object(named.collect::<Vec<_>>());
    Ok(vec![("root_block_device", Value::list(block.type_of(), vec![block]))])
}

pub fn devices(call: &Call) -> Option<Vec<sdk::BlockDeviceMapping>> {
    let mut devices = Vec::new();
    if let Some(root) = call.want.item("root_block_device") {
        let device = sdk::BlockDeviceMapping::builder().set_device_name(root.filled("device_name")).ebs(ebs(&root));
        devices.push(device.build());
    }
    for block in call.want.items("ebs_block_device") {
        let device = sdk::BlockDeviceMapping::builder().set_device_name(block.filled("device_name")).ebs(ebs(&block));
        devices.push(device.build());
    }
    for block in call.want.items("ephemeral_block_device") {
        let none = (block.flag("no_device") == Some(true)).then(String::new);
        let device = sdk::BlockDeviceMapping::builder().set_device_name(block.filled("device_name"));
        devices.push(device.set_virtual_name(block.filled("virtual_name")).set_no_device(none).build());
    }
    Some(devices).filter(|devices| !devices.is_empty())
}

fn ebs(block: &Want) -> sdk::EbsBlockDevice {
    sdk::EbsBlockDevice::builder()
        .set_delete_on_termination(block.flag("delete_on_termination"))
        .set_encrypted(block.flag("encrypted").filter(|encrypted| *encrypted))
        .set_iops(block.positive("iops"))
        .set_throughput(block.positive("throughput"))
        .set_kms_key_id(block.filled("kms_key_id"))
        .set_snapshot_id(block.filled("snapshot_id"))
        .set_volume_size(block.positive("volume_size"))
        .set_volume_type(block.filled("volume_type").map(|kind| kind.as_str().into()))
        .build()
}

async fn root_device_name(aws: &Aws, image: &str) -> Result<String, Failure> {
    let answer = aws.ec2().describe_images().image_ids(image).send().await;
    let answer = answer.map_err(Failure::of("EC2: DescribeImages"))?;
    let image = answer.images().first();
    Ok(image.and_then(|image| image.root_device_name()).unwrap_or("/dev/sda1").to_owned())
}

/// A root volume grows and changes its type while it is in use.
pub async fn root_device(call: Call) -> Result<(), Failure> {
    let (Some(wanted), Some(former)) = (call.want.item("root_block_device"), call.prior.item("root_block_device"))
    else {
        return Ok(());
    };
    let volume = former.text("volume_id").unwrap_or_default();
    let changed = |name: &str| wanted.value(name).is_some() && wanted.value(name) != former.value(name);
    if ["volume_size", "volume_type", "iops", "throughput"].into_iter().any(changed) {
        let request = call
            .aws
            .ec2()
            .modify_volume()
            .volume_id(&volume)
            .set_size(wanted.integer("volume_size").filter(|_| changed("volume_size")))
            .set_volume_type(
                wanted.filled("volume_type").filter(|_| changed("volume_type")).map(|kind| kind.as_str().into()),
            )
            .set_iops(wanted.integer("iops").filter(|iops| *iops > 0 && changed("iops")))
            .set_throughput(wanted.integer("throughput").filter(|number| *number > 0 && changed("throughput")));
        request.send().await.map_err(Failure::of("EC2: ModifyVolume"))?;
    }
    if changed("delete_on_termination") {
        let ebs = sdk::EbsInstanceBlockDeviceSpecification::builder()
            .set_delete_on_termination(wanted.flag("delete_on_termination"));
        let device = sdk::InstanceBlockDeviceMappingSpecification::builder()
            .set_device_name(former.text("device_name"))
            .ebs(ebs.build());
        let request = call.aws.ec2().modify_instance_attribute().instance_id(&call.id);
        let request = request.block_device_mappings(device.build());
        request.send().await.map_err(Failure::of("EC2: ModifyInstanceAttribute"))?;
    }
    if call.want.value("volume_tags").is_none() && wanted.value("tags") != former.value("tags") {
        tag_volume(&call, &volume, wanted.value("tags"), former.value("tags")).await?;
    }
    Ok(())
}
