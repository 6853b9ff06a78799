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

use super::engine::{Entry, Kind, Source};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_customer_gateway", |_| Box::new(customer_gateway::customer_gateway())),
    ("aws_default_network_acl", |_| Box::new(default_network_acl::default_network_acl())),
    ("aws_default_route_table", |_| Box::new(default_route_table::default_route_table())),
    ("aws_default_security_group", |_| Box::new(default_security_group::default_security_group())),
    ("aws_default_subnet", |_| Box::new(default_subnet::default_subnet())),
    ("aws_default_vpc", |_| Box::new(default_vpc::default_vpc())),
    ("aws_vpc_dhcp_options", |_| Box::new(dhcp_options::dhcp_options())),
    ("aws_vpc_dhcp_options_association", |_| Box::new(dhcp_options_association::dhcp_options_association())),
    ("aws_egress_only_internet_gateway", |_| Box::new(egress_only_gateway::egress_only_gateway())),
    ("aws_eip", |_| Box::new(eip::eip())),
    ("aws_eip_association", |_| Box::new(eip_association::eip_association())),
    ("aws_vpc_endpoint", |_| Box::new(endpoint::vpc_endpoint())),
    ("aws_flow_log", |_| Box::new(flow_log::flow_log())),
    ("aws_security_group_rule", |_| Box::new(group_rule::security_group_rule())),
    ("aws_network_interface", |_| Box::new(interface::network_interface())),
    ("aws_internet_gateway", |_| Box::new(internet_gateway::internet_gateway())),
    ("aws_main_route_table_association", |_| Box::new(main_route_table_association::main_route_table_association())),
    ("aws_nat_gateway", |_| Box::new(nat_gateway::nat_gateway())),
    ("aws_network_acl", |_| Box::new(network_acl::network_acl())),
    ("aws_network_acl_rule", |_| Box::new(network_acl_rule::network_acl_rule())),
    ("aws_vpc_peering_connection", |_| Box::new(peering_connection::peering_connection())),
    ("aws_route", |_| Box::new(route::route())),
    ("aws_route_table", |_| Box::new(route_table::route_table())),
    ("aws_route_table_association", |_| Box::new(route_table_association::route_table_association())),
    ("aws_security_group", |_| Box::new(security_group::security_group())),
    ("aws_vpc_security_group_egress_rule", |_| Box::new(security_group_rule::egress())),
    ("aws_vpc_security_group_ingress_rule", |_| Box::new(security_group_rule::ingress())),
    ("aws_subnet", |_| Box::new(subnet::subnet())),
    ("aws_vpc", |_| Box::new(vpc::vpc())),
    ("aws_vpc_ipv4_cidr_block_association", |_| Box::new(vpc_cidr_block::vpc_cidr_block())),
    ("aws_vpn_gateway", |_| Box::new(vpn_gateway::vpn_gateway())),
    ("aws_vpn_gateway_attachment", |_| Box::new(vpn_gateway_attachment::vpn_gateway_attachment())),
];

pub const SOURCES: &[Entry<dyn Source>] = &[
    ("aws_vpc_endpoint_service", |_| Box::new(endpoint_service::endpoint_service())),
    ("aws_caller_identity", |_| Box::new(identity::caller_identity())),
    ("aws_default_tags", |_| Box::new(identity::default_tags())),
    ("aws_partition", |_| Box::new(identity::partition())),
    ("aws_security_group", |_| Box::new(lookups::security_group())),
    ("aws_subnet", |_| Box::new(lookups::subnet())),
    ("aws_subnets", |_| Box::new(lookups::subnets())),
    ("aws_vpc", |_| Box::new(lookups::vpc())),
    ("aws_vpcs", |_| Box::new(lookups::vpcs())),
    ("aws_region", |_| Box::new(region::region())),
    ("aws_route_table", |_| Box::new(route_table_data::route_table())),
    ("aws_availability_zones", |_| Box::new(zones::availability_zones())),
];
