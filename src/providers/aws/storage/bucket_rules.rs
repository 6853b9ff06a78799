//! Lifecycle rules and replication as the deprecated blocks of `aws_s3_bucket` show them.

use super::bucket_tags::tag_map;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    Destination, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionTransition, ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter,
    SseKmsEncryptedObjectsStatus, Tag, Transition,
};
use serde_json::{Value as Json, json};

pub fn lifecycle_rules(rules: &[LifecycleRule]) -> Json {
    rules.iter().map(lifecycle_rule).collect()
}

fn lifecycle_rule(rule: &LifecycleRule) -> Json {
    let (filter_prefix, tags) = rule.filter().map(filter_parts).unwrap_or_default();
    let prefix = filter_prefix.or(prefix_of(rule).map(str::to_owned));
    let expiration: Vec<Json> = rule.expiration().into_iter().map(expiration_of).collect();
    let noncurrent = rule.noncurrent_version_expiration();
    let noncurrent: Vec<Json> =
        noncurrent.into_iter().map(|found| json!({ "days": found.noncurrent_days().unwrap_or_default() })).collect();
    let uploads = rule.abort_incomplete_multipart_upload().and_then(|abort| abort.days_after_initiation());
    json!({
        "abort_incomplete_multipart_upload_days": uploads.unwrap_or_default(),
        "enabled": *rule.status() == ExpirationStatus::Enabled,
        "expiration": expiration,
        "id": rule.id().unwrap_or_default(),
        "noncurrent_version_expiration": noncurrent,
        "noncurrent_version_transition":
            rule.noncurrent_version_transitions().iter().map(noncurrent_transition).collect::<Vec<_>>(),
        "prefix": prefix.unwrap_or_default(),
        "tags": tag_map(&tags),
        "transition": rule.transitions().iter().map(transition).collect::<Vec<_>>(),
    })
}

/// Where rules of before filters keep their prefix.
#[expect(deprecated, reason = "the API still answers with it")]
fn prefix_of(rule: &LifecycleRule) -> Option<&str> {
    rule.prefix()
}

fn filter_parts(filter: &LifecycleRuleFilter) -> (Option<String>, Vec<Tag>) {
    match filter.and() {
        Some(both) => (both.prefix().map(str::to_owned), both.tags().to_vec()),
        None => (filter.prefix().map(str::to_owned), filter.tag().cloned().into_iter().collect()),
    }
}

fn day(date: Option<&DateTime>) -> String {
    let text = date.map(ToString::to_string).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}

fn expiration_of(found: &LifecycleExpiration) -> Json {
    json!({
        "date": day(found.date()),
        "days": found.days().unwrap_or_default(),
        "expired_object_delete_marker": found.expired_object_delete_marker().unwrap_or_default(),
    })
}

fn transition(found: &Transition) -> Json {
    json!({
        "date": day(found.date()),
        "days": found.days().unwrap_or_default(),
        "storage_class": found.storage_class().map(|class| class.as_str()).unwrap_or_default(),
    })
}

fn noncurrent_transition(found: &NoncurrentVersionTransition) -> Json {
    json!({
        "days": found.noncurrent_days().unwrap_or_default(),
        "storage_class": found.storage_class().map(|class| class.as_str()).unwrap_or_default(),
    })
}

pub fn replication_of(found: &ReplicationConfiguration) -> Json {
    json!([{ "role": found.role(), "rules": found.rules().iter().map(replication_rule).collect::<Vec<_>>() }])
}

fn replication_rule(rule: &ReplicationRule) -> Json {
    let selection = rule.source_selection_criteria().map(|criteria| {
        let objects = criteria.sse_kms_encrypted_objects();
        let objects =
            objects.map(|objects| json!({ "enabled": *objects.status() == SseKmsEncryptedObjectsStatus::Enabled }));
        json!({ "sse_kms_encrypted_objects": objects.into_iter().collect::<Vec<_>>() })
    });
    let markers = rule.delete_marker_replication().and_then(|markers| markers.status());
    json!({
        "delete_marker_replication_status": markers.map(|status| status.as_str()).unwrap_or_default(),
        "destination": rule.destination().map(destination_of).into_iter().collect::<Vec<_>>(),
        "filter": rule.filter().map(replication_filter).into_iter().collect::<Vec<_>>(),
        "id": rule.id().unwrap_or_default(),
        "prefix": replication_prefix(rule).unwrap_or_default(),
        "priority": rule.priority().unwrap_or_default(),
        "source_selection_criteria": selection.into_iter().collect::<Vec<_>>(),
        "status": rule.status().as_str(),
    })
}

#[expect(deprecated, reason = "the API still answers with it")]
fn replication_prefix(rule: &ReplicationRule) -> Option<&str> {
    rule.prefix()
}

fn replication_filter(filter: &ReplicationRuleFilter) -> Json {
    let (prefix, tags) = match filter.and() {
        Some(both) => (both.prefix(), both.tags().to_vec()),
        None => (filter.prefix(), filter.tag().cloned().into_iter().collect()),
    };
    json!({ "prefix": prefix.unwrap_or_default(), "tags": tag_map(&tags) })
}

fn destination_of(found: &Destination) -> Json {
    let owner = found.access_control_translation().map(|translation| json!({ "owner": translation.owner().as_str() }));
    let metrics = found.metrics().map(|metrics| {
        let minutes = metrics.event_threshold().and_then(|threshold| threshold.minutes());
        json!({ "minutes": minutes.unwrap_or_default(), "status": metrics.status().as_str() })
    });
    let time = found.replication_time().map(|time| {
        let minutes = time.time().and_then(|time| time.minutes());
        json!({ "minutes": minutes.unwrap_or_default(), "status": time.status().as_str() })
    });
    let key = found.encryption_configuration().and_then(|encryption| encryption.replica_kms_key_id());
    json!({
        "access_control_translation": owner.into_iter().collect::<Vec<_>>(),
        "account_id": found.account().unwrap_or_default(),
        "bucket": found.bucket(),
        "metrics": metrics.into_iter().collect::<Vec<_>>(),
        "replica_kms_key_id": key.unwrap_or_default(),
        "replication_time": time.into_iter().collect::<Vec<_>>(),
        "storage_class": found.storage_class().map(|class| class.as_str()).unwrap_or_default(),
    })
}
