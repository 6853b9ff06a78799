//! A configured AWS provider: credentials, region, endpoints, and one client a service, made when first needed.

use super::engine::{Failure, Tagged, Tags};
use super::settings::Settings;
use super::{metadata, query, transport};
use crate::provider::Complaint;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a call may go unanswered. As the other SDKs have it; without one a lost connection is waited for without end.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// What all resource types share.
pub struct Aws {
    pub region: String,
    /// Empty where it was not asked for.
    pub account: String,
    pub partition: &'static str,
    pub tags: Tags,
    /// New objects that still have the tag to find them by.
    pub tagged: Arc<Tagged>,
    settings: Settings,
    sdk: SdkConfig,
    clients: Clients,
    without_retries: OnceLock<Arc<Aws>>,
}

#[derive(Default)]
struct Clients {
    acm: OnceLock<aws_sdk_acm::Client>,
    autoscaling: OnceLock<aws_sdk_autoscaling::Client>,
    ec2: OnceLock<aws_sdk_ec2::Client>,
    elbv2: OnceLock<aws_sdk_elasticloadbalancingv2::Client>,
    iam: OnceLock<aws_sdk_iam::Client>,
    rds: OnceLock<aws_sdk_rds::Client>,
    kms: OnceLock<aws_sdk_kms::Client>,
    secretsmanager: OnceLock<aws_sdk_secretsmanager::Client>,
    ssm: OnceLock<aws_sdk_ssm::Client>,
    route53: OnceLock<aws_sdk_route53::Client>,
    cloudwatch: OnceLock<aws_sdk_cloudwatch::Client>,
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
}

/// One accessor a service: the shared configuration with the service's own endpoint.
macro_rules! clients {
    ($($name:ident $sdk:ident,)*) => {
        $(pub fn $name(&self) -> &$sdk::Client {
            self.clients.$name.get_or_init(|| {
                let mut builder = $sdk::config::Builder::from(&self.sdk);
                if let Some(endpoint) = self.settings.endpoints.get(stringify!($name)) {
                    builder = builder.endpoint_url(endpoint);
                }
                $sdk::Client::from_conf(builder.build())
            })
        })*
    };
}

impl Aws {
    clients! {
        acm aws_sdk_acm,
        autoscaling aws_sdk_autoscaling,
        ec2 aws_sdk_ec2,
        elbv2 aws_sdk_elasticloadbalancingv2,
        iam aws_sdk_iam,
        rds aws_sdk_rds,
        kms aws_sdk_kms,
        secretsmanager aws_sdk_secretsmanager,
        ssm aws_sdk_ssm,
        route53 aws_sdk_route53,
        logs aws_sdk_cloudwatchlogs,
        sns aws_sdk_sns,
        sts aws_sdk_sts,
    }

    /// As `clients!` has it, in the protocol that everybody understands.
    pub fn cloudwatch(&self) -> &aws_sdk_cloudwatch::Client {
        self.clients.cloudwatch.get_or_init(|| {
            let mut builder = aws_sdk_cloudwatch::config::Builder::from(&self.sdk).interceptor(query::Requests);
            if let Some(endpoint) = self.settings.endpoints.get("cloudwatch") {
                builder = builder.endpoint_url(endpoint);
            }
            if let Some(client) = self.sdk.http_client() {
                builder = builder.http_client(query::Answers(client));
            }
            aws_sdk_cloudwatch::Client::from_conf(builder.build())
        })
    }

