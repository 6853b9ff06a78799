//! Setting what the deprecated attributes of `aws_s3_bucket` say. Each call writes one setting whole.

use super::bucket_rule_requests::{lifecycle_of, replication_request};
use super::built;
use super::setting::Place;
use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_s3::types::*;

pub async fn policy(call: Call) -> Result<(), Failure> {
    let s3 = call.aws.s3();
    match call.want.filled("policy") {
        Some(policy) => {
            let sent = s3.put_bucket_policy().bucket(&call.id).policy(policy).send().await;
            sent.map(drop).map_err(Failure::of("S3: PutBucketPolicy"))
        }
        None => {
            let sent = s3.delete_bucket_policy().bucket(&call.id).send().await;
            sent.map(drop).map_err(Failure::of("S3: DeleteBucketPolicy"))
        }
    }
}

pub async fn cors(call: Call) -> Result<(), Failure> {
    let operation = "S3: PutBucketCors";
    let rule = |block: &Want| {
        let rule = CorsRule::builder()
            .set_allowed_headers(Some(block.texts("allowed_headers")))
            .set_allowed_methods(Some(block.texts("allowed_methods")))
            .set_allowed_origins(Some(block.texts("allowed_origins")))
            .set_expose_headers(Some(block.texts("expose_headers")))
            .set_max_age_seconds(block.integer("max_age_seconds"));
        built(operation, rule.build())
    };
    let rules = call.want.items("cors_rule").iter().map(rule).collect::<Result<Vec<_>, _>>()?;
    let configuration = built(operation, CorsConfiguration::builder().set_cors_rules(Some(rules)).build())?;
    let sent = call.aws.s3().put_bucket_cors().bucket(&call.id).cors_configuration(configuration).send().await;
    sent.map(drop).map_err(Failure::of(operation))
}

pub async fn website(call: Call) -> Result<(), Failure> {
    let operation = "S3: PutBucketWebsite";
    let Some(block) = call.want.item("website") else { return Ok(()) };
    let index =
        block.filled("index_document").map(|suffix| built(operation, IndexDocument::builder().suffix(suffix).build()));
    let error = block.filled("error_document").map(|key| built(operation, ErrorDocument::builder().key(key).build()));
    let redirect =
        block.filled("redirect_all_requests_to").map(|target| built(operation, redirect_to(&target).build()));
    let rules = block.filled("routing_rules").map(|rules| routing_rules(&rules)).transpose()?;
    let configuration = WebsiteConfiguration::builder()
        .set_index_document(index.transpose()?)
        .set_error_document(error.transpose()?)
        .set_redirect_all_requests_to(redirect.transpose()?)
        .set_routing_rules(rules)
        .build();
    let request = call.aws.s3().put_bucket_website().bucket(&call.id).website_configuration(configuration);
    request.send().await.map(drop).map_err(Failure::of(operation))
}

/// `https://example.com`, or a host alone.
fn redirect_to(target: &str) -> builders::RedirectAllRequestsToBuilder {
    match target.split_once("://") {
        Some((protocol, host)) => RedirectAllRequestsTo::builder().host_name(host).protocol(Protocol::from(protocol)),
        None => RedirectAllRequestsTo::builder().host_name(target),
    }
}

/// The JSON that S3 documents: a list of objects with `Condition` and `Redirect`.
fn routing_rules(text: &str) -> Result<Vec<RoutingRule>, Failure> {
    let unreadable = |error: serde_json::Error| Failure::new("S3: PutBucketWebsite", "InvalidInput", error.to_string());
    let rules: Vec<serde_json::Value> = serde_json::from_str(text).map_err(unreadable)?;
    let text = |part: &serde_json::Value, name: &str| part[name].as_str().map(str::to_owned);
    let rule = |rule: &serde_json::Value| {
        let (condition, redirect) = (&rule["Condition"], &rule["Redirect"]);
        let condition = condition.is_object().then(|| {
            Condition::builder()
                .set_http_error_code_returned_equals(text(condition, "HttpErrorCodeReturnedEquals"))
                .set_key_prefix_equals(text(condition, "KeyPrefixEquals"))
                .build()
        });
        let redirect = Redirect::builder()
            .set_host_name(text(redirect, "HostName"))
            .set_http_redirect_code(text(redirect, "HttpRedirectCode"))
            .set_protocol(text(redirect, "Protocol").map(|protocol| Protocol::from(protocol.as_str())))
            .set_replace_key_prefix_with(text(redirect, "ReplaceKeyPrefixWith"))
            .set_replace_key_with(text(redirect, "ReplaceKeyWith"));
        RoutingRule::builder().set_condition(condition).redirect(redirect.build()).build()
    };
    Ok(rules.iter().map(rule).collect())
}

