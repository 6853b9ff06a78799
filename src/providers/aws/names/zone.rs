//! `aws_route53_zone`, resource and data source <https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html>

use super::{in_sync, plain_name};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Lookup, Resource, Want, all_of, block_set, flag, map_of_text, number, tags_of, text, texts,
};
use crate::value::{Text, Type, Value};
use aws_sdk_route53::operation::create_hosted_zone::builders::CreateHostedZoneFluentBuilder as Create;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, DelegationSet, HostedZone, HostedZoneConfig, ResourceRecordSet, RrType, Tag,
    TagResourceType, Vpc,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Zone {
    zone: HostedZone,
    delegation: Option<DelegationSet>,
    vpcs: Vec<Vpc>,
    /// Those of the zone's own NS and SOA records, for a private zone.
    own_servers: Vec<String>,
    primary: String,
    tags: BTreeMap<String, String>,
    arn: String,
}

impl Zone {
    fn id(&self) -> String {
        bare_id(&self.zone.id).to_owned()
    }

    fn servers(&self) -> Vec<String> {
        let mut servers = match &self.delegation {
            Some(delegation) => delegation.name_servers.clone(),
            None => self.own_servers.clone(),
        };
        servers.sort();
        servers
    }

    fn comment(&self) -> String {
        self.zone.config().and_then(HostedZoneConfig::comment).unwrap_or_default().to_owned()
    }
}

fn bare_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

pub fn route53_zone() -> Resource<Zone, Create> {
    Resource::new("aws_route53_zone", "Route 53 Hosted Zone", 0, |aws| aws.route53().create_hosted_zone(), create)
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

fn list(texts: &[String]) -> Value {
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

fn vpc_of(aws: &Aws, block: &Want) -> Vpc {
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

async fn read_one(aws: &Aws, id: &str) -> Result<Option<Zone>, Failure> {
    let answer = aws.route53().get_hosted_zone().id(id).send().await.map_err(Failure::of("Route 53: GetHostedZone"))?;
    let Some(zone) = answer.hosted_zone else { return Ok(None) };
    let mut read = Zone {
        zone,
        delegation: answer.delegation_set,
        vpcs: answer.vpcs.unwrap_or_default(),
        own_servers: Vec::new(),
        primary: String::new(),
        tags: read_tags(aws, id).await?,
        arn: format!("arn:{}:route53:::hostedzone/{id}", aws.partition),
    };
    // NS and SOA of the zone itself come first.
    let request = aws.route53().list_resource_record_sets().hosted_zone_id(id);
    let request = request.start_record_name(&read.zone.name).start_record_type(RrType::Ns).max_items(2);
    let records = request.send().await.map_err(Failure::of("Route 53: ListResourceRecordSets"))?;
    for record in records.resource_record_sets.iter().filter(|record| record.name == read.zone.name) {
        let values = record.resource_records().iter().map(|value| value.value.clone());
        match record.r#type {
            RrType::Ns => read.own_servers = values.collect(),
            RrType::Soa => {
                let first = values.into_iter().next().unwrap_or_default();
                read.primary = first.split(' ').next().unwrap_or_default().to_owned();
            }
            _ => {}
        }
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

async fn change_tags(call: Call) -> Result<(), Failure> {
    let former = call.prior.value("tags_all").map(tags_of).unwrap_or_default();
    let gone: Vec<String> = former.keys().filter(|key| !call.tags.contains_key(*key)).cloned().collect();
    let tags: Vec<Tag> = call.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let request = call.aws.route53().change_tags_for_resource().resource_type(TagResourceType::Hostedzone);
    let request = request
        .resource_id(&call.id)
        .set_remove_tag_keys((!gone.is_empty()).then_some(gone))
        .set_add_tags((!tags.is_empty()).then_some(tags));
    request.send().await.map_err(Failure::of("Route 53: ChangeTagsForResource"))?;
    Ok(())
}

async fn change_comment(call: Call) -> Result<(), Failure> {
    let request = call.aws.route53().update_hosted_zone_comment().id(&call.id);
    let request = request.comment(call.want.text("comment").unwrap_or_default());
    request.send().await.map_err(Failure::of("Route 53: UpdateHostedZoneComment"))?;
    Ok(())
}

/// Associates what is new before it lets go what is not wanted: a private zone always has a VPC.
async fn change_vpcs(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items("vpc"), call.want.items("vpc"));
    let lacks = |list: &[Want], one: &Want| !list.iter().any(|other| other.text("vpc_id") == one.text("vpc_id"));
    for block in wanted.iter().filter(|block| lacks(&former, block)) {
        let request = call.aws.route53().associate_vpc_with_hosted_zone().hosted_zone_id(&call.id);
        let answer = request.vpc(vpc_of(&call.aws, block)).send().await;
        in_sync(&call.aws, answer.map_err(Failure::of("Route 53: AssociateVPCWithHostedZone"))?.change_info).await?;
    }
    for block in former.iter().filter(|block| lacks(&wanted, block)) {
        let request = call.aws.route53().disassociate_vpc_from_hosted_zone().hosted_zone_id(&call.id);
        let answer = request.vpc(vpc_of(&call.aws, block)).send().await;
        in_sync(&call.aws, answer.map_err(Failure::of("Route 53: DisassociateVPCFromHostedZone"))?.change_info).await?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    if call.prior.flag("force_destroy").unwrap_or_default() {
        delete_records(&call).await?;
    }
    let request = call.aws.route53().delete_hosted_zone().id(&call.id);
    let answer = request.send().await.map_err(Failure::of("Route 53: DeleteHostedZone"))?;
    in_sync(&call.aws, answer.change_info).await
}

/// All records but the zone's own.
async fn delete_records(call: &Call) -> Result<(), Failure> {
    let invalid = |error: aws_sdk_route53::error::BuildError| {
        Failure::new("Route 53: ChangeResourceRecordSets", "InvalidInput", error.to_string())
    };
    let own = plain_name(&call.prior.text("name").unwrap_or_default());
    let is_own = |record: &ResourceRecordSet| {
        plain_name(&record.name) == own && matches!(record.r#type, RrType::Ns | RrType::Soa)
    };
    let mut records = super::records(&call.aws, &call.id).await?;
    records.retain(|record| !is_own(record));
    for chunk in records.chunks(100) {
        let gone = |record: &ResourceRecordSet| {
            Change::builder().action(ChangeAction::Delete).resource_record_set(record.clone()).build()
        };
        let changes = chunk.iter().map(gone).collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build().map_err(invalid)?;
        let request = call.aws.route53().change_resource_record_sets().hosted_zone_id(&call.id).change_batch(batch);
        let answer = request.send().await.map_err(Failure::of("Route 53: ChangeResourceRecordSets"))?;
        in_sync(&call.aws, answer.change_info).await?;
    }
    Ok(())
}

pub fn route53_zone_data() -> Lookup<Zone> {
    Lookup::new("aws_route53_zone", "Route 53 Hosted Zone", data_fields(), look_up)
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