    /// As `clients!` has it, with the ways to address a bucket.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        self.clients.s3.get_or_init(|| {
            let mut builder = aws_sdk_s3::config::Builder::from(&self.sdk);
            if let Some(endpoint) = self.settings.endpoints.get("s3") {
                builder = builder.endpoint_url(endpoint);
            }
            aws_sdk_s3::Client::from_conf(builder.force_path_style(self.settings.s3_use_path_style).build())
        })
    }

    /// Reads credentials and region as the SDK does, over what the provider block says, and asks who we are unless told not to.
    pub async fn connect(settings: Settings) -> Result<Self, Complaint> {
        let sdk = load(&settings).await?;
        let region = sdk.region().map(ToString::to_string).ok_or_else(missing_region)?;
        let mut aws = Self {
            partition: partition_of(&region),
            region,
            account: String::new(),
            tags: settings.tags.clone(),
            tagged: Arc::default(),
            settings,
            sdk,
            clients: Clients::default(),
            without_retries: OnceLock::new(),
        };
        let is_asked = !aws.settings.skip_requesting_account_id || !aws.settings.skip_credentials_validation;
        if is_asked || !aws.settings.allowed_account_ids.is_empty() || !aws.settings.forbidden_account_ids.is_empty() {
            aws.account = aws.who_are_we().await?;
            aws.refuse_account()?;
        }
        Ok(aws)
    }

    /// The same, but a call that fails is not sent again by the SDK: for calls that would have their effect twice.
    pub fn without_retries(&self) -> Arc<Self> {
        let build = || {
            Arc::new(Self {
                region: self.region.clone(),
                account: self.account.clone(),
                partition: self.partition,
                tags: self.tags.clone(),
                tagged: self.tagged.clone(),
                settings: self.settings.clone(),
                sdk: self.sdk.to_builder().retry_config(RetryConfig::disabled()).build(),
                clients: Clients::default(),
                without_retries: OnceLock::new(),
            })
        };
        self.without_retries.get_or_init(build).clone()
    }

    async fn who_are_we(&self) -> Result<String, Complaint> {
        let answer = self.sts().get_caller_identity().send().await.map_err(Failure::of("STS: GetCallerIdentity"));
        let identity = answer.map_err(|failure| failure.complaint("Retrieving AWS account details"))?;
        Ok(identity.account.unwrap_or_default())
    }

    fn refuse_account(&self) -> Result<(), Complaint> {
        let (allowed, forbidden) = (&self.settings.allowed_account_ids, &self.settings.forbidden_account_ids);
        if !allowed.is_empty() && !allowed.contains(&self.account) || forbidden.contains(&self.account) {
            let detail = format!(
                "The credentials belong to AWS account {}, which the provider block does not allow.",
                self.account
            );
            return Err(Complaint::error("AWS account ID not allowed", detail));
        }
        Ok(())
    }
}

async fn load(settings: &Settings) -> Result<SdkConfig, Complaint> {
    let http = transport::http_client(settings)?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(retry(settings))
        .timeout_config(TimeoutConfig::builder().read_timeout(LONGEST_SILENCE).build());
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if settings.use_fips {
        loader = loader.use_fips(true);
    }
    if settings.use_dualstack {
        loader = loader.use_dual_stack(true);
    }
    loader = with_files(loader, settings);
    if let (Some(key), Some(secret)) = (&settings.access_key, &settings.secret_key) {
        loader =
            loader.credentials_provider(Credentials::new(key, secret, settings.token.clone(), None, "provider block"));
    } else if let Some(chain) = metadata::chain(settings, http).await? {
        loader = loader.credentials_provider(chain);
    }
    Ok(super::credentials::assume(loader.load().await, settings))
}

fn with_files(loader: ConfigLoader, settings: &Settings) -> ConfigLoader {
    if settings.shared_config_files.is_empty() && settings.shared_credentials_files.is_empty() {
        return loader;
    }
    let mut files = EnvConfigFiles::builder();
    files = match settings.shared_config_files.as_slice() {
        [] => files.include_default_config_file(true),
        paths => paths.iter().fold(files, |files, path| files.with_file(EnvConfigFileKind::Config, path)),
    };
    files = match settings.shared_credentials_files.as_slice() {
        [] => files.include_default_credentials_file(true),
        paths => paths.iter().fold(files, |files, path| files.with_file(EnvConfigFileKind::Credentials, path)),
    };
    loader.profile_files(files.build())
}

fn retry(settings: &Settings) -> RetryConfig {
    let mode = match settings.retry_mode.as_deref() {
        Some("adaptive") => RetryMode::Adaptive,
        _ => RetryMode::Standard,
    };
    // hashicorp's provider tries 25 times.
    let attempts = settings.max_retries.map_or(25, |retries| retries.saturating_add(1));
    RetryConfig::standard()
        .with_retry_mode(mode)
        .with_max_attempts(attempts.max(1))
        .with_initial_backoff(Duration::from_millis(200))
        .with_max_backoff(Duration::from_secs(20))
}

fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        region if region.starts_with("us-iso-") => "aws-iso",
        region if region.starts_with("us-isob-") => "aws-iso-b",
        _ => "aws",
    }
}

fn missing_region() -> Complaint {
    Complaint::error(
        "Invalid provider configuration: no region",
        "The AWS provider needs a region: set region in the provider block, AWS_REGION in the environment, or a region in the profile.",
    )
}
