//! `aws_s3_bucket_ownership_controls` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>

use super::setting::{Place, Setting, bucket_field, setting};
use super::{built, unless_absent};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, block_list, text};
use aws_sdk_s3::types::{ObjectOwnership, OwnershipControls, OwnershipControlsRule};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub fn ownership() -> Resource<Setting<OwnershipControls>, ()> {
    let rule = vec![text("object_ownership").required().one_of(&[
        "BucketOwnerPreferred",
        "ObjectWriter",
        "BucketOwnerEnforced",
    ])];
    let fields = vec![bucket_field(), block_list("rule", 1, rule).required().from(rules_of).changed_by("put")];
    setting("S3 Bucket Ownership Controls", fields, read, put).delete(delete)
}

fn rules_of(found: &Setting<OwnershipControls>) -> Json {
    let rules = found.found.rules().iter();
    rules.map(|rule| json!({ "object_ownership": rule.object_ownership().as_str() })).collect()
}

async fn read(aws: Arc<Aws>, place: Place) -> Result<Option<OwnershipControls>, Failure> {
    let answer = aws.s3().get_bucket_ownership_controls().bucket(place.bucket).send().await;
    let answer = unless_absent(answer.map_err(Failure::of("S3: GetBucketOwnershipControls")))?;
    Ok(answer.and_then(|answer| answer.ownership_controls))
}

async fn put(call: Call, place: Place) -> Result<(), Failure> {
    let operation = "S3: PutBucketOwnershipControls";
    let rule = |block: crate::providers::aws::engine::Want| {
        let ownership = block.text("object_ownership").unwrap_or_default();
        let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(ownership.as_str()));
        built(operation, rule.build())
    };
    let rules = call.want.items("rule").into_iter().map(rule).collect::<Result<Vec<_>, _>>()?;
    let controls = built(operation, OwnershipControls::builder().set_rules(Some(rules)).build())?;
    let request = call.aws.s3().put_bucket_ownership_controls().bucket(place.bucket).ownership_controls(controls);
    request.send().await.map(drop).map_err(Failure::of(operation))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.s3().delete_bucket_ownership_controls().bucket(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("S3: DeleteBucketOwnershipControls"))
}
