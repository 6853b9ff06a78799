//! The deprecated attributes of `aws_s3_bucket`: settings that have resources of their own since provider version 4.
//!
//! All are optional and computed: what the configuration does not say is shown as it is, and left alone.

use super::bucket::Bucket;
use crate::providers::aws::engine::{
    Field, block_list, block_set, flag, is_same_json, map_of_text, number, set_of_text, text, texts,
};
use aws_sdk_s3::operation::create_bucket::builders::CreateBucketFluentBuilder as Create;

type Blocks = Vec<Field<(), ()>>;

pub fn inline_fields() -> Vec<Field<Bucket, Create>> {
    let inline = |field: Field<Bucket, Create>| field.optional().computed().deprecated();
    vec![
        inline(text("acceleration_status"))
            .one_of(&["Enabled", "Suspended"])
            .from(|found: &Bucket| Some(found.settings.acceleration.clone()))
            .changed_by("acceleration"),
        inline(text("acl")).conflicts(&["grant"]).changed_by("acl"),
        inline(block_list("cors_rule", 0, cors_fields()))
            .from(|found: &Bucket| found.settings.cors.clone())
            .changed_by("cors"),
        inline(block_set("grant", grant_fields()))
            .conflicts(&["acl"])
            .from(|found: &Bucket| found.settings.grants.clone())
            .changed_by("grant"),
        inline(block_list("lifecycle_rule", 0, lifecycle_fields()))
            .from(|found: &Bucket| found.settings.lifecycle.clone())
            .changed_by("lifecycle"),
        inline(block_list("logging", 1, vec![text("target_bucket").required(), text("target_prefix").optional()]))
            .from(|found: &Bucket| found.settings.logging.clone())
            .changed_by("logging"),
        inline(block_list("object_lock_configuration", 1, lock_fields()))
            .from(|found: &Bucket| found.settings.lock.clone())
            .changed_by("lock"),
        flag("object_lock_enabled")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["object_lock_configuration"])
            .from(|found: &Bucket| Some(found.settings.is_locked)),
        inline(text("policy"))
            .same(is_same_json)
            .from(|found: &Bucket| Some(found.settings.policy.clone()))
            .changed_by("policy"),
        inline(block_list("replication_configuration", 1, replication_fields()))
            .from(|found: &Bucket| found.settings.replication.clone())
            .changed_by("replication"),
        inline(text("request_payer")).from(|found: &Bucket| Some(found.settings.payer.clone())).changed_by("payer"),
        inline(block_list("server_side_encryption_configuration", 1, encryption_fields()))
            .from(|found: &Bucket| found.settings.encryption.clone())
            .changed_by("encryption"),
        inline(block_list("versioning", 1, vec![flag("enabled").default(false), flag("mfa_delete").default(false)]))
            .from(|found: &Bucket| found.settings.versioning.clone())
            .changed_by("versioning"),
        inline(block_list("website", 1, website_fields()))
            .from(|found: &Bucket| found.settings.website.clone())
            .changed_by("website"),
        text("website_domain").computed().deprecated().from(|found: &Bucket| website_domain(found)),
        text("website_endpoint")
            .computed()
            .deprecated()
            .from(|found: &Bucket| Some(format!("{}.{}", found.name, website_domain(found)?))),
    ]
}

/// The older regions have a dash where the newer have a dot:
/// <https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints>
fn website_domain(found: &Bucket) -> Option<String> {
    const WITH_DASH: [&str; 9] = [
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "eu-west-1",
        "sa-east-1",
        "us-gov-west-1",
    ];
    let region = &found.region;
    let suffix = if found.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let separator = if WITH_DASH.contains(&region.as_str()) { '-' } else { '.' };
    found.settings.has_website.then(|| format!("s3-website{separator}{region}.{suffix}"))
}

fn cors_fields() -> Blocks {
    vec![
        texts("allowed_headers").optional(),
        texts("allowed_methods").required(),
        texts("allowed_origins").required(),
        texts("expose_headers").optional(),
        number("max_age_seconds").optional(),
    ]
}

fn grant_fields() -> Blocks {
    vec![text("id").optional(), set_of_text("permissions").required(), text("type").required(), text("uri").optional()]
}

fn lifecycle_fields() -> Blocks {
    let expiration =
        vec![text("date").optional(), number("days").optional(), flag("expired_object_delete_marker").optional()];
    let transition = vec![text("date").optional(), number("days").optional(), text("storage_class").required()];
    let noncurrent = vec![number("days").optional(), text("storage_class").required()];
    vec![
        number("abort_incomplete_multipart_upload_days").optional(),
        flag("enabled").required(),
        block_list("expiration", 1, expiration).optional(),
        text("id").optional().computed(),
        block_list("noncurrent_version_expiration", 1, vec![number("days").optional()]).optional(),
        block_set("noncurrent_version_transition", noncurrent).optional(),
        text("prefix").optional(),
        map_of_text("tags").optional(),
        block_set("transition", transition).optional(),
    ]
}

fn lock_fields() -> Blocks {
    let retention = vec![number("days").optional(), text("mode").required(), number("years").optional()];
    let rule = vec![block_list("default_retention", 1, retention).required()];
    vec![
        text("object_lock_enabled").optional().deprecated().replaces(),
        block_list("rule", 1, rule).optional().deprecated(),
    ]
}

fn encryption_fields() -> Blocks {
    let default = vec![text("kms_master_key_id").optional(), text("sse_algorithm").required()];
    let rule = vec![
        block_list("apply_server_side_encryption_by_default", 1, default).required(),
        flag("bucket_key_enabled").optional(),
    ];
    vec![block_list("rule", 1, rule).required()]
}

fn website_fields() -> Blocks {
    vec![
        text("error_document").optional(),
        text("index_document").optional(),
        text("redirect_all_requests_to").optional(),
        text("routing_rules").optional(),
    ]
}

fn replication_fields() -> Blocks {
    let with_minutes = || vec![number("minutes").default(15), text("status").default("Enabled")];
    let destination = vec![
        block_list("access_control_translation", 1, vec![text("owner").required()]).optional(),
        text("account_id").optional(),
        text("bucket").required(),
        block_list("metrics", 1, with_minutes()).optional(),
        text("replica_kms_key_id").optional(),
        block_list("replication_time", 1, with_minutes()).optional(),
        text("storage_class").optional(),
    ];
    let encrypted = block_list("sse_kms_encrypted_objects", 1, vec![flag("enabled").required()]).optional();
    let rules = vec![
        text("delete_marker_replication_status").optional(),
        block_list("destination", 1, destination).required(),
        block_list("filter", 1, vec![text("prefix").optional(), map_of_text("tags").optional()]).optional(),
        text("id").optional(),
        text("prefix").optional(),
        number("priority").optional(),
        block_list("source_selection_criteria", 1, vec![encrypted]).optional(),
        text("status").required(),
    ];
    vec![text("role").required(), block_set("rules", rules).required()]
}
