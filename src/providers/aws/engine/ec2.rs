//! What all EC2 types share: tag specifications, tag changes, filters.

use super::{Call, Failure, Field, block_set, set_of_text, text};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Want;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tags for a create request; nothing where there are none.
pub fn tag_specifications(kind: ResourceType, tags: &BTreeMap<String, String>) -> Option<Vec<TagSpecification>> {
    let specification = TagSpecification::builder().resource_type(kind).set_tags(Some(sdk_tags(tags))).build();
    (!tags.is_empty()).then(|| vec![specification])
}

pub fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as the API shows them.
pub fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    let pair = |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
    tags.iter().map(pair).collect()
}

/// Brings an object's tags from the former to the wanted ones.
pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone: Vec<Tag> = call.gone_tags().into_iter().map(|key| Tag::builder().key(key).build()).collect();
    let changed = call.new_tags();
    let ec2 = call.aws.ec2();
    if !gone.is_empty() {
        ec2.delete_tags()
            .resources(&call.id)
            .set_tags(Some(gone))
            .send()
            .await
            .map_err(Failure::of("EC2: DeleteTags"))?;
    }
    if !changed.is_empty() {
        ec2.create_tags()
            .resources(&call.id)
            .set_tags(Some(sdk_tags(&changed)))
            .send()
            .await
            .map_err(Failure::of("EC2: CreateTags"))?;
    }
    Ok(())
}

/// A filter by one name.
pub fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The `filter` blocks of a data source.
pub fn filter_blocks<T>() -> Field<T, ()> {
    block_set("filter", vec![text("name").required(), set_of_text("values").required()]).optional()
}

/// The `filter` blocks and the `tags` of a data source.
pub fn filters_of(want: &Want) -> Vec<Filter> {
    let blocks = want
        .items("filter")
        .into_iter()
        .map(|block| filter(&block.text("name").unwrap_or_default(), block.texts("values")));
    let tags = want.value("tags").map(super::tags_of).unwrap_or_default();
    blocks.chain(tags.iter().map(|(key, value)| filter(&format!("tag:{key}"), [value]))).collect()
}

/// `arn:aws:ec2:region:account:kind/id`
pub fn arn(aws: &Aws, account: &str, kind: &str, id: &str) -> String {
    format!("arn:{}:ec2:{}:{account}:{kind}/{id}", aws.partition, aws.region)
}

/// Values of an attribute call that returns one boolean a call, for several objects side by side.
pub async fn for_each<I, R, F>(aws: &Arc<Aws>, ids: &[I], look: impl Fn(Arc<Aws>, I) -> F) -> Result<Vec<R>, Failure>
where
    I: Clone,
    F: Future<Output = Result<R, Failure>>,
{
    futures::future::try_join_all(ids.iter().map(|id| look(aws.clone(), id.clone()))).await
}
