//! What a version of a launch template holds: the request, and the blocks whose API names differ.

use super::{requirements, template_blocks as blocks, template_interfaces};
use crate::providers::aws::engine::ec2::{sdk_tags, tag_map};
use crate::providers::aws::engine::{Field, Want, block_list, number, tags_of, text};
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{
    CreditSpecification, CreditSpecificationRequest, LaunchTemplateInstanceMarketOptions as Market,
    LaunchTemplateInstanceMarketOptionsRequest as MarketRequest, LaunchTemplateSpotMarketOptionsRequest as SpotRequest,
    LaunchTemplateTagSpecification, LaunchTemplateTagSpecificationRequest, RequestLaunchTemplateData as Data,
};

/// At most one block.
pub fn one<T, C>(name: &'static str, fields: Vec<Field<(), ()>>) -> Field<T, C> {
    block_list(name, 1, fields).optional()
}

const FILLED: &[&str] = &["iops", "throughput", "volume_initialization_rate", "volume_size", "volume_type"];

/// Block devices; EC2 chooses sizes and kinds that nobody wrote.
pub fn device_fields() -> Vec<Field<(), ()>> {
    let of_volume = |field: Field<(), ()>| if FILLED.contains(&field.declared.name) { field.computed() } else { field };
    let devices = blocks::block_device::fields().into_iter();
    let whole = devices.map(|field| match field.declared.name {
        "ebs" => one("ebs", blocks::ebs::fields().into_iter().map(of_volume).collect()),
        _ => field,
    });
    whole.collect()
}

pub fn market_fields() -> Vec<Field<(), ()>> {
    let spot = vec![
        number("block_duration_minutes").optional(),
        text("instance_interruption_behavior").optional().one_of(&["hibernate", "stop", "terminate"]),
        text("max_price").optional(),
        text("spot_instance_type").optional().one_of(&["one-time", "persistent"]),
        text("valid_until").optional().computed(),
    ];
    vec![text("market_type").optional().one_of(&["spot", "capacity-block"]), one("spot_options", spot)]
}

/// Whether the template's servers earn CPU credits.
pub fn is_burstable(want: &Want) -> bool {
    want.filled("instance_type").is_some_and(|kind| ["t2", "t3", "t4"].iter().any(|family| kind.starts_with(family)))
}

pub fn request(want: &Want) -> Data {
    let single = |name: &str| want.item(name);
    let listed = |name: &str| Some(want.texts(name)).filter(|texts| !texts.is_empty());
    let credits = |block: Want| {
        block.filled("cpu_credits").map(|credits| CreditSpecificationRequest::builder().cpu_credits(credits).build())
    };
    let many = |items: Vec<Want>| (!items.is_empty()).then_some(items);
    Data::builder()
        .set_block_device_mappings(
            many(want.items("block_device_mappings"))
                .map(|items| items.iter().map(blocks::block_device::request).collect()),
        )
        .set_capacity_reservation_specification(
            single("capacity_reservation_specification")
                .as_ref()
                .map(blocks::capacity_reservation_specification::request),
        )
        .set_cpu_options(single("cpu_options").as_ref().map(blocks::cpu_options::request))
        .set_credit_specification(single("credit_specification").filter(|_| is_burstable(want)).and_then(credits))
        .set_disable_api_stop(want.flag("disable_api_stop").filter(|yes| *yes))
        .set_disable_api_termination(want.flag("disable_api_termination").filter(|yes| *yes))
        .set_ebs_optimized(want.filled("ebs_optimized").map(|text| text == "true" || text == "1"))
        .set_enclave_options(single("enclave_options").as_ref().map(blocks::enclave_options::request))
        .set_hibernation_options(single("hibernation_options").as_ref().map(blocks::hibernation_options::request))
        .set_iam_instance_profile(single("iam_instance_profile").as_ref().map(blocks::iam_instance_profile::request))
        .set_image_id(want.filled("image_id"))
        .set_instance_initiated_shutdown_behavior(
            want.filled("instance_initiated_shutdown_behavior").map(|text| text.as_str().into()),
        )
        .set_instance_market_options(single("instance_market_options").as_ref().map(market_request))
        .set_instance_requirements(single("instance_requirements").as_ref().map(requirements::of_template::request))
        .set_instance_type(want.filled("instance_type").map(|text| text.as_str().into()))
        .set_kernel_id(want.filled("kernel_id"))
        .set_key_name(want.filled("key_name"))
        .set_license_specifications(
            many(want.items("license_specification")).map(|items| items.iter().map(blocks::license::request).collect()),
        )
        .set_maintenance_options(single("maintenance_options").as_ref().map(blocks::maintenance_options::request))
        .set_metadata_options(single("metadata_options").as_ref().map(blocks::metadata_options::request))
        .set_monitoring(single("monitoring").as_ref().map(blocks::monitoring::request))
        .set_network_interfaces(
            many(want.items("network_interfaces"))
                .map(|items| items.iter().map(template_interfaces::request).collect()),
        )
        .set_placement(single("placement").as_ref().map(blocks::placement::request))
        .set_private_dns_name_options(
            single("private_dns_name_options").as_ref().map(blocks::private_dns_name_options::request),
        )
        .set_ram_disk_id(want.filled("ram_disk_id"))
        .set_security_group_ids(listed("vpc_security_group_ids"))
        .set_security_groups(listed("security_group_names"))
        .set_tag_specifications(
            many(want.items("tag_specifications")).map(|items| items.iter().map(tags_request).collect()),
        )
        .set_user_data(want.filled("user_data"))
        .build()
}

