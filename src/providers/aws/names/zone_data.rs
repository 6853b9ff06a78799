//! `data "aws_route53_zone"`: by id, or by name, network and tags.

use super::plain_name;
use super::zone::{Zone, bare_id, list, read_one};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Failure, Field, Lookup, Want, all_of, flag, map_of_text, number, tags_of, text, texts,
};
use crate::value::{Text, Type, Value};
use std::sync::Arc;

pub fn route53_zone_data() -> Lookup {
    Lookup::new("Route 53 Hosted Zone", data_fields(), look_up)
}

fn data_fields() -> Vec<Field<Zone, ()>> {
    vec![
        text("arn").computed().from(|found: &Zone| Some(found.arn.clone())),
        text("caller_reference").computed().from(|found: &Zone| Some(found.zone.caller_reference.clone())),
        text("comment").computed().from(|found: &Zone| Some(found.comment())),
        text("id").optional().computed().from(|found: &Zone| Some(found.id())),
        text("linked_service_description")
            .computed()
            .from(|found: &Zone| found.zone.linked_service()?.description.clone()),
        text("linked_service_principal")
            .computed()
            .from(|found: &Zone| found.zone.linked_service()?.service_principal.clone()),
        text("name")
            .optional()
            .computed()
            .conflicts(&["zone_id"])
            .from(|found: &Zone| Some(plain_name(&found.zone.name))),
        texts("name_servers").computed().from(|found: &Zone| list(&found.servers())),
        text("primary_name_server").computed().from(|found: &Zone| Some(found.primary.clone())),
        flag("private_zone").default(false).from(|found: &Zone| Some(found.zone.config()?.private_zone)),
        number("resource_record_set_count").computed().from(|found: &Zone| found.zone.resource_record_set_count),
        map_of_text("tags").optional().computed().from(|found: &Zone| {
            Value::map(
                Type::String,
                found.tags.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value))),
            )
        }),
        text("vpc_id").optional().computed(),
        text("zone_id").optional().computed().conflicts(&["name"]).from(|found: &Zone| Some(found.id())),
    ]
}

async fn look_up(aws: Arc<Aws>, want: Want) -> Result<Zone, Failure> {
    let nothing = |message: &str| Failure::new("Route 53: ListHostedZones", "NotFound", message);
    if let Some(id) = want.filled("zone_id") {
        return read_one(&aws, bare_id(&id)).await?.ok_or_else(|| nothing("no matching hosted zone found"));
    }
    let Some(name) = want.filled("name") else { return Err(nothing("either name or zone_id must be set")) };
    let (is_private, vpc) = (want.flag("private_zone").unwrap_or_default(), want.filled("vpc_id"));
    let wanted_tags = want.value("tags").map(tags_of).unwrap_or_default();
    let pages = aws.route53().list_hosted_zones().into_paginator().items().send();
    let zones = all_of(pages, "Route 53: ListHostedZones").await?;
    let mut matching = Vec::new();
    for zone in zones.iter().filter(|zone| plain_name(&zone.name) == plain_name(&name)) {
        let Some(found) = read_one(&aws, bare_id(&zone.id)).await? else { continue };
        let has_privacy =
            found.zone.config().is_some_and(|config| config.private_zone) == (is_private || vpc.is_some());
        let has_vpc = vpc.is_none() || found.vpcs.iter().any(|one| one.vpc_id() == vpc.as_deref());
        let has_tags = wanted_tags.iter().all(|(key, value)| found.tags.get(key) == Some(value));
        if has_privacy && has_vpc && has_tags {
            matching.push(found);
        }
    }
    match (matching.pop(), matching.len()) {
        (Some(found), 0) => Ok(found),
        (None, _) => Err(nothing("no matching hosted zone found")),
        (Some(_), _) => Err(nothing("several hosted zones match; name a VPC, or tags, or use zone_id")),
    }
}
