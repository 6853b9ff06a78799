//! `aws_vpn_gateway_attachment` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVpnGateway.html>

use super::vpn_gateway::{self, attached};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, not_importable, string_hash, text};
use std::sync::Arc;

pub struct Attachment {
    gateway: String,
    network: String,
}

pub fn vpn_gateway_attachment() -> Resource<Attachment, ()> {
    Resource::new("EC2 VPN Gateway Attachment", 0, |_: &Aws| (), create)
        .fields(vec![
            text("vpc_id").required().replaces().from(|found: &Attachment| Some(found.network.clone())),
            text("vpn_gateway_id").required().replaces().from(|found: &Attachment| Some(found.gateway.clone())),
        ])
        .read_by(key)
        .read_many(200, |found| format!("{}-{}", found.network, found.gateway), read)
        .delete(|call: Call| async move {
            let [gateway, network] = ["vpn_gateway_id", "vpc_id"].map(|name| call.prior.text(name).unwrap_or_default());
            vpn_gateway::detach(&call.aws, &gateway, &network).await
        })
        .missing(&["InvalidVpnGatewayID.NotFound"])
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call.want))) })
        .imported_by(not_importable)
}

/// A network has one gateway at most, a gateway several former networks.
fn key(want: &Want) -> String {
    let [network, gateway] = ["vpc_id", "vpn_gateway_id"].map(|name| want.text(name).unwrap_or_default());
    format!("{network}-{gateway}")
}

/// The API has none.
fn id_of(want: &Want) -> String {
    format!("vpn-attachment-{:x}", string_hash(&key(want)))
}

async fn create((): (), call: Call) -> Result<String, Failure> {
    let [gateway, network] = ["vpn_gateway_id", "vpc_id"].map(|name| call.want.text(name).unwrap_or_default());
    vpn_gateway::attach(&call.aws, &gateway, &network).await?;
    Ok(id_of(&call.want))
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Attachment>, Failure> {
    let mut ids: Vec<String> =
        keys.iter().filter_map(|key| key.find("vgw-").map(|start| key[start..].to_owned())).collect();
    ids.sort();
    ids.dedup();
    let found = vpn_gateway::read(aws, ids).await?;
    let all = found.iter().flat_map(|found| {
        let gateway = found.gateway.vpn_gateway_id().unwrap_or_default();
        attached(&found.gateway).map(|network| Attachment { gateway: gateway.to_owned(), network: network.to_owned() })
    });
    Ok(all.collect())
}
