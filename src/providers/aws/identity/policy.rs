//! `aws_iam_policy` <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html>
//!
//! A change of the text is a new version that becomes the default; IAM keeps five, so the oldest goes before a sixth comes.

use super::policy_json::{decoded, normal_policy};
use super::tags::{difference, sdk_tags, tag_map};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Resource, all_of, is_same_policy, name_prefix_of, number, text, written_policy,
};
use aws_sdk_iam::operation::create_policy::builders::CreatePolicyFluentBuilder as Create;
use aws_sdk_iam::types::{Policy as Described, PolicyVersion};
use std::sync::Arc;

const MOST_VERSIONS: usize = 5;

pub struct Policy {
    described: Described,
    document: Option<String>,
}

pub fn policy() -> Resource<Policy, Create> {
    let described =
        |getter: fn(&Described) -> Option<&str>| move |found: &Policy| getter(&found.described).map(str::to_owned);
    Resource::new("IAM Policy", 0, |aws: &Aws| aws.iam().create_policy(), create)
        .fields(vec![
            text("arn").computed().from(described(Described::arn)),
            number("attachment_count").computed().from(|found: &Policy| found.described.attachment_count()),
            text("description")
                .optional()
                .replaces()
                .from(described(Described::description))
                .never_null()
                .to(Create::set_description),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(described(Described::policy_name)),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(|found: &Policy| Some(name_prefix_of(found.described.policy_name().unwrap_or_default()))),
            text("path").default("/").replaces().from(described(Described::path)).to(Create::set_path),
            text("policy")
                .required()
                .stored(normal_policy)
                .same(is_same_policy)
                .from(|found: &Policy| found.document.as_deref().map(decoded))
                .to(Create::set_policy_document)
                .changed_by("policy"),
            text("policy_id").computed().from(described(Described::policy_id)),
        ])
        .read_many(1, |found: &Policy| found.described.arn().unwrap_or_default().to_owned(), read)
        .tagged(|found| tag_map(found.described.tags()), change_tags)
        .change("policy", change_policy)
        .delete(delete)
        .missing(&["NoSuchEntity"])
        .retry_delete_on(&["DeleteConflict"])
        .reconcile(|object, before| written_policy(object, before, "policy"))
        .recovered_by(find)
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.policy_name(name_of(&call)).set_tags(sdk_tags(&call.tags));
    let answer = request.send().await.map_err(Failure::of("IAM: CreatePolicy"))?;
    Ok(answer.policy.and_then(|policy| policy.arn).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Policy>, Failure> {
    let mut found = Vec::new();
    for arn in arns {
        let answer = aws.iam().get_policy().policy_arn(&arn).send().await.map_err(Failure::of("IAM: GetPolicy"))?;
        let Some(described) = answer.policy else { continue };
        let version = described.default_version_id().unwrap_or_default();
        let request = aws.iam().get_policy_version().policy_arn(&arn).version_id(version);
        let answer = request.send().await.map_err(Failure::of("IAM: GetPolicyVersion"))?;
        found.push(Policy { document: answer.policy_version.and_then(|version| version.document), described });
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let path = call.want.text("path").unwrap_or_else(|| "/".into());
    let arn = format!("arn:{}:iam::{}:policy{path}{}", call.aws.partition, call.aws.account, name_of(&call));
    match call.aws.iam().get_policy().policy_arn(arn).send().await.map_err(Failure::of("IAM: GetPolicy")) {
        Ok(answer) => Ok(answer.policy.and_then(|policy| policy.arn)),
        Err(failure) if failure.is_any(&["NoSuchEntity"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Versions that are not the default, oldest first.
async fn other_versions(call: &Call) -> Result<Vec<PolicyVersion>, Failure> {
    let pages = call.aws.iam().list_policy_versions().policy_arn(&call.id).into_paginator().items().send();
    let mut versions = all_of(pages, "IAM: ListPolicyVersions").await?;
    versions.retain(|version| !version.is_default_version);
    versions.sort_by_key(|version| version.create_date);
    Ok(versions)
}

async fn delete_version(call: &Call, version: &PolicyVersion) -> Result<(), Failure> {
    let request = call.aws.iam().delete_policy_version().policy_arn(&call.id);
    let request = request.set_version_id(version.version_id.clone());
    request.send().await.map_err(Failure::of("IAM: DeletePolicyVersion"))?;
    Ok(())
}

async fn change_policy(call: Call) -> Result<(), Failure> {
    let others = other_versions(&call).await?;
    if let Some(oldest) = others.first().filter(|_| others.len() + 1 >= MOST_VERSIONS) {
        delete_version(&call, oldest).await?;
    }
    let request = call.aws.iam().create_policy_version().policy_arn(&call.id).set_as_default(true);
    let request = request.set_policy_document(call.want.text("policy"));
    request.send().await.map_err(Failure::of("IAM: CreatePolicyVersion"))?;
    Ok(())
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let (gone, changed) = difference(&call);
    if gone.is_some() {
        let request = call.aws.iam().untag_policy().policy_arn(&call.id).set_tag_keys(gone);
        request.send().await.map_err(Failure::of("IAM: UntagPolicy"))?;
    }
    if changed.is_some() {
        let request = call.aws.iam().tag_policy().policy_arn(&call.id).set_tags(changed);
        request.send().await.map_err(Failure::of("IAM: TagPolicy"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    for version in other_versions(&call).await? {
        delete_version(&call, &version).await?;
    }
    call.aws.iam().delete_policy().policy_arn(&call.id).send().await.map_err(Failure::of("IAM: DeletePolicy"))?;
    Ok(())
}
