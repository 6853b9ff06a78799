//! Storage: S3 buckets, what belongs to them, and objects.

mod bucket;
mod bucket_changes;
mod bucket_emptying;
mod bucket_encryption;
mod bucket_fields;
mod bucket_ownership;
mod bucket_place;
mod bucket_policy;
mod bucket_public_access;
mod bucket_rule_requests;
mod bucket_rules;
mod bucket_shown;
mod bucket_tags;
mod bucket_versioning;
mod imitation;
mod object;
mod object_changes;
mod object_fields;
mod setting;

use super::engine::{Entry, Failure, Kind};
use aws_sdk_s3::error::BuildError;

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_s3_bucket", |_| bucket::bucket().into()),
    ("aws_s3_bucket_server_side_encryption_configuration", |_| bucket_encryption::encryption().into()),
    ("aws_s3_bucket_ownership_controls", |_| bucket_ownership::ownership().into()),
    ("aws_s3_bucket_policy", |_| bucket_policy::policy().into()),
    ("aws_s3_bucket_public_access_block", |_| bucket_public_access::public_access().into()),
    ("aws_s3_bucket_versioning", |_| bucket_versioning::versioning().into()),
    ("aws_s3_object", |_| object::object().into()),
];

/// An answer, or nothing where the error says that nobody made this setting, or that this S3 does not know it.
fn unless_absent<R>(answer: Result<R, Failure>) -> Result<Option<R>, Failure> {
    const ABSENT: [&str; 14] = [
        "MethodNotAllowed",
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchTagSetError",
        "NoSuchWebsiteConfiguration",
        "NotImplemented",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
        "UnsupportedOperation",
    ];
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.is_any(&ABSENT) || imitation::is_of_something_else(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A part of a request, or what it lacks.
fn built<R>(operation: &'static str, part: Result<R, BuildError>) -> Result<R, Failure> {
    part.map_err(|error| Failure::new(operation, "InvalidInput", error.to_string()))
}
