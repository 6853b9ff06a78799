//! Roles: chained `assume_role` blocks and web identity, over whatever credentials came before.

use super::engine::parse_duration;
use super::settings::{AssumeRole, Settings, WebIdentity};
use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::time::Duration;

/// The configuration with the roles of the provider block assumed, one after the other.
pub async fn assume(base: SdkConfig, settings: &Settings) -> SdkConfig {
    if settings.assume_roles.is_empty() && settings.web_identity.is_none() {
        return base;
    }
    let own_endpoint = base.endpoint_url().map(str::to_owned);
    let mut config = match settings.endpoints.get("sts") {
        // STS is called through the shared configuration, so its endpoint is the shared one while roles are assumed.
        Some(endpoint) => base.into_builder().endpoint_url(endpoint).build(),
        None => base,
    };
    if let Some(identity) = &settings.web_identity {
        config = with_web_identity(config, identity).await;
    }
    for role in &settings.assume_roles {
        let provider = role_provider(&config, role).await;
        config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
    }
    let mut builder = config.into_builder();
    builder.set_endpoint_url(own_endpoint);
    builder.build()
}

async fn role_provider(config: &SdkConfig, role: &AssumeRole) -> AssumeRoleProvider {
    let session = role.session_name.as_deref().unwrap_or("terrace");
    let mut provider = AssumeRoleProvider::builder(&role.role_arn).configure(config).session_name(session);
    if let Some(external_id) = &role.external_id {
        provider = provider.external_id(external_id);
    }
    if let Some(policy) = &role.policy {
        provider = provider.policy(policy);
    }
    if !role.policy_arns.is_empty() {
        provider = provider.policy_arns(role.policy_arns.clone());
    }
    if let Some(duration) = role.duration.as_deref().and_then(parse_duration) {
        provider = provider.session_length(duration.max(Duration::from_secs(900)));
    }
    if !role.tags.is_empty() {
        provider = provider.tags(role.tags.clone());
    }
    provider.build().await
}

/// Exchanges the token once; a run is shorter than the credentials' life, and a failure shows at the first call.
async fn with_web_identity(config: SdkConfig, identity: &WebIdentity) -> SdkConfig {
    let token = match (&identity.token, &identity.token_file) {
        (Some(token), _) => token.clone(),
        (None, Some(path)) => std::fs::read_to_string(path).unwrap_or_default(),
        (None, None) => return config,
    };
    let session = identity.session_name.as_deref().unwrap_or("terrace");
    let request = aws_sdk_sts::Client::new(&config).assume_role_with_web_identity();
    let answer =
        request.role_arn(&identity.role_arn).role_session_name(session).web_identity_token(token.trim()).send().await;
    let Some(given) = answer.ok().and_then(|answer| answer.credentials) else { return config };
    let expiry = std::time::SystemTime::try_from(*given.expiration()).ok();
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        expiry,
        "web identity",
    );
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}
