//! Network interfaces of a launch template.

use super::maybe;
use super::mirror::shown_texts;
use super::mirror::{string, strings, truth, whole};
use super::template_blocks::{connection_tracking_specification, ena_srd_specification};
use crate::providers::aws::engine::{Field, Want, block_list};
use crate::value::{Text, Value};
use aws_sdk_ec2::types::{
    InstanceIpv6AddressRequest, Ipv4PrefixSpecificationRequest, Ipv6PrefixSpecificationRequest,
    LaunchTemplateInstanceNetworkInterfaceSpecification as Found,
    LaunchTemplateInstanceNetworkInterfaceSpecificationRequest as Request, PrivateIpAddressSpecification,
};

pub fn fields() -> Vec<Field<(), ()>> {
    vec![
        truth("associate_carrier_ip_address"),
        truth("associate_public_ip_address"),
        block_list("connection_tracking_specification", 1, connection_tracking_specification::fields()).optional(),
        truth("delete_on_termination"),
        string("description"),
        whole("device_index"),
        block_list("ena_srd_specification", 1, ena_srd_specification::fields()).optional(),
        string("interface_type").one_of(&["", "efa", "efa-only", "interface"]),
        whole("ipv4_address_count"),
        strings("ipv4_addresses"),
        whole("ipv4_prefix_count"),
        strings("ipv4_prefixes"),
        whole("ipv6_address_count"),
        strings("ipv6_addresses"),
        whole("ipv6_prefix_count"),
        strings("ipv6_prefixes"),
        whole("network_card_index"),
        string("network_interface_id"),
        truth("primary_ipv6"),
        string("private_ip_address"),
        strings("security_groups"),
        string("subnet_id"),
    ]
}

pub fn request(block: &Want) -> Request {
    let truth = |name: &str| block.filled(name).map(|text| text == "true" || text == "1");
    let count = |name: &str| block.positive(name);
    let listed = |name: &str| Some(block.texts(name)).filter(|texts| !texts.is_empty());
    let primary = block.filled("private_ip_address");
    let addresses = listed("ipv4_addresses").map(|addresses| {
        let one = |address: String| {
            let is_primary = primary.as_ref() == Some(&address);
            PrivateIpAddressSpecification::builder().primary(is_primary).private_ip_address(address).build()
        };
        addresses.into_iter().map(one).collect()
    });
    let ipv6 = |address: String| InstanceIpv6AddressRequest::builder().ipv6_address(address).build();
    let ipv4_prefix = |prefix: String| Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(prefix).build();
    let ipv6_prefix = |prefix: String| Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(prefix).build();
    Request::builder()
        .set_associate_carrier_ip_address(truth("associate_carrier_ip_address"))
        .set_associate_public_ip_address(truth("associate_public_ip_address"))
        .set_connection_tracking_specification(
            block.item("connection_tracking_specification").as_ref().map(connection_tracking_specification::request),
        )
        .set_delete_on_termination(truth("delete_on_termination"))
        .set_description(block.filled("description"))
        .device_index(block.integer("device_index").unwrap_or_default())
        .set_ena_srd_specification(block.item("ena_srd_specification").as_ref().map(ena_srd_specification::request))
        .set_groups(listed("security_groups"))
        .set_interface_type(block.filled("interface_type"))
        .set_ipv4_prefix_count(count("ipv4_prefix_count"))
        .set_ipv4_prefixes(listed("ipv4_prefixes").map(|list| list.into_iter().map(ipv4_prefix).collect()))
        .set_ipv6_address_count(count("ipv6_address_count"))
        .set_ipv6_addresses(listed("ipv6_addresses").map(|list| list.into_iter().map(ipv6).collect()))
        .set_ipv6_prefix_count(count("ipv6_prefix_count"))
        .set_ipv6_prefixes(listed("ipv6_prefixes").map(|list| list.into_iter().map(ipv6_prefix).collect()))
        .set_network_card_index(count("network_card_index"))
        .set_network_interface_id(block.filled("network_interface_id"))
        .set_primary_ipv6(truth("primary_ipv6"))
        .set_private_ip_address(primary.clone().filter(|_| addresses.is_none()))
        .set_private_ip_addresses(addresses)
        .set_secondary_private_ip_address_count(count("ipv4_address_count"))
        .set_subnet_id(block.filled("subnet_id"))
        .build()
}

pub fn value(found: &Found) -> Value {
    let said = |text: Option<&str>| Value::text(text.unwrap_or_default());
    let truth = |truth: Option<bool>| Value::text(&truth.map(|truth| truth.to_string()).unwrap_or_default());
    let count = |count: Option<i32>| Value::from(i64::from(count.unwrap_or_default()));
    let listed =
        |texts: Vec<Option<&str>>| shown_texts(&texts.into_iter().flatten().map(str::to_owned).collect::<Vec<_>>());
    Value::object([
        (Text::from("associate_carrier_ip_address"), truth(found.associate_carrier_ip_address)),
        ("associate_public_ip_address".into(), truth(found.associate_public_ip_address)),
        (
            "connection_tracking_specification".into(),
            maybe(found.connection_tracking_specification().map(connection_tracking_specification::value)),
        ),
        ("delete_on_termination".into(), truth(found.delete_on_termination)),
        ("description".into(), said(found.description())),
        ("device_index".into(), count(found.device_index)),
        ("ena_srd_specification".into(), maybe(found.ena_srd_specification().map(ena_srd_specification::value))),
        ("interface_type".into(), said(found.interface_type())),
        ("ipv4_address_count".into(), count(found.secondary_private_ip_address_count)),
        (
            "ipv4_addresses".into(),
            listed(found.private_ip_addresses().iter().map(|one| one.private_ip_address()).collect()),
        ),
        ("ipv4_prefix_count".into(), count(found.ipv4_prefix_count)),
        ("ipv4_prefixes".into(), listed(found.ipv4_prefixes().iter().map(|one| one.ipv4_prefix()).collect())),
        ("ipv6_address_count".into(), count(found.ipv6_address_count)),
        ("ipv6_addresses".into(), listed(found.ipv6_addresses().iter().map(|one| one.ipv6_address()).collect())),
        ("ipv6_prefix_count".into(), count(found.ipv6_prefix_count)),
        ("ipv6_prefixes".into(), listed(found.ipv6_prefixes().iter().map(|one| one.ipv6_prefix()).collect())),
        ("network_card_index".into(), count(found.network_card_index)),
        ("network_interface_id".into(), said(found.network_interface_id())),
        ("primary_ipv6".into(), truth(found.primary_ipv6)),
        ("private_ip_address".into(), said(found.private_ip_address())),
        ("security_groups".into(), shown_texts(found.groups())),
        ("subnet_id".into(), said(found.subnet_id())),
    ])
}
