//! Routes, in route tables and on their own: `aws_route` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html>

use super::route_target::{TARGETS, replace, target, with_target};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Imports, Resource, Want, all_of, string_hash, text};
use crate::value::Value;
use aws_sdk_ec2::operation::create_route::builders::CreateRouteFluentBuilder as Create;
use aws_sdk_ec2::types::{Route as Described, RouteTable};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a route is for; it names the route within its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    Ipv4(String),
    Ipv6(String),
    PrefixList(String),
}

/// A route with the table it is in.
pub struct Route {
    table: String,
    route: Described,
}

pub fn route() -> Resource<Route, Create> {
    let destinations = ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];
    let others = |name: &str| destinations.iter().copied().filter(|other| *other != name).collect::<Vec<_>>();
    let mut fields: Vec<Field<Route, Create>> = vec![
        text("route_table_id")
            .required()
            .replaces()
            .from(|found: &Route| Some(found.table.clone()))
            .to(Create::set_route_table_id),
        text("destination_cidr_block")
            .optional()
            .replaces()
            .exactly_one(&others("destination_cidr_block"))
            .from(|found: &Route| Some(found.route.destination_cidr_block().unwrap_or_default().to_owned()))
            .to(Create::set_destination_cidr_block),
        text("destination_ipv6_cidr_block")
            .optional()
            .replaces()
            .exactly_one(&others("destination_ipv6_cidr_block"))
            .from(|found: &Route| Some(found.route.destination_ipv6_cidr_block().unwrap_or_default().to_owned()))
            .to(Create::set_destination_ipv6_cidr_block),
        text("destination_prefix_list_id")
            .optional()
            .replaces()
            .exactly_one(&others("destination_prefix_list_id"))
            .from(|found: &Route| Some(found.route.destination_prefix_list_id().unwrap_or_default().to_owned()))
            .to(Create::set_destination_prefix_list_id),
        text("instance_id").computed().from(|found: &Route| Some(target(&found.route, "instance_id"))),
        text("instance_owner_id")
            .computed()
            .from(|found: &Route| Some(found.route.instance_owner_id().unwrap_or_default().to_owned())),
        text("origin").computed().from(|found: &Route| found.route.origin().map(|origin| origin.as_str().to_owned())),
        text("state").computed().from(|found: &Route| found.route.state().map(|state| state.as_str().to_owned())),
    ];
    let targets: Vec<&str> = TARGETS.iter().copied().filter(|name| *name != "instance_id").collect();
    for name in targets.iter().copied() {
        let others: Vec<&str> = targets.iter().copied().filter(|other| *other != name).collect();
        let field: Field<Route, Create> = text(name)
            .optional()
            .exactly_one(&others)
            .changed_by("target")
            .from(move |found: &Route| Some(target(&found.route, name)));
        let field = field.to(move |request: Create, value: &Value| {
            with_target(request, name, value.as_str().map(ToString::to_string))
        });
        fields.push(if name == "network_interface_id" { field.computed() } else { field });
    }
    Resource::new("EC2 Route", 0, |aws| aws.ec2().create_route(), create)
        .fields(fields)
        .read_many(100, |found: &Route| id_of(&found.table, &Destination::of_api(&found.route)), read)
        .change("target", |call: Call| async move { put(&call.aws, &table_of(&call.id), &call.want, true).await })
        .delete(|call: Call| async move { forget(&call.aws, &table_of(&call.id), &Destination::of(&call.prior)).await })
        .missing(&["InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"])
        .retry_create_on(&["InvalidTransitGatewayID.NotFound"])
        .recovered_by(|call: Call| async move {
            let id = id_of(&call.want.text("route_table_id").unwrap_or_default(), &Destination::of(&call.want));
            let found = read(call.aws.clone(), vec![id.clone()]).await?;
            Ok(found.iter().any(|route| id_of(&route.table, &Destination::of_api(&route.route)) == id).then_some(id))
        })
        .imported_by(|_, id| async move { imported(&id) })
        .timeouts(&[("create", 5), ("delete", 5), ("update", 2)])
}

/// `TABLE_DESTINATION`
fn imported(id: &str) -> Result<Imports, Failure> {
    let parts = id.split_once('_').filter(|(table, to)| !table.is_empty() && !to.is_empty());
    let (table, to) = parts.ok_or_else(|| {
        Failure::new("import", "", format!("{id:?} is not an import ID of a route; expected ROUTETABLEID_DESTINATION"))
    })?;
    let (name, destination) = match to {
        to if to.contains(':') => ("destination_ipv6_cidr_block", Destination::Ipv6(to.into())),
        to if to.contains('.') => ("destination_cidr_block", Destination::Ipv4(to.into())),
        to => ("destination_prefix_list_id", Destination::PrefixList(to.into())),
    };
    let id = id_of(table, &destination);
    Ok(vec![("id", Value::text(&id)), ("route_table_id", Value::text(table)), (name, Value::text(to))])
}

