//! The `provider "aws"` block: its schema and what it means.

use super::endpoints::{ENDPOINT_NAMES, endpoints_of};
use super::engine::{
    Declared, Field, Tags, Want, block_list, block_set, flag, map_of_text, number, set_of_text, tags_of, text, texts,
};
use crate::provider::Complaint;
use crate::value::Value;
use std::collections::BTreeMap;

/// What the block says, read.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub region: Option<String>,
    pub profile: Option<String>,
    pub access_key: Option<String>,
    pub secret_key: Option<String>,
    pub token: Option<String>,
    pub shared_config_files: Vec<String>,
    pub shared_credentials_files: Vec<String>,
    pub max_retries: Option<u32>,
    pub retry_mode: Option<String>,
    pub use_fips: bool,
    pub use_dualstack: bool,
    pub s3_use_path_style: bool,
    /// A file of certificates in PEM.
    pub custom_ca_bundle: Option<String>,
    /// Certificates are not checked.
    pub is_insecure: bool,
    pub http_proxy: Option<String>,
    pub https_proxy: Option<String>,
    pub no_proxy: Option<String>,
    pub metadata_endpoint: Option<String>,
    pub metadata_mode: Option<String>,
    pub skips_metadata: bool,
    pub sts_region: Option<String>,
    pub skip_credentials_validation: bool,
    pub skip_requesting_account_id: bool,
    pub allowed_account_ids: Vec<String>,
    pub forbidden_account_ids: Vec<String>,
    pub assume_roles: Vec<AssumeRole>,
    pub web_identity: Option<WebIdentity>,
    pub endpoints: BTreeMap<String, String>,
    pub tags: Tags,
}

