//! Who we are: metadata of the machine, a web identity, and roles assumed one after the other.
//!
//! Roles are assumed when a call first needs them, and again before they expire: each is a provider of credentials over the one before.

use super::engine::{Failure, parse_duration};
use super::settings::{AssumeRole, Settings, WebIdentity};
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::{Credentials as Given, PolicyDescriptorType, Tag};
use aws_types::region::Region;
use std::time::{Duration, SystemTime};

/// The shortest session that STS gives.
const SHORTEST_SESSION: Duration = Duration::from_secs(900);

/// The configuration with the roles of the provider block assumed, one after the other.
pub fn assume(base: SdkConfig, settings: &Settings) -> SdkConfig {
    let mut config = base;
    if let Some(identity) = settings.web_identity.clone() {
        let role = WebIdentityRole { sts: sts_client(&config, settings), identity };
        config = with_provider(config, role);
    }
    for role in settings.assume_roles.iter().cloned() {
        let role = AssumedRole { sts: sts_client(&config, settings), role };
        config = with_provider(config, role);
    }
    config
}

fn with_provider(config: SdkConfig, provider: impl ProvideCredentials + 'static) -> SdkConfig {
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

fn sts_client(config: &SdkConfig, settings: &Settings) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config);
    if let Some(endpoint) = settings.endpoints.get("sts") {
        builder = builder.endpoint_url(endpoint);
    }
    if let Some(region) = settings.sts_region.clone() {
        builder = builder.region(Region::new(region));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

fn session_of(name: Option<&String>) -> String {
    name.cloned().unwrap_or_else(|| "terrace".to_owned())
}

fn seconds_of(duration: Option<&String>) -> Option<i32> {
    let duration = parse_duration(duration?)?.max(SHORTEST_SESSION);
    i32::try_from(duration.as_secs()).ok()
}

fn policies_of(arns: &[String]) -> Option<Vec<PolicyDescriptorType>> {
    let policy = |arn: &String| PolicyDescriptorType::builder().arn(arn).build();
    (!arns.is_empty()).then(|| arns.iter().map(policy).collect())
}

/// What STS gave, or what it said.
fn credentials_from(given: Result<Option<Given>, Failure>, role: &str) -> provider::Result {
    let given = given.map_err(|failure| {
        let (operation, code, message) = (failure.operation, &failure.code, &failure.message);
        CredentialsError::provider_error(format!("the role {role} cannot be assumed: {operation}: {code}: {message}"))
    })?;
    let given = given.ok_or_else(|| CredentialsError::unhandled("STS gave no credentials"))?;
    let expiry = SystemTime::try_from(*given.expiration()).ok();
    let token = Some(given.session_token().to_owned());
    Ok(Credentials::new(given.access_key_id(), given.secret_access_key(), token, expiry, "assumed role"))
}

#[derive(Debug)]
struct AssumedRole {
    sts: aws_sdk_sts::Client,
    role: AssumeRole,
}

impl AssumedRole {
    async fn assume(&self) -> provider::Result {
        let role = &self.role;
        let tag = |(key, value)| Tag::builder().key(key).value(value).build();
        let tags: Result<Vec<Tag>, _> = role.tags.iter().map(tag).collect();
        let request = self
            .sts
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(session_of(role.session_name.as_ref()))
            .set_duration_seconds(seconds_of(role.duration.as_ref()))
            .set_external_id(role.external_id.clone())
            .set_policy(role.policy.clone())
            .set_policy_arns(policies_of(&role.policy_arns))
            .set_source_identity(role.source_identity.clone())
            .set_tags(Some(tags.map_err(CredentialsError::invalid_configuration)?).filter(|tags| !tags.is_empty()))
            .set_transitive_tag_keys(Some(role.transitive_tag_keys.clone()).filter(|keys| !keys.is_empty()));
        let answer = request.send().await.map_err(Failure::of("STS: AssumeRole"));
        credentials_from(answer.map(|answer| answer.credentials), &role.role_arn)
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

#[derive(Debug)]
struct WebIdentityRole {
    sts: aws_sdk_sts::Client,
    identity: WebIdentity,
}

impl WebIdentityRole {
    /// The file is read each time: whoever issues tokens renews it.
    fn token(&self) -> Result<String, CredentialsError> {
        let unreadable = |path: &str, error: std::io::Error| {
            CredentialsError::invalid_configuration(format!("the web identity token {path} cannot be read: {error}"))
        };
        match (&self.identity.token, &self.identity.token_file) {
            (Some(token), _) => Ok(token.clone()),
            (None, Some(path)) => std::fs::read_to_string(path).map_err(|error| unreadable(path, error)),
            (None, None) => {
                let problem = "assume_role_with_web_identity needs web_identity_token or web_identity_token_file";
                Err(CredentialsError::invalid_configuration(problem))
            }
        }
    }

    async fn assume(&self) -> provider::Result {
        let identity = &self.identity;
        let request = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&identity.role_arn)
            .role_session_name(session_of(identity.session_name.as_ref()))
            .web_identity_token(self.token()?.trim())
            .set_duration_seconds(seconds_of(identity.duration.as_ref()))
            .set_policy(identity.policy.clone())
            .set_policy_arns(policies_of(&identity.policy_arns));
        let answer = request.send().await.map_err(Failure::of("STS: AssumeRoleWithWebIdentity"));
        credentials_from(answer.map(|answer| answer.credentials), &identity.role_arn)
    }
}

impl ProvideCredentials for WebIdentityRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}
