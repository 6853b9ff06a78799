//! Names: Route 53 zones and records, and certificates.

mod certificate;
mod certificate_fields;
mod record;
mod record_set;
mod zone;
mod zone_changes;
mod zone_data;

use super::engine::{Entry, Failure, Kind, Patience, Seen, Source};
use crate::providers::aws::connection::Aws;
use aws_sdk_route53::types::{ChangeInfo, ChangeStatus, ResourceRecordSet};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_acm_certificate", |_| Box::new(certificate::certificate())),
    ("aws_route53_record", |_| Box::new(record::route53_record())),
    ("aws_route53_zone", |_| Box::new(zone::route53_zone())),
];

pub const SOURCES: &[Entry<dyn Source>] = &[("aws_route53_zone", |_| Box::new(zone_data::route53_zone_data()))];

/// Waits until a change is on all of Route 53's name servers.
async fn in_sync(aws: &Aws, change: Option<ChangeInfo>) -> Result<(), Failure> {
    let Some(change) = change else { return Ok(()) };
    let id = change.id.rsplit('/').next().unwrap_or_default().to_owned();
    let look = || async {
        let request = aws.route53().get_change().id(&id);
        let answer = request.send().await.map_err(Failure::of("Route 53: GetChange"))?;
        Ok(match answer.change_info.map(|change| change.status) {
            Some(ChangeStatus::Pending) => Seen::NotYet("PENDING".into()),
            _ => Seen::Done(()),
        })
    };
    Patience::minutes(30).until("propagating", look).await
}

/// Names as state has them: without the last dot, and Route 53's escape of `*` undone.
fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*").to_lowercase()
}

/// All records of a zone. The API's pages go on by the next record, not by a marker that the SDK knows.
async fn records(aws: &Aws, zone: &str) -> Result<Vec<ResourceRecordSet>, Failure> {
    let mut records = Vec::new();
    let mut request = aws.route53().list_resource_record_sets().hosted_zone_id(zone);
    loop {
        let page = request.clone().send().await.map_err(Failure::of("Route 53: ListResourceRecordSets"))?;
        records.extend(page.resource_record_sets);
        if !page.is_truncated {
            return Ok(records);
        }
        request = request
            .set_start_record_name(page.next_record_name)
            .set_start_record_type(page.next_record_type)
            .set_start_record_identifier(page.next_record_identifier);
    }
}
