//! How the nested blocks of a server are declared.

use super::blocks::{cpu_options, metadata_options, network_interfaces, nothing, one, private_dns_name_options};
use super::describe::Server;
use crate::providers::aws::engine::{Field, block_list, block_set, flag, map_of_text, number, text};
use crate::value::Value;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder as Run;
use std::collections::BTreeSet;

pub fn fields() -> Vec<Field<Server, Run>> {
    vec![
        block_list("capacity_reservation_specification", 1, capacity_reservation_fields())
            .optional()
            .computed()
            .changed_by("capacity_reservation"),
        block_list(
            "cpu_options",
            1,
            vec![
                text("amd_sev_snp").optional().computed().replaces(),
                number("core_count").optional().computed().replaces(),
                number("threads_per_core").optional().computed().replaces(),
            ],
        )
        .optional()
        .computed()
        .from(cpu_options),
        block_list("credit_specification", 1, vec![text("cpu_credits").optional().suppressed(keeps_credits)])
            .optional()
            .same(|old, new| new.as_items().is_some_and(<[Value]>::is_empty) && !old.is_null())
            .from(|found: &Server| {
                found.credits.as_ref().map_or(nothing(), |credits| one([("cpu_credits", Value::text(credits))]))
            })
            .changed_by("credits"),
        block_set("ebs_block_device", ebs_fields())
            .optional()
            .computed()
            .suppressed(|_, old, planned| !old.is_zero() && devices_of(old) == devices_of(planned))
            .from(|found: &Server| found.other_devices.clone())
            .changed_by("volume_tags"),
        block_list("enclave_options", 1, vec![flag("enabled").optional().computed().replaces()])
            .optional()
            .computed()
            .from(|found: &Server| {
                let enabled = found.instance.enclave_options().and_then(|options| options.enabled());
                enabled.map_or(nothing(), |enabled| one([("enabled", Value::bool(enabled))]))
            }),
        block_set(
            "ephemeral_block_device",
            vec![text("device_name").required(), flag("no_device").optional(), text("virtual_name").optional()],
        )
        .optional()
        .computed()
        .replaces(),
        block_list("instance_market_options", 1, market_fields()).optional().computed(),
        block_list(
            "launch_template",
            1,
            vec![
                text("id").optional().computed().replaces(),
                text("name").optional().computed().replaces(),
                text("version").default("$Default").replaces(),
            ],
        )
        .optional(),
        block_list("maintenance_options", 1, vec![text("auto_recovery").optional().computed()])
            .optional()
            .computed()
            .from(|found: &Server| {
                let recovery = found.instance.maintenance_options().and_then(|options| options.auto_recovery());
                recovery.map_or(nothing(), |recovery| one([("auto_recovery", Value::text(recovery.as_str()))]))
            })
            .changed_by("maintenance"),
        block_list("metadata_options", 1, metadata_fields())
            .optional()
            .computed()
            .from(metadata_options)
            .changed_by("metadata"),
        block_set(
            "network_interface",
            vec![
                flag("delete_on_termination").default(false).replaces(),
                number("device_index").required().replaces(),
                number("network_card_index").default(0).replaces(),
                text("network_interface_id").required().replaces(),
            ],
        )
        .optional()
        .computed()
        .replaces()
        .from(network_interfaces),
        block_list(
            "private_dns_name_options",
            1,
            vec![
                flag("enable_resource_name_dns_a_record").optional().computed(),
                flag("enable_resource_name_dns_aaaa_record").optional().computed(),
                text("hostname_type").optional().computed().replaces(),
            ],
        )
        .optional()
        .computed()
        .from(private_dns_name_options)
        .changed_by("private_dns_name_options"),
        block_list("root_block_device", 1, root_fields())
            .optional()
            .computed()
            .from(|found: &Server| found.root_device.clone())
            .changed_by("root_device"),
    ]
}

/// What hashicorp's provider knows the other disks by: as long as these stay, nothing of the disks changes.
fn devices_of(disks: &Value) -> Option<BTreeSet<[String; 2]>> {
    let filled = |disk: &Value, name: &str| {
        let value = disk.get(name)?;
        value.is_known().then(|| value.as_str().map(ToString::to_string).unwrap_or_default())
    };
    let device = |disk: &Value| Some([filled(disk, "device_name")?, filled(disk, "snapshot_id")?]);
    disks.as_items()?.iter().map(device).collect()
}

/// A server whose configuration says nothing keeps the credits that it has.
fn keeps_credits(_: &Value, old: &Value, new: &Value) -> bool {
    let is_said = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    is_said(old) && !is_said(new) && new.is_known()
}

fn capacity_reservation_fields() -> Vec<Field<(), ()>> {
    let target =
        vec![text("capacity_reservation_id").optional(), text("capacity_reservation_resource_group_arn").optional()];
    vec![
        text("capacity_reservation_preference").optional(),
        block_list("capacity_reservation_target", 1, target).optional(),
    ]
}

fn market_fields() -> Vec<Field<(), ()>> {
    let spot = vec![
        text("instance_interruption_behavior").optional().computed().replaces(),
        text("max_price").optional().computed().replaces(),
        text("spot_instance_type").optional().computed().replaces(),
        text("valid_until").optional().computed().replaces(),
    ];
    vec![
        text("market_type").optional().computed().replaces(),
        block_list("spot_options", 1, spot).optional().computed().replaces(),
    ]
}

fn metadata_fields() -> Vec<Field<(), ()>> {
    vec![
        text("http_endpoint").default("enabled"),
        text("http_protocol_ipv6").default("disabled"),
        number("http_put_response_hop_limit").optional().computed(),
        text("http_tokens").optional().computed(),
        text("instance_metadata_tags").optional().computed(),
    ]
}

fn root_fields() -> Vec<Field<(), ()>> {
    vec![
        flag("delete_on_termination").default(true),
        text("device_name").computed(),
        flag("encrypted").optional().computed().replaces(),
        number("iops").optional().computed(),
        text("kms_key_id").optional().computed().replaces(),
        map_of_text("tags").optional(),
        map_of_text("tags_all").optional().computed(),
        number("throughput").optional().computed(),
        text("volume_id").computed(),
        number("volume_size").optional().computed(),
        text("volume_type").optional().computed(),
    ]
}

fn ebs_fields() -> Vec<Field<(), ()>> {
    vec![
        flag("delete_on_termination").default(true).replaces(),
        text("device_name").required().replaces(),
        flag("encrypted").optional().computed().replaces(),
        number("iops").optional().computed().replaces(),
        text("kms_key_id").optional().computed().replaces(),
        text("snapshot_id").optional().computed().replaces(),
        map_of_text("tags").optional(),
        map_of_text("tags_all").optional().computed(),
        number("throughput").optional().computed().replaces(),
        text("volume_id").computed(),
        number("volume_size").optional().computed().replaces(),
        text("volume_type").optional().computed().replaces(),
    ]
}
