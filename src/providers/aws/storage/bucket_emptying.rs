//! Emptying a bucket, and removing objects with all their versions: what `force_destroy` asks for.

use super::built;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

/// Removes every version of every object. `bypasses`: also those under governance retention.
pub async fn empty(aws: &Aws, bucket: &str, bypasses: bool) -> Result<(), Failure> {
    remove_versions(aws, bucket, "", |_| true, bypasses).await
}

/// Removes every version of one object.
pub async fn remove_object(aws: &Aws, bucket: &str, key: &str, bypasses: bool) -> Result<(), Failure> {
    remove_versions(aws, bucket, key, |found| found == key, bypasses).await
}

/// A page of versions is as much as one call deletes: a thousand.
async fn remove_versions(
    aws: &Aws,
    bucket: &str,
    prefix: &str,
    is_meant: impl Fn(&str) -> bool,
    bypasses: bool,
) -> Result<(), Failure> {
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let request = aws.s3().list_object_versions().bucket(bucket).set_key_marker(key_marker);
        let request = request.set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()));
        let page = request.set_version_id_marker(version_marker).send().await;
        let page = page.map_err(Failure::of("S3: ListObjectVersions"))?;
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let meant = versions.chain(markers).filter_map(|(key, version)| Some((key?, version)));
        let identifiers: Result<Vec<_>, _> = meant
            .filter(|(key, _)| is_meant(key))
            .map(|(key, version)| {
                let object = ObjectIdentifier::builder().key(key).set_version_id(version.map(str::to_owned));
                built("S3: DeleteObjects", object.build())
            })
            .collect();
        delete_all(aws, bucket, identifiers?, bypasses).await?;
        if page.is_truncated() != Some(true) {
            return Ok(());
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

async fn delete_all(aws: &Aws, bucket: &str, objects: Vec<ObjectIdentifier>, bypasses: bool) -> Result<(), Failure> {
    if objects.is_empty() {
        return Ok(());
    }
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true);
    let delete = built("S3: DeleteObjects", delete.build())?;
    let request = aws.s3().delete_objects().bucket(bucket).delete(delete);
    let request = request.set_bypass_governance_retention(bypasses.then_some(true));
    let answer = request.send().await.map_err(Failure::of("S3: DeleteObjects"))?;
    match answer.errors().first() {
        None => Ok(()),
        Some(error) => {
            let message = format!("{}: {}", error.key().unwrap_or_default(), error.message().unwrap_or_default());
            Err(Failure::new("S3: DeleteObjects", error.code().unwrap_or_default(), message))
        }
    }
}
