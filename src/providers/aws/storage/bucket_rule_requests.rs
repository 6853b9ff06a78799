//! Lifecycle rules and replication from the deprecated blocks of `aws_s3_bucket` to what S3 takes.

use super::bucket_tags::sdk_tags;
use super::built;
use crate::providers::aws::engine::{Failure, Want, tags_of};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::*;

const LIFECYCLE: &str = "S3: PutBucketLifecycleConfiguration";
const REPLICATION: &str = "S3: PutBucketReplication";

pub fn lifecycle_of(blocks: &[Want]) -> Result<BucketLifecycleConfiguration, Failure> {
    let rules = blocks.iter().map(lifecycle_rule).collect::<Result<Vec<_>, _>>()?;
    built(LIFECYCLE, BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())
}

fn lifecycle_rule(block: &Want) -> Result<LifecycleRule, Failure> {
    let is_enabled = block.flag("enabled") == Some(true);
    let status = if is_enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled };
    let uploads = block
        .positive("abort_incomplete_multipart_upload_days")
        .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let noncurrent = block.item("noncurrent_version_expiration").and_then(|expiration| expiration.positive("days"));
    let noncurrent = noncurrent.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build());
    let transitions = block.items("transition").iter().map(transition).collect::<Result<Vec<_>, _>>()?;
    let of_noncurrent = block.items("noncurrent_version_transition").iter().map(noncurrent_transition).collect();
    let expiration = block.item("expiration").map(|expiration| expiration_of(&expiration)).transpose()?;
    let rule = LifecycleRule::builder()
        .status(status)
        .set_id(block.filled("id"))
        .filter(lifecycle_filter(block)?)
        .set_abort_incomplete_multipart_upload(uploads)
        .set_noncurrent_version_expiration(noncurrent)
        .set_noncurrent_version_transitions(Some(of_noncurrent))
        .set_transitions(Some(transitions))
        .set_expiration(expiration);
    built(LIFECYCLE, rule.build())
}

fn lifecycle_filter(block: &Want) -> Result<LifecycleRuleFilter, Failure> {
    let prefix = block.text("prefix").unwrap_or_default();
    let tags = block.value("tags").map(tags_of).unwrap_or_default();
    if tags.is_empty() {
        return Ok(LifecycleRuleFilter::builder().prefix(prefix).build());
    }
    let both = LifecycleRuleAndOperator::builder().prefix(prefix).set_tags(Some(sdk_tags(LIFECYCLE, &tags)?));
    Ok(LifecycleRuleFilter::builder().and(both.build()).build())
}

fn date_of(block: &Want) -> Result<Option<DateTime>, Failure> {
    let parse = |day: String| DateTime::from_str(&format!("{day}T00:00:00Z"), DateTimeFormat::DateTime);
    let unreadable = |error| Failure::new(LIFECYCLE, "InvalidInput", format!("a date is YYYY-MM-DD: {error}"));
    block.filled("date").map(parse).transpose().map_err(unreadable)
}

fn expiration_of(block: &Want) -> Result<LifecycleExpiration, Failure> {
    let (date, days) = (date_of(block)?, block.positive("days"));
    let marker = block.flag("expired_object_delete_marker").filter(|is_set| *is_set);
    let expiration = LifecycleExpiration::builder().set_date(date).set_days(days);
    Ok(expiration.set_expired_object_delete_marker(marker).build())
}

fn transition(block: &Want) -> Result<Transition, Failure> {
    let class = block.text("storage_class").map(|class| TransitionStorageClass::from(class.as_str()));
    let date = date_of(block)?;
    // Days may be zero: at once.
    let days = block.integer("days").filter(|_| date.is_none());
    Ok(Transition::builder().set_date(date).set_days(days).set_storage_class(class).build())
}

fn noncurrent_transition(block: &Want) -> NoncurrentVersionTransition {
    let class = block.text("storage_class").map(|class| TransitionStorageClass::from(class.as_str()));
    let transition = NoncurrentVersionTransition::builder().set_noncurrent_days(block.integer("days"));
    transition.set_storage_class(class).build()
}

