//! `aws_iam_role_policy_attachment` <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
//!
//! To attach again what is attached does nothing, so an interrupted create is simply made again.

use super::role_policies::attached;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, Want, text};
use crate::value::Value;
use aws_sdk_iam::operation::attach_role_policy::builders::AttachRolePolicyFluentBuilder as Create;
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct Attachment {
    role: String,
    policy_arn: String,
}

pub fn role_policy_attachment() -> Resource<Attachment, Create> {
    let begin = |aws: &Aws| aws.iam().attach_role_policy();
    Resource::new("IAM Role Policy Attachment", 0, begin, create)
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
        .imported_by(|_, id| async move { imported(&id) })
}

fn key(object: &Want) -> String {
    let part = |name| object.text(name).unwrap_or_default();
    format!("{}/{}", part("role"), part("policy_arn"))
}

/// `ROLE/ARN`; the id becomes `ROLE-ARN`, as hashicorp's provider has it.
fn imported(id: &str) -> Result<Imports, Failure> {
    let parts = id.split_once('/').filter(|(role, arn)| !role.is_empty() && arn.starts_with("arn:"));
    let (role, arn) =
        parts.ok_or_else(|| Failure::new("import", "", format!("{id:?} is not <role-name>/<policy_arn>")))?;
    Ok(vec![
        ("id", Value::text(&format!("{role}-{arn}"))),
        ("role", Value::text(role)),
        ("policy_arn", Value::text(arn)),
    ])
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
