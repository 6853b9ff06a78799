//! `aws_s3_bucket_versioning` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>
//!
//! A bucket starts without versions (`Disabled`) and never gets back there: destroying this suspends them.

use super::imitation::read_versioning;
use super::setting::{Place, Setting, bucket_field, owner_field, setting};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, block_list, text};
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput as Versioning;
use aws_sdk_s3::types::{BucketVersioningStatus as Status, MfaDelete, VersioningConfiguration};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub fn versioning() -> Resource<Setting<Versioning>, ()> {
    let configuration = vec![
        text("mfa_delete").optional().computed().one_of(&["Enabled", "Disabled"]),
        text("status").required().one_of(&["Enabled", "Suspended", "Disabled"]),
    ];
    let fields = vec![
        bucket_field(),
        owner_field(),
        text("mfa").optional(),
        block_list("versioning_configuration", 1, configuration).required().from(configuration_of).changed_by("put"),
    ];
    setting("S3 Bucket Versioning", fields, read, put).delete(delete).delete_not_awaited()
}

fn configuration_of(found: &Setting<Versioning>) -> Json {
    json!([{
        "mfa_delete": found.found.mfa_delete().map(|status| status.as_str()).unwrap_or_default(),
        "status": found.found.status().map_or("Disabled", |status| status.as_str()),
    }])
}

async fn read(aws: Arc<Aws>, place: Place) -> Result<Option<Versioning>, Failure> {
    read_versioning(&aws, &place.bucket, place.owner).await.map(Some)
}

async fn put(call: Call, place: Place) -> Result<(), Failure> {
    let block = call.want.item("versioning_configuration");
    let wanted = |name: &str| block.as_ref().and_then(|block| block.filled(name));
    match wanted("status").as_deref() {
        // Nothing to say: that is how a bucket starts.
        Some("Disabled") if call.prior.0.is_null() => Ok(()),
        Some("Disabled") => {
            let message = "a bucket that has had versions can only suspend them: set status to \"Suspended\"";
            Err(Failure::new("S3: PutBucketVersioning", "InvalidInput", message))
        }
        status => {
            send(&call, place, status.map(Status::from), wanted("mfa_delete").as_deref().map(MfaDelete::from)).await
        }
    }
}

async fn send(call: &Call, place: Place, status: Option<Status>, mfa_delete: Option<MfaDelete>) -> Result<(), Failure> {
    let configuration = VersioningConfiguration::builder().set_status(status).set_mfa_delete(mfa_delete).build();
    let request = call.aws.s3().put_bucket_versioning().bucket(place.bucket).set_expected_bucket_owner(place.owner);
    let request = request.set_mfa(call.want.filled("mfa")).versioning_configuration(configuration);
    request.send().await.map(drop).map_err(Failure::of("S3: PutBucketVersioning"))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let status = call.prior.item("versioning_configuration").and_then(|block| block.text("status"));
    if status.as_deref() == Some("Disabled") {
        return Ok(());
    }
    send(&call, Place::parse(&call.id), Some(Status::Suspended), None).await
}
