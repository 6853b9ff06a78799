//! `aws_s3_bucket` <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
//!
//! What a bucket is set to lives in resources of its own; the deprecated attributes in this one show the same settings
//! (`bucket_shown` reads them, `bucket_fields` declares them, `bucket_changes` sets those that are written here).

use super::bucket_changes as changes;
use super::bucket_emptying::empty;
use super::bucket_fields::inline_fields;
use super::bucket_place::{global_suffix, hosted_zone_of};
use super::bucket_shown::{BucketSettings, read_settings};
use super::bucket_tags::change_tags;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, flag, name_prefix_of, text};
use crate::value::Value;
use aws_sdk_s3::operation::create_bucket::builders::CreateBucketFluentBuilder as Create;
use aws_sdk_s3::types::{BucketCannedAcl, BucketLocationConstraint, CreateBucketConfiguration};
use std::sync::Arc;

/// The region whose buckets have no location constraint.
const FIRST_REGION: &str = "us-east-1";

pub struct Bucket {
    pub name: String,
    pub region: String,
    pub partition: &'static str,
    pub settings: BucketSettings,
}

pub fn bucket() -> Resource<Bucket, Create> {
    Resource::new("S3 Bucket", 0, |aws| aws.s3().create_bucket(), create)
        .fields(own_fields().into_iter().chain(inline_fields()).collect())
        .read_many(1, |found: &Bucket| found.name.clone(), read)
        .tagged(|found| found.settings.tags.clone(), change_tags)
        .rest_of_create(|call: Call| async move { if call.tags.is_empty() { Ok(()) } else { change_tags(call).await } })
        .change_after_create("policy", changes::policy)
        .change_after_create("cors", changes::cors)
        .change_after_create("website", changes::website)
        .change_after_create("versioning", changes::versioning)
        .change("acl", changes::acl)
        .change_after_create("grant", changes::grants)
        .change_after_create("logging", changes::logging)
        .change_after_create("lifecycle", changes::lifecycle)
        .change_after_create("acceleration", changes::acceleration)
        .change_after_create("payer", changes::payer)
        .change_after_create("replication", changes::replication)
        .change_after_create("encryption", changes::encryption)
        .change_after_create("lock", changes::lock)
        .delete(delete)
        .missing(&["NoSuchBucket", "NotFound"])
        .retry_create_on(&["OperationAborted"])
        .recovered_by(find)
        .timeouts(&[("create", 20), ("read", 20), ("update", 20), ("delete", 60)])
}

fn own_fields() -> Vec<Field<Bucket, Create>> {
    vec![
        text("arn").computed().from(|found: &Bucket| Some(format!("arn:{}:s3:::{}", found.partition, found.name))),
        text("bucket")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["bucket_prefix"])
            .check(|name| at_most(name, 63))
            .from(|found: &Bucket| Some(found.name.clone())),
        text("bucket_domain_name")
            .computed()
            .from(|found: &Bucket| Some(format!("{}.s3.{}", found.name, global_suffix(found.partition)))),
        text("bucket_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["bucket"])
            .check(|prefix| at_most(prefix, 37))
            .from(|found: &Bucket| Some(name_prefix_of(&found.name))),
        text("bucket_regional_domain_name").computed().from(|found: &Bucket| {
            Some(format!("{}.s3.{}.{}", found.name, found.region, global_suffix(found.partition)))
        }),
        flag("force_destroy").default(false),
        text("hosted_zone_id").computed().from(|found: &Bucket| Some(hosted_zone_of(&found.region).to_owned())),
        text("region").computed().from(|found: &Bucket| Some(found.region.clone())),
    ]
}

fn at_most(value: &Value, longest: usize) -> Result<(), String> {
    match value.as_str() {
        Some(text) if text.chars().count() > longest => {
            Err(format!("expected length to be in the range (0 - {longest}), got {text}"))
        }
        _ => Ok(()),
    }
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("bucket", "bucket_prefix", "terraform-")
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let region = call.aws.region.as_str();
    // There, and only there, making a bucket again that one has already is no error.
    if region == FIRST_REGION && head(&call.aws, &name).await?.is_some() {
        let message = format!("the bucket {name} is yours already; import it to manage it here");
        return Err(Failure::new("S3: CreateBucket", "BucketAlreadyOwnedByYou", message));
    }
    let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region));
    let request = request
        .bucket(&name)
        .set_acl(call.want.filled("acl").map(|acl| BucketCannedAcl::from(acl.as_str())))
        .set_create_bucket_configuration((region != FIRST_REGION).then(|| place.build()))
        .set_object_lock_enabled_for_bucket(changes::is_locked(&call.want).then_some(true));
    request.send().await.map_err(Failure::of("S3: CreateBucket"))?;
    Ok(name)
}

/// The region of a bucket that is there.
async fn head(aws: &Aws, name: &str) -> Result<Option<String>, Failure> {
    match aws.s3().head_bucket().bucket(name).send().await.map_err(Failure::of("S3: HeadBucket")) {
        Ok(answer) => Ok(Some(answer.bucket_region.unwrap_or_else(|| aws.region.clone()))),
        Err(failure) if failure.is_any(&["NotFound", "NoSuchBucket"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Bucket>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let Some(region) = head(&aws, &name).await? else { continue };
        let settings = read_settings(&aws, &name).await?;
        found.push(Bucket { name, region, partition: aws.partition, settings });
    }
    Ok(found)
}

async fn delete(call: Call) -> Result<(), Failure> {
    let deleted = || async {
        call.aws.s3().delete_bucket().bucket(&call.id).send().await.map_err(Failure::of("S3: DeleteBucket"))
    };
    match deleted().await {
        Err(failure) if failure.is_any(&["BucketNotEmpty"]) && call.prior.flag("force_destroy") == Some(true) => {
            let is_locked = call.prior.flag("object_lock_enabled") == Some(true);
            empty(&call.aws, &call.id, is_locked).await?;
            deleted().await.map(drop)
        }
        other => other.map(drop),
    }
}

/// Names are unique among all accounts.
async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = name_of(&call);
    Ok(head(&call.aws, &name).await?.map(|_| name))
}
