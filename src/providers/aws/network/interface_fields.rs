//! The attributes of `aws_network_interface`.

use super::interface::Interface;
use crate::providers::aws::engine::{Field, Want, block_set, flag, number, set_of_text, text, texts};
use aws_sdk_ec2::operation::create_network_interface::builders::CreateNetworkInterfaceFluentBuilder as Create;
use aws_sdk_ec2::types::NetworkInterface;
use serde_json::{Value as Json, json};

pub fn fields() -> Vec<Field<Interface, Create>> {
    let mut fields = address_fields();
    fields.extend([
        text("arn").computed().from(|found: &Interface| Some(found.arn.clone())),
        block_set(
            "attachment",
            vec![text("attachment_id").computed(), number("device_index").required(), text("instance").required()],
        )
        .optional()
        .computed()
        .from(attachment)
        .changed_by("attachment"),
        text("description")
            .optional()
            .from(|found: &Interface| Some(found.interface.description().unwrap_or_default().to_owned()))
            .to(Create::set_description)
            .changed_by("description"),
        flag("enable_primary_ipv6").optional().computed().to(Create::set_enable_primary_ipv6),
        shown("interface_type", |interface| interface.interface_type().map(|kind| kind.as_str()))
            .optional()
            .replaces()
            .enum_to(Create::set_interface_type),
        shown("mac_address", NetworkInterface::mac_address),
        shown("outpost_arn", NetworkInterface::outpost_arn),
        shown("owner_id", NetworkInterface::owner_id),
        shown("private_dns_name", NetworkInterface::private_dns_name),
        set_of_text("security_groups")
            .optional()
            .computed()
            .from(|found: &Interface| {
                json!(found.interface.groups().iter().filter_map(|group| group.group_id()).collect::<Vec<_>>())
            })
            .to(Create::set_groups)
            .changed_by("security_groups"),
        flag("source_dest_check")
            .default(true)
            .from(|found: &Interface| found.interface.source_dest_check())
            .changed_by("source_dest_check"),
        text("subnet_id")
            .required()
            .replaces()
            .from(|found: &Interface| found.interface.subnet_id().map(str::to_owned))
            .to(Create::set_subnet_id),
    ]);
    fields
}

/// Addresses and prefixes: `.._count` follows the set, the set its number, and the list both.
fn address_fields() -> Vec<Field<Interface, Create>> {
    let secondary = |found: &Interface| addresses(found).len().saturating_sub(1);
    vec![
        count("ipv4_prefix_count", |found| ipv4_prefixes(found).len())
            .conflicts(&["ipv4_prefixes"])
            .changed_by("ipv4_prefixes"),
        set("ipv4_prefixes", ipv4_prefixes).conflicts(&["ipv4_prefix_count"]).changed_by("ipv4_prefixes"),
        count("ipv6_address_count", |found| ipv6_addresses(found).len())
            .conflicts(&["ipv6_addresses", "ipv6_address_list"])
            .follows(&["ipv6_addresses", "ipv6_address_list"])
            .changed_by("ipv6_addresses"),
        texts("ipv6_address_list")
            .optional()
            .computed()
            .conflicts(&["ipv6_addresses", "ipv6_address_count"])
            .follows(&["ipv6_addresses", "ipv6_address_count"])
            .from(|found: &Interface| json!(ipv6_addresses(found)))
            .changed_by("ipv6_addresses"),
        flag("ipv6_address_list_enabled").default(false),
        set("ipv6_addresses", ipv6_addresses)
            .conflicts(&["ipv6_address_count", "ipv6_address_list"])
            .follows(&["ipv6_address_count", "ipv6_address_list"])
            .changed_by("ipv6_addresses"),
        count("ipv6_prefix_count", |found| ipv6_prefixes(found).len())
            .conflicts(&["ipv6_prefixes"])
            .changed_by("ipv6_prefixes"),
        set("ipv6_prefixes", ipv6_prefixes).conflicts(&["ipv6_prefix_count"]).changed_by("ipv6_prefixes"),
        shown("private_ip", NetworkInterface::private_ip_address)
            .optional()
            .conflicts(&["private_ip_list"])
            .to(Create::set_private_ip_address),
        texts("private_ip_list")
            .optional()
            .computed()
            .conflicts(&["private_ip", "private_ips", "private_ips_count"])
            .follows(&["private_ips", "private_ips_count"])
            .replaces_where(|prior, wanted| {
                is_listed(wanted) && is_other_primary(prior, &wanted.texts("private_ip_list"))
            })
            .from(|found: &Interface| json!(addresses(found)))
            .changed_by("private_ips"),
        flag("private_ip_list_enabled").default(false),
        set("private_ips", addresses)
            .conflicts(&["private_ip_list"])
            .follows(&["private_ips_count", "private_ip_list"])
            .replaces_where(|prior, wanted| !is_listed(wanted) && is_other_primary(prior, &wanted.texts("private_ips")))
            .changed_by("private_ips"),
        number("private_ips_count")
            .optional()
            .computed()
            .conflicts(&["private_ip_list"])
            .follows(&["private_ips", "private_ip_list"])
            .from(move |found: &Interface| i64::try_from(secondary(found)).ok())
            .changed_by("private_ips"),
    ]
}

/// A text of the interface, empty where the API says nothing.
fn shown(name: &'static str, get: fn(&NetworkInterface) -> Option<&str>) -> Field<Interface, Create> {
    text(name).computed().from(move |found: &Interface| Some(get(&found.interface).unwrap_or_default().to_owned()))
}

fn set(name: &'static str, get: fn(&Interface) -> Vec<&str>) -> Field<Interface, Create> {
    set_of_text(name).optional().computed().from(move |found: &Interface| json!(get(found)))
}

fn count(name: &'static str, get: fn(&Interface) -> usize) -> Field<Interface, Create> {
    number(name).optional().computed().from(move |found: &Interface| i64::try_from(get(found)).ok())
}

fn addresses(found: &Interface) -> Vec<&str> {
    found.interface.private_ip_addresses().iter().filter_map(|address| address.private_ip_address()).collect()
}

fn ipv6_addresses(found: &Interface) -> Vec<&str> {
    found.interface.ipv6_addresses().iter().filter_map(|address| address.ipv6_address()).collect()
}

fn ipv4_prefixes(found: &Interface) -> Vec<&str> {
    found.interface.ipv4_prefixes().iter().filter_map(|prefix| prefix.ipv4_prefix()).collect()
}

fn ipv6_prefixes(found: &Interface) -> Vec<&str> {
    found.interface.ipv6_prefixes().iter().filter_map(|prefix| prefix.ipv6_prefix()).collect()
}

fn attachment(found: &Interface) -> Json {
    let attachment = found.interface.attachment().into_iter();
    let block = attachment.map(|attachment| {
        json!({
            "attachment_id": attachment.attachment_id(),
            "device_index": attachment.device_index(),
            "instance": attachment.instance_id().unwrap_or_default(),
        })
    });
    block.collect()
}

fn is_listed(want: &Want) -> bool {
    want.flag("private_ip_list_enabled") == Some(true)
}

/// The first address is what an interface is known by: it cannot go.
fn is_other_primary(prior: &Want, wanted: &[String]) -> bool {
    !wanted.is_empty() && prior.filled("private_ip").is_some_and(|primary| !wanted.contains(&primary))
}
