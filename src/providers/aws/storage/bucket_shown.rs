//! What a bucket is set to: one call a setting, all at once, each as the blocks of `aws_s3_bucket` show it.
//!
//! A setting that nobody made is answered by an error of its own (`NoSuchCORSConfiguration`, ...): see `super::unless_absent`.

use super::bucket_rules::{lifecycle_rules, replication_of};
use super::bucket_tags::read_tags;
use super::imitation::read_versioning;
use super::unless_absent;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, normal_json};
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput as Versioning;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput as Website;
use aws_sdk_s3::types::{
    BucketVersioningStatus, CorsRule, Grant, LoggingEnabled, MfaDeleteStatus, ObjectLockConfiguration, RoutingRule,
    ServerSideEncryptionRule,
};
use futures::FutureExt;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct BucketSettings {
    pub tags: BTreeMap<String, String>,
    pub policy: String,
    pub acceleration: String,
    pub payer: String,
    pub has_website: bool,
    pub is_locked: bool,
    pub grants: Json,
    pub cors: Json,
    pub website: Json,
    pub versioning: Json,
    pub logging: Json,
    pub lifecycle: Json,
    pub replication: Json,
    pub encryption: Json,
    pub lock: Json,
}

/// Sends one of the S3 client's requests for a bucket: its answer, or nothing where there is no such setting.
/// Boxed, since thirteen of the SDK's futures inside each other take the compiler minutes.
macro_rules! setting {
    ($aws:expr, $bucket:expr, $request:ident, $operation:literal) => {
        async {
            let answer = $aws.s3().$request().bucket($bucket).send().await;
            unless_absent(answer.map_err(Failure::of($operation)))
        }
        .boxed()
    };
}

pub async fn read_settings(aws: &Aws, bucket: &str) -> Result<BucketSettings, Failure> {
    let access = futures::future::try_join4(
        read_tags(aws, bucket).boxed(),
        setting!(aws, bucket, get_bucket_policy, "S3: GetBucketPolicy"),
        setting!(aws, bucket, get_bucket_acl, "S3: GetBucketAcl"),
        setting!(aws, bucket, get_bucket_cors, "S3: GetBucketCors"),
    );
    let serving = futures::future::try_join4(
        setting!(aws, bucket, get_bucket_website, "S3: GetBucketWebsite"),
        setting!(aws, bucket, get_bucket_accelerate_configuration, "S3: GetBucketAccelerateConfiguration"),
        setting!(aws, bucket, get_bucket_request_payment, "S3: GetBucketRequestPayment"),
        setting!(aws, bucket, get_bucket_logging, "S3: GetBucketLogging"),
    );
    let keeping = futures::future::try_join5(
        async { unless_absent(read_versioning(aws, bucket, None).await) }.boxed(),
        setting!(aws, bucket, get_bucket_lifecycle_configuration, "S3: GetBucketLifecycleConfiguration"),
        setting!(aws, bucket, get_bucket_replication, "S3: GetBucketReplication"),
        setting!(aws, bucket, get_bucket_encryption, "S3: GetBucketEncryption"),
        setting!(aws, bucket, get_object_lock_configuration, "S3: GetObjectLockConfiguration"),
    );
    let (access, serving, keeping) = futures::try_join!(access, serving, keeping)?;
    let (tags, policy, acl, cors) = access;
    let (website, acceleration, payment, logging) = serving;
    let (versioning, lifecycle, replication, encryption, lock) = keeping;

    let encryption = encryption.and_then(|answer| answer.server_side_encryption_configuration);
    let lock = lock.and_then(|answer| answer.object_lock_configuration);
    let payer = payment.and_then(|answer| answer.payer).map(|payer| payer.as_str().to_owned());
    let acceleration = acceleration.and_then(|answer| answer.status).map(|status| status.as_str().to_owned());
    Ok(BucketSettings {
        tags,
        policy: policy.and_then(|answer| answer.policy).map(|policy| normal_json(&policy)).unwrap_or_default(),
        acceleration: acceleration.unwrap_or_default(),
        payer: payer.unwrap_or_default(),
        has_website: website.is_some(),
        is_locked: lock.as_ref().is_some_and(|lock| lock.object_lock_enabled.is_some()),
        grants: acl.map_or(json!([]), |answer| grants_of(answer.grants())),
        cors: cors.map_or(json!([]), |answer| answer.cors_rules().iter().map(cors_rule).collect()),
        website: website.map_or(json!([]), |answer| website_of(&answer)),
        versioning: versioning.map_or(json!([]), |answer| versioning_of(&answer)),
        logging: logging.and_then(|answer| answer.logging_enabled).map_or(json!([]), |logging| logging_of(&logging)),
        lifecycle: lifecycle.map_or(json!([]), |answer| lifecycle_rules(answer.rules())),
        replication: replication
            .and_then(|answer| answer.replication_configuration)
            .map_or(json!([]), |configuration| replication_of(&configuration)),
        encryption: encryption.map_or(
            json!([]),
            |found| json!([{ "rule": found.rules().iter().map(encryption_rule).collect::<Vec<_>>() }]),
        ),
        lock: lock.map_or(json!([]), |lock| lock_of(&lock)),
    })
}

