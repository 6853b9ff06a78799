//! `aws_s3_bucket_policy` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>

use super::setting::{Place, Setting, bucket_field, setting};
use super::unless_absent;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, is_same_policy, normal_json, text, written_policy};
use crate::value::Value;
use std::sync::Arc;

pub fn policy() -> Resource<Setting<String>, ()> {
    let fields = vec![
        bucket_field(),
        text("policy")
            .required()
            .check(is_json)
            .stored(|policy| policy.as_str().map_or(policy.clone(), |text| Value::text(&normal_json(text))))
            .same(is_same_policy)
            .from(|found: &Setting<String>| Some(normal_json(&found.found)))
            .changed_by("put"),
    ];
    setting("S3 Bucket Policy", fields, read, put)
        .reconcile(|object, before| written_policy(object, before, "policy"))
        .delete(delete)
}

fn is_json(value: &Value) -> Result<(), String> {
    match value.as_str().map(|text| serde_json::from_str::<serde_json::Value>(text)) {
        Some(Err(error)) => Err(format!("\"policy\" contains an invalid JSON: {error}")),
        _ => Ok(()),
    }
}

async fn read(aws: Arc<Aws>, place: Place) -> Result<Option<String>, Failure> {
    let answer = aws.s3().get_bucket_policy().bucket(place.bucket).send().await;
    Ok(unless_absent(answer.map_err(Failure::of("S3: GetBucketPolicy")))?.and_then(|answer| answer.policy))
}

async fn put(call: Call, place: Place) -> Result<(), Failure> {
    let request = call.aws.s3().put_bucket_policy().bucket(place.bucket).set_policy(call.want.text("policy"));
    request.send().await.map(drop).map_err(Failure::of("S3: PutBucketPolicy"))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.s3().delete_bucket_policy().bucket(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("S3: DeleteBucketPolicy"))
}
