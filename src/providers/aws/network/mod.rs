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
    ("aws_customer_gateway", |_| customer_gateway::customer_gateway().into()),
    ("aws_default_network_acl", |_| default_network_acl::default_network_acl().into()),
    ("aws_default_route_table", |_| default_route_table::default_route_table().into()),
    ("aws_default_security_group", |_| default_security_group::default_security_group().into()),
    ("aws_default_subnet", |_| default_subnet::default_subnet().into()),
    ("aws_default_vpc", |_| default_vpc::default_vpc().into()),
    ("aws_vpc_dhcp_options", |_| dhcp_options::dhcp_options().into()),
    ("aws_vpc_dhcp_options_association", |_| dhcp_options_association::dhcp_options_association().into()),
    ("aws_egress_only_internet_gateway", |_| egress_only_gateway::egress_only_gateway().into()),
    ("aws_eip", |_| eip::eip().into()),
    ("aws_eip_association", |_| eip_association::eip_association().into()),
    ("aws_vpc_endpoint", |_| endpoint::vpc_endpoint().into()),
    ("aws_flow_log", |_| flow_log::flow_log().into()),
    ("aws_security_group_rule", |_| group_rule::security_group_rule().into()),
    ("aws_network_interface", |_| interface::network_interface().into()),
    ("aws_internet_gateway", |_| internet_gateway::internet_gateway().into()),
    ("aws_main_route_table_association", |_| main_route_table_association::main_route_table_association().into()),
    ("aws_nat_gateway", |_| nat_gateway::nat_gateway().into()),
    ("aws_network_acl", |_| network_acl::network_acl().into()),
    ("aws_network_acl_rule", |_| network_acl_rule::network_acl_rule().into()),
    ("aws_vpc_peering_connection", |_| peering_connection::peering_connection().into()),
    ("aws_route", |_| route::route().into()),
    ("aws_route_table", |_| route_table::route_table().into()),
    ("aws_route_table_association", |_| route_table_association::route_table_association().into()),
    ("aws_security_group", |_| security_group::security_group().into()),
    ("aws_vpc_security_group_egress_rule", |_| security_group_rule::egress().into()),
    ("aws_vpc_security_group_ingress_rule", |_| security_group_rule::ingress().into()),
    ("aws_subnet", |_| subnet::subnet().into()),
    ("aws_vpc", |_| vpc::vpc().into()),
    ("aws_vpc_ipv4_cidr_block_association", |_| vpc_cidr_block::vpc_cidr_block().into()),
    ("aws_vpn_gateway", |_| vpn_gateway::vpn_gateway().into()),
    ("aws_vpn_gateway_attachment", |_| vpn_gateway_attachment::vpn_gateway_attachment().into()),
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
