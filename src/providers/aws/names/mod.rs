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
use crate::value::Value;
use aws_sdk_route53::types::{ChangeInfo, ChangeStatus, ResourceRecordSet};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_acm_certificate", |_| certificate::certificate().into()),
    ("aws_route53_record", |_| record::route53_record().into()),
    ("aws_route53_zone", |_| zone::route53_zone().into()),
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

/// Names as state has them: without the last dot, and with Route 53's escapes (`\052` for `*`) undone.
fn plain_name(name: &str) -> String {
    let mut parts = name.trim_end_matches('.').split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escape = part.get(..3).and_then(|code| u8::from_str_radix(code, 8).ok()).filter(u8::is_ascii);
        match escape {
            Some(byte) => {
                plain.push(char::from(byte));
                plain.push_str(&part[3..]);
            }
            None => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain.to_lowercase()
}

/// For `Field::stored`: state has names without the last dot, in small letters; of ACM come others.
fn stored_name(name: &Value) -> Value {
    name.as_str().map_or_else(|| name.clone(), |name| Value::text(&name.trim_end_matches('.').to_lowercase()))
}

/// Names as Route 53 keeps them: everything but letters, digits, dots, hyphens and underscores is escaped. It takes others too, but answers
/// with these.
fn escaped_name(name: &str) -> String {
    let escape = |letter: char| match letter {
        'a'..='z' | '0'..='9' | '.' | '-' | '_' => letter.to_string(),
        other if other.is_ascii() => format!("\\{:03o}", u32::from(other)),
        other => other.to_string(),
    };
    plain_name(name).chars().map(escape).collect()
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

#[cfg(test)]
mod tests {
    use super::{escaped_name, plain_name};

    #[test]
    fn names_are_escaped_as_route_53_keeps_them() {
        assert_eq!(escaped_name("*.Example.com."), "\\052.example.com");
        assert_eq!(escaped_name("_db._tcp.a-1.example.com"), "_db._tcp.a-1.example.com");
        assert_eq!(escaped_name("a/b@c"), "a\\057b\\100c");
        assert_eq!(escaped_name("\\052.example.com"), "\\052.example.com");
        assert_eq!(plain_name("\\052.Example.com."), "*.example.com");
        assert_eq!(plain_name("a\\057b\\9"), "a/b\\9");
    }
}
