//! `aws_ami_from_instance` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html>
//!
//! The image's snapshots were made with it and go with it.

use super::image_of_instance_changes::{delete, deprecate, describe};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, all_of, block_set, flag, not_importable, number, ready, text,
};
use crate::value::Value;
use aws_sdk_ec2::operation::create_image::builders::CreateImageFluentBuilder as Create;
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{BlockDeviceMapping, Image, ResourceType};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub struct Made {
    image: Image,
    arn: String,
}

pub fn ami_from_instance() -> Resource<Made, Create> {
    Resource::new("EC2 AMI", 0, |aws| aws.ec2().create_image(), create)
        .fields(fields())
        .read_many(200, |found: &Made| found.image.image_id().unwrap_or_default().to_owned(), read)
        .ready(|found| {
            ready(found.image.state().map(|state| state.as_str()), &["available"], &["deregistered", "failed"])
        })
        .change_after_create("deprecation_time", deprecate)
        .change("description", describe)
        .tagged(|found| tag_map(found.image.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"])
        .retry_delete_on(&["InvalidSnapshot.InUse"])
        .recovered_by(find)
        .imported_by(not_importable)
        .timeouts(&[("create", 40), ("delete", 90), ("update", 40)])
}

fn fields() -> Vec<Field<Made, Create>> {
    /// A text of the image, empty where the API says nothing.
    fn shown(name: &'static str, get: fn(&Image) -> Option<&str>) -> Field<Made, Create> {
        text(name).computed().from(move |found: &Made| Some(get(&found.image).unwrap_or_default().to_owned()))
    }
    vec![
        shown("architecture", |image| image.architecture().map(|kind| kind.as_str())),
        text("arn").computed().from(|found: &Made| Some(found.arn.clone())),
        shown("boot_mode", |image| image.boot_mode().map(|mode| mode.as_str())),
        text("deprecation_time")
            .optional()
            .same(is_same_minute)
            .from(|found: &Made| Some(found.image.deprecation_time().unwrap_or_default().to_owned()))
            .changed_by("deprecation_time"),
        text("description")
            .optional()
            .from(|found: &Made| Some(found.image.description().unwrap_or_default().to_owned()))
            .to(Create::set_description)
            .changed_by("description"),
        block_set("ebs_block_device", device_fields()).optional().computed().from(|found: &Made| {
            let device = |device: &BlockDeviceMapping| device.ebs().map(|_| ebs_device(device));
            found.image.block_device_mappings().iter().filter_map(device).collect::<Json>()
        }),
        flag("ena_support").computed().from(|found: &Made| Some(found.image.ena_support().unwrap_or_default())),
        block_set("ephemeral_block_device", vec![text("device_name").computed(), text("virtual_name").computed()])
            .optional()
            .computed()
            .from(ephemeral_devices),
        shown("hypervisor", |image| image.hypervisor().map(|kind| kind.as_str())),
        shown("image_location", Image::image_location),
        shown("image_owner_alias", Image::image_owner_alias),
        shown("image_type", |image| image.image_type().map(|kind| kind.as_str())),
        shown("imds_support", |image| image.imds_support().map(|kind| kind.as_str())),
        shown("kernel_id", Image::kernel_id),
        shown("last_launched_time", Image::last_launched_time),
        flag("manage_ebs_snapshots").computed().from(|_: &Made| Some(true)),
        text("name")
            .required()
            .replaces()
            .from(|found: &Made| found.image.name().map(str::to_owned))
            .to(Create::set_name),
        shown("owner_id", Image::owner_id),
        shown("platform", |image| image.platform().map(|platform| platform.as_str())),
        shown("platform_details", Image::platform_details),
        flag("public").computed().from(|found: &Made| Some(found.image.public().unwrap_or_default())),
        shown("ramdisk_id", Image::ramdisk_id),
        shown("root_device_name", Image::root_device_name),
        shown("root_snapshot_id", root_snapshot),
        flag("snapshot_without_reboot").optional().replaces().to(Create::set_no_reboot),
        text("source_instance_id").required().replaces().to(Create::set_instance_id),
        shown("sriov_net_support", Image::sriov_net_support),
        shown("tpm_support", |image| image.tpm_support().map(|kind| kind.as_str())),
        text("uefi_data").computed().from(|_: &Made| None::<String>),
        shown("usage_operation", Image::usage_operation),
        shown("virtualization_type", |image| image.virtualization_type().map(|kind| kind.as_str())),
    ]
}

fn device_fields() -> Vec<Field<(), ()>> {
    vec![
        flag("delete_on_termination").computed(),
        text("device_name").computed(),
        flag("encrypted").computed(),
        number("iops").computed(),
        text("outpost_arn").computed(),
        text("snapshot_id").computed(),
        number("throughput").computed(),
        number("volume_size").computed(),
        text("volume_type").computed(),
    ]
}

fn ebs_device(device: &BlockDeviceMapping) -> Json {
    let ebs = device.ebs();
    json!({
        "delete_on_termination": ebs.and_then(|ebs| ebs.delete_on_termination()).unwrap_or_default(),
        "device_name": device.device_name().unwrap_or_default(),
        "encrypted": ebs.and_then(|ebs| ebs.encrypted()).unwrap_or_default(),
        "iops": ebs.and_then(|ebs| ebs.iops()).unwrap_or_default(),
        "outpost_arn": ebs.and_then(|ebs| ebs.outpost_arn()).unwrap_or_default(),
        "snapshot_id": ebs.and_then(|ebs| ebs.snapshot_id()).unwrap_or_default(),
        "throughput": ebs.and_then(|ebs| ebs.throughput()).unwrap_or_default(),
        "volume_size": ebs.and_then(|ebs| ebs.volume_size()).unwrap_or_default(),
        "volume_type": ebs.and_then(|ebs| ebs.volume_type()).map_or("", |kind| kind.as_str()),
    })
}

fn ephemeral_devices(found: &Made) -> Json {
    let device = |device: &BlockDeviceMapping| {
        device.virtual_name().map(|name| json!({ "device_name": device.device_name(), "virtual_name": name }))
    };
    found.image.block_device_mappings().iter().filter_map(device).collect()
}

fn root_snapshot(image: &Image) -> Option<&str> {
    let root = image.block_device_mappings().iter().find(|device| device.device_name() == image.root_device_name())?;
    root.ebs()?.snapshot_id()
}

/// The API rounds to the minute.
fn is_same_minute(old: &Value, new: &Value) -> bool {
    let minute = |value: &Value| {
        let time = DateTime::from_str(value.as_str()?, DateTimeFormat::DateTime).ok()?;
        Some((time.secs() + 30).div_euclid(60))
    };
    minute(old).is_some() && minute(old) == minute(new)
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let tags = tag_specifications(ResourceType::Image, &call.tags);
    let answer = request.set_tag_specifications(tags).send().await.map_err(Failure::of("EC2: CreateImage"))?;
    Ok(answer.image_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Made>, Failure> {
    let request = aws.ec2().describe_images().include_deprecated(true).set_image_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeImages").await?;
    let assemble = |image: Image| Made {
        arn: format!("arn:{}:ec2:{}::image/{}", aws.partition, aws.region, image.image_id().unwrap_or_default()),
        image,
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// Names of an account's images are unique.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = call.want.text("name").unwrap_or_default();
    let request = call.aws.ec2().describe_images().owners("self").filters(filter("name", [name]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeImages").await?;
    Ok(found.into_iter().next().and_then(|image| image.image_id))
}