impl Destination {
    /// From a `route` block or an `aws_route`.
    pub fn of(route: &Want) -> Self {
        let either = |short: &str, long: &str| route.filled(short).or_else(|| route.filled(long));
        if let Some(cidr) = either("cidr_block", "destination_cidr_block") {
            return Self::Ipv4(cidr);
        }
        match either("ipv6_cidr_block", "destination_ipv6_cidr_block") {
            Some(cidr) => Self::Ipv6(cidr),
            None => Self::PrefixList(route.filled("destination_prefix_list_id").unwrap_or_default()),
        }
    }

    fn of_api(route: &Described) -> Self {
        let text = |value: Option<&str>| value.map(str::to_owned);
        match (text(route.destination_cidr_block()), text(route.destination_ipv6_cidr_block())) {
            (Some(cidr), _) => Self::Ipv4(cidr),
            (None, Some(cidr)) => Self::Ipv6(cidr),
            (None, None) => Self::PrefixList(route.destination_prefix_list_id().unwrap_or_default().to_owned()),
        }
    }

    fn as_str(&self) -> &str {
        let (Self::Ipv4(text) | Self::Ipv6(text) | Self::PrefixList(text)) = self;
        text
    }
}

/// `r-rtb-1234` and a hash of the destination, as hashicorp's provider makes it.
fn id_of(table: &str, destination: &Destination) -> String {
    format!("r-{table}{}", string_hash(destination.as_str()))
}

/// The table's id inside a route's: `rtb-` and 8 or 17 hex digits.
fn table_of(id: &str) -> String {
    let rest = id.strip_prefix("r-").unwrap_or(id);
    let long = "rtb-".len() + 17;
    let is_long = rest.len() > long && rest["rtb-".len()..long].bytes().all(|byte| byte.is_ascii_hexdigit());
    rest.chars().take(if is_long { long } else { "rtb-".len() + 8 }).collect()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    request.send().await.map_err(Failure::of("EC2: CreateRoute"))?;
    Ok(id_of(&call.want.text("route_table_id").unwrap_or_default(), &Destination::of(&call.want)))
}

/// Routes are read with their tables: one call for all of them.
async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Route>, Failure> {
    let tables: BTreeSet<String> = ids.iter().map(|id| table_of(id)).collect();
    let request = aws.ec2().describe_route_tables().set_route_table_ids(Some(tables.into_iter().collect()));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    let in_table = |table: &RouteTable| {
        let name = table.route_table_id().unwrap_or_default().to_owned();
        table.routes().iter().map(move |route| Route { table: name.clone(), route: route.clone() }).collect::<Vec<_>>()
    };
    Ok(found.iter().flat_map(in_table).collect())
}

/// Makes a route, or points the one that is there elsewhere.
pub async fn put(aws: &Aws, table: &str, route: &Want, is_there: bool) -> Result<(), Failure> {
    let destination = Destination::of(route);
    if is_there {
        // The API has a replacing call of its own with the same parameters; deleting first would lose packets.
        return replace(aws, table, route, &destination).await;
    }
    let mut request = aws.ec2().create_route().route_table_id(table);
    request = match destination {
        Destination::Ipv4(cidr) => request.destination_cidr_block(cidr),
        Destination::Ipv6(cidr) => request.destination_ipv6_cidr_block(cidr),
        Destination::PrefixList(id) => request.destination_prefix_list_id(id),
    };
    for name in TARGETS {
        request = with_target(request, name, route.filled(name));
    }
    match request.send().await.map_err(Failure::of("EC2: CreateRoute")) {
        Err(failure) if failure.is_any(&["RouteAlreadyExists"]) => {
            replace(aws, table, route, &Destination::of(route)).await
        }
        Err(failure) => Err(failure),
        Ok(_) => Ok(()),
    }
}

pub async fn forget(aws: &Aws, table: &str, destination: &Destination) -> Result<(), Failure> {
    let request = aws.ec2().delete_route().route_table_id(table);
    let request = match destination.clone() {
        Destination::Ipv4(cidr) => request.destination_cidr_block(cidr),
        Destination::Ipv6(cidr) => request.destination_ipv6_cidr_block(cidr),
        Destination::PrefixList(id) => request.destination_prefix_list_id(id),
    };
    match request.send().await.map_err(Failure::of("EC2: DeleteRoute")) {
        Err(failure) if !failure.is_any(&["InvalidRoute.NotFound"]) => Err(failure),
        _ => Ok(()),
    }
}
