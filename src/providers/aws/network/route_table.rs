//! `aws_route_table` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html>

use super::route::{Destination, forget, put};
use super::route_target::{route_fields, value_of};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Resource, Tagging, Want, all_of, objects, set_of_text, text};
use crate::schema::Nesting;
use crate::value::{Type, Value};
use aws_sdk_ec2::operation::create_route_table::builders::CreateRouteTableFluentBuilder as Create;
use aws_sdk_ec2::types::{ResourceType, Route, RouteOrigin, RouteTable as Described};
use std::sync::Arc;

pub struct RouteTable {
    pub table: Described,
    pub arn: String,
}

pub fn route_table() -> Resource<RouteTable, Create> {
    Resource::new("EC2 Route Table", 0, |aws| aws.ec2().create_route_table(), create)
        .fields(vec![
            text("arn").computed().from(|found: &RouteTable| Some(found.arn.clone())),
            text("owner_id").computed().from(|found: &RouteTable| found.table.owner_id().map(str::to_owned)),
            set_of_text("propagating_vgws").optional().computed().from(gateways).changed_by("propagation"),
            objects("route", Nesting::Set, route_fields()).optional().computed().from(routes).changed_by("routes"),
            text("vpc_id")
                .required()
                .replaces()
                .from(|found: &RouteTable| found.table.vpc_id().map(str::to_owned))
                .to(Create::set_vpc_id),
        ])
        .read_many(200, |found: &RouteTable| found.table.route_table_id().unwrap_or_default().to_owned(), read)
        .change_after_create("propagation", change_propagation)
        .change_after_create("routes", change_routes)
        .tagged(|found| tag_map(found.table.tags()), change_tags)
        .delete(delete)
        .recovered_by_tag(Tagging::Ec2)
        .missing(&["InvalidRouteTableID.NotFound"])
        .retry_delete_on(&["DependencyViolation"])
        .timeouts(&[("create", 5), ("delete", 5), ("update", 2)])
}

/// Routes that somebody made: not the local one, nor those that gateways announce.
pub fn routes(found: &RouteTable) -> Value {
    let is_own = |route: &&Route| {
        route.gateway_id() != Some("local")
            && route.origin() != Some(&RouteOrigin::EnableVgwRoutePropagation)
            && !(route.gateway_id().is_some_and(|id| id.starts_with("vpce-"))
                && route.destination_prefix_list_id().is_some())
    };
    let routes: Vec<Value> = found.table.routes().iter().filter(is_own).map(value_of).collect();
    let element = routes.first().map_or(Type::Dynamic, Value::type_of);
    Value::set(element, routes)
}

pub fn gateways(found: &RouteTable) -> Value {
    let ids = found.table.propagating_vgws().iter().filter_map(|gateway| gateway.gateway_id().map(Value::text));
    Value::set(Type::String, ids.collect())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request
        .client_token(&call.token)
        .set_tag_specifications(tag_specifications(ResourceType::RouteTable, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateRouteTable"))?;
    Ok(answer.route_table().and_then(Described::route_table_id).unwrap_or_default().to_owned())
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<RouteTable>, Failure> {
    let request = aws.ec2().describe_route_tables().set_route_table_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    let assemble = |table: Described| RouteTable {
        arn: arn(&aws, table.owner_id().unwrap_or_default(), "route-table", table.route_table_id().unwrap_or_default()),
        table,
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// Routes go by destination: a new target replaces, a destination that is gone is deleted.
pub async fn change_routes(call: Call) -> Result<(), Failure> {
    let (former, wanted): (Vec<Want>, Vec<Want>) = (call.prior.items("route"), call.want.items("route"));
    for route in &former {
        let destination = Destination::of(route);
        if !wanted.iter().any(|other| Destination::of(other) == destination) {
            forget(&call.aws, &call.id, &destination).await?;
        }
    }
    for route in &wanted {
        let destination = Destination::of(route);
        let before = former.iter().find(|other| Destination::of(other) == destination);
        if before.is_none_or(|before| before.0 != route.0) {
            put(&call.aws, &call.id, route, before.is_some()).await?;
        }
    }
    Ok(())
}

pub async fn change_propagation(call: Call) -> Result<(), Failure> {
    let (gone, new) = call.gone_and_new("propagating_vgws");
    for gateway in gone {
        let request = call.aws.ec2().disable_vgw_route_propagation().route_table_id(&call.id).gateway_id(gateway);
        request.send().await.map_err(Failure::of("EC2: DisableVgwRoutePropagation"))?;
    }
    for gateway in new {
        let request = call.aws.ec2().enable_vgw_route_propagation().route_table_id(&call.id).gateway_id(gateway);
        request.send().await.map_err(Failure::of("EC2: EnableVgwRoutePropagation"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_route_table().route_table_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteRouteTable"))?;
    Ok(())
}
