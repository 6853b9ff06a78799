//! `aws_route53_record` <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html>
//!
//! The id is `<zone>_<name>_<type>`, and `_<set identifier>` where there is one.

use super::record_set::{alias_of, records_of, routing_fields, set_of};
use super::{escaped_name, in_sync, plain_name, stored_name};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, Want, block_list, flag, number, set_of_text, text,
};
use crate::value::{Text, Value};
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet, RrType};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Record {
    pub id: String,
    pub set: ResourceRecordSet,
}

pub fn route53_record() -> Resource<Record, ()> {
    Resource::new("Route 53 Record", 2, |_: &Aws| (), create)
        .fields(own_fields().into_iter().chain(routing_fields()).collect())
        .read_many(usize::MAX, |found: &Record| found.id.clone(), read)
        .reconcile(named_by_id)
        .change("upsert", change)
        .id_after_change(id_of)
        .delete(|call: Call| async move { submit(&call, &[(ChangeAction::Delete, &call.prior)]).await })
        .missing(&["NoSuchHostedZone"])
        .retry_delete_on(&["PriorRequestNotComplete"])
        .retry_create_on(&["PriorRequestNotComplete"])
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call.want))) })
        .timeouts(&[("create", 30), ("delete", 30), ("update", 30)])
}

fn own_fields() -> Vec<Field<Record, ()>> {
    vec![
        block_list(
            "alias",
            1,
            vec![
                flag("evaluate_target_health").required(),
                text("name").required().same(is_same_name),
                text("zone_id").required(),
            ],
        )
        .optional()
        .exactly_one(&["records"])
        .from(|found: &Record| alias_of(&found.set))
        .changed_by("upsert"),
        flag("allow_overwrite").optional().computed(),
        text("fqdn").computed().from(|found: &Record| Some(escaped_name(&found.set.name).replace("\\052", "*"))),
        text("health_check_id")
            .optional()
            .from(|found: &Record| found.set.health_check_id.clone())
            .never_null()
            .changed_by("upsert"),
        text("name").required().replaces().stored(stored_name).same(is_same_name),
        set_of_text("records")
            .optional()
            .exactly_one(&["alias"])
            .from(|found: &Record| records_of(&found.set))
            .changed_by("upsert"),
        text("set_identifier")
            .optional()
            .from(|found: &Record| found.set.set_identifier.clone())
            .never_null()
            .changed_by("upsert"),
        number("ttl")
            .optional()
            .conflicts(&["alias"])
            .from(|found: &Record| found.set.ttl)
            .never_null()
            .changed_by("upsert"),
        text("type").required().from(|found: &Record| Some(found.set.r#type.as_str().to_owned())).changed_by("upsert"),
        text("zone_id").required().replaces(),
    ]
}

fn is_same_name(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if plain_name(old) == plain_name(new))
}

fn id_of(want: &Want) -> String {
    let part = |name: &str| want.filled(name).unwrap_or_default();
    let zone = part("zone_id");
    let zone = zone.rsplit('/').next().unwrap_or_default();
    let mut id = format!("{zone}_{}_{}", part("name").trim_end_matches('.').to_lowercase(), part("type"));
    if let Some(identifier) = want.filled("set_identifier") {
        id.push_str(&format!("_{identifier}"));
    }
    id
}

/// Zone, name, type and set identifier of an id. Names may hold underscores, types do not.
fn parts_of(id: &str) -> Option<(&str, &str, &str, &str)> {
    let (zone, rest) = id.split_once('_')?;
    let is_type = |text: &str| RrType::values().contains(&text);
    let at = rest.match_indices('_').map(|(at, _)| at).rfind(|at| {
        let after = &rest[at + 1..];
        is_type(after.split('_').next().unwrap_or_default())
    })?;
    let (name, after) = (&rest[..at], &rest[at + 1..]);
    let (kind, identifier) = after.split_once('_').unwrap_or((after, ""));
    Some((zone, name, kind, identifier))
}

/// State has zone and name as they were written; after an import, as the id has them.
fn named_by_id(object: Value, _before: &Value) -> Value {
    let id = Want(object.clone()).id();
    let Some((zone, name, ..)) = parts_of(&id) else { return object };
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let place = |key: &Text, old: &Value| match &**key {
        "zone_id" if old.is_null() => Value::text(zone),
        "name" if old.is_null() => Value::text(name),
        _ => old.clone(),
    };
    Value::object(entries.map(|(key, old)| (key.clone(), place(key, old))).collect::<Vec<_>>())
}

/// `www` and `www.example.com` are the same record of the zone `example.com`.
fn full_name(name: &str, zone: &str) -> String {
    let (name, zone) = (plain_name(name), plain_name(zone));
    if name == zone || name.ends_with(&format!(".{zone}")) {
        name
    } else {
        format!("{name}.{zone}").trim_start_matches('.').to_owned()
    }
}

async fn zone_name(aws: &Aws, zone: &str) -> Result<String, Failure> {
    let answer =
        aws.route53().get_hosted_zone().id(zone).send().await.map_err(Failure::of("Route 53: GetHostedZone"))?;
    Ok(answer.hosted_zone.map(|zone| zone.name).unwrap_or_default())
}

async fn create(_: (), call: Call) -> Result<String, Failure> {
    let overwrites = call.want.flag("allow_overwrite").unwrap_or_default();
    let action = if overwrites { ChangeAction::Upsert } else { ChangeAction::Create };
    submit(&call, &[(action, &call.want)]).await?;
    Ok(id_of(&call.want))
}

/// A record of another type or set is another one to the API; both change at once.
async fn change(call: Call) -> Result<(), Failure> {
    let is_other = id_of(&call.prior) != id_of(&call.want);
    match is_other {
        true => submit(&call, &[(ChangeAction::Delete, &call.prior), (ChangeAction::Create, &call.want)]).await,
        false => submit(&call, &[(ChangeAction::Upsert, &call.want)]).await,
    }
}

/// Puts and takes away, all or nothing, the records that are described. What is taken away has to be named as it is now.
async fn submit(call: &Call, steps: &[(ChangeAction, &Want)]) -> Result<(), Failure> {
    const OPERATION: &str = "Route 53: ChangeResourceRecordSets";
    let zone = call.prior.filled("zone_id").or_else(|| call.want.filled("zone_id")).unwrap_or_default();
    let zone = zone.rsplit('/').next().unwrap_or_default();
    let zone_name = zone_name(&call.aws, zone).await?;
    let mut sets = Vec::new();
    for (action, of) in steps {
        let set = match action {
            ChangeAction::Delete => match find(&call.aws, zone, &zone_name, &id_of(of)).await? {
                Some(found) => Ok(found),
                None => continue,
            },
            _ => set_of(&full_name(&of.text("name").unwrap_or_default(), &zone_name), of),
        };
        sets.push((action.clone(), set));
    }
    if sets.is_empty() {
        return Ok(());
    }
    let change = |(action, set): (ChangeAction, Result<ResourceRecordSet, BuildError>)| {
        Change::builder().action(action).resource_record_set(set?).build()
    };
    let changes: Result<Vec<Change>, BuildError> = sets.into_iter().map(change).collect();
    let batch = changes
        .and_then(|changes| ChangeBatch::builder().comment("Managed by Terraform").set_changes(Some(changes)).build())
        .map_err(|error| Failure::new(OPERATION, "InvalidInput", error.to_string()))?;
    let request = call.aws.route53().change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    let only_deletes = steps.iter().all(|(action, _)| *action == ChangeAction::Delete);
    match request.send().await.map_err(Failure::of(OPERATION)) {
        // What is to be deleted is gone already.
        Err(failure) if only_deletes && failure.message.contains("not found") => Ok(()),
        Err(failure) => Err(failure),
        Ok(answer) => in_sync(&call.aws, answer.change_info).await,
    }
}

/// One record of a zone is asked for by name; several are found in the zone's listing.
async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Record>, Failure> {
    let mut by_zone: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for id in &ids {
        by_zone.entry(id.split('_').next().unwrap_or_default()).or_default().push(id);
    }
    let mut found = Vec::new();
    for (zone, ids) in by_zone {
        let zone_name = match zone_name(&aws, zone).await {
            Err(failure) if failure.is_any(&["NoSuchHostedZone"]) => continue,
            other => other?,
        };
        let sets = list(&aws, zone, &zone_name, &ids).await?;
        for id in ids {
            found.extend(among(&sets, id, &zone_name).map(|set| Record { id: id.clone(), set: set.clone() }));
        }
    }
    Ok(found)
}

/// The set of this id.
fn among<'a>(sets: &'a [ResourceRecordSet], id: &str, zone_name: &str) -> Option<&'a ResourceRecordSet> {
    let (_, name, kind, identifier) = parts_of(id)?;
    let name = full_name(name, zone_name);
    sets.iter().find(|set| {
        plain_name(&set.name) == name
            && set.r#type.as_str() == kind
            && set.set_identifier().unwrap_or_default() == identifier
    })
}

async fn find(aws: &Aws, zone: &str, zone_name: &str, id: &str) -> Result<Option<ResourceRecordSet>, Failure> {
    let sets = list(aws, zone, zone_name, &[&id.to_owned()]).await?;
    Ok(among(&sets, id, zone_name).cloned())
}

async fn list(aws: &Aws, zone: &str, zone_name: &str, ids: &[&String]) -> Result<Vec<ResourceRecordSet>, Failure> {
    if let [id] = ids
        && let Some((_, name, kind, identifier)) = parts_of(id)
    {
        // Not every endpoint starts at the identifier.
        let most = if identifier.is_empty() { 1 } else { 100 };
        let identifier = Some(identifier.to_owned()).filter(|identifier| !identifier.is_empty());
        let request = aws.route53().list_resource_record_sets().hosted_zone_id(zone);
        let request =
            request.start_record_name(escaped_name(&full_name(name, zone_name))).start_record_type(kind.into());
        let answer = request.set_start_record_identifier(identifier).max_items(most).send().await;
        return Ok(answer.map_err(Failure::of("Route 53: ListResourceRecordSets"))?.resource_record_sets);
    }
    super::records(aws, zone).await
}