/// One block a grantee, with all that is granted to it.
fn grants_of(grants: &[Grant]) -> Json {
    let mut permissions: BTreeMap<[String; 3], BTreeSet<String>> = BTreeMap::new();
    for grant in grants {
        let (Some(grantee), Some(permission)) = (grant.grantee(), grant.permission()) else { continue };
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let key = [text(grantee.id()), grantee.r#type().as_str().to_owned(), text(grantee.uri())];
        permissions.entry(key).or_default().insert(permission.as_str().to_owned());
    }
    permissions
        .into_iter()
        .map(|([id, kind, uri], permissions)| json!({ "id": id, "type": kind, "uri": uri, "permissions": permissions }))
        .collect()
}

fn cors_rule(rule: &CorsRule) -> Json {
    json!({
        "allowed_headers": rule.allowed_headers(),
        "allowed_methods": rule.allowed_methods(),
        "allowed_origins": rule.allowed_origins(),
        "expose_headers": rule.expose_headers(),
        "max_age_seconds": rule.max_age_seconds().unwrap_or_default(),
    })
}

fn website_of(found: &Website) -> Json {
    let redirect = found.redirect_all_requests_to().map(|redirect| match redirect.protocol() {
        Some(protocol) => format!("{}://{}", protocol.as_str(), redirect.host_name()),
        None => redirect.host_name().to_owned(),
    });
    let rules: Vec<Json> = found.routing_rules().iter().map(routing_rule).collect();
    json!([{
        "error_document": found.error_document().map(|document| document.key()).unwrap_or_default(),
        "index_document": found.index_document().map(|document| document.suffix()).unwrap_or_default(),
        "redirect_all_requests_to": redirect.unwrap_or_default(),
        "routing_rules": if rules.is_empty() { String::new() } else { normal_json(&json!(rules).to_string()) },
    }])
}

/// As S3 documents it; what is not said is left out.
fn routing_rule(rule: &RoutingRule) -> Json {
    let condition = rule.condition().map(|condition| {
        said([
            ("HttpErrorCodeReturnedEquals", condition.http_error_code_returned_equals()),
            ("KeyPrefixEquals", condition.key_prefix_equals()),
        ])
    });
    let redirect = rule.redirect().map(|redirect| {
        said([
            ("HostName", redirect.host_name()),
            ("HttpRedirectCode", redirect.http_redirect_code()),
            ("Protocol", redirect.protocol().map(|protocol| protocol.as_str())),
            ("ReplaceKeyPrefixWith", redirect.replace_key_prefix_with()),
            ("ReplaceKeyWith", redirect.replace_key_with()),
        ])
    });
    let parts = [("Condition", condition), ("Redirect", redirect)];
    parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?))).collect()
}

fn said<const N: usize>(texts: [(&str, Option<&str>); N]) -> Json {
    texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?)))).collect()
}

fn versioning_of(found: &Versioning) -> Json {
    json!([{
        "enabled": found.status() == Some(&BucketVersioningStatus::Enabled),
        "mfa_delete": found.mfa_delete() == Some(&MfaDeleteStatus::Enabled),
    }])
}

fn logging_of(found: &LoggingEnabled) -> Json {
    json!([{ "target_bucket": found.target_bucket(), "target_prefix": found.target_prefix() }])
}

pub fn encryption_rule(rule: &ServerSideEncryptionRule) -> Json {
    let default = rule.apply_server_side_encryption_by_default().map(|default| {
        json!({
            "kms_master_key_id": default.kms_master_key_id().unwrap_or_default(),
            "sse_algorithm": default.sse_algorithm().as_str(),
        })
    });
    json!({
        "apply_server_side_encryption_by_default": default.into_iter().collect::<Vec<_>>(),
        "bucket_key_enabled": rule.bucket_key_enabled().unwrap_or_default(),
    })
}

fn lock_of(found: &ObjectLockConfiguration) -> Json {
    let retention = found.rule().and_then(|rule| rule.default_retention()).map(|retention| {
        json!({ "default_retention": [{
            "days": retention.days().unwrap_or_default(),
            "mode": retention.mode().map(|mode| mode.as_str()).unwrap_or_default(),
            "years": retention.years().unwrap_or_default(),
        }] })
    });
    json!([{
        "object_lock_enabled": found.object_lock_enabled().map(|enabled| enabled.as_str()).unwrap_or_default(),
        "rule": retention.into_iter().collect::<Vec<_>>(),
    }])
}
