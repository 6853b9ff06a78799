//! Tags of IAM objects: each kind of object has calls of its own, the difference is worked out here.

use crate::providers::aws::engine::Call;
use aws_sdk_iam::types::Tag;
use std::collections::BTreeMap;

pub fn sdk_tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let list = tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect();
    (!tags.is_empty()).then_some(list)
}

pub fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// Keys that go, and tags that come or change; nothing where a call would be empty.
pub fn difference(call: &Call) -> (Option<Vec<String>>, Option<Vec<Tag>>) {
    let gone = call.gone_tags();
    ((!gone.is_empty()).then_some(gone), sdk_tags(&call.new_tags()))
}
