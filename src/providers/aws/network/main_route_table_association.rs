//! `aws_main_route_table_association` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html>
//!
//! A VPC always has a main route table. This puts another in its place and puts the former back when it is destroyed.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::filter;
use crate::providers::aws::engine::{Call, Failure, Resource, all_of, not_importable, text};
use crate::value::Value;
use aws_sdk_ec2::operation::replace_route_table_association::builders::ReplaceRouteTableAssociationFluentBuilder as Create;
use aws_sdk_ec2::types::{RouteTable, RouteTableAssociation};
use std::sync::Arc;

pub struct Main {
    vpc: String,
    association: RouteTableAssociation,
}

pub fn main_route_table_association() -> Resource<Main, Create> {
    Resource::new("EC2 Main Route Table Association", 0, |aws| aws.ec2().replace_route_table_association(), create)
        .fields(vec![
            // Only the create knows it: afterwards the API has forgotten which one was there.
            text("original_route_table_id").computed(),
            text("route_table_id")
                .required()
                .from(|found: &Main| found.association.route_table_id().map(str::to_owned))
                .to(Create::set_route_table_id)
                .changed_by("table"),
            text("vpc_id").required().replaces().from(|found: &Main| Some(found.vpc.clone())),
        ])
        .read_many(
            200,
            |found: &Main| found.association.route_table_association_id().unwrap_or_default().to_owned(),
            read,
        )
        .change_to_new_id("table", change_table)
        .delete(delete)
        .delete_not_awaited()
        .imported_by(not_importable)
        .before_create(|call| async move {
            let former = main_of(&call).await?.map(|main| main.association.route_table_id.unwrap_or_default());
            Ok(vec![("original_route_table_id", Value::text(&former.unwrap_or_default()))])
        })
        .missing(&["InvalidAssociationID.NotFound"])
        .recovered_by(find)
        .timeouts(&[("create", 5), ("delete", 5), ("update", 5)])
}

async fn main_of(call: &Call) -> Result<Option<Main>, Failure> {
    let vpc = call.want.text("vpc_id").unwrap_or_default();
    let request = call.aws.ec2().describe_route_tables();
    let request = request.filters(filter("association.main", ["true"])).filters(filter("vpc-id", [vpc]));
    let tables = all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?;
    Ok(mains_of(tables).into_iter().next())
}

fn mains_of(tables: Vec<RouteTable>) -> Vec<Main> {
    let mains = tables.into_iter().flat_map(|table| {
        let vpc = table.vpc_id.unwrap_or_default();
        let associations = table.associations.unwrap_or_default().into_iter();
        let mains = associations.filter(|association| association.main() == Some(true));
        mains.map(move |association| Main { vpc: vpc.clone(), association })
    });
    mains.collect()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let former = main_of(&call).await?.and_then(|main| main.association.route_table_association_id);
    let request = request.association_id(former.unwrap_or_default());
    let answer = request.send().await.map_err(Failure::of("EC2: ReplaceRouteTableAssociation"))?;
    Ok(answer.new_association_id.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Main>, Failure> {
    let request = aws.ec2().describe_route_tables().filters(filter("association.route-table-association-id", ids));
    Ok(mains_of(all_of(request.into_paginator().items().send(), "EC2: DescribeRouteTables").await?))
}

/// A new table gives a new association.
async fn change_table(call: Call) -> Result<(), Failure> {
    put(&call, call.want.text("route_table_id")).await
}

async fn delete(call: Call) -> Result<(), Failure> {
    put(&call, call.prior.filled("original_route_table_id")).await
}

async fn put(call: &Call, table: Option<String>) -> Result<(), Failure> {
    let request = call.aws.ec2().replace_route_table_association().association_id(&call.id);
    let request = request.set_route_table_id(table);
    request.send().await.map_err(Failure::of("EC2: ReplaceRouteTableAssociation"))?;
    Ok(())
}

/// Made if the VPC's main table is the one that was asked for.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let wanted = call.want.text("route_table_id");
    let main = main_of(&call).await?.filter(|main| main.association.route_table_id == wanted);
    Ok(main.and_then(|main| main.association.route_table_association_id))
}
