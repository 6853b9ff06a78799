//! What is changed of an object without writing it again, and how it goes.

use super::bucket_emptying::remove_object;
use super::bucket_tags::tagging_of;
use super::object::{hold_of, place_of, retained_until};
use crate::providers::aws::engine::{Call, Failure};
use aws_sdk_s3::types::*;

pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let (bucket, key) = place_of(&call.want);
    let s3 = call.aws.s3();
    if call.tags.is_empty() {
        let sent = s3.delete_object_tagging().bucket(bucket).key(key).send().await;
        return sent.map(drop).map_err(Failure::of("S3: DeleteObjectTagging"));
    }
    let tagging = tagging_of("S3: PutObjectTagging", &call.tags)?;
    let sent = s3.put_object_tagging().bucket(bucket).key(key).tagging(tagging).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutObjectTagging"))
}

pub async fn change_acl(call: Call) -> Result<(), Failure> {
    let (bucket, key) = place_of(&call.want);
    let acl = call.want.filled("acl").map(|acl| ObjectCannedAcl::from(acl.as_str()));
    let sent = call.aws.s3().put_object_acl().bucket(bucket).key(key).set_acl(acl).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutObjectAcl"))
}

pub async fn change_hold(call: Call) -> Result<(), Failure> {
    let (bucket, key) = place_of(&call.want);
    let hold = hold_of(&call.want).unwrap_or(ObjectLockLegalHoldStatus::Off);
    let hold = ObjectLockLegalHold::builder().status(hold).build();
    let sent = call.aws.s3().put_object_legal_hold().bucket(bucket).key(key).legal_hold(hold).send().await;
    sent.map(drop).map_err(Failure::of("S3: PutObjectLegalHold"))
}

/// What shortens or lifts a retention has to bypass it.
pub async fn change_retention(call: Call) -> Result<(), Failure> {
    let (bucket, key) = place_of(&call.want);
    let mode = call.want.filled("object_lock_mode").map(|mode| ObjectLockRetentionMode::from(mode.as_str()));
    let (former, wanted) = (retained_until(&call.prior)?, retained_until(&call.want)?);
    let is_shorter = former.is_some_and(|former| wanted.is_none_or(|wanted| wanted.secs() < former.secs()));
    let retention = ObjectLockRetention::builder().set_mode(mode).set_retain_until_date(wanted).build();
    let request = call.aws.s3().put_object_retention().bucket(bucket).key(key).retention(retention);
    let request = request.set_bypass_governance_retention(is_shorter.then_some(true));
    request.send().await.map(drop).map_err(Failure::of("S3: PutObjectRetention"))
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    let (bucket, key) = place_of(&call.prior);
    let is_forced = call.prior.flag("force_destroy") == Some(true);
    if call.prior.filled("version_id").is_some() {
        return remove_object(&call.aws, &bucket, &key, is_forced).await;
    }
    let sent = call.aws.s3().delete_object().bucket(bucket).key(key).send().await;
    sent.map(drop).map_err(Failure::of("S3: DeleteObject"))
}
