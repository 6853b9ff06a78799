//! `aws_iam_role_policy_attachment` <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
//!
//! To attach again what is attached does nothing, so an interrupted create is simply made again.

use super::role_policies::attached;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, Want, text};
use aws_sdk_iam::operation::attach_role_policy::builders::AttachRolePolicyFluentBuilder as Create;
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct Attachment {
    role: String,
    policy_arn: String,
}

pub fn role_policy_attachment() -> Resource<Attachment, Create> {
    let begin = |aws: &Aws| aws.iam().attach_role_policy();
    Resource::new("aws_iam_role_policy_attachment", "IAM Role Policy Attachment", 0, begin, create)
        .fields(vec![
            text("policy_arn")
                .required()
                .replaces()
                .from(|found: &Attachment| Some(found.policy_arn.clone()))
                .to(Create::set_policy_arn),
            text("role")
                .required()
                .replaces()
                .from(|found: &Attachment| Some(found.role.clone()))
                .to(Create::set_role_name),
        ])
        .read_by(key)
        .read_many(100, |found| format!("{}/{}", found.role, found.policy_arn), read)
        .delete(delete)
        .missing(&["NoSuchEntity"])
        .recovered_by_token()
}

/// `ROLE/ARN`: of what state says, or, after an import, of the id that was given.
fn key(object: &Want) -> String {
    match (object.text("role"), object.text("policy_arn")) {
        (Some(role), Some(policy)) => format!("{role}/{policy}"),
        _ => object.id(),
    }
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    request.send().await.map_err(Failure::of("IAM: AttachRolePolicy"))?;
    Ok(format!("{}-{}", call.want.text("role").unwrap_or_default(), call.generated_suffix()))
}

/// One look at each role tells all its attachments.
async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Attachment>, Failure> {
    let roles: BTreeSet<&str> = keys.iter().filter_map(|key| key.split_once('/')).map(|(role, _)| role).collect();
    let looks = roles.into_iter().map(|role| async {
        match attached(&aws, role).await {
            Ok(policies) => {
                Ok(policies.into_iter().map(|policy_arn| Attachment { role: role.into(), policy_arn }).collect())
            }
            Err(failure) if failure.is_any(&["NoSuchEntity"]) => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    });
    let found: Vec<Vec<Attachment>> = futures::future::try_join_all(looks).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.iam().detach_role_policy();
    let request = request.set_role_name(call.prior.text("role")).set_policy_arn(call.prior.text("policy_arn"));
    request.send().await.map_err(Failure::of("IAM: DetachRolePolicy"))?;
    Ok(())
}
