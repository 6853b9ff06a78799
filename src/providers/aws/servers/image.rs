//! `data "aws_ami"` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{filter_blocks, filters_of, tag_map};
use crate::providers::aws::engine::{Failure, Field, Lookup, Want, flag, map_of_text, text, texts};
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{BlockDeviceMapping, Image as Described};
use std::sync::Arc;

pub struct Image {
    image: Described,
    arn: String,
    tags: Value,
}

pub fn ami() -> Lookup {
    Lookup::new("EC2 AMI", fields(), find).timeouts(&["read"])
}

fn fields() -> Vec<Field<Image, ()>> {
    /// A text of the image, empty where the API says nothing.
    fn shown(name: &'static str, get: impl Fn(&Described) -> Option<&str> + Send + Sync + 'static) -> Field<Image, ()> {
        text(name).computed().from(move |found: &Image| Some(get(&found.image).unwrap_or_default().to_owned()))
    }
    vec![
        shown("architecture", |image| image.architecture().map(|kind| kind.as_str())),
        text("arn").computed().from(|found: &Image| Some(found.arn.clone())),
        mappings(),
        shown("boot_mode", |image| image.boot_mode().map(|mode| mode.as_str())),
        shown("creation_date", Described::creation_date),
        shown("deprecation_time", Described::deprecation_time),
        shown("description", Described::description),
        flag("ena_support").computed().from(|found: &Image| Some(found.image.ena_support().unwrap_or_default())),
        texts("executable_users").optional(),
        filter_blocks(),
        shown("hypervisor", |image| image.hypervisor().map(|kind| kind.as_str())),
        text("id").optional().computed().from(|found: &Image| found.image.image_id().map(str::to_owned)),
        shown("image_id", Described::image_id),
        shown("image_location", Described::image_location),
        shown("image_owner_alias", Described::image_owner_alias),
        shown("image_type", |image| image.image_type().map(|kind| kind.as_str())),
        shown("imds_support", |image| image.imds_support().map(|kind| kind.as_str())),
        flag("include_deprecated").default(false),
        shown("kernel_id", Described::kernel_id),
        shown("last_launched_time", Described::last_launched_time),
        flag("most_recent").default(false),
        shown("name", Described::name),
        text("name_regex").optional(),
        shown("owner_id", Described::owner_id),
        texts("owners").optional(),
        shown("platform", |image| image.platform().map(|platform| platform.as_str())),
        shown("platform_details", Described::platform_details),
        product_codes(),
        flag("public").computed().from(|found: &Image| found.image.public()),
        shown("ramdisk_id", Described::ramdisk_id),
        shown("root_device_name", Described::root_device_name),
        shown("root_device_type", |image| image.root_device_type().map(|kind| kind.as_str())),
        shown("root_snapshot_id", root_snapshot),
        shown("sriov_net_support", Described::sriov_net_support),
        shown("state", |image| image.state().map(|state| state.as_str())),
        map_of_text("state_reason").computed().from(state_reason),
        map_of_text("tags").optional().computed().from(|found: &Image| found.tags.clone()),
        shown("tpm_support", |image| image.tpm_support().map(|kind| kind.as_str())),
        text("uefi_data").optional(),
        shown("usage_operation", Described::usage_operation),
        shown("virtualization_type", |image| image.virtualization_type().map(|kind| kind.as_str())),
    ]
}

fn mappings() -> Field<Image, ()> {
    let fields = vec![text("device_name"), map_of_text("ebs"), text("no_device"), text("virtual_name")];
    let field = crate::providers::aws::engine::objects("block_device_mappings", Nesting::Set, fields).computed();
    let element = field.declared.of.element().cloned().unwrap_or(Type::Dynamic);
    field.from(move |found: &Image| {
        Value::set(element.clone(), found.image.block_device_mappings().iter().map(mapping).collect())
    })
}

