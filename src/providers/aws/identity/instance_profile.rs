//! `aws_iam_instance_profile` <https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html>

use super::role_policies::unless_gone;
use super::tags::{difference, sdk_tags, tag_map};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, name_prefix_of, shown_time, text};
use aws_sdk_iam::operation::create_instance_profile::builders::CreateInstanceProfileFluentBuilder as Create;
use aws_sdk_iam::types::InstanceProfile;
use std::sync::Arc;

pub fn instance_profile() -> Resource<InstanceProfile, Create> {
    let begin = |aws: &Aws| aws.iam().create_instance_profile();
    Resource::new("IAM Instance Profile", 0, begin, create)
        .fields(vec![
            text("arn").computed().from(|found: &InstanceProfile| Some(found.arn.clone())),
            text("create_date").computed().from(|found: &InstanceProfile| shown_time(&found.create_date)),
            text("name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name_prefix"])
                .from(|found: &InstanceProfile| Some(found.instance_profile_name.clone())),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(|found: &InstanceProfile| Some(name_prefix_of(&found.instance_profile_name))),
            text("path")
                .default("/")
                .replaces()
                .from(|found: &InstanceProfile| Some(found.path.clone()))
                .to(Create::set_path),
            text("role")
                .optional()
                .from(|found: &InstanceProfile| found.roles().first().map(|role| role.role_name.clone()))
                .changed_by("role"),
            text("unique_id").computed().from(|found: &InstanceProfile| Some(found.instance_profile_id.clone())),
        ])
        .read_many(1, |found| found.instance_profile_name.clone(), read)
        .tagged(|found| tag_map(found.tags()), change_tags)
        .change_after_create("role", change_role)
        .delete(delete)
        .missing(&["NoSuchEntity"])
        .retry_delete_on(&["DeleteConflict"])
        .recovered_by(find)
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-")
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = request.instance_profile_name(name_of(&call)).set_tags(sdk_tags(&call.tags));
    let answer = request.send().await.map_err(Failure::of("IAM: CreateInstanceProfile"))?;
    Ok(answer.instance_profile.map(|profile| profile.instance_profile_name).unwrap_or_default())
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<InstanceProfile>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let request = aws.iam().get_instance_profile().instance_profile_name(name);
        found.extend(request.send().await.map_err(Failure::of("IAM: GetInstanceProfile"))?.instance_profile);
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    match read(call.aws.clone(), vec![name_of(&call)]).await {
        Ok(found) => Ok(found.into_iter().next().map(|profile| profile.instance_profile_name)),
        Err(failure) if failure.is_any(&["NoSuchEntity"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A profile holds one role at most: the former leaves before the new one comes.
async fn change_role(call: Call) -> Result<(), Failure> {
    remove_role(&call).await?;
    if let Some(role) = call.want.filled("role") {
        let request = call.aws.iam().add_role_to_instance_profile().instance_profile_name(&call.id).role_name(role);
        request.send().await.map_err(Failure::of("IAM: AddRoleToInstanceProfile"))?;
    }
    Ok(())
}

async fn remove_role(call: &Call) -> Result<(), Failure> {
    let Some(role) = call.prior.filled("role") else { return Ok(()) };
    let request = call.aws.iam().remove_role_from_instance_profile().instance_profile_name(&call.id).role_name(role);
    unless_gone(request.send().await.map(drop).map_err(Failure::of("IAM: RemoveRoleFromInstanceProfile")))
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let (gone, changed) = difference(&call);
    if gone.is_some() {
        let request = call.aws.iam().untag_instance_profile().instance_profile_name(&call.id).set_tag_keys(gone);
        request.send().await.map_err(Failure::of("IAM: UntagInstanceProfile"))?;
    }
    if changed.is_some() {
        let request = call.aws.iam().tag_instance_profile().instance_profile_name(&call.id).set_tags(changed);
        request.send().await.map_err(Failure::of("IAM: TagInstanceProfile"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    remove_role(&call).await?;
    let request = call.aws.iam().delete_instance_profile().instance_profile_name(&call.id);
    request.send().await.map_err(Failure::of("IAM: DeleteInstanceProfile"))?;
    Ok(())
}
