//! `data "aws_key_pair"`: by name, by id, by filters.

use super::key_pair::{KeyPair, arn_of};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{filter_blocks, filters_of};
use crate::providers::aws::engine::{Failure, Found, Lookup, Want, flag, found_tags, only_one, show, shown_time, text};
use std::sync::Arc;

pub fn key_pair_data() -> Lookup {
    let fields = vec![
        text("arn").computed().from(|found: &Found<KeyPair>| Some(found.object.arn.clone())),
        text("create_time").computed().from(|found: &Found<KeyPair>| shown_time(found.object.key.create_time()?)),
        filter_blocks(),
        text("fingerprint").computed().from(|found: &Found<KeyPair>| found.object.key.key_fingerprint.clone()),
        text("id").optional().computed().from(|found: &Found<KeyPair>| found.object.key.key_pair_id.clone()),
        flag("include_public_key").default(false),
        text("key_name").optional().from(|found: &Found<KeyPair>| found.object.key.key_name.clone()),
        text("key_pair_id").optional().from(|found: &Found<KeyPair>| found.object.key.key_pair_id.clone()),
        text("key_type")
            .computed()
            .from(|found: &Found<KeyPair>| found.object.key.key_type().map(|kind| kind.as_str().to_owned())),
        text("public_key")
            .computed()
            .from(|found: &Found<KeyPair>| Some(found.object.key.public_key.clone().unwrap_or_default())),
        found_tags(),
    ];
    Lookup::new("EC2 Key Pair", fields, find).timeouts(&["read"])
}

async fn find(aws: Arc<Aws>, want: Want) -> Result<Found<KeyPair>, Failure> {
    let list = |name: &str| want.filled(name).map(|text| vec![text]);
    let request = aws
        .ec2()
        .describe_key_pairs()
        .set_key_names(list("key_name"))
        .set_key_pair_ids(list("key_pair_id"))
        .set_include_public_key(want.flag("include_public_key"))
        .set_filters(Some(filters_of(&want.without("tags"))).filter(|filters| !filters.is_empty()));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeKeyPairs"))?;
    let key = only_one(answer.key_pairs.unwrap_or_default(), "Key Pair")?;
    show(&aws, vec![KeyPair { arn: arn_of(&aws, &key), key }], |found| found.key.tags())
}