fn mapping(device: &BlockDeviceMapping) -> Value {
    let of_text = |text: Option<&str>| Value::text(text.unwrap_or_default());
    let ebs = device.ebs().into_iter().flat_map(|ebs| {
        let number = |number: Option<i32>| number.unwrap_or_default().to_string();
        [
            ("delete_on_termination", ebs.delete_on_termination().unwrap_or_default().to_string()),
            ("encrypted", ebs.encrypted().unwrap_or_default().to_string()),
            ("iops", number(ebs.iops())),
            ("snapshot_id", ebs.snapshot_id().unwrap_or_default().to_owned()),
            ("throughput", number(ebs.throughput())),
            ("volume_initialization_rate", number(ebs.volume_initialization_rate())),
            ("volume_size", number(ebs.volume_size())),
            ("volume_type", ebs.volume_type().map(|kind| kind.as_str()).unwrap_or_default().to_owned()),
        ]
    });
    Value::object([
        (Text::from("device_name"), of_text(device.device_name())),
        ("ebs".into(), Value::map(Type::String, ebs.map(|(name, text)| (Text::from(name), Value::text(&text))))),
        ("no_device".into(), of_text(device.no_device())),
        ("virtual_name".into(), of_text(device.virtual_name())),
    ])
}

fn product_codes() -> Field<Image, ()> {
    let fields = vec![text("product_code_id"), text("product_code_type")];
    let field = crate::providers::aws::engine::objects("product_codes", Nesting::Set, fields).computed();
    let element = field.declared.of.element().cloned().unwrap_or(Type::Dynamic);
    field.from(move |found: &Image| {
        let code = |code: &aws_sdk_ec2::types::ProductCode| {
            Value::object([
                (Text::from("product_code_id"), Value::text(code.product_code_id().unwrap_or_default())),
                (
                    "product_code_type".into(),
                    Value::text(code.product_code_type().map(|kind| kind.as_str()).unwrap_or_default()),
                ),
            ])
        };
        Value::set(element.clone(), found.image.product_codes().iter().map(code).collect())
    })
}

fn root_snapshot(image: &Described) -> Option<&str> {
    let root = image.block_device_mappings().iter().find(|device| device.device_name() == image.root_device_name())?;
    root.ebs()?.snapshot_id()
}

fn state_reason(found: &Image) -> Value {
    let reason = found.image.state_reason();
    let code = reason.and_then(|reason| reason.code()).unwrap_or("UNSET");
    let message = reason.and_then(|reason| reason.message()).unwrap_or("UNSET");
    Value::map(Type::String, [(Text::from("code"), Value::text(code)), ("message".into(), Value::text(message))])
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Image, Failure> {
    let executable_users = Some(want.texts("executable_users")).filter(|users| !users.is_empty());
    let owners = Some(want.texts("owners")).filter(|owners| !owners.is_empty());
    let filters = Some(filters_of(&Want(without_tags(&want)))).filter(|filters| !filters.is_empty());
    let request = aws
        .ec2()
        .describe_images()
        .include_deprecated(want.flag("include_deprecated").unwrap_or_default())
        .set_executable_users(executable_users)
        .set_owners(owners)
        .set_filters(filters);
    let mut pages = request.into_paginator().send();
    let mut images: Vec<Described> = Vec::new();
    while let Some(page) = pages.next().await {
        images.extend(page.map_err(Failure::of("EC2: DescribeImages"))?.images.unwrap_or_default());
    }
    if let Some(pattern) = want.filled("name_regex") {
        let pattern = regex::Regex::new(&pattern)
            .map_err(|error| Failure::new("EC2: DescribeImages", "", format!("name_regex: {error}")))?;
        images.retain(|image| image.name().is_some_and(|name| pattern.is_match(name)));
    }
    let is_newest_wanted = want.flag("most_recent").unwrap_or_default();
    if images.len() > 1 && !is_newest_wanted {
        return Err(Failure::new(
            "EC2: DescribeImages",
            "",
            "Your query returned more than one result. Please try a more specific search criteria, or set `most_recent` attribute to true.",
        ));
    }
    // Of several that are as new, the API's first.
    let newest = images.into_iter().min_by(|a, b| b.creation_date().cmp(&a.creation_date()));
    let image = newest.ok_or_else(|| {
        Failure::new(
            "EC2: DescribeImages",
            "",
            "Your query returned no results. Please change your search criteria and try again.",
        )
    })?;
    let found = tag_map(image.tags());
    let visible = aws.tags.visible(found.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    Ok(Image {
        arn: format!("arn:{}:ec2:{}::image/{}", aws.partition, aws.region, image.image_id().unwrap_or_default()),
        tags: Value::map(
            Type::String,
            visible.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value))),
        ),
        image,
    })
}

/// `tags` is what is found here, not a filter.
fn without_tags(want: &Want) -> Value {
    Value::object([(Text::from("filter"), want.0.get("filter").cloned().unwrap_or(Value::null(Type::Dynamic)))])
}
