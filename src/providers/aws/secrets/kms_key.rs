//! `aws_kms_key` <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>

use super::kms_key_changes::{change_description, change_enabled, change_policy, change_rotation, change_tags, delete};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Readiness, Resource, Tagging, all_of, flag, is_same_json, normal_json, number, text,
};
use crate::providers::aws::identity::normal_policy;
use aws_sdk_kms::operation::create_key::builders::CreateKeyFluentBuilder as Create;
use aws_sdk_kms::types::{KeyMetadata, KeyState, Tag};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Key {
    pub metadata: KeyMetadata,
    pub policy: Option<String>,
    pub is_rotated: bool,
    pub rotation_days: Option<i32>,
    pub tags: BTreeMap<String, String>,
}

pub fn kms_key() -> Resource<Key, Create> {
    Resource::new("KMS Key", 0, |aws| aws.kms().create_key(), create)
        .fields(vec![
            text("arn").computed().from(|found: &Key| found.metadata.arn.clone()),
            flag("bypass_policy_lockout_safety_check")
                .default(false)
                .to(Create::set_bypass_policy_lockout_safety_check),
            text("custom_key_store_id")
                .optional()
                .replaces()
                .from(|found: &Key| found.metadata.custom_key_store_id.clone())
                .never_null()
                .to(Create::set_custom_key_store_id),
            text("customer_master_key_spec")
                .default("SYMMETRIC_DEFAULT")
                .replaces()
                .from(|found: &Key| found.metadata.key_spec.as_ref().map(|spec| spec.as_str().to_owned()))
                .enum_to(Create::set_key_spec),
            number("deletion_window_in_days").optional(),
            text("description")
                .optional()
                .computed()
                .from(|found: &Key| found.metadata.description.clone())
                .never_null()
                .to(Create::set_description)
                .changed_by("description"),
            flag("enable_key_rotation")
                .default(false)
                .from(|found: &Key| Some(found.is_rotated))
                .changed_by("rotation"),
            flag("is_enabled").default(true).from(|found: &Key| Some(found.metadata.enabled)).changed_by("enabled"),
            text("key_id").computed().from(|found: &Key| Some(found.metadata.key_id.clone())),
            text("key_usage")
                .default("ENCRYPT_DECRYPT")
                .replaces()
                .from(|found: &Key| found.metadata.key_usage.as_ref().map(|usage| usage.as_str().to_owned()))
                .enum_to(Create::set_key_usage),
            flag("multi_region")
                .optional()
                .computed()
                .replaces()
                .from(|found: &Key| found.metadata.multi_region)
                .never_null()
                .to(Create::set_multi_region),
            text("policy")
                .optional()
                .computed()
                .stored(normal_policy)
                .same(is_same_json)
                .from(|found: &Key| found.policy.as_deref().map(normal_json))
                .to(Create::set_policy)
                .changed_by("policy"),
            number("rotation_period_in_days")
                .optional()
                .computed()
                .from(|found: &Key| found.rotation_days)
                .never_null()
                .changed_by("rotation"),
            text("xks_key_id")
                .optional()
                .replaces()
                .from(|found: &Key| found.metadata.xks_key_configuration.as_ref()?.id.clone())
                .never_null()
                .to(Create::set_xks_key_id),
        ])
        .read_many(1, |found: &Key| found.metadata.key_id.clone(), read)
        .ready(readiness)
        .recovered_by_tag(Tagging::Kms)
        .tagged(|found| found.tags.clone(), change_tags)
        .change("description", change_description)
        .change("policy", change_policy)
        .change_after_create("rotation", change_rotation)
        .change_after_create("enabled", change_enabled)
        .delete(delete)
        .missing(&["NotFoundException"])
        // A principal of the policy that was just made may not be visible yet.
        .retry_create_on(&["MalformedPolicyDocumentException"])
        .timeouts(&[("create", 2)])
}

fn readiness(found: &Key) -> Readiness {
    match &found.metadata.key_state {
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => Readiness::Gone,
        Some(state @ (KeyState::Creating | KeyState::Updating)) => Readiness::Waiting(state.as_str().to_owned()),
        _ => Readiness::Ready,
    }
}

pub fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let built = tags.iter().map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build());
    built.collect::<Result<_, _>>().map_err(|error| Failure::new("KMS: TagResource", "", error.to_string()))
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let tags = sdk_tags(&call.tags)?;
    let request = request.set_tags((!tags.is_empty()).then_some(tags));
    let answer = request.send().await.map_err(Failure::of("KMS: CreateKey"))?;
    Ok(answer.key_metadata.map(|metadata| metadata.key_id).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Key>, Failure> {
    let kms = aws.kms();
    let mut found = Vec::new();
    for id in ids {
        let described = kms.describe_key().key_id(&id).send().await.map_err(Failure::of("KMS: DescribeKey"))?;
        let Some(metadata) = described.key_metadata else { continue };
        let mut key = Key { metadata, policy: None, is_rotated: false, rotation_days: None, tags: BTreeMap::new() };
        if readiness(&key) != Readiness::Gone {
            let policy = kms.get_key_policy().key_id(&id).policy_name("default").send().await;
            key.policy = policy.map_err(Failure::of("KMS: GetKeyPolicy"))?.policy;
            read_rotation(&aws, &id, &mut key).await?;
            let tags = kms.list_resource_tags().key_id(&id).into_paginator().items().send();
            let tags = all_of(tags, "KMS: ListResourceTags").await?;
            key.tags = tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect();
        }
        found.push(key);
    }
    Ok(found)
}

/// Asymmetric keys, and those of elsewhere, are not rotated, and the API refuses to say so.
async fn read_rotation(aws: &Aws, id: &str, key: &mut Key) -> Result<(), Failure> {
    let answer = aws.kms().get_key_rotation_status().key_id(id).send().await;
    match answer.map_err(Failure::of("KMS: GetKeyRotationStatus")) {
        Ok(status) => {
            key.is_rotated = status.key_rotation_enabled;
            key.rotation_days = status.rotation_period_in_days.filter(|_| status.key_rotation_enabled);
            Ok(())
        }
        Err(failure) if failure.is_any(&["UnsupportedOperationException"]) => Ok(()),
        Err(failure) => Err(failure),
    }
}
