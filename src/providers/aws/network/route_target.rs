//! Where a route leads: the attributes that name a target, and the API's own.

use super::route::Destination;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Field, Want, text};
use crate::value::{Text, Value};
use aws_sdk_ec2::operation::create_route::builders::CreateRouteFluentBuilder as Create;
use aws_sdk_ec2::types::Route as Described;

/// Where packets go to, by attribute name and the API's own.
pub const TARGETS: [&str; 11] = [
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
    "instance_id",
];

/// The parts of a `route` block of a table.
pub fn route_fields() -> Vec<Field<(), ()>> {
    let names = ["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"];
    let targets = TARGETS.iter().filter(|name| **name != "instance_id");
    names.iter().chain(targets).map(|name| text(name).optional()).collect()
}

pub fn target(route: &Described, name: &str) -> String {
    let gateway = route.gateway_id().unwrap_or_default();
    let value = match name {
        "carrier_gateway_id" => route.carrier_gateway_id(),
        "core_network_arn" => route.core_network_arn(),
        "egress_only_gateway_id" => route.egress_only_internet_gateway_id(),
        "gateway_id" => Some(gateway).filter(|id| !id.starts_with("vpce-")),
        "vpc_endpoint_id" => Some(gateway).filter(|id| id.starts_with("vpce-")),
        "local_gateway_id" => route.local_gateway_id(),
        "nat_gateway_id" => route.nat_gateway_id(),
        "network_interface_id" => route.network_interface_id(),
        "transit_gateway_id" => route.transit_gateway_id(),
        "vpc_peering_connection_id" => route.vpc_peering_connection_id(),
        _ => route.instance_id(),
    };
    value.unwrap_or_default().to_owned()
}

/// A route as a `route` block of a table: no nulls.
pub fn value_of(route: &Described) -> Value {
    let text = |value: Option<&str>| Value::text(value.unwrap_or_default());
    let destinations = [
        ("cidr_block", text(route.destination_cidr_block())),
        ("ipv6_cidr_block", text(route.destination_ipv6_cidr_block())),
        ("destination_prefix_list_id", text(route.destination_prefix_list_id())),
    ];
    // The API never names an instance: it is the interface that it tells.
    let target = |name: &'static str| if name == "instance_id" { String::new() } else { target(route, name) };
    let targets = TARGETS.iter().map(|name| (*name, Value::text(&target(name))));
    Value::object(destinations.into_iter().chain(targets).map(|(name, value)| (Text::from(name), value)))
}

pub fn with_target(request: Create, name: &str, id: Option<String>) -> Create {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return request };
    match name {
        "carrier_gateway_id" => request.carrier_gateway_id(id),
        "core_network_arn" => request.core_network_arn(id),
        "egress_only_gateway_id" => request.egress_only_internet_gateway_id(id),
        "gateway_id" => request.gateway_id(id),
        "vpc_endpoint_id" => request.vpc_endpoint_id(id),
        "local_gateway_id" => request.local_gateway_id(id),
        "nat_gateway_id" => request.nat_gateway_id(id),
        "network_interface_id" => request.network_interface_id(id),
        "transit_gateway_id" => request.transit_gateway_id(id),
        "vpc_peering_connection_id" => request.vpc_peering_connection_id(id),
        _ => request.instance_id(id),
    }
}

pub async fn replace(aws: &Aws, table: &str, route: &Want, destination: &Destination) -> Result<(), Failure> {
    let mut request = aws.ec2().replace_route().route_table_id(table);
    request = match destination {
        Destination::Ipv4(cidr) => request.destination_cidr_block(cidr),
        Destination::Ipv6(cidr) => request.destination_ipv6_cidr_block(cidr),
        Destination::PrefixList(id) => request.destination_prefix_list_id(id),
    };
    request = request
        .set_carrier_gateway_id(route.filled("carrier_gateway_id"))
        .set_core_network_arn(route.filled("core_network_arn"))
        .set_egress_only_internet_gateway_id(route.filled("egress_only_gateway_id"))
        .set_gateway_id(route.filled("gateway_id"))
        .set_vpc_endpoint_id(route.filled("vpc_endpoint_id"))
        .set_local_gateway_id(route.filled("local_gateway_id"))
        .set_nat_gateway_id(route.filled("nat_gateway_id"))
        .set_network_interface_id(route.filled("network_interface_id"))
        .set_transit_gateway_id(route.filled("transit_gateway_id"))
        .set_vpc_peering_connection_id(route.filled("vpc_peering_connection_id"));
    request.send().await.map_err(Failure::of("EC2: ReplaceRoute"))?;
    Ok(())
}
