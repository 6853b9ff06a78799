//! `data "aws_route_table"`: by id, by network, by what it is associated with, by tags and filters.

use super::route_table::{RouteTable, read, routes};
use super::route_target::route_fields;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter_blocks;
use crate::providers::aws::engine::{
    Failure, Found, Lookup, Want, all_of, flag, found_tags, found_text, given, objects, only_one, show, text,
};
use crate::schema::Nesting;
use crate::value::{Text, Value};
use aws_sdk_ec2::types::RouteTableAssociation;
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub fn route_table() -> Lookup {
    let names = ["gateway_id", "route_table_association_id", "route_table_id", "subnet_id"];
    let association = names.map(text).into_iter().chain([flag("main")]).collect();
    let route = route_fields().into_iter().chain([text("instance_id")]).collect();
    let fields = vec![
        found_text("arn", |found: &RouteTable| Some(&found.arn)),
        objects("associations", Nesting::List, association).computed().from(associations),
        filter_blocks(),
        text("gateway_id").optional().computed(),
        found_text("id", |found: &RouteTable| found.table.route_table_id()).optional(),
        found_text("owner_id", |found: &RouteTable| found.table.owner_id()),
        found_text("route_table_id", |found: &RouteTable| found.table.route_table_id()).optional(),
        objects("routes", Nesting::List, route).computed().from(shown_routes),
        text("subnet_id").optional().computed(),
        found_tags(),
        found_text("vpc_id", |found: &RouteTable| found.table.vpc_id()).optional(),
    ];
    Lookup::new("EC2 Route Table", fields, find).timeouts(&["read"])
}

fn associations(found: &Found<RouteTable>) -> Json {
    let association = |one: &RouteTableAssociation| {
        json!({
            "gateway_id": one.gateway_id().unwrap_or_default(),
            "main": one.main().unwrap_or_default(),
            "route_table_association_id": one.route_table_association_id(),
            "route_table_id": one.route_table_id(),
            "subnet_id": one.subnet_id().unwrap_or_default(),
        })
    };
    found.object.table.associations().iter().map(association).collect()
}

/// As the resource shows them, and without the instances that routes could once lead to.
fn shown_routes(found: &Found<RouteTable>) -> Value {
    let with_instance = |route: &Value| {
        let entries = route.as_entries().into_iter().flat_map(|entries| entries.iter());
        let all = entries.map(|(name, value)| (name.clone(), value.clone()));
        Value::object(all.chain([(Text::from("instance_id"), Value::text(""))]).collect::<Vec<_>>())
    };
    Value::tuple(routes(&found.object).as_items().unwrap_or_default().iter().map(with_instance).collect())
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Found<RouteTable>, Failure> {
    let filters = [
        ("association.gateway-id", want.filled("gateway_id")),
        ("association.subnet-id", want.filled("subnet_id")),
        ("route-table-id", want.filled("route_table_id").or_else(|| want.filled("id"))),
        ("vpc-id", want.filled("vpc_id")),
    ];
    let request = aws.ec2().describe_route_tables().set_filters(given(&want, &filters));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    let table = only_one(found, "Route Table")?;
    show(&aws, read(aws.clone(), table.route_table_id.into_iter().collect()).await?, |found| found.table.tags())
}