#[derive(Clone, Debug, Default)]
pub struct AssumeRole {
    pub role_arn: String,
    pub session_name: Option<String>,
    pub external_id: Option<String>,
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
    pub duration: Option<String>,
    pub source_identity: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub transitive_tag_keys: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct WebIdentity {
    pub role_arn: String,
    pub session_name: Option<String>,
    pub token: Option<String>,
    pub token_file: Option<String>,
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
    pub duration: Option<String>,
}

/// The declarations of the block.
pub fn fields() -> Vec<Declared> {
    let endpoints = ENDPOINT_NAMES.split_whitespace().map(|name| text(name).optional()).collect();
    let fields: Vec<Field<(), ()>> = vec![
        text("access_key").optional(),
        set_of_text("allowed_account_ids").optional().conflicts(&["forbidden_account_ids"]),
        text("custom_ca_bundle").optional(),
        text("ec2_metadata_service_endpoint").optional(),
        text("ec2_metadata_service_endpoint_mode").optional().one_of(&["IPv4", "IPv6"]),
        set_of_text("forbidden_account_ids").optional(),
        text("http_proxy").optional(),
        text("https_proxy").optional(),
        flag("insecure").optional(),
        number("max_retries").optional(),
        text("no_proxy").optional(),
        text("profile").optional(),
        text("region").optional(),
        text("retry_mode").optional().one_of(&["adaptive", "legacy", "standard"]),
        // The older name of the region's address leads to the same buckets.
        text("s3_us_east_1_regional_endpoint").optional().one_of(&["legacy", "regional"]),
        flag("s3_use_path_style").optional(),
        text("secret_key").optional(),
        texts("shared_config_files").optional(),
        texts("shared_credentials_files").optional(),
        flag("skip_credentials_validation").optional(),
        text("skip_metadata_api_check").optional(),
        flag("skip_region_validation").optional(),
        flag("skip_requesting_account_id").optional(),
        text("sts_region").optional(),
        text("token").optional(),
        number("token_bucket_rate_limiter_capacity").optional(),
        flag("use_dualstack_endpoint").optional(),
        flag("use_fips_endpoint").optional(),
        block_list("assume_role", 0, assume_role_fields()).optional(),
        block_list("assume_role_with_web_identity", 1, web_identity_fields()).optional(),
        block_list("default_tags", 1, vec![map_of_text("tags").optional()]).optional(),
        block_set("endpoints", endpoints).optional(),
        block_list("ignore_tags", 1, vec![set_of_text("key_prefixes").optional(), set_of_text("keys").optional()])
            .optional(),
    ];
    fields.into_iter().map(|field| field.declared).collect()
}

fn assume_role_fields() -> Vec<Field<(), ()>> {
    vec![
        text("duration").optional(),
        text("external_id").optional(),
        text("policy").optional(),
        set_of_text("policy_arns").optional(),
        text("role_arn").optional(),
        text("session_name").optional(),
        text("source_identity").optional(),
        map_of_text("tags").optional(),
        set_of_text("transitive_tag_keys").optional(),
    ]
}

fn web_identity_fields() -> Vec<Field<(), ()>> {
    vec![
        text("duration").optional(),
        text("policy").optional(),
        set_of_text("policy_arns").optional(),
        text("role_arn").optional(),
        text("session_name").optional(),
        text("web_identity_token").optional().exactly_one(&["web_identity_token_file"]),
        text("web_identity_token_file").optional(),
    ]
}

impl Settings {
    pub fn of(configuration: &Value) -> Result<Self, Complaint> {
        let block = Want(configuration.clone());
        let retries = block.number("max_retries").map(u32::try_from).transpose();
        Ok(Self {
            region: block.filled("region"),
            profile: block.filled("profile"),
            access_key: block.filled("access_key"),
            secret_key: block.filled("secret_key"),
            token: block.filled("token"),
            shared_config_files: block.texts("shared_config_files"),
            shared_credentials_files: block.texts("shared_credentials_files"),
            max_retries: retries
                .map_err(|_| Complaint::error("Invalid max_retries", "max_retries must be zero or more."))?,
            retry_mode: block.filled("retry_mode"),
            use_fips: block.flag("use_fips_endpoint").unwrap_or_default(),
            use_dualstack: block.flag("use_dualstack_endpoint").unwrap_or_default(),
            s3_use_path_style: block.flag("s3_use_path_style").unwrap_or_default(),
            custom_ca_bundle: block.filled("custom_ca_bundle"),
            is_insecure: block.flag("insecure").unwrap_or_default(),
            http_proxy: block.filled("http_proxy"),
            https_proxy: block.filled("https_proxy"),
            no_proxy: block.filled("no_proxy"),
            metadata_endpoint: block.filled("ec2_metadata_service_endpoint"),
            metadata_mode: block.filled("ec2_metadata_service_endpoint_mode"),
            skips_metadata: block.text("skip_metadata_api_check").as_deref() == Some("true"),
            sts_region: block.filled("sts_region"),
            skip_credentials_validation: block.flag("skip_credentials_validation").unwrap_or_default(),
            skip_requesting_account_id: block.flag("skip_requesting_account_id").unwrap_or_default(),
            allowed_account_ids: block.texts("allowed_account_ids"),
            forbidden_account_ids: block.texts("forbidden_account_ids"),
            assume_roles: block.items("assume_role").iter().filter_map(assume_role_of).collect(),
            web_identity: block.item("assume_role_with_web_identity").and_then(|block| web_identity_of(&block)),
            endpoints: endpoints_of(&block),
            tags: tags_from(&block),
        })
    }
}

fn assume_role_of(block: &Want) -> Option<AssumeRole> {
    Some(AssumeRole {
        role_arn: block.filled("role_arn")?,
        session_name: block.filled("session_name"),
        external_id: block.filled("external_id"),
        policy: block.filled("policy"),
        policy_arns: block.texts("policy_arns"),
        duration: block.filled("duration"),
        source_identity: block.filled("source_identity"),
        transitive_tag_keys: block.texts("transitive_tag_keys"),
        tags: block.value("tags").map(tags_of).unwrap_or_default(),
    })
}

fn web_identity_of(block: &Want) -> Option<WebIdentity> {
    Some(WebIdentity {
        role_arn: block.filled("role_arn")?,
        session_name: block.filled("session_name"),
        token: block.filled("web_identity_token"),
        token_file: block.filled("web_identity_token_file"),
        policy: block.filled("policy"),
        policy_arns: block.texts("policy_arns"),
        duration: block.filled("duration"),
    })
}

fn tags_from(block: &Want) -> Tags {
    let defaults =
        block.item("default_tags").and_then(|defaults| defaults.value("tags").map(tags_of)).unwrap_or_default();
    let ignored = |name: &str| block.item("ignore_tags").map(|ignored| ignored.texts(name)).unwrap_or_default();
    Tags { defaults, ignored_keys: ignored("keys"), ignored_prefixes: ignored("key_prefixes") }
}
