//! `aws_route53_zone`, resource and data source <https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html>

use super::zone_changes::{change_comment, change_tags, change_vpcs, delete};
use super::{in_sync, plain_name, stored_name};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, all_of, block_set, flag, text, texts};
use crate::value::{Text, Type, Value};
use aws_sdk_route53::operation::create_hosted_zone::builders::CreateHostedZoneFluentBuilder as Create;
use aws_sdk_route53::types::{DelegationSet, HostedZone, HostedZoneConfig, RrType, Tag, TagResourceType, Vpc};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Zone {
    pub zone: HostedZone,
    pub delegation: Option<DelegationSet>,
    pub vpcs: Vec<Vpc>,
    /// Those of the zone's own NS record, for a private zone.
    pub own_servers: Vec<String>,
    pub primary: String,
    pub tags: BTreeMap<String, String>,
    pub arn: String,
}

impl Zone {
    pub fn id(&self) -> String {
        bare_id(&self.zone.id).to_owned()
    }

    pub fn servers(&self) -> Vec<String> {
        let mut servers = match &self.delegation {
            Some(delegation) => delegation.name_servers.clone(),
            None => self.own_servers.clone(),
        };
        servers.sort();
        servers
    }

    pub fn comment(&self) -> String {
        self.zone.config().and_then(HostedZoneConfig::comment).unwrap_or_default().to_owned()
    }
}

pub fn bare_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

pub fn route53_zone() -> Resource<Zone, Create> {
    Resource::new("Route 53 Hosted Zone", 0, |aws| aws.route53().create_hosted_zone(), create)
        .fields(vec![
            text("arn").computed().from(|found: &Zone| Some(found.arn.clone())),
            text("comment")
                .default("Managed by Terraform")
                .from(|found: &Zone| Some(found.comment()))
                .changed_by("comment"),
            text("delegation_set_id")
                .optional()
                .replaces()
                .conflicts(&["vpc"])
                .from(|found: &Zone| Some(bare_id(found.delegation.as_ref()?.id()?).to_owned()))
                .never_null()
                .to(Create::set_delegation_set_id),
            flag("force_destroy").default(false),
            text("name")
                .required()
                .replaces()
                .stored(stored_name)
                .same(is_same_name)
                .from(|found: &Zone| Some(plain_name(&found.zone.name)))
                .to(Create::set_name),
            texts("name_servers").computed().from(|found: &Zone| list(&found.servers())),
            text("primary_name_server").computed().from(|found: &Zone| Some(found.primary.clone())),
            block_set("vpc", vec![text("vpc_id").required(), text("vpc_region").optional().computed()])
                .optional()
                .conflicts(&["delegation_set_id"])
                .from(|found: &Zone| vpcs_of(found))
                .changed_by("vpcs"),
            text("zone_id").computed().from(|found: &Zone| Some(found.id())),
        ])
        .read_many(1, Zone::id, read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change("comment", change_comment)
        .change_after_create("vpcs", change_vpcs)
        .delete(delete)
        .missing(&["NoSuchHostedZone"])
        .retry_delete_on(&["PriorRequestNotComplete"])
        .rest_of_create(|call: Call| async move { if call.tags.is_empty() { Ok(()) } else { change_tags(call).await } })
        .recovered_by(find)
        .timeouts(&[("create", 30), ("delete", 30), ("update", 45)])
}

fn is_same_name(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if plain_name(old) == plain_name(new))
}

pub fn list(texts: &[String]) -> Value {
    Value::list(Type::String, texts.iter().map(|text| Value::text(text)).collect())
}

fn vpcs_of(found: &Zone) -> Value {
    let of = Type::object(["vpc_id", "vpc_region"].map(|name| (name.into(), Type::String)));
    let one = |vpc: &Vpc| {
        let region = vpc.vpc_region().map(|region| region.as_str()).unwrap_or_default();
        Value::object([
            (Text::from("vpc_id"), Value::text(vpc.vpc_id().unwrap_or_default())),
            ("vpc_region".into(), Value::text(region)),
        ])
    };
    Value::set(of, found.vpcs.iter().map(one).collect())
}

pub fn vpc_of(aws: &Aws, block: &Want) -> Vpc {
    let region = block.filled("vpc_region").unwrap_or_else(|| aws.region.clone());
    Vpc::builder().set_vpc_id(block.text("vpc_id")).vpc_region(region.as_str().into()).build()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let first = call.want.items("vpc").first().map(|block| vpc_of(&call.aws, block));
    let config =
        HostedZoneConfig::builder().set_comment(call.want.text("comment")).private_zone(first.is_some()).build();
    let request = request.caller_reference(&call.token).hosted_zone_config(config).set_vpc(first);
    let answer = request.send().await.map_err(Failure::of("Route 53: CreateHostedZone"))?;
    let id = answer.hosted_zone.map(|zone| bare_id(&zone.id).to_owned()).unwrap_or_default();
    in_sync(&call.aws, answer.change_info).await.map_err(Failure::after_effect)?;
    Ok(id)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let pages = call.aws.route53().list_hosted_zones().into_paginator().items().send();
    let zones = all_of(pages, "Route 53: ListHostedZones").await?;
    Ok(zones.iter().find(|zone| zone.caller_reference == call.token).map(|zone| bare_id(&zone.id).to_owned()))
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Zone>, Failure> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(read_one(&aws, &id).await?);
    }
    Ok(found)
}

pub async fn read_one(aws: &Aws, id: &str) -> Result<Option<Zone>, Failure> {
    let answer = aws.route53().get_hosted_zone().id(id).send().await.map_err(Failure::of("Route 53: GetHostedZone"))?;
    let Some(zone) = answer.hosted_zone else { return Ok(None) };
    let mut read = Zone {
        zone,
        primary: answer.delegation_set.as_ref().and_then(|set| set.name_servers.first().cloned()).unwrap_or_default(),
        delegation: answer.delegation_set,
        vpcs: answer.vpcs.unwrap_or_default(),
        own_servers: Vec::new(),
        tags: read_tags(aws, id).await?,
        arn: format!("arn:{}:route53:::hostedzone/{id}", aws.partition),
    };
    // The NS record of the zone itself comes first.
    let request = aws.route53().list_resource_record_sets().hosted_zone_id(id);
    let request = request.start_record_name(&read.zone.name).start_record_type(RrType::Ns).max_items(1);
    let records = request.send().await.map_err(Failure::of("Route 53: ListResourceRecordSets"))?;
    for record in records.resource_record_sets.iter().filter(|record| record.name == read.zone.name) {
        let values = record.resource_records().iter().map(|value| value.value.clone());
        if record.r#type == RrType::Ns {
            read.own_servers = values.collect();
        }
    }
    if read.primary.is_empty() {
        read.primary = read.own_servers.first().cloned().unwrap_or_default();
    }
    Ok(Some(read))
}

async fn read_tags(aws: &Aws, id: &str) -> Result<BTreeMap<String, String>, Failure> {
    let request = aws.route53().list_tags_for_resource().resource_type(TagResourceType::Hostedzone).resource_id(id);
    let answer = request.send().await.map_err(Failure::of("Route 53: ListTagsForResource"))?;
    let tags = answer.resource_tag_set.and_then(|set| set.tags).unwrap_or_default();
    let pair = |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
    Ok(tags.iter().map(pair).collect())
}
