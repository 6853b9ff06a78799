//! What is changed of a role, and what goes before it goes.

use super::role_policies::{attached, detach, erase, unless_gone, written};
use super::tags::difference;
use crate::providers::aws::engine::{Call, Failure, all_of};

pub async fn change_trust(call: Call) -> Result<(), Failure> {
    let policy = call.want.text("assume_role_policy").unwrap_or_default();
    let request = call.aws.iam().update_assume_role_policy().role_name(&call.id).policy_document(policy);
    request.send().await.map_err(Failure::of("IAM: UpdateAssumeRolePolicy"))?;
    Ok(())
}

pub async fn change_role(call: Call) -> Result<(), Failure> {
    let request = call.aws.iam().update_role().role_name(&call.id);
    let request = request
        .description(call.want.text("description").unwrap_or_default())
        .set_max_session_duration(call.want.integer("max_session_duration"));
    request.send().await.map_err(Failure::of("IAM: UpdateRole"))?;
    Ok(())
}

pub async fn change_boundary(call: Call) -> Result<(), Failure> {
    let iam = call.aws.iam();
    match call.want.filled("permissions_boundary") {
        Some(boundary) => {
            let request = iam.put_role_permissions_boundary().role_name(&call.id).permissions_boundary(boundary);
            request.send().await.map_err(Failure::of("IAM: PutRolePermissionsBoundary"))?;
        }
        None => {
            let request = iam.delete_role_permissions_boundary().role_name(&call.id);
            request.send().await.map_err(Failure::of("IAM: DeleteRolePermissionsBoundary"))?;
        }
    }
    Ok(())
}

pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let (gone, changed) = difference(&call);
    if gone.is_some() {
        let request = call.aws.iam().untag_role().role_name(&call.id).set_tag_keys(gone);
        request.send().await.map_err(Failure::of("IAM: UntagRole"))?;
    }
    if changed.is_some() {
        let request = call.aws.iam().tag_role().role_name(&call.id).set_tags(changed);
        request.send().await.map_err(Failure::of("IAM: TagRole"))?;
    }
    Ok(())
}

/// A role goes when nothing is in it any more: what the configuration put into it, or, by force, whatever there is.
pub async fn delete(call: Call) -> Result<(), Failure> {
    let iam = call.aws.iam();
    let is_forced = call.prior.flag("force_detach_policies").unwrap_or_default();
    let pages = iam.list_instance_profiles_for_role().role_name(&call.id).into_paginator().items().send();
    for profile in all_of(pages, "IAM: ListInstanceProfilesForRole").await? {
        let name = profile.instance_profile_name();
        let request = iam.remove_role_from_instance_profile().role_name(&call.id).instance_profile_name(name);
        unless_gone(request.send().await.map(drop).map_err(Failure::of("IAM: RemoveRoleFromInstanceProfile")))?;
    }
    if is_forced || !call.prior.texts("managed_policy_arns").is_empty() {
        for policy in attached(&call.aws, &call.id).await? {
            detach(&call.aws, &call.id, &policy).await?;
        }
    }
    if is_forced || !call.prior.items("inline_policy").is_empty() {
        for name in written(&call.aws, &call.id).await? {
            erase(&call.aws, &call.id, &name).await?;
        }
    }
    iam.delete_role().role_name(&call.id).send().await.map_err(Failure::of("IAM: DeleteRole"))?;
    Ok(())
}
