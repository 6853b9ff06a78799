//! The policies of a role: written into it, and attached to it.

use super::policy_json::decoded;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Want, all_of};
use std::collections::BTreeMap;

/// The ARNs of attached policies.
pub async fn attached(aws: &Aws, role: &str) -> Result<Vec<String>, Failure> {
    let pages = aws.iam().list_attached_role_policies().role_name(role).into_paginator().items().send();
    let policies = all_of(pages, "IAM: ListAttachedRolePolicies").await?;
    Ok(policies.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

/// Names of the policies that are written into a role.
pub async fn written(aws: &Aws, role: &str) -> Result<Vec<String>, Failure> {
    let pages = aws.iam().list_role_policies().role_name(role).into_paginator().items().send();
    all_of(pages, "IAM: ListRolePolicies").await
}

/// The same with their texts.
pub async fn written_texts(aws: &Aws, role: &str) -> Result<BTreeMap<String, String>, Failure> {
    let names = written(aws, role).await?;
    let looks = names.into_iter().map(|name| async {
        let request = aws.iam().get_role_policy().role_name(role).policy_name(&name);
        let found = request.send().await.map_err(Failure::of("IAM: GetRolePolicy"))?;
        Ok((name, decoded(&found.policy_document)))
    });
    Ok(futures::future::try_join_all(looks).await?.into_iter().collect())
}

/// Brings the attached policies to the wanted ones.
pub async fn change_attached(call: Call) -> Result<(), Failure> {
    let (gone, new) = call.gone_and_new("managed_policy_arns");
    for policy in gone {
        detach(&call.aws, &call.id, &policy).await?;
    }
    for policy in new {
        let request = call.aws.iam().attach_role_policy().role_name(&call.id).policy_arn(policy);
        request.send().await.map_err(Failure::of("IAM: AttachRolePolicy"))?;
    }
    Ok(())
}

/// Brings the written policies to the wanted ones.
pub async fn change_written(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (blocks(&call.prior), blocks(&call.want));
    for name in former.keys().filter(|name| !wanted.contains_key(*name)) {
        erase(&call.aws, &call.id, name).await?;
    }
    for (name, policy) in wanted.iter().filter(|(name, policy)| former.get(*name) != Some(policy)) {
        let request = call.aws.iam().put_role_policy().role_name(&call.id).policy_name(name).policy_document(policy);
        request.send().await.map_err(Failure::of("IAM: PutRolePolicy"))?;
    }
    Ok(())
}

/// An empty block says that there is to be none.
fn blocks(object: &Want) -> BTreeMap<String, String> {
    let pair = |block: Want| Some((block.filled("name")?, block.filled("policy")?));
    object.items("inline_policy").into_iter().filter_map(pair).collect()
}

pub async fn detach(aws: &Aws, role: &str, policy: &str) -> Result<(), Failure> {
    let request = aws.iam().detach_role_policy().role_name(role).policy_arn(policy);
    unless_gone(request.send().await.map(drop).map_err(Failure::of("IAM: DetachRolePolicy")))
}

pub async fn erase(aws: &Aws, role: &str, name: &str) -> Result<(), Failure> {
    let request = aws.iam().delete_role_policy().role_name(role).policy_name(name);
    unless_gone(request.send().await.map(drop).map_err(Failure::of("IAM: DeleteRolePolicy")))
}

pub fn unless_gone(outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(failure) if failure.is_any(&["NoSuchEntity"]) => Ok(()),
        other => other,
    }
}
