//! What is changed of a hosted zone, and what goes before it goes.

use super::zone::vpc_of;
use super::{in_sync, plain_name};
use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet, RrType, Tag, TagResourceType};

pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    let tags: Vec<Tag> = call.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let request = call.aws.route53().change_tags_for_resource().resource_type(TagResourceType::Hostedzone);
    let request = request
        .resource_id(&call.id)
        .set_remove_tag_keys((!gone.is_empty()).then_some(gone))
        .set_add_tags((!tags.is_empty()).then_some(tags));
    request.send().await.map_err(Failure::of("Route 53: ChangeTagsForResource"))?;
    Ok(())
}

pub async fn change_comment(call: Call) -> Result<(), Failure> {
    let request = call.aws.route53().update_hosted_zone_comment().id(&call.id);
    let request = request.comment(call.want.text("comment").unwrap_or_default());
    request.send().await.map_err(Failure::of("Route 53: UpdateHostedZoneComment"))?;
    Ok(())
}

/// Associates what is new before it lets go what is not wanted: a private zone always has a VPC.
pub async fn change_vpcs(call: Call) -> Result<(), Failure> {
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

pub async fn delete(call: Call) -> Result<(), Failure> {
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
