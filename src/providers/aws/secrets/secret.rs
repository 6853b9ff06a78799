//! `aws_secretsmanager_secret` <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>

use super::secret_changes::{change_policy, change_replicas, change_tags, delete, update};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Readiness, Resource, Want, block_set, flag, is_same_policy, name_prefix_of, normal_json, number,
    text,
};
use crate::providers::aws::identity::normal_policy;
use crate::value::{Text, Type, Value};
use aws_sdk_secretsmanager::operation::create_secret::builders::CreateSecretFluentBuilder as Create;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput as Described;
use aws_sdk_secretsmanager::primitives::DateTimeFormat;
use aws_sdk_secretsmanager::types::{ReplicaRegionType, ReplicationStatusType, Tag};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Secret {
    pub described: Described,
    pub policy: Option<String>,
}

pub fn secret() -> Resource<Secret, Create> {
    let begin = |aws: &Aws| aws.secretsmanager().create_secret();
    Resource::new("Secrets Manager Secret", 0, begin, create)
        .fields(vec![
            text("arn").computed().from(|found: &Secret| found.described.arn.clone()),
            text("description")
                .optional()
                .from(|found: &Secret| found.described.description.clone())
                .never_null()
                .to(Create::set_description)
                .changed_by("update"),
            flag("force_overwrite_replica_secret").default(false),
            text("kms_key_id")
                .optional()
                .from(|found: &Secret| found.described.kms_key_id.clone())
                .never_null()
                .to(Create::set_kms_key_id)
                .changed_by("update"),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(|found: &Secret| found.described.name.clone()),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(|found: &Secret| Some(name_prefix_of(found.described.name().unwrap_or_default()))),
            text("policy")
                .optional()
                .computed()
                .stored(normal_policy)
                .same(is_same_policy)
                .from(|found: &Secret| found.policy.as_deref().map(normal_json))
                .never_null()
                .changed_by("policy"),
            number("recovery_window_in_days").default(30),
            block_set(
                "replica",
                vec![
                    text("kms_key_id").optional().computed(),
                    text("last_accessed_date").computed(),
                    text("region").required(),
                    text("status").computed(),
                    text("status_message").computed(),
                ],
            )
            .optional()
            .computed()
            .from(|found: &Secret| replicas_of(found))
            .changed_by("replicas"),
        ])
        .read_many(1, |found: &Secret| found.described.arn().unwrap_or_default().to_owned(), read)
        .ready(|found| if found.described.deleted_date.is_some() { Readiness::Gone } else { Readiness::Ready })
        .tagged(|found| tags_from(found.described.tags()), change_tags)
        .change("update", update)
        .change("replicas", change_replicas)
        .change_after_create("policy", change_policy)
        .delete(delete)
        .missing(&["ResourceNotFoundException"])
        .recovered_by(find)
}

fn tags_from(tags: &[Tag]) -> BTreeMap<String, String> {
    let pair = |tag: &Tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
    tags.iter().map(pair).collect()
}

pub fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn replicas_of(found: &Secret) -> Value {
    let names = ["kms_key_id", "last_accessed_date", "region", "status", "status_message"];
    let of = Type::object(names.map(|name| (name.into(), Type::String)));
    let one = |replica: &ReplicationStatusType| {
        let accessed = replica.last_accessed_date.and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
        let said = |text: Option<&str>| Value::text(text.unwrap_or_default());
        Value::object([
            (Text::from("kms_key_id"), said(replica.kms_key_id())),
            ("last_accessed_date".into(), said(accessed.as_deref())),
            ("region".into(), said(replica.region())),
            ("status".into(), said(replica.status().map(|status| status.as_str()))),
            ("status_message".into(), said(replica.status_message())),
        ])
    };
    Value::set(of, found.described.replication_status().iter().map(one).collect())
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

pub fn region_of(replica: &Want) -> ReplicaRegionType {
    let kms = replica.filled("kms_key_id");
    ReplicaRegionType::builder().set_region(replica.text("region")).set_kms_key_id(kms).build()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let replicas: Vec<ReplicaRegionType> = call.want.items("replica").iter().map(region_of).collect();
    let request = request
        .name(name_of(&call))
        .client_request_token(&call.token)
        .force_overwrite_replica_secret(call.want.flag("force_overwrite_replica_secret").unwrap_or_default())
        .set_add_replica_regions((!replicas.is_empty()).then_some(replicas))
        .set_tags((!call.tags.is_empty()).then(|| sdk_tags(&call.tags)));
    let answer = request.send().await.map_err(Failure::of("Secrets Manager: CreateSecret"))?;
    Ok(answer.arn.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Secret>, Failure> {
    let mut found = Vec::new();
    for arn in arns {
        let request = aws.secretsmanager().describe_secret().secret_id(&arn);
        let described = request.send().await.map_err(Failure::of("Secrets Manager: DescribeSecret"))?;
        let policy = if described.deleted_date.is_some() {
            None
        } else {
            let request = aws.secretsmanager().get_resource_policy().secret_id(&arn);
            request.send().await.map_err(Failure::of("Secrets Manager: GetResourcePolicy"))?.resource_policy
        };
        found.push(Secret { described, policy });
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let request = call.aws.secretsmanager().describe_secret().secret_id(name_of(&call));
    match request.send().await.map_err(Failure::of("Secrets Manager: DescribeSecret")) {
        Ok(described) => Ok(described.arn),
        Err(failure) if failure.is_any(&["ResourceNotFoundException"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}
