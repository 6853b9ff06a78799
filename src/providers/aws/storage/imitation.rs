//! Answers of what imitates S3 and names the outermost element otherwise: `GetBucketVersioningResponse` for
//! `VersioningConfiguration`. Other SDKs don't look at that name; ours insists on it, but keeps what it could not read.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput as Versioning;
use aws_sdk_s3::types::{BucketVersioningStatus, MfaDeleteStatus};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// It answered a question that it does not know, with a list of objects or an element of another name.
pub fn is_of_something_else(failure: &Failure) -> bool {
    failure.code.is_empty() && failure.message.contains("encountered invalid XML root")
}

pub async fn read_versioning(aws: &Aws, bucket: &str, owner: Option<String>) -> Result<Versioning, Failure> {
    let request = aws.s3().get_bucket_versioning().bucket(bucket).set_expected_bucket_owner(owner);
    match request.send().await {
        Ok(found) => Ok(found),
        Err(error) => read_otherwise(&error).ok_or_else(|| Failure::of("S3: GetBucketVersioning")(error)),
    }
}

fn read_otherwise<E>(error: &SdkError<E, HttpResponse>) -> Option<Versioning> {
    let response = error.raw_response().filter(|response| response.status().is_success())?;
    let body = std::str::from_utf8(response.body().bytes()?).ok().filter(|body| body.contains("Versioning"))?;
    let status = text_in(body, "Status").map(BucketVersioningStatus::from);
    let mfa_delete = text_in(body, "MfaDelete").map(MfaDeleteStatus::from);
    Some(Versioning::builder().set_status(status).set_mfa_delete(mfa_delete).build())
}

fn text_in<'a>(body: &'a str, element: &str) -> Option<&'a str> {
    let (_, after) = body.split_once(&format!("<{element}>"))?;
    Some(after.split_once("</")?.0)
}
