//! `aws_route_table_association` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTableAssociation.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, all_of, text};
use crate::value::Value;
use aws_sdk_ec2::operation::associate_route_table::builders::AssociateRouteTableFluentBuilder as Create;
use aws_sdk_ec2::types::RouteTableAssociation as Association;
use std::sync::Arc;

pub fn route_table_association() -> Resource<Association, Create> {
    Resource::new("EC2 Route Table Association", 0, |aws| aws.ec2().associate_route_table(), create)
        .fields(vec![
            text("gateway_id")
                .optional()
                .replaces()
                .exactly_one(&["subnet_id"])
                .from(|found: &Association| Some(found.gateway_id().unwrap_or_default().to_owned()))
                .to(Create::set_gateway_id),
            text("route_table_id")
                .required()
                .from(Association::route_table_id)
                .to(Create::set_route_table_id)
                .changed_by("table"),
            text("subnet_id")
                .optional()
                .replaces()
                .exactly_one(&["gateway_id"])
                .from(|found: &Association| Some(found.subnet_id().unwrap_or_default().to_owned()))
                .to(Create::set_subnet_id),
        ])
        .read_many(200, |found| found.route_table_association_id().unwrap_or_default().to_owned(), read)
        .change_to_new_id("table", change_table)
        .delete(delete)
        .missing(&["InvalidAssociationID.NotFound"])
        .recovered_by(find)
        .imported_by(imported)
        .timeouts(&[("create", 5), ("delete", 5), ("update", 2)])
}

/// `SUBNET/TABLE` or `GATEWAY/TABLE`
async fn imported(aws: Arc<Aws>, id: String) -> Result<Imports, Failure> {
    let wrong = |why: &str| Failure::new("import", "", format!("{id:?} {why}"));
    let (target, table) =
        id.split_once('/').ok_or_else(|| wrong("is not SUBNETID/ROUTETABLEID or GATEWAYID/ROUTETABLEID"))?;
    let all = by_filter(&aws, "route-table-id", vec![table.to_owned()]).await?;
    let is_meant = |found: &&Association| found.subnet_id() == Some(target) || found.gateway_id() == Some(target);
    let association = all.iter().find(is_meant).and_then(Association::route_table_association_id);
    let association = association.ok_or_else(|| wrong("names no association"))?;
    Ok(vec![("id", Value::text(association))])
}

async fn create(request: Create, _call: Call) -> Result<String, Failure> {
    let answer = request.send().await.map_err(Failure::of("EC2: AssociateRouteTable"))?;
    Ok(answer.association_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Association>, Failure> {
    by_filter(&aws, "association.route-table-association-id", ids).await
}

async fn by_filter(aws: &Aws, name: &str, values: Vec<String>) -> Result<Vec<Association>, Failure> {
    let request = aws.ec2().describe_route_tables().filters(filter(name, values.clone()));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    let all = found.into_iter().flat_map(|table| table.associations.unwrap_or_default());
    Ok(all.collect())
}

/// A new table gives a new association; the id follows.
async fn change_table(call: Call) -> Result<(), Failure> {
    let table = call.want.text("route_table_id").unwrap_or_default();
    let request = call.aws.ec2().replace_route_table_association().association_id(&call.id).route_table_id(table);
    request.send().await.map_err(Failure::of("EC2: ReplaceRouteTableAssociation"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().disassociate_route_table().association_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DisassociateRouteTable"))?;
    Ok(())
}

/// A subnet has one association of its own at most, a gateway one with each table.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let (subnet, gateway) = (call.want.filled("subnet_id"), call.want.filled("gateway_id"));
    let found = match &subnet {
        Some(subnet) => by_filter(&call.aws, "association.subnet-id", vec![subnet.clone()]).await?,
        None => {
            by_filter(&call.aws, "route-table-id", call.want.filled("route_table_id").into_iter().collect()).await?
        }
    };
    let is_own = |found: &&Association| match &subnet {
        Some(subnet) => found.subnet_id() == Some(subnet),
        None => gateway.is_some() && found.gateway_id() == gateway.as_deref(),
    };
    Ok(found.iter().find(is_own).and_then(Association::route_table_association_id).map(str::to_owned))
}
