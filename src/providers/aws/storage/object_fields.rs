//! The attributes of `aws_s3_object`.

use super::object::Object;
use crate::providers::aws::engine::{Field, block_list, flag, map_of_text, text};
use crate::value::{Text, Type, Value};
use aws_sdk_s3::operation::head_object::HeadObjectOutput as Head;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::{ObjectCannedAcl, ServerSideEncryption, StorageClass};

type Fields = Vec<Field<Object, ()>>;

pub fn fields() -> Fields {
    [place_fields(), content_fields(), header_fields(), checksum_fields(), lock_fields()]
        .into_iter()
        .flatten()
        .collect()
}

/// Where it is, and who may see it.
fn place_fields() -> Fields {
    vec![
        text("acl").optional().computed().one_of(ObjectCannedAcl::values()).changed_by("acl"),
        text("arn")
            .computed()
            .from(|found: &Object| Some(format!("arn:{}:s3:::{}/{}", found.partition, found.bucket, found.key))),
        text("bucket").required().replaces().from(|found: &Object| Some(found.bucket.clone())),
        flag("force_destroy").default(false),
        // State keeps it as it is written, see `clean_key`.
        text("key").required().replaces().check(|key| match key.as_str() {
            Some(key) if key.is_empty() => Err("\"key\": must not be empty".into()),
            _ => Ok(()),
        }),
        block_list(
            "override_provider",
            1,
            vec![block_list("default_tags", 1, vec![map_of_text("tags").optional()]).optional()],
        )
        .optional(),
        text("version_id")
            .computed()
            .follows(&CONTENTS)
            .from(|found: &Object| found.head.version_id.clone().filter(|version| version != "null"))
            .never_null(),
    ]
}

/// What makes a new version.
const CONTENTS: [&str; 17] = [
    "bucket_key_enabled",
    "cache_control",
    "checksum_algorithm",
    "content",
    "content_base64",
    "content_disposition",
    "content_encoding",
    "content_language",
    "content_type",
    "etag",
    "kms_key_id",
    "metadata",
    "server_side_encryption",
    "source",
    "source_hash",
    "storage_class",
    "website_redirect",
];

/// The key that S3 gets: no slash at the front, none doubled, as in hashicorp's provider.
pub fn clean_key(key: &str) -> String {
    let mut key = key.trim_start_matches("./").trim_start_matches('/').to_owned();
    while key.contains("//") {
        key = key.replace("//", "/");
    }
    key
}

/// What is in it, one of three ways.
fn content_fields() -> Fields {
    let upload = |field: Field<Object, ()>| field.optional().changed_by("upload");
    vec![
        upload(text("content")).conflicts(&["source", "content_base64"]),
        upload(text("content_base64")).conflicts(&["source", "content"]),
        upload(text("etag").computed())
            .conflicts(&["kms_key_id"])
            .from(|found: &Object| Some(found.head.e_tag()?.trim_matches('"').to_owned())),
        upload(text("source")).conflicts(&["content", "content_base64"]),
        upload(text("source_hash")),
    ]
}

fn header_fields() -> Fields {
    let upload = |field: Field<Object, ()>| field.optional().changed_by("upload");
    let header = |name, said: fn(&Head) -> Option<&str>| {
        upload(text(name).from(move |found: &Object| said(&found.head).map(str::to_owned)).never_null())
    };
    vec![
        upload(flag("bucket_key_enabled").computed().from(|found: &Object| found.head.bucket_key_enabled).never_null()),
        header("cache_control", Head::cache_control),
        header("content_disposition", Head::content_disposition),
        header("content_encoding", Head::content_encoding),
        header("content_language", Head::content_language),
        upload(text("content_type").computed().from(|found: &Object| found.head.content_type.clone())),
        upload(text("kms_key_id").computed()).check(|value| match value.as_str() {
            Some(arn) if !arn.starts_with("arn:") => Err(format!("\"kms_key_id\" ({arn}) is an invalid ARN")),
            _ => Ok(()),
        }),
        upload(map_of_text("metadata")).check(has_lower_keys).from(|found: &Object| metadata_of(&found.head)),
        upload(text("server_side_encryption").computed())
            .one_of(ServerSideEncryption::values())
            .from(|found: &Object| Some(found.head.server_side_encryption()?.as_str().to_owned()))
            .never_null(),
        upload(text("storage_class").computed()).one_of(StorageClass::values()).from(|found: &Object| {
            Some(found.head.storage_class().map_or("STANDARD", StorageClass::as_str).to_owned())
        }),
        header("website_redirect", Head::website_redirect_location),
    ]
}

fn has_lower_keys(value: &Value) -> Result<(), String> {
    let entries = value.as_entries().into_iter().flat_map(|entries| entries.iter());
    match entries.map(|(key, _)| key).find(|key| key.to_lowercase() != *key.to_string()) {
        Some(key) => Err(format!("Metadata must be lowercase only. Offending key: {key:?}")),
        None => Ok(()),
    }
}

fn metadata_of(head: &Head) -> Value {
    let entries: Vec<(Text, Value)> = head
        .metadata()
        .into_iter()
        .flatten()
        .map(|(key, value)| (Text::from(key.as_str()), Value::text(value)))
        .collect();
    Value::map(Type::String, entries)
}

/// S3 tells checksums only where one was asked for.
fn checksum_fields() -> Fields {
    let sum = |name, said: fn(&Head) -> Option<&str>| {
        text(name).computed().from(move |found: &Object| said(&found.head).map(str::to_owned)).never_null()
    };
    vec![
        text("checksum_algorithm")
            .optional()
            .one_of(&["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
            .changed_by("upload"),
        sum("checksum_crc32", Head::checksum_crc32),
        sum("checksum_crc32c", Head::checksum_crc32_c),
        sum("checksum_crc64nvme", Head::checksum_crc64_nvme),
        sum("checksum_sha1", Head::checksum_sha1),
        sum("checksum_sha256", Head::checksum_sha256),
    ]
}

fn lock_fields() -> Fields {
    vec![
        text("object_lock_legal_hold_status")
            .optional()
            .from(|found: &Object| Some(found.head.object_lock_legal_hold_status()?.as_str().to_owned()))
            .never_null()
            .changed_by("hold"),
        text("object_lock_mode")
            .optional()
            .from(|found: &Object| Some(found.head.object_lock_mode()?.as_str().to_owned()))
            .never_null()
            .changed_by("retention"),
        text("object_lock_retain_until_date")
            .optional()
            .check(|value| {
                match value.as_str().map(|text| DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset)) {
                    Some(Err(error)) => {
                        Err(format!("expected \"object_lock_retain_until_date\" to be a valid RFC3339 date: {error}"))
                    }
                    _ => Ok(()),
                }
            })
            .from(|found: &Object| found.head.object_lock_retain_until_date()?.fmt(DateTimeFormat::DateTime).ok())
            .never_null()
            .changed_by("retention"),
    ]
}
