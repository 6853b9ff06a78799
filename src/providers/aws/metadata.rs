//! The metadata service of the machine we run on, as the provider block wants it: at another address, over IPv6, or not at all.

use super::settings::Settings;
use crate::provider::Complaint;
use crate::value::Path;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds::client::EndpointMode;
use aws_config::provider_config::ProviderConfig;
use aws_config::{Region, imds};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// A port that nobody serves: asking there is refused at once.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The usual places of credentials with this metadata service; nothing where the block says nothing of it.
pub async fn chain(settings: &Settings, http: SharedHttpClient) -> Result<Option<DefaultCredentialsChain>, Complaint> {
    let endpoint = match settings.skips_metadata {
        true => Some(NOWHERE.to_owned()),
        false => settings.metadata_endpoint.clone(),
    };
    if endpoint.is_none() && settings.metadata_mode.is_none() {
        return Ok(None);
    }
    let region = settings.region.clone().map(Region::new);
    let config = ProviderConfig::without_region().with_region(region).with_http_client(http);
    let mut client = imds::Client::builder().configure(&config);
    if let Some(endpoint) = endpoint {
        client = client.endpoint(&endpoint).map_err(|error| {
            let detail = format!("{endpoint:?} is no address of a metadata service: {error}.");
            Complaint::error("Invalid ec2_metadata_service_endpoint", detail)
                .at(Path::of_attribute("ec2_metadata_service_endpoint"))
        })?;
    }
    if let Some(mode) = &settings.metadata_mode {
        let is_new = mode.eq_ignore_ascii_case("ipv6");
        client = client.endpoint_mode(if is_new { EndpointMode::IpV6 } else { EndpointMode::IpV4 });
    }
    let mut chain = DefaultCredentialsChain::builder().configure(config).imds_client(client.build());
    if let Some(profile) = &settings.profile {
        chain = chain.profile_name(profile);
    }
    Ok(Some(chain.build().await))
}
