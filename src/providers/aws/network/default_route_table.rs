//! `aws_default_route_table`: the main route table that every VPC has, taken over with all of its routes.

use super::route_table::{RouteTable, change_propagation, change_routes, gateways, read, routes};
use super::route_target::route_fields;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, filter, tag_map};
use crate::providers::aws::engine::{
    Call, Failure, Field, Imports, Resource, Want, all_of, objects, set_of_text, text,
};
use crate::schema::Nesting;
use crate::value::{Text, Value};
use std::sync::Arc;

pub fn default_route_table() -> Resource<RouteTable, ()> {
    Resource::adopting("EC2 Default Route Table", 0, find)
        .fields(fields())
        .read_many(200, id_of, read)
        .rest_of_create(remove_all)
        .change_after_create("propagation", change_propagation)
        .change_after_create("routes", change_routes)
        .tagged(|found| tag_map(found.table.tags()), change_tags)
        .missing(&["InvalidRouteTableID.NotFound"])
        .imported_by(imported)
        .timeouts(&[("create", 5), ("update", 2)])
}

fn fields() -> Vec<Field<RouteTable, ()>> {
    // The main table has no routes over a carrier's or an outpost's gateway.
    let targets = route_fields()
        .into_iter()
        .filter(|field| !["carrier_gateway_id", "local_gateway_id"].contains(&field.declared.name));
    // An instance as a target is the older way to name its interface; the API never tells it.
    let targets = targets.chain([text("instance_id").optional()]).collect();
    vec![
        text("arn").computed().from(|found: &RouteTable| Some(found.arn.clone())),
        text("default_route_table_id").required().replaces().from(|found: &RouteTable| Some(id_of(found))),
        text("owner_id").computed().from(|found: &RouteTable| found.table.owner_id().map(str::to_owned)),
        set_of_text("propagating_vgws").optional().from(gateways).changed_by("propagation"),
        objects("route", Nesting::Set, targets).optional().computed().from(routes).changed_by("routes"),
        text("vpc_id").computed().from(|found: &RouteTable| found.table.vpc_id().map(str::to_owned)),
    ]
}

fn id_of(found: &RouteTable) -> String {
    found.table.route_table_id().unwrap_or_default().to_owned()
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let id = call.want.text("default_route_table_id").unwrap_or_default();
    Ok(read(call.aws.clone(), vec![id]).await?.first().map(id_of))
}

/// Imported by its network's id.
async fn imported(aws: Arc<Aws>, network: String) -> Result<Imports, Failure> {
    let request = aws.ec2().describe_route_tables().filters(filter("vpc-id", [network.as_str()]));
    let request = request.filters(filter("association.main", ["true"]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    let table = found.into_iter().next().and_then(|table| table.route_table_id);
    let table = table.ok_or_else(|| Failure::new("import", "", format!("there is no network {network:?}")))?;
    Ok(vec![("id", Value::text(&table)), ("default_route_table_id", Value::text(&table))])
}

/// What was there before goes, as hashicorp's provider has it, whether routes are configured or not.
async fn remove_all(call: Call) -> Result<(), Failure> {
    for table in read(call.aws.clone(), vec![call.id.clone()]).await? {
        let there =
            Want(Value::object([(Text::from("route"), routes(&table)), ("propagating_vgws".into(), gateways(&table))]));
        let call = Call { prior: there, want: Want(Value::empty_object()), ..call.clone() };
        change_propagation(call.clone()).await?;
        change_routes(call).await?;
    }
    Ok(())
}
