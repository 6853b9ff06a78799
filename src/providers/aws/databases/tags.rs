//! Tags of RDS objects, which go by ARN.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure};
use aws_sdk_rds::types::Tag;
use std::collections::BTreeMap;

pub fn sdk_tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let list = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    (!tags.is_empty()).then_some(list)
}

pub fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    let pair = |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
    tags.iter().map(pair).collect()
}

/// For objects whose description does not hold them.
pub async fn read_tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let request = aws.rds().list_tags_for_resource().resource_name(arn);
    let answer = request.send().await.map_err(Failure::of("RDS: ListTagsForResource"))?;
    Ok(tag_map(answer.tag_list()))
}

/// Brings the tags of the object with the former `arn` to the wanted ones.
pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let arn = call.prior.text("arn").unwrap_or_default();
    change_tags_of(&arn, call).await
}

pub async fn change_tags_of(arn: &str, call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    let changed = call.new_tags();
    let rds = call.aws.rds();
    if !gone.is_empty() {
        let request = rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("RDS: RemoveTagsFromResource"))?;
    }
    if !changed.is_empty() {
        let request = rds.add_tags_to_resource().resource_name(arn).set_tags(sdk_tags(&changed));
        request.send().await.map_err(Failure::of("RDS: AddTagsToResource"))?;
    }
    Ok(())
}
