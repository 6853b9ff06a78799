//! Nested blocks of a server: how they are declared, and how they read.

use super::describe::Server;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::tag_map;
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{Instance as Described, InstanceBlockDeviceMapping, InstanceNetworkInterface, Volume};
use serde_json::json;
use std::collections::BTreeMap;

/// No block.
pub fn nothing() -> Value {
    Value::null(Type::Dynamic)
}

/// One block.
pub fn one<const N: usize>(attributes: [(&str, Value); N]) -> Value {
    let block = Value::object(attributes.map(|(name, value)| (Text::from(name), value)));
    Value::list(block.type_of(), vec![block])
}

fn shown(text: Option<&str>) -> Value {
    Value::text(text.unwrap_or_default())
}

pub fn cpu_options(found: &Server) -> Value {
    let Some(options) = found.instance.cpu_options() else { return nothing() };
    let count = |count: Option<i32>| Value::from(i64::from(count.unwrap_or_default()));
    one([
        ("amd_sev_snp", shown(options.amd_sev_snp().map(|kind| kind.as_str()))),
        ("core_count", count(options.core_count())),
        ("threads_per_core", count(options.threads_per_core())),
    ])
}

/// All that are there; [`attached`] leaves those that the configuration attaches.
pub fn network_interfaces(found: &Server) -> serde_json::Value {
    let block = |interface: &InstanceNetworkInterface| {
        let attachment = interface.attachment()?;
        Some(json!({
            "delete_on_termination": attachment.delete_on_termination().unwrap_or_default(),
            "device_index": attachment.device_index(),
            "network_card_index": attachment.network_card_index().unwrap_or_default(),
            "network_interface_id": interface.network_interface_id(),
        }))
    };
    found.instance.network_interfaces().iter().filter_map(block).collect()
}

/// Of all interfaces of a server those at the places that the configuration speaks of.
pub fn attached(found: &Value, before: Option<&Value>) -> Value {
    let place = |block: &Value| block.get("device_index").cloned();
    let spoken: Vec<Option<Value>> = before.and_then(Value::as_items).unwrap_or_default().iter().map(place).collect();
    let kept = found.as_items().unwrap_or_default().iter().filter(|block| spoken.contains(&place(block)));
    let element = found.type_of().element().cloned().unwrap_or(Type::Dynamic);
    Value::set(element, kept.cloned().collect())
}

pub fn metadata_options(found: &Server) -> Value {
    let Some(options) = found.instance.metadata_options() else { return nothing() };
    one([
        ("http_endpoint", shown(options.http_endpoint().map(|state| state.as_str()))),
        ("http_protocol_ipv6", shown(options.http_protocol_ipv6().map(|state| state.as_str()))),
        (
            "http_put_response_hop_limit",
            Value::from(i64::from(options.http_put_response_hop_limit().unwrap_or_default())),
        ),
        ("http_tokens", shown(options.http_tokens().map(|state| state.as_str()))),
        ("instance_metadata_tags", shown(options.instance_metadata_tags().map(|state| state.as_str()))),
    ])
}

pub fn private_dns_name_options(found: &Server) -> Value {
    let Some(options) = found.instance.private_dns_name_options() else { return nothing() };
    let on = |flag: Option<bool>| Value::bool(flag.unwrap_or_default());
    one([
        ("enable_resource_name_dns_a_record", on(options.enable_resource_name_dns_a_record())),
        ("enable_resource_name_dns_aaaa_record", on(options.enable_resource_name_dns_aaaa_record())),
        ("hostname_type", shown(options.hostname_type().map(|kind| kind.as_str()))),
    ])
}

/// The root device and the others, as blocks.
pub fn devices(aws: &Aws, instance: &Described, volumes: &BTreeMap<String, Volume>) -> (Value, Value) {
    let (mut root, mut others) = (Vec::new(), Vec::new());
    for device in instance.block_device_mappings() {
        let is_root = device.device_name() == instance.root_device_name();
        let volume = device.ebs().and_then(|ebs| volumes.get(ebs.volume_id()?));
        let Some(volume) = volume else { continue };
        if is_root { &mut root } else { &mut others }.push(device_value(aws, device, volume, is_root));
    }
    let blocks = |items: Vec<Value>| match items.first().map(Value::type_of) {
        Some(of) => Value::list(of, items),
        None => nothing(),
    };
    (blocks(root), blocks(others))
}

fn device_value(aws: &Aws, device: &InstanceBlockDeviceMapping, volume: &Volume, is_root: bool) -> Value {
    let tags = tag_map(volume.tags());
    let visible = aws.tags.visible(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let (own_tags, all_tags) = aws.tags.split(&visible, &Value::null(Type::map(Type::String)));
    let count = |count: Option<i32>| Value::from(i64::from(count.unwrap_or_default()));
    let ebs = device.ebs();
    let snapshot = (!is_root).then(|| (Text::from("snapshot_id"), shown(volume.snapshot_id())));
    let attributes = [
        ("delete_on_termination", Value::bool(ebs.and_then(|ebs| ebs.delete_on_termination()).unwrap_or_default())),
        ("device_name", shown(device.device_name())),
        ("encrypted", Value::bool(volume.encrypted().unwrap_or_default())),
        ("iops", count(volume.iops())),
        ("kms_key_id", shown(volume.kms_key_id())),
        ("tags", own_tags),
        ("tags_all", all_tags),
        ("throughput", count(volume.throughput())),
        ("volume_id", shown(volume.volume_id())),
        ("volume_size", count(volume.size())),
        ("volume_type", shown(volume.volume_type().map(|kind| kind.as_str()))),
    ];
    Value::object(attributes.map(|(name, value)| (Text::from(name), value)).into_iter().chain(snapshot))
}

/// Devices whose volumes are tagged by `volume_tags` show no tags.
pub fn without_tags(device: Value) -> Value {
    let nothing = || Value::map(Type::String, []);
    with_tags(&device, nothing(), nothing())
}

/// Devices as state has them: the tags that the provider gives to all are a device's own where state says so, or where nobody wrote the device.
pub fn with_own_tags(devices: &Value, before: &Value) -> Value {
    let former = before.as_items().unwrap_or_default();
    let is_same = |a: &Value, b: &Value, name: &str| a.get(name).filter(|value| !value.is_null()) == b.get(name);
    devices.clone().map_children(&mut |device| {
        let is_this = |former: &&Value| {
            former.get("device_name").is_none_or(Value::is_null) || is_same(former, &device, "device_name")
        };
        let all = device.get("tags_all").cloned().unwrap_or_else(|| Value::map(Type::String, []));
        let Some(former) = former.iter().find(is_this) else { return with_tags(&device, all.clone(), all) };
        let is_own = |name: &str| {
            [former.get("tags"), device.get("tags")].into_iter().flatten().any(|tags| tags.get(name).is_some())
        };
        let entries = all.as_entries().into_iter().flat_map(|entries| entries.iter());
        let own: Vec<_> =
            entries.filter(|(name, _)| is_own(name)).map(|(name, tag)| (Text::from(&**name), tag.clone())).collect();
        with_tags(&device, Value::map(Type::String, own), all.clone())
    })
}

fn with_tags(device: &Value, own: Value, all: Value) -> Value {
    let entries = device.as_entries().into_iter().flat_map(|entries| entries.iter());
    let tagged = entries.map(|(name, value)| {
        let value = match &**name {
            "tags" => own.clone(),
            "tags_all" => all.clone(),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    Value::object(tagged.collect::<Vec<_>>())
}
