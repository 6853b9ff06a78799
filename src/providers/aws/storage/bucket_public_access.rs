//! `aws_s3_bucket_public_access_block` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>

use super::setting::{Place, Setting, bucket_field, setting};
use super::unless_absent;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, flag};
use aws_sdk_s3::types::PublicAccessBlockConfiguration as Block;
use std::sync::Arc;

pub fn public_access() -> Resource<Setting<Block>, ()> {
    let fields = vec![
        switch("block_public_acls", Block::block_public_acls),
        switch("block_public_policy", Block::block_public_policy),
        bucket_field(),
        switch("ignore_public_acls", Block::ignore_public_acls),
        switch("restrict_public_buckets", Block::restrict_public_buckets),
    ];
    setting("S3 Bucket Public Access Block", fields, read, put).delete(delete)
}

fn switch(name: &'static str, is_on: fn(&Block) -> Option<bool>) -> Field<Setting<Block>, ()> {
    flag(name).default(false).from(move |found: &Setting<Block>| is_on(&found.found)).never_null().changed_by("put")
}

async fn read(aws: Arc<Aws>, place: Place) -> Result<Option<Block>, Failure> {
    let answer = aws.s3().get_public_access_block().bucket(place.bucket).send().await;
    let answer = unless_absent(answer.map_err(Failure::of("S3: GetPublicAccessBlock")))?;
    Ok(answer.and_then(|answer| answer.public_access_block_configuration))
}

async fn put(call: Call, place: Place) -> Result<(), Failure> {
    let block = Block::builder()
        .set_block_public_acls(call.want.flag("block_public_acls"))
        .set_block_public_policy(call.want.flag("block_public_policy"))
        .set_ignore_public_acls(call.want.flag("ignore_public_acls"))
        .set_restrict_public_buckets(call.want.flag("restrict_public_buckets"))
        .build();
    let request = call.aws.s3().put_public_access_block().bucket(place.bucket);
    let sent = request.public_access_block_configuration(block).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutPublicAccessBlock"))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.s3().delete_public_access_block().bucket(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("S3: DeletePublicAccessBlock"))
}
