//! Networks: VPCs and what is in them.

mod customer_gateway;
mod default_network_acl;
mod default_route_table;
mod default_security_group;
mod default_subnet;
mod default_vpc;
mod dhcp_options;
mod dhcp_options_association;
mod egress_only_gateway;
mod eip;
mod eip_association;
mod endpoint;
mod endpoint_changes;
mod endpoint_fields;
mod endpoint_service;
mod flow_log;
mod group_rule;
mod group_rule_key;
mod identity;
mod interface;
mod interface_addresses;
mod interface_changes;
mod interface_fields;
mod internet_gateway;
mod lookups;
mod main_route_table_association;
mod nat_gateway;
mod network_acl;
mod network_acl_entries;
mod network_acl_rule;
mod peering_connection;
mod region;
mod route;
mod route_table;
mod route_table_association;
mod route_table_data;
mod route_target;
mod security_group;
mod security_group_rule;
mod security_group_rules;
mod subnet;
mod vpc;
mod vpc_cidr_block;
mod vpc_ipv6;
mod vpc_surroundings;
mod vpn_gateway;
mod vpn_gateway_attachment;
mod zones;

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(customer_gateway::customer_gateway()),
        Box::new(default_network_acl::default_network_acl()),
        Box::new(default_route_table::default_route_table()),
        Box::new(default_security_group::default_security_group()),
        Box::new(default_subnet::default_subnet()),
        Box::new(default_vpc::default_vpc()),
        Box::new(dhcp_options::dhcp_options()),
        Box::new(dhcp_options_association::dhcp_options_association()),
        Box::new(egress_only_gateway::egress_only_gateway()),
        Box::new(eip::eip()),
        Box::new(eip_association::eip_association()),
        Box::new(endpoint::vpc_endpoint()),
        Box::new(flow_log::flow_log()),
        Box::new(group_rule::security_group_rule()),
        Box::new(interface::network_interface()),
        Box::new(internet_gateway::internet_gateway()),
        Box::new(main_route_table_association::main_route_table_association()),
        Box::new(nat_gateway::nat_gateway()),
        Box::new(network_acl::network_acl()),
        Box::new(network_acl_rule::network_acl_rule()),
        Box::new(peering_connection::peering_connection()),
        Box::new(route::route()),
        Box::new(route_table::route_table()),
        Box::new(route_table_association::route_table_association()),
        Box::new(security_group::security_group()),
        Box::new(security_group_rule::egress()),
        Box::new(security_group_rule::ingress()),
        Box::new(subnet::subnet()),
        Box::new(vpc::vpc()),
        Box::new(vpc_cidr_block::vpc_cidr_block()),
        Box::new(vpn_gateway::vpn_gateway()),
        Box::new(vpn_gateway_attachment::vpn_gateway_attachment()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![
        Box::new(endpoint_service::endpoint_service()),
        Box::new(identity::caller_identity()),
        Box::new(identity::default_tags()),
        Box::new(identity::partition()),
        Box::new(lookups::security_group()),
        Box::new(lookups::subnet()),
        Box::new(lookups::subnets()),
        Box::new(lookups::vpc()),
        Box::new(lookups::vpcs()),
        Box::new(region::region()),
        Box::new(route_table_data::route_table()),
        Box::new(zones::availability_zones()),
    ]
}
