//! Networks: VPCs and what is in them.

mod eip;
mod group_rule;
mod identity;
mod internet_gateway;
mod nat_gateway;
mod region;
mod route;
mod route_table;
mod route_table_association;
mod security_group;
mod security_group_rule;
mod security_group_rules;
mod subnet;
mod vpc;
mod zones;

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(eip::eip()),
        Box::new(internet_gateway::internet_gateway()),
        Box::new(group_rule::security_group_rule()),
        Box::new(nat_gateway::nat_gateway()),
        Box::new(route::route()),
        Box::new(route_table::route_table()),
        Box::new(route_table_association::route_table_association()),
        Box::new(security_group::security_group()),
        Box::new(security_group_rule::egress()),
        Box::new(security_group_rule::ingress()),
        Box::new(subnet::subnet()),
        Box::new(vpc::vpc()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![
        Box::new(identity::caller_identity()),
        Box::new(identity::partition()),
        Box::new(region::region()),
        Box::new(zones::availability_zones()),
    ]
}
