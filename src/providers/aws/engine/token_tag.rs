//! The tag by which an interrupted create is found again where the API knows neither a token nor a unique name.
//!
//! The create call sets it, so an object is never without it. When the run's state is written it is removed from all objects, one call
//! for as many as the service takes. A run that dies in between leaves it; whoever reads the object next notes it, and the next run
//! removes it. Plans and state never show it.

use super::{Call, Failure, all_of, ec2};
use crate::providers::aws::connection::Aws;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Its value is the token of the step.
pub const TOKEN_TAG: &str = "terrace:token";

/// AWS takes no more on one object.
const MOST_TAGS: usize = 50;

/// What EC2 untags in one call.
const MOST_RESOURCES: usize = 1000;

/// The service that keeps the tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tagging {
    Ec2,
    Kms,
}

/// Objects that still have the tag.
#[derive(Default)]
pub struct Tagged(Mutex<BTreeMap<Tagging, BTreeSet<String>>>);

impl Tagged {
    pub fn note(&self, tagging: Tagging, id: &str) {
        self.lock().entry(tagging).or_default().insert(id.to_owned());
    }

    /// It does not exist any more.
    pub fn forget(&self, id: &str) {
        for ids in self.lock().values_mut() {
            ids.remove(id);
        }
    }

    /// Removes the tag everywhere. What could not be freed of it is noted again by the next read.
    pub async fn remove_all(&self, aws: &Aws) -> Vec<Failure> {
        let noted = std::mem::take(&mut *self.lock());
        let mut failures = Vec::new();
        for (tagging, ids) in noted {
            let ids: Vec<String> = ids.into_iter().collect();
            for chunk in ids.chunks(MOST_RESOURCES) {
                failures.extend(tagging.remove(aws, chunk).await.err());
            }
        }
        failures
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Tagging, BTreeSet<String>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Tagging {
    /// The tags of a create. An object that has no room for one more is made without, and not found again.
    pub fn mark(self, call: Call) -> Call {
        let mut tags = call.tags.clone();
        if tags.len() < MOST_TAGS {
            tags.insert(TOKEN_TAG.to_owned(), call.token.clone());
        }
        Call { tags, ..call }
    }

    /// Whether an object that was made of this has the tag.
    pub fn has_room(self, call: &Call) -> bool {
        call.tags.len() < MOST_TAGS
    }

    pub async fn find(self, call: &Call) -> Result<Option<String>, Failure> {
        match self {
            Self::Ec2 => find_in_ec2(call).await,
            Self::Kms => find_in_kms(call).await,
        }
    }

    async fn remove(self, aws: &Aws, ids: &[String]) -> Result<(), Failure> {
        match self {
            Self::Ec2 => {
                let tag = aws_sdk_ec2::types::Tag::builder().key(TOKEN_TAG).build();
                let request = aws.ec2().delete_tags().set_resources(Some(ids.to_vec())).tags(tag);
                request.send().await.map_err(Failure::of("EC2: DeleteTags"))?;
            }
            Self::Kms => {
                for id in ids {
                    let request = aws.kms().untag_resource().key_id(id).tag_keys(TOKEN_TAG);
                    request.send().await.map_err(Failure::of("KMS: UntagResource"))?;
                }
            }
        }
        Ok(())
    }
}

async fn find_in_ec2(call: &Call) -> Result<Option<String>, Failure> {
    let request = call
        .aws
        .ec2()
        .describe_tags()
        .filters(ec2::filter("key", [TOKEN_TAG]))
        .filters(ec2::filter("value", [&call.token]));
    let found = all_of(request.into_paginator().items().send(), "EC2: DescribeTags").await?;
    Ok(found.into_iter().find_map(|tag| tag.resource_id))
}

/// KMS has no search by tag: every key is asked.
async fn find_in_kms(call: &Call) -> Result<Option<String>, Failure> {
    let kms = call.aws.kms();
    let keys = all_of(kms.list_keys().into_paginator().items().send(), "KMS: ListKeys").await?;
    for id in keys.into_iter().filter_map(|key| key.key_id) {
        let request = kms.list_resource_tags().key_id(&id);
        let Ok(tags) = all_of(request.into_paginator().items().send(), "KMS: ListResourceTags").await else {
            // Keys of others, and keys that AWS manages, do not show theirs.
            continue;
        };
        if tags.iter().any(|tag| tag.tag_key() == TOKEN_TAG && tag.tag_value() == call.token) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
