//! `aws_vpn_gateway` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnGateway.html>
//!
//! The network that it is attached to is an attribute of it, or an `aws_vpn_gateway_attachment`: both are read from the same place.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Field, Readiness, Resource, Tagging, or_already, ready, text};
use crate::value::Value;
use aws_sdk_ec2::operation::create_vpn_gateway::builders::CreateVpnGatewayFluentBuilder as Create;
use aws_sdk_ec2::types::{GatewayType, ResourceType, VpcAttachment, VpnGateway as Described};
use std::sync::Arc;

pub struct VpnGateway {
    pub gateway: Described,
    arn: String,
}

pub fn vpn_gateway() -> Resource<VpnGateway, Create> {
    Resource::new("EC2 VPN Gateway", 0, |aws| aws.ec2().create_vpn_gateway(), create)
        .fields(fields())
        .read_many(200, |found: &VpnGateway| found.gateway.vpn_gateway_id().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .change_after_create("attachment", change_network)
        .recovered_by_tag(Tagging::Ec2)
        .tagged(|found| tag_map(found.gateway.tags()), change_tags)
        .delete(delete)
        .missing(&["InvalidVpnGatewayID.NotFound"])
        .retry_delete_on(&["IncorrectState"])
}

fn fields() -> Vec<Field<VpnGateway, Create>> {
    vec![
        text("amazon_side_asn")
            .optional()
            .computed()
            .replaces()
            .from(|found: &VpnGateway| Some(found.gateway.amazon_side_asn().unwrap_or_default().to_string()))
            .to(|request: Create, number: &Value| {
                request.set_amazon_side_asn(number.as_str().and_then(|number| number.parse().ok()))
            }),
        text("arn").computed().from(|found: &VpnGateway| Some(found.arn.clone())),
        text("availability_zone")
            .optional()
            .replaces()
            .from(|found: &VpnGateway| {
                found.gateway.availability_zone().filter(|zone| !zone.is_empty()).map(str::to_owned)
            })
            .to(Create::set_availability_zone),
        text("vpc_id")
            .optional()
            .computed()
            .from(|found: &VpnGateway| attached(&found.gateway).next().map(str::to_owned))
            .changed_by("attachment"),
    ]
}

/// The networks that it is attached to: the API shows former ones for a while.
pub fn attached(gateway: &Described) -> impl Iterator<Item = &str> {
    let in_use = gateway.vpc_attachments().iter().filter(|attachment| state(attachment) == "attached");
    in_use.filter_map(VpcAttachment::vpc_id)
}

fn state(attachment: &VpcAttachment) -> &str {
    attachment.state().map(|state| state.as_str()).unwrap_or_default()
}

fn readiness(found: &VpnGateway) -> Readiness {
    let moving =
        found.gateway.vpc_attachments().iter().map(state).find(|state| ["attaching", "detaching"].contains(state));
    let own = ready(found.gateway.state().map(|state| state.as_str()), &["available"], &["deleted"]);
    match moving {
        Some(state) if own == Readiness::Ready => Readiness::Waiting(state.to_owned()),
        _ => own,
    }
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.r#type(GatewayType::Ipsec1);
    let request = request.set_tag_specifications(tag_specifications(ResourceType::VpnGateway, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: CreateVpnGateway"))?;
    Ok(answer.vpn_gateway().and_then(Described::vpn_gateway_id).unwrap_or_default().to_owned())
}

pub async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<VpnGateway>, Failure> {
    let request = aws.ec2().describe_vpn_gateways().set_vpn_gateway_ids(Some(ids));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeVpnGateways"))?;
    let assemble = |gateway: Described| VpnGateway {
        arn: arn(&aws, &aws.account, "vpn-gateway", gateway.vpn_gateway_id().unwrap_or_default()),
        gateway,
    };
    Ok(answer.vpn_gateways.unwrap_or_default().into_iter().map(assemble).collect())
}

async fn change_network(call: Call) -> Result<(), Failure> {
    if let Some(former) = call.prior.filled("vpc_id") {
        detach(&call.aws, &call.id, &former).await?;
    }
    match call.want.filled("vpc_id") {
        Some(network) => attach(&call.aws, &call.id, &network).await,
        None => Ok(()),
    }
}

pub async fn attach(aws: &Aws, gateway: &str, network: &str) -> Result<(), Failure> {
    let request = aws.ec2().attach_vpn_gateway().vpn_gateway_id(gateway).vpc_id(network);
    request.send().await.map(drop).map_err(Failure::of("EC2: AttachVpnGateway"))
}

pub async fn detach(aws: &Aws, gateway: &str, network: &str) -> Result<(), Failure> {
    let request = aws.ec2().detach_vpn_gateway().vpn_gateway_id(gateway).vpc_id(network);
    let sent = request.send().await.map_err(Failure::of("EC2: DetachVpnGateway"));
    or_already(sent, &["InvalidVpnGatewayAttachment.NotFound", "IncorrectState"])
}

async fn delete(call: Call) -> Result<(), Failure> {
    if let Some(network) = call.prior.filled("vpc_id") {
        detach(&call.aws, &call.id, &network).await?;
    }
    let request = call.aws.ec2().delete_vpn_gateway().vpn_gateway_id(&call.id);
    request.send().await.map(drop).map_err(Failure::of("EC2: DeleteVpnGateway"))
}
