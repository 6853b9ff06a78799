//! `aws_s3_object` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
//!
//! One PutObject makes it, and every change of what it holds makes it anew. Its id is its key, so it is read by bucket and key.
//! An object that has versions goes with all of them.

use super::bucket_tags::tag_map;
use super::object_changes::{change_acl, change_hold, change_retention, change_tags, delete};
use super::object_fields::{clean_key, fields};
use super::unless_absent;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, Want, tags_of};
use crate::value::Value;
use aws_sdk_s3::operation::head_object::HeadObjectOutput as Head;
use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_sdk_s3::types::*;
use base64::Engine;
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Object {
    /// What it was asked for by, see `key_of`.
    asked: String,
    pub bucket: String,
    pub key: String,
    pub partition: &'static str,
    pub head: Head,
    tags: BTreeMap<String, String>,
}

pub fn object() -> Resource<Object, ()> {
    Resource::new("S3 Object", 0, |_| (), create)
        .fields(fields())
        .read_many(1, |found: &Object| found.asked.clone(), read)
        .read_by(key_of)
        .tagged(|found| found.tags.clone(), change_tags)
        .change("upload", upload)
        .change("acl", change_acl)
        .change("hold", change_hold)
        .change("retention", change_retention)
        .delete(delete)
        .missing(&["NotFound", "NoSuchKey", "NoSuchBucket"])
        .retry_create_on(&["OperationAborted"])
        // Put again, it is the same object.
        .recovered_by_token()
        .imported_by(imported)
}

/// `checksum algorithm`, where one is used, then `bucket/key`.
fn key_of(want: &Want) -> String {
    let algorithm = want.filled("checksum_algorithm").unwrap_or_default();
    let (bucket, key) = place_of(want);
    format!("{algorithm} {bucket}/{key}")
}

/// By `bucket/key` or `s3://bucket/key`.
async fn imported(_: Arc<Aws>, id: String) -> Result<Imports, Failure> {
    let Some((bucket, key)) = id.trim_start_matches("s3://").split_once('/') else {
        return Err(Failure::new("import", "", format!("{id:?} is neither bucket/key nor s3://bucket/key")));
    };
    Ok(vec![("id", Value::text(key)), ("bucket", Value::text(bucket)), ("key", Value::text(key))])
}

pub fn place_of(want: &Want) -> (String, String) {
    (want.text("bucket").unwrap_or_default(), clean_key(&want.text("key").unwrap_or_default()))
}

async fn create(_: (), call: Call) -> Result<String, Failure> {
    let key = call.want.text("key").unwrap_or_default();
    upload(call).await?;
    Ok(key)
}

async fn upload(call: Call) -> Result<(), Failure> {
    let want = &call.want;
    let (bucket, key) = place_of(want);
    let tags = (!call.tags.is_empty()).then(|| tags_in_query(&call.tags));
    let encryption = match want.filled("kms_key_id") {
        Some(_) => Some(ServerSideEncryption::AwsKms),
        None => want.filled("server_side_encryption").map(|kind| ServerSideEncryption::from(kind.as_str())),
    };
    let metadata = want.value("metadata").map(tags_of).unwrap_or_default();
    let request = call
        .aws
        .s3()
        .put_object()
        .bucket(bucket)
        .key(key)
        .body(body_of(want).await?)
        .set_acl(want.filled("acl").map(|acl| ObjectCannedAcl::from(acl.as_str())))
        .set_bucket_key_enabled(want.flag("bucket_key_enabled").filter(|is_on| *is_on))
        .set_cache_control(want.filled("cache_control"))
        .set_checksum_algorithm(want.filled("checksum_algorithm").map(|name| ChecksumAlgorithm::from(name.as_str())))
        .set_content_disposition(want.filled("content_disposition"))
        .set_content_encoding(want.filled("content_encoding"))
        .set_content_language(want.filled("content_language"))
        .content_type(want.filled("content_type").unwrap_or_else(|| "application/octet-stream".to_owned()))
        .set_metadata((!metadata.is_empty()).then(|| metadata.into_iter().collect()))
        .set_object_lock_legal_hold_status(hold_of(want))
        .set_object_lock_mode(want.filled("object_lock_mode").map(|mode| ObjectLockMode::from(mode.as_str())))
        .set_object_lock_retain_until_date(retained_until(want)?)
        .set_server_side_encryption(encryption)
        .set_ssekms_key_id(want.filled("kms_key_id"))
        .set_storage_class(want.filled("storage_class").map(|class| StorageClass::from(class.as_str())))
        .set_tagging(tags)
        .set_website_redirect_location(want.filled("website_redirect"));
    request.send().await.map(drop).map_err(Failure::of("S3: PutObject"))
}

/// A file is sent as it is read; nothing at all makes an empty object.
async fn body_of(want: &Want) -> Result<ByteStream, Failure> {
    let unreadable = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new("S3: PutObject", "InvalidInput", format!("{what} cannot be read: {error}"))
    };
    if let Some(source) = want.filled("source") {
        return ByteStream::from_path(&source).await.map_err(|error| unreadable(&format!("the file {source}"), &error));
    }
    if let Some(encoded) = want.filled("content_base64") {
        let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim());
        return decoded.map(ByteStream::from).map_err(|error| unreadable("content_base64", &error));
    }
    Ok(ByteStream::from(want.text("content").unwrap_or_default().into_bytes()))
}

/// Tags as PutObject takes them: as a query string.
fn tags_in_query(tags: &BTreeMap<String, String>) -> String {
    let escape = |text: &str| {
        let escaped = text.bytes().map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        escaped.collect::<String>()
    };
    tags.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect::<Vec<_>>().join("&")
}

pub fn hold_of(want: &Want) -> Option<ObjectLockLegalHoldStatus> {
    want.filled("object_lock_legal_hold_status").map(|status| ObjectLockLegalHoldStatus::from(status.as_str()))
}

pub fn retained_until(want: &Want) -> Result<Option<DateTime>, Failure> {
    let date = want.filled("object_lock_retain_until_date");
    let date = date.map(|date| DateTime::from_str(&date, DateTimeFormat::DateTimeWithOffset)).transpose();
    date.map_err(|error| Failure::new("S3: PutObject", "InvalidInput", error.to_string()))
}

async fn read(aws: Arc<Aws>, asked: Vec<String>) -> Result<Vec<Object>, Failure> {
    let mut found = Vec::new();
    for asked in asked {
        let (algorithm, place) = asked.split_once(' ').unwrap_or_default();
        let (bucket, key) = place.split_once('/').unwrap_or((place, ""));
        let mode = (!algorithm.is_empty()).then_some(ChecksumMode::Enabled);
        let request = aws.s3().head_object().bucket(bucket).key(key).set_checksum_mode(mode);
        let head = request.send().await.map_err(Failure::of("S3: HeadObject"))?;
        let tags = aws.s3().get_object_tagging().bucket(bucket).key(key).send().await;
        let tags = unless_absent(tags.map_err(Failure::of("S3: GetObjectTagging")))?;
        let tags = tags.map(|answer| tag_map(answer.tag_set())).unwrap_or_default();
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        found.push(Object { asked, bucket, key, partition: aws.partition, head, tags });
    }
    Ok(found)
}
