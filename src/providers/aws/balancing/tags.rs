//! Tags of load balancers, groups, listeners and rules: all by ARN, read twenty at a time.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure};
use aws_sdk_elasticloadbalancingv2::types::Tag;
use std::collections::BTreeMap;

/// As many ARNs as one call describes.
pub const ARNS_PER_CALL: usize = 20;

/// Tags for a create request; nothing where there are none.
pub fn sdk_tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

/// The tags of each object.
pub async fn read_tags(aws: &Aws, arns: &[String]) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let mut found = BTreeMap::new();
    for chunk in arns.chunks(ARNS_PER_CALL) {
        let request = aws.elbv2().describe_tags().set_resource_arns(Some(chunk.to_vec()));
        let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeTags"))?;
        for description in answer.tag_descriptions() {
            let pair =
                |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
            let tags: BTreeMap<String, String> = description.tags().iter().map(pair).collect();
            found.insert(description.resource_arn().unwrap_or_default().to_owned(), tags);
        }
    }
    Ok(found)
}

/// Brings an object's tags from the former to the wanted ones.
pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    let changed = call.new_tags();
    let elb = call.aws.elbv2();
    if !gone.is_empty() {
        let request = elb.remove_tags().resource_arns(&call.id).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: RemoveTags"))?;
    }
    if !changed.is_empty() {
        let request = elb.add_tags().resource_arns(&call.id).set_tags(sdk_tags(&changed));
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: AddTags"))?;
    }
    Ok(())
}
