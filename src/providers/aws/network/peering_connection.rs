//! `aws_vpc_peering_connection` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{
    Call, Failure, Field, Patience, Resource, Seen, all_of, block_list, flag, ready, text,
};
use aws_sdk_ec2::operation::create_vpc_peering_connection::builders::CreateVpcPeeringConnectionFluentBuilder as Create;
use aws_sdk_ec2::types::{
    PeeringConnectionOptionsRequest, ResourceType, VpcPeeringConnection, VpcPeeringConnectionVpcInfo as Side,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub struct Peering {
    connection: VpcPeeringConnection,
    /// We are the side that was asked, of another account.
    is_accepter: bool,
}

pub fn peering_connection() -> Resource<Peering, Create> {
    let begin = |aws: &Aws| aws.ec2().create_vpc_peering_connection();
    Resource::new("EC2 VPC Peering Connection", 0, begin, create)
        .fields(fields())
        .read_many(
            200,
            |found: &Peering| found.connection.vpc_peering_connection_id().unwrap_or_default().to_owned(),
            read,
        )
        .ready(|found| {
            let gone = ["deleted", "deleting", "expired", "failed", "rejected"];
            ready(state(&found.connection), &["active", "pending-acceptance"], &gone)
        })
        .rest_of_create(accept)
        .change("acceptance", accept)
        .change_after_create("options", change_options)
        .tagged(|found| tag_map(found.connection.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidVpcPeeringConnectionID.NotFound", "InvalidStateTransition"])
        .recovered_by(find)
        .timeouts(&[("create", 1), ("delete", 1), ("update", 1)])
}

fn fields() -> Vec<Field<Peering, Create>> {
    let options = || vec![flag("allow_remote_vpc_dns_resolution").default(false)];
    vec![
        text("accept_status").computed().from(|found: &Peering| state(&found.connection).map(str::to_owned)),
        block_list("accepter", 1, options())
            .optional()
            .computed()
            .from(|found: &Peering| options_of(found.connection.accepter_vpc_info()))
            .changed_by("options"),
        flag("auto_accept").optional().changed_by("acceptance"),
        text("peer_owner_id")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Peering| found.other()?.owner_id().map(str::to_owned))
            .to(Create::set_peer_owner_id),
        text("peer_region")
            .optional()
            .computed()
            .replaces()
            .from(|found: &Peering| found.connection.accepter_vpc_info()?.region().map(str::to_owned))
            .to(Create::set_peer_region),
        text("peer_vpc_id")
            .required()
            .replaces()
            .from(|found: &Peering| found.other()?.vpc_id().map(str::to_owned))
            .to(Create::set_peer_vpc_id),
        block_list("requester", 1, options())
            .optional()
            .computed()
            .from(|found: &Peering| options_of(found.connection.requester_vpc_info()))
            .changed_by("options"),
        text("vpc_id")
            .required()
            .replaces()
            .from(|found: &Peering| found.own()?.vpc_id().map(str::to_owned))
            .to(Create::set_vpc_id),
    ]
}

impl Peering {
    fn own(&self) -> Option<&Side> {
        let connection = &self.connection;
        if self.is_accepter { connection.accepter_vpc_info() } else { connection.requester_vpc_info() }
    }

    fn other(&self) -> Option<&Side> {
        let connection = &self.connection;
        if self.is_accepter { connection.requester_vpc_info() } else { connection.accepter_vpc_info() }
    }
}

fn state(connection: &VpcPeeringConnection) -> Option<&str> {
    Some(connection.status()?.code()?.as_str())
}

fn options_of(side: Option<&Side>) -> Json {
    let options = side.and_then(|side| side.peering_options()).into_iter();
    let block = options.map(|options| {
        json!({ "allow_remote_vpc_dns_resolution": options.allow_dns_resolution_from_remote_vpc().unwrap_or_default() })
    });
    block.collect()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    if call.want.flag("auto_accept") == Some(true) && call.configuration.filled("peer_region").is_some() {
        let problem =
            "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection";
        return Err(Failure::new("EC2: CreateVpcPeeringConnection", "", problem));
    }
    let tags = tag_specifications(ResourceType::VpcPeeringConnection, &call.tags);
    let answer = request.set_tag_specifications(tags).send().await;
    let answer = answer.map_err(Failure::of("EC2: CreateVpcPeeringConnection"))?;
    let connection = answer.vpc_peering_connection.and_then(|connection| connection.vpc_peering_connection_id);
    Ok(connection.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Peering>, Failure> {
    let request = aws.ec2().describe_vpc_peering_connections().set_vpc_peering_connection_ids(Some(ids));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcPeeringConnections").await?;
    let assemble = |connection: VpcPeeringConnection| {
        let is_ours = |side: Option<&Side>| side.and_then(Side::owner_id) == Some(aws.account.as_str());
        let is_accepter = is_ours(connection.accepter_vpc_info()) && !is_ours(connection.requester_vpc_info());
        Peering { connection, is_accepter }
    };
    Ok(found.into_iter().map(assemble).collect())
}

/// Within one account the other side may be accepted for.
async fn accept(call: Call) -> Result<(), Failure> {
    if call.want.flag("auto_accept") != Some(true) {
        return Ok(());
    }
    let patience = Patience::minutes(1);
    let look = || async {
        let found = read(call.aws.clone(), vec![call.id.clone()]).await?;
        Ok(match found.first().and_then(|found| state(&found.connection)) {
            Some(state @ ("initiating-request" | "provisioning")) => Seen::NotYet(state.to_owned()),
            state => Seen::Done(state == Some("pending-acceptance")),
        })
    };
    if patience.until("accepting", look).await? {
        let request = call.aws.ec2().accept_vpc_peering_connection().vpc_peering_connection_id(&call.id);
        request.send().await.map_err(Failure::of("EC2: AcceptVpcPeeringConnection"))?;
    }
    Ok(())
}

async fn change_options(call: Call) -> Result<(), Failure> {
    let changed = call.changed();
    let options = |side: &str| {
        let is_allowed = changed.item(side)?.flag("allow_remote_vpc_dns_resolution");
        let request = PeeringConnectionOptionsRequest::builder();
        Some(request.set_allow_dns_resolution_from_remote_vpc(is_allowed).build())
    };
    let request = call
        .aws
        .ec2()
        .modify_vpc_peering_connection_options()
        .vpc_peering_connection_id(&call.id)
        .set_accepter_peering_connection_options(options("accepter"))
        .set_requester_peering_connection_options(options("requester"));
    request.send().await.map_err(Failure::of("EC2: ModifyVpcPeeringConnectionOptions"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.ec2().delete_vpc_peering_connection().vpc_peering_connection_id(&call.id);
    request.send().await.map_err(Failure::of("EC2: DeleteVpcPeeringConnection"))?;
    Ok(())
}

/// Two networks have one connection at most.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let network = |name: &str| call.want.text(name).unwrap_or_default();
    let request = call
        .aws
        .ec2()
        .describe_vpc_peering_connections()
        .filters(filter("requester-vpc-info.vpc-id", [network("vpc_id")]))
        .filters(filter("accepter-vpc-info.vpc-id", [network("peer_vpc_id")]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeVpcPeeringConnections").await?;
    let is_alive = |connection: &VpcPeeringConnection| {
        let state = state(connection).unwrap_or_default();
        ["initiating-request", "provisioning", "pending-acceptance", "active"].contains(&state)
    };
    Ok(found.into_iter().find(is_alive).and_then(|connection| connection.vpc_peering_connection_id))
}
