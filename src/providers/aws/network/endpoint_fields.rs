//! The attributes of `aws_vpc_endpoint`.

use super::endpoint::Endpoint;
use crate::providers::aws::engine::{
    Field, block_list, block_set, flag, is_same_policy, normal_json, objects, set_of_text, text, texts,
};
use crate::providers::aws::identity::normal_policy;
use crate::schema::Nesting;
use aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointFluentBuilder as Create;
use aws_sdk_ec2::types::{NetworkInterface, VpcEndpoint};
use serde_json::{Value as Json, json};

pub fn fields() -> Vec<Field<Endpoint, Create>> {
    let entry = vec![text("dns_name"), text("hosted_zone_id")];
    let options = vec![
        text("dns_record_ip_type").optional().computed(),
        flag("private_dns_only_for_inbound_resolver_endpoint").optional(),
    ];
    let subnet = vec![text("ipv4").optional(), text("ipv6").optional(), text("subnet_id").optional()];
    vec![
        text("arn").computed().from(|found: &Endpoint| Some(found.arn.clone())),
        flag("auto_accept").optional().changed_by("acceptance"),
        texts("cidr_blocks")
            .computed()
            .from(|found: &Endpoint| json!(found.prefix_list.as_ref().map(|list| list.cidrs()).unwrap_or_default())),
        objects("dns_entry", Nesting::List, entry).computed().from(dns_entries),
        block_list("dns_options", 1, options).optional().computed().from(dns_options).changed_by("endpoint"),
        shown("ip_address_type", |endpoint| endpoint.ip_address_type().map(|kind| kind.as_str()))
            .optional()
            .enum_to(Create::set_ip_address_type)
            .changed_by("endpoint"),
        set("network_interface_ids", |endpoint| endpoint.network_interface_ids().to_vec()),
        shown("owner_id", VpcEndpoint::owner_id),
        text("policy")
            .optional()
            .computed()
            .stored(normal_policy)
            .same(is_same_policy)
            .from(|found: &Endpoint| Some(normal_json(found.endpoint.policy_document().unwrap_or_default())))
            .to(Create::set_policy_document)
            .changed_by("endpoint"),
        text("prefix_list_id")
            .computed()
            .from(|found: &Endpoint| found.prefix_list.as_ref()?.prefix_list_id().map(str::to_owned)),
        flag("private_dns_enabled")
            .optional()
            .computed()
            .from(|found: &Endpoint| found.endpoint.private_dns_enabled())
            .changed_by("endpoint"),
        flag("requester_managed")
            .computed()
            .from(|found: &Endpoint| Some(found.endpoint.requester_managed().unwrap_or_default())),
        text("resource_configuration_arn")
            .optional()
            .replaces()
            .from(|found: &Endpoint| Some(found.endpoint.resource_configuration_arn().unwrap_or_default().to_owned()))
            .to(Create::set_resource_configuration_arn),
        set("route_table_ids", |endpoint| endpoint.route_table_ids().to_vec())
            .optional()
            .to(Create::set_route_table_ids)
            .changed_by("endpoint"),
        set("security_group_ids", |endpoint| {
            endpoint.groups().iter().filter_map(|group| group.group_id.clone()).collect()
        })
        .optional()
        .to(Create::set_security_group_ids)
        .changed_by("endpoint"),
        text("service_name")
            .optional()
            .replaces()
            .from(|found: &Endpoint| Some(found.endpoint.service_name().unwrap_or_default().to_owned()))
            .to(Create::set_service_name),
        text("service_network_arn")
            .optional()
            .replaces()
            .from(|found: &Endpoint| Some(found.endpoint.service_network_arn().unwrap_or_default().to_owned()))
            .to(Create::set_service_network_arn),
        shown("service_region", VpcEndpoint::service_region).optional().replaces().to(Create::set_service_region),
        shown("state", |endpoint| endpoint.state().map(|state| state.as_str())),
        block_set("subnet_configuration", subnet)
            .optional()
            .computed()
            .from(subnet_configurations)
            .changed_by("endpoint"),
        set("subnet_ids", |endpoint| endpoint.subnet_ids().to_vec())
            .optional()
            .to(Create::set_subnet_ids)
            .changed_by("endpoint"),
        text("vpc_endpoint_type")
            .default("Gateway")
            .replaces()
            .one_of(&["GatewayLoadBalancer", "Gateway", "Interface", "Resource", "ServiceNetwork"])
            .from(|found: &Endpoint| found.endpoint.vpc_endpoint_type().map(|kind| kind.as_str().to_owned()))
            .enum_to(Create::set_vpc_endpoint_type),
        text("vpc_id")
            .required()
            .replaces()
            .from(|found: &Endpoint| found.endpoint.vpc_id().map(str::to_owned))
            .to(Create::set_vpc_id),
    ]
}

/// A text of the endpoint, empty where the API says nothing.
fn shown(name: &'static str, get: fn(&VpcEndpoint) -> Option<&str>) -> Field<Endpoint, Create> {
    text(name).computed().from(move |found: &Endpoint| Some(get(&found.endpoint).unwrap_or_default().to_owned()))
}

fn set(name: &'static str, get: fn(&VpcEndpoint) -> Vec<String>) -> Field<Endpoint, Create> {
    set_of_text(name).computed().from(move |found: &Endpoint| json!(get(&found.endpoint)))
}

fn dns_entries(found: &Endpoint) -> Json {
    let entries = found.endpoint.dns_entries().iter();
    entries.map(|entry| json!({ "dns_name": entry.dns_name(), "hosted_zone_id": entry.hosted_zone_id() })).collect()
}

fn dns_options(found: &Endpoint) -> Json {
    let options = found.endpoint.dns_options().into_iter();
    let block = options.map(|options| {
        json!({
            "dns_record_ip_type": options.dns_record_ip_type().map_or("", |kind| kind.as_str()),
            "private_dns_only_for_inbound_resolver_endpoint":
                options.private_dns_only_for_inbound_resolver_endpoint().unwrap_or_default(),
        })
    });
    block.collect()
}

fn subnet_configurations(found: &Endpoint) -> Json {
    let block = |interface: &NetworkInterface| {
        json!({
            "ipv4": interface.private_ip_address().unwrap_or_default(),
            "ipv6": interface.ipv6_addresses().first().and_then(|one| one.ipv6_address()).unwrap_or_default(),
            "subnet_id": interface.subnet_id().unwrap_or_default(),
        })
    };
    found.interfaces.iter().map(block).collect()
}