pub async fn versioning(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("versioning") else { return Ok(()) };
    let is_new = call.prior.item("versioning").is_none_or(|former| former.flag("enabled") != Some(true));
    let status = match block.flag("enabled") {
        Some(true) => BucketVersioningStatus::Enabled,
        // A bucket that never had versions cannot suspend them.
        _ if is_new => return Ok(()),
        _ => BucketVersioningStatus::Suspended,
    };
    let mfa = block.flag("mfa_delete").filter(|is_on| *is_on).map(|_| MfaDelete::Enabled);
    let configuration = VersioningConfiguration::builder().status(status).set_mfa_delete(mfa).build();
    let request = call.aws.s3().put_bucket_versioning().bucket(&call.id).versioning_configuration(configuration);
    request.send().await.map(drop).map_err(Failure::of("S3: PutBucketVersioning"))
}

pub async fn acl(call: Call) -> Result<(), Failure> {
    let acl = call.want.filled("acl").unwrap_or_else(|| "private".to_owned());
    let request = call.aws.s3().put_bucket_acl().bucket(&call.id).acl(BucketCannedAcl::from(acl.as_str()));
    request.send().await.map(drop).map_err(Failure::of("S3: PutBucketAcl"))
}

pub async fn grants(call: Call) -> Result<(), Failure> {
    let operation = "S3: PutBucketAcl";
    let blocks = call.want.items("grant");
    if blocks.is_empty() {
        return acl(call).await;
    }
    let s3 = call.aws.s3();
    let former = s3.get_bucket_acl().bucket(&call.id).send().await.map_err(Failure::of("S3: GetBucketAcl"))?;
    let mut grants = Vec::new();
    for block in &blocks {
        let kind = block.text("type").unwrap_or_default();
        let grantee = Grantee::builder()
            .r#type(Type::from(kind.as_str()))
            .set_id(block.filled("id"))
            .set_uri(block.filled("uri"));
        let grantee = built(operation, grantee.build())?;
        for permission in block.texts("permissions") {
            let permission = Permission::from(permission.as_str());
            grants.push(Grant::builder().grantee(grantee.clone()).permission(permission).build());
        }
    }
    let policy = AccessControlPolicy::builder().set_grants(Some(grants)).set_owner(former.owner).build();
    let sent = s3.put_bucket_acl().bucket(&call.id).access_control_policy(policy).send().await;
    sent.map(drop).map_err(Failure::of(operation))
}

pub async fn logging(call: Call) -> Result<(), Failure> {
    let operation = "S3: PutBucketLogging";
    let enabled = call.want.item("logging").map(|block| {
        let enabled = LoggingEnabled::builder()
            .set_target_bucket(block.text("target_bucket"))
            .target_prefix(block.text("target_prefix").unwrap_or_default());
        built(operation, enabled.build())
    });
    let status = BucketLoggingStatus::builder().set_logging_enabled(enabled.transpose()?).build();
    let sent = call.aws.s3().put_bucket_logging().bucket(&call.id).bucket_logging_status(status).send().await;
    sent.map(drop).map_err(Failure::of(operation))
}

pub async fn lifecycle(call: Call) -> Result<(), Failure> {
    let operation = "S3: PutBucketLifecycleConfiguration";
    let configuration = lifecycle_of(&call.want.items("lifecycle_rule"))?;
    let request = call.aws.s3().put_bucket_lifecycle_configuration().bucket(&call.id);
    request.lifecycle_configuration(configuration).send().await.map(drop).map_err(Failure::of(operation))
}

