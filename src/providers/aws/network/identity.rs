//! `data "aws_caller_identity"`, `data "aws_partition"` and `data "aws_default_tags"`: who and where we are, and what all of ours is tagged with.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Lookup, Want, map_of_text, text};
use crate::value::{Text, Type, Value};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput as Identity;
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn caller_identity() -> Lookup {
    let fields = vec![
        text("account_id").computed().from(Identity::account),
        text("arn").computed().from(Identity::arn),
        text("id").optional().computed().from(Identity::account),
        text("user_id").computed().from(Identity::user_id),
    ];
    Lookup::new("STS Caller Identity", fields, who)
}

async fn who(aws: Arc<Aws>, _want: Want) -> Result<Identity, Failure> {
    aws.sts().get_caller_identity().send().await.map_err(Failure::of("STS: GetCallerIdentity"))
}

pub struct Partition {
    name: &'static str,
    dns_suffix: &'static str,
    reverse_dns_prefix: &'static str,
}

pub fn partition() -> Lookup {
    let fields = vec![
        text("dns_suffix").computed().from(|found: &Partition| Some(found.dns_suffix.to_owned())),
        text("id").optional().computed().from(|found: &Partition| Some(found.name.to_owned())),
        text("partition").computed().from(|found: &Partition| Some(found.name.to_owned())),
        text("reverse_dns_prefix").computed().from(|found: &Partition| Some(found.reverse_dns_prefix.to_owned())),
    ];
    Lookup::new("Partition", fields, |aws: Arc<Aws>, _want| async move {
        let name = aws.partition;
        let (dns_suffix, reverse_dns_prefix) = match name {
            "aws-cn" => ("amazonaws.com.cn", "cn.com.amazonaws"),
            "aws-iso" => ("c2s.ic.gov", "gov.ic.c2s"),
            "aws-iso-b" => ("sc2s.sgov.gov", "gov.sgov.sc2s"),
            _ => ("amazonaws.com", "com.amazonaws"),
        };
        Ok(Partition { name, dns_suffix, reverse_dns_prefix })
    })
}

/// The provider's `default_tags`.
pub struct DefaultTags {
    partition: &'static str,
    tags: BTreeMap<String, String>,
}

pub fn default_tags() -> Lookup {
    let fields = vec![
        text("id").optional().computed().from(|found: &DefaultTags| Some(found.partition.to_owned())),
        map_of_text("tags").computed().from(|found: &DefaultTags| {
            let tags = found.tags.iter();
            Value::map(Type::String, tags.map(|(key, value)| (Text::from(key.as_str()), Value::text(value))))
        }),
    ];
    Lookup::new("Default Tags", fields, |aws: Arc<Aws>, _want| async move {
        Ok(DefaultTags { partition: aws.partition, tags: aws.tags.defaults.clone() })
    })
}
