//! `aws_s3_bucket_server_side_encryption_configuration` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
//!
//! Every bucket is encrypted; destroying this goes back to S3's own keys.

use super::bucket_changes::put_encryption;
use super::bucket_shown::encryption_rule;
use super::setting::{Place, Setting, bucket_field, owner_field, setting};
use super::unless_absent;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, block_list, block_set, flag, text};
use aws_sdk_s3::types::ServerSideEncryptionConfiguration as Encryption;
use serde_json::Value as Json;
use std::sync::Arc;

pub fn encryption() -> Resource<Setting<Encryption>, ()> {
    let default = vec![
        text("kms_master_key_id").optional(),
        text("sse_algorithm").required().one_of(&["AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"]),
    ];
    let rule = vec![
        block_list("apply_server_side_encryption_by_default", 1, default).optional(),
        flag("bucket_key_enabled").optional(),
    ];
    let fields =
        vec![bucket_field(), owner_field(), block_set("rule", rule).required().from(rules_of).changed_by("put")];
    setting("S3 Bucket Server-side Encryption Configuration", fields, read, put).delete(delete).delete_not_awaited()
}

fn rules_of(found: &Setting<Encryption>) -> Json {
    found.found.rules().iter().map(encryption_rule).collect()
}

async fn read(aws: Arc<Aws>, place: Place) -> Result<Option<Encryption>, Failure> {
    let request = aws.s3().get_bucket_encryption().bucket(place.bucket).set_expected_bucket_owner(place.owner);
    let answer = unless_absent(request.send().await.map_err(Failure::of("S3: GetBucketEncryption")))?;
    Ok(answer.and_then(|answer| answer.server_side_encryption_configuration))
}

async fn put(call: Call, place: Place) -> Result<(), Failure> {
    put_encryption(&call, &call.want.items("rule"), place).await
}

async fn delete(call: Call) -> Result<(), Failure> {
    let place = Place::parse(&call.id);
    let request = call.aws.s3().delete_bucket_encryption().bucket(place.bucket).set_expected_bucket_owner(place.owner);
    request.send().await.map(drop).map_err(Failure::of("S3: DeleteBucketEncryption"))
}