pub async fn acceleration(call: Call) -> Result<(), Failure> {
    let Some(status) = call.want.filled("acceleration_status") else { return Ok(()) };
    let status = BucketAccelerateStatus::from(status.as_str());
    let configuration = AccelerateConfiguration::builder().status(status).build();
    let request = call.aws.s3().put_bucket_accelerate_configuration().bucket(&call.id);
    let sent = request.accelerate_configuration(configuration).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutBucketAccelerateConfiguration"))
}

pub async fn payer(call: Call) -> Result<(), Failure> {
    let operation = "S3: PutBucketRequestPayment";
    let Some(payer) = call.want.filled("request_payer") else { return Ok(()) };
    let configuration = RequestPaymentConfiguration::builder().payer(Payer::from(payer.as_str())).build();
    let request = call.aws.s3().put_bucket_request_payment().bucket(&call.id);
    let request = request.request_payment_configuration(built(operation, configuration)?);
    request.send().await.map(drop).map_err(Failure::of(operation))
}

pub async fn replication(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("replication_configuration") else { return Ok(()) };
    let request = call.aws.s3().put_bucket_replication().bucket(&call.id);
    let sent = request.replication_configuration(replication_request(&block)?).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutBucketReplication"))
}

pub async fn encryption(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("server_side_encryption_configuration") else { return Ok(()) };
    put_encryption(&call, &block.items("rule"), Place::parse(&call.id)).await
}

/// Also the work of `aws_s3_bucket_server_side_encryption_configuration`.
pub async fn put_encryption(call: &Call, rules: &[Want], place: Place) -> Result<(), Failure> {
    let operation = "S3: PutBucketEncryption";
    let rule = |block: &Want| {
        let default = block.item("apply_server_side_encryption_by_default").map(|default| {
            let algorithm = default.text("sse_algorithm").unwrap_or_default();
            let request = ServerSideEncryptionByDefault::builder()
                .sse_algorithm(ServerSideEncryption::from(algorithm.as_str()))
                .set_kms_master_key_id(default.filled("kms_master_key_id"));
            built(operation, request.build())
        });
        Ok(ServerSideEncryptionRule::builder()
            .set_apply_server_side_encryption_by_default(default.transpose()?)
            .set_bucket_key_enabled(block.flag("bucket_key_enabled"))
            .build())
    };
    let rules = rules.iter().map(rule).collect::<Result<Vec<_>, Failure>>()?;
    let configuration = ServerSideEncryptionConfiguration::builder().set_rules(Some(rules)).build();
    let request = call.aws.s3().put_bucket_encryption().bucket(place.bucket).set_expected_bucket_owner(place.owner);
    let request = request.server_side_encryption_configuration(built(operation, configuration)?);
    request.send().await.map(drop).map_err(Failure::of(operation))
}

/// Whether a new bucket starts with object lock.
pub fn is_locked(want: &Want) -> bool {
    let block = want.item("object_lock_configuration").and_then(|block| block.text("object_lock_enabled"));
    want.flag("object_lock_enabled") == Some(true) || block.as_deref() == Some("Enabled")
}

pub async fn lock(call: Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("object_lock_configuration") else { return Ok(()) };
    let retention = block.item("rule").and_then(|rule| rule.item("default_retention")).map(|retention| {
        let mode = retention.text("mode").map(|mode| ObjectLockRetentionMode::from(mode.as_str()));
        let lasting = DefaultRetention::builder().set_mode(mode).set_days(retention.positive("days"));
        ObjectLockRule::builder().default_retention(lasting.set_years(retention.positive("years")).build()).build()
    });
    let enabled = ObjectLockEnabled::Enabled;
    let configuration = ObjectLockConfiguration::builder().object_lock_enabled(enabled).set_rule(retention).build();
    let request = call.aws.s3().put_object_lock_configuration().bucket(&call.id);
    let sent = request.object_lock_configuration(configuration).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutObjectLockConfiguration"))
}