fn tags_request(block: &Want) -> LaunchTemplateTagSpecificationRequest {
    LaunchTemplateTagSpecificationRequest::builder()
        .set_resource_type(block.filled("resource_type").map(|text| text.as_str().into()))
        .set_tags(block.value("tags").map(|tags| sdk_tags(&tags_of(tags))))
        .build()
}

pub fn tags_value(found: &LaunchTemplateTagSpecification) -> Value {
    let tags = tag_map(found.tags());
    let pairs = tags.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value)));
    Value::object([
        (Text::from("resource_type"), Value::text(found.resource_type().map(|kind| kind.as_str()).unwrap_or_default())),
        ("tags".into(), Value::map(Type::String, pairs)),
    ])
}

pub fn credits_value(found: &CreditSpecification) -> Value {
    Value::object([(Text::from("cpu_credits"), Value::text(found.cpu_credits().unwrap_or_default()))])
}

fn market_request(block: &Want) -> MarketRequest {
    let spot = |spot: Want| {
        SpotRequest::builder()
            .set_block_duration_minutes(spot.integer("block_duration_minutes").filter(|minutes| *minutes != 0))
            .set_instance_interruption_behavior(
                spot.filled("instance_interruption_behavior").map(|text| text.as_str().into()),
            )
            .set_max_price(spot.filled("max_price"))
            .set_spot_instance_type(spot.filled("spot_instance_type").map(|text| text.as_str().into()))
            .set_valid_until(
                spot.filled("valid_until").and_then(|text| DateTime::from_str(&text, DateTimeFormat::DateTime).ok()),
            )
            .build()
    };
    MarketRequest::builder()
        .set_market_type(block.filled("market_type").map(|text| text.as_str().into()))
        .set_spot_options(block.item("spot_options").map(spot))
        .build()
}

pub fn market_value(found: &Market) -> Value {
    let said = |text: Option<&str>| Value::text(text.unwrap_or_default());
    let spot = found.spot_options().map(|spot| {
        let until = spot.valid_until().and_then(crate::providers::aws::engine::shown_time);
        Value::object([
            (
                Text::from("block_duration_minutes"),
                Value::from(i64::from(spot.block_duration_minutes().unwrap_or_default())),
            ),
            (
                "instance_interruption_behavior".into(),
                said(spot.instance_interruption_behavior().map(|text| text.as_str())),
            ),
            ("max_price".into(), said(spot.max_price())),
            ("spot_instance_type".into(), said(spot.spot_instance_type().map(|text| text.as_str()))),
            ("valid_until".into(), said(until.as_deref())),
        ])
    });
    Value::object([
        (Text::from("market_type"), said(found.market_type().map(|text| text.as_str()))),
        ("spot_options".into(), Value::tuple(spot.into_iter().collect())),
    ])
}
