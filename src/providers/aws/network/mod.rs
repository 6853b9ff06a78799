//! Networks: VPCs and what is in them.

mod internet_gateway;
mod route;
mod route_table;
mod subnet;
mod vpc;

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(internet_gateway::internet_gateway()),
        Box::new(route::route()),
        Box::new(route_table::route_table()),
        Box::new(subnet::subnet()),
        Box::new(vpc::vpc()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    Vec::new()
}