pub fn replication_request(block: &Want) -> Result<ReplicationConfiguration, Failure> {
    let rules = block.items("rules").iter().map(replication_rule).collect::<Result<Vec<_>, _>>()?;
    let configuration = ReplicationConfiguration::builder().set_role(block.text("role")).set_rules(Some(rules));
    built(REPLICATION, configuration.build())
}

/// Rules with a filter have a priority and say what becomes of delete markers; those of before have a prefix.
#[expect(deprecated, reason = "a rule without a filter has nothing but a prefix")]
fn replication_rule(block: &Want) -> Result<ReplicationRule, Failure> {
    let status = block.text("status").unwrap_or_default();
    let criteria = block.item("source_selection_criteria").map(|criteria| selection_of(&criteria)).transpose()?;
    let rule = ReplicationRule::builder()
        .status(ReplicationRuleStatus::from(status.as_str()))
        .set_id(block.filled("id"))
        .set_destination(block.item("destination").map(|destination| destination_of(&destination)).transpose()?)
        .set_source_selection_criteria(criteria);
    let rule = match block.item("filter") {
        None => rule.prefix(block.text("prefix").unwrap_or_default()),
        Some(filter) => {
            let markers = block.filled("delete_marker_replication_status");
            let markers = DeleteMarkerReplicationStatus::from(markers.as_deref().unwrap_or("Disabled"));
            rule.filter(replication_filter(&filter)?)
                .priority(block.integer("priority").unwrap_or_default())
                .delete_marker_replication(DeleteMarkerReplication::builder().status(markers).build())
        }
    };
    built(REPLICATION, rule.build())
}

fn replication_filter(block: &Want) -> Result<ReplicationRuleFilter, Failure> {
    let prefix = block.text("prefix").unwrap_or_default();
    let tags = block.value("tags").map(tags_of).unwrap_or_default();
    if tags.is_empty() {
        return Ok(ReplicationRuleFilter::builder().prefix(prefix).build());
    }
    let both = ReplicationRuleAndOperator::builder().prefix(prefix).set_tags(Some(sdk_tags(REPLICATION, &tags)?));
    Ok(ReplicationRuleFilter::builder().and(both.build()).build())
}

fn selection_of(block: &Want) -> Result<SourceSelectionCriteria, Failure> {
    let objects = block.item("sse_kms_encrypted_objects").map(|objects| {
        let is_enabled = objects.flag("enabled") == Some(true);
        let status =
            if is_enabled { SseKmsEncryptedObjectsStatus::Enabled } else { SseKmsEncryptedObjectsStatus::Disabled };
        built(REPLICATION, SseKmsEncryptedObjects::builder().status(status).build())
    });
    Ok(SourceSelectionCriteria::builder().set_sse_kms_encrypted_objects(objects.transpose()?).build())
}

fn destination_of(block: &Want) -> Result<Destination, Failure> {
    let owner = block.item("access_control_translation").map(|translation| {
        let owner = OwnerOverride::from(translation.text("owner").unwrap_or_default().as_str());
        built(REPLICATION, AccessControlTranslation::builder().owner(owner).build())
    });
    let minutes = |block: &Want| ReplicationTimeValue::builder().set_minutes(block.integer("minutes")).build();
    let metrics = block.item("metrics").map(|metrics| {
        let status = MetricsStatus::from(metrics.text("status").unwrap_or_default().as_str());
        built(REPLICATION, Metrics::builder().status(status).event_threshold(minutes(&metrics)).build())
    });
    let time = block.item("replication_time").map(|time| {
        let status = ReplicationTimeStatus::from(time.text("status").unwrap_or_default().as_str());
        built(REPLICATION, ReplicationTime::builder().status(status).time(minutes(&time)).build())
    });
    let encryption = block
        .filled("replica_kms_key_id")
        .map(|key| EncryptionConfiguration::builder().replica_kms_key_id(key).build());
    let destination = Destination::builder()
        .set_bucket(block.text("bucket"))
        .set_account(block.filled("account_id"))
        .set_storage_class(block.filled("storage_class").map(|class| StorageClass::from(class.as_str())))
        .set_access_control_translation(owner.transpose()?)
        .set_metrics(metrics.transpose()?)
        .set_replication_time(time.transpose()?)
        .set_encryption_configuration(encryption);
    built(REPLICATION, destination.build())
}
