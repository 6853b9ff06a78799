//! Tags of a bucket: one set, always written whole.

use super::{built, unless_absent};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, tags_of};
use aws_sdk_s3::types::{Tag, Tagging};
use std::collections::BTreeMap;

pub fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// A tag set for a request.
pub fn tagging_of(operation: &'static str, tags: &BTreeMap<String, String>) -> Result<Tagging, Failure> {
    built(operation, Tagging::builder().set_tag_set(Some(sdk_tags(operation, tags)?)).build())
}

pub fn sdk_tags(operation: &'static str, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    tags.iter().map(|(key, value)| built(operation, Tag::builder().key(key).value(value).build())).collect()
}

pub async fn read_tags(aws: &Aws, bucket: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws.s3().get_bucket_tagging().bucket(bucket).send().await;
    let answer = unless_absent(answer.map_err(Failure::of("S3: GetBucketTagging")))?;
    Ok(answer.map(|answer| tag_map(answer.tag_set())).unwrap_or_default())
}

/// What others put there (AWS itself, or keys that the configuration ignores) stays.
pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let former = call.prior.value("tags_all").map(tags_of).unwrap_or_default();
    let mut tags = read_tags(&call.aws, &call.id).await?;
    tags.retain(|key, _| !former.contains_key(key));
    tags.extend(call.tags);
    let s3 = call.aws.s3();
    if tags.is_empty() {
        let request = s3.delete_bucket_tagging().bucket(&call.id);
        return request.send().await.map(drop).map_err(Failure::of("S3: DeleteBucketTagging"));
    }
    let request = s3.put_bucket_tagging().bucket(&call.id).tagging(tagging_of("S3: PutBucketTagging", &tags)?);
    request.send().await.map(drop).map_err(Failure::of("S3: PutBucketTagging"))
}
