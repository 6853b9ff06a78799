//! The `tag` blocks of an Auto Scaling group: each says whether new servers get it too.

use crate::providers::aws::engine::{Call, Failure, Want};
use crate::value::{Text, Value};
use aws_sdk_autoscaling::types::{AutoScalingGroup as Group, Tag, TagDescription};

pub fn wanted(want: &Want, group: &str) -> Option<Vec<Tag>> {
    let tags: Vec<Tag> = want.items("tag").iter().map(|block| tag(block, group)).collect();
    (!tags.is_empty()).then_some(tags)
}

fn tag(block: &Want, group: &str) -> Tag {
    Tag::builder()
        .resource_id(group)
        .resource_type("auto-scaling-group")
        .key(block.text("key").unwrap_or_default())
        .value(block.text("value").unwrap_or_default())
        .propagate_at_launch(block.flag("propagate_at_launch").unwrap_or_default())
        .build()
}

pub fn value_of(found: &Group) -> Value {
    let block = |tag: &TagDescription| {
        Value::object([
            (Text::from("key"), Value::text(tag.key().unwrap_or_default())),
            ("propagate_at_launch".into(), Value::bool(tag.propagate_at_launch().unwrap_or_default())),
            ("value".into(), Value::text(tag.value().unwrap_or_default())),
        ])
    };
    Value::tuple(found.tags().iter().map(block).collect())
}

/// Tags that are gone are deleted; new ones, and those that say something else, are put.
pub async fn change(call: &Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items("tag"), call.want.items("tag"));
    let is_kept = |one: &&Want| wanted.iter().any(|other| other.text("key") == one.text("key"));
    let is_new = |one: &&Want| !former.iter().any(|other| other.0 == one.0);
    let gone: Vec<Tag> = former.iter().filter(|one| !is_kept(one)).map(|one| tag(one, &call.id)).collect();
    let new: Vec<Tag> = wanted.iter().filter(is_new).map(|one| tag(one, &call.id)).collect();
    let scaling = call.aws.autoscaling();
    if !gone.is_empty() {
        let request = scaling.delete_tags().set_tags(Some(gone));
        request.send().await.map_err(Failure::of("Auto Scaling: DeleteTags"))?;
    }
    if !new.is_empty() {
        let request = scaling.create_or_update_tags().set_tags(Some(new));
        request.send().await.map_err(Failure::of("Auto Scaling: CreateOrUpdateTags"))?;
    }
    Ok(())
}
