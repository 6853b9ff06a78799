//! `aws_iam_role_policy` <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
//!
//! To put the same text once more does nothing, so an interrupted create is simply made again.

use super::policy_json::{decoded, version_first};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    AGAIN, Call, Failure, Resource, is_same_policy, name_prefix_of, text, written_policy,
};
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput as Found;
use aws_sdk_iam::operation::put_role_policy::builders::PutRolePolicyFluentBuilder as Create;
use std::sync::Arc;

pub fn role_policy() -> Resource<Found, Create> {
    let begin = |aws: &Aws| aws.iam().put_role_policy();
    Resource::new("IAM Role Policy", 0, begin, create)
        .fields(vec![
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(|found: &Found| Some(found.policy_name.clone())),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(|found: &Found| Some(name_prefix_of(&found.policy_name))),
            text("policy")
                .required()
                .stored(version_first)
                .same(is_same_policy)
                .from(|found: &Found| Some(decoded(&found.policy_document)))
                .to(Create::set_policy_document)
                .changed_by(AGAIN),
            text("role")
                .required()
                .replaces()
                .from(|found: &Found| Some(found.role_name.clone()))
                .to(Create::set_role_name),
        ])
        .read_many(1, |found| format!("{}:{}", found.role_name, found.policy_name), read)
        .delete(delete)
        .missing(&["NoSuchEntity"])
        .reconcile(|object, before| written_policy(object, before, "policy"))
        .recovered_by_token()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = call.name_or_generated("name", "name_prefix", "terraform-");
    request.policy_name(&name).send().await.map_err(Failure::of("IAM: PutRolePolicy"))?;
    Ok(format!("{}:{name}", call.want.text("role").unwrap_or_default()))
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for (role, name) in ids.iter().filter_map(|id| id.split_once(':')) {
        let request = aws.iam().get_role_policy().role_name(role).policy_name(name);
        found.push(request.send().await.map_err(Failure::of("IAM: GetRolePolicy"))?);
    }
    Ok(found)
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call.aws.iam().delete_role_policy();
    let request = request.set_role_name(call.prior.text("role")).set_policy_name(call.prior.text("name"));
    request.send().await.map_err(Failure::of("IAM: DeleteRolePolicy"))?;
    Ok(())
}
