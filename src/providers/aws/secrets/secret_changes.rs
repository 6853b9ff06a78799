//! What is changed of a secret, and how it goes.

use super::secret::{region_of, sdk_tags};
use crate::providers::aws::engine::{Call, Failure, Want};
use aws_sdk_secretsmanager::types::ReplicaRegionType;

pub async fn update(call: Call) -> Result<(), Failure> {
    let request = call.aws.secretsmanager().update_secret().secret_id(&call.id);
    let request = request
        .description(call.want.text("description").unwrap_or_default())
        .set_kms_key_id(call.want.filled("kms_key_id"))
        .client_request_token(&call.token);
    request.send().await.map_err(Failure::of("Secrets Manager: UpdateSecret"))?;
    Ok(())
}

pub async fn change_policy(call: Call) -> Result<(), Failure> {
    let client = call.aws.secretsmanager();
    match call.want.filled("policy").filter(|policy| policy.trim() != "{}") {
        Some(policy) => {
            let request = client.put_resource_policy().secret_id(&call.id).resource_policy(policy);
            request.send().await.map_err(Failure::of("Secrets Manager: PutResourcePolicy"))?;
        }
        None => {
            let request = client.delete_resource_policy().secret_id(&call.id);
            request.send().await.map_err(Failure::of("Secrets Manager: DeleteResourcePolicy"))?;
        }
    }
    Ok(())
}

pub async fn change_replicas(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items("replica"), call.want.items("replica"));
    let lacks = |list: &[Want], one: &Want| !list.iter().any(|other| other.text("region") == one.text("region"));
    let gone: Vec<String> =
        former.iter().filter(|one| lacks(&wanted, one)).filter_map(|one| one.text("region")).collect();
    let added: Vec<ReplicaRegionType> = wanted.iter().filter(|one| lacks(&former, one)).map(region_of).collect();
    let client = call.aws.secretsmanager();
    if !gone.is_empty() {
        let request =
            client.remove_regions_from_replication().secret_id(&call.id).set_remove_replica_regions(Some(gone));
        request.send().await.map_err(Failure::of("Secrets Manager: RemoveRegionsFromReplication"))?;
    }
    if !added.is_empty() {
        let request = client.replicate_secret_to_regions().secret_id(&call.id).set_add_replica_regions(Some(added));
        let request = request
            .force_overwrite_replica_secret(call.want.flag("force_overwrite_replica_secret").unwrap_or_default());
        request.send().await.map_err(Failure::of("Secrets Manager: ReplicateSecretToRegions"))?;
    }
    Ok(())
}

pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    let client = call.aws.secretsmanager();
    if !gone.is_empty() {
        let request = client.untag_resource().secret_id(&call.id).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("Secrets Manager: UntagResource"))?;
    }
    if !call.tags.is_empty() {
        let request = client.tag_resource().secret_id(&call.id).set_tags(Some(sdk_tags(&call.tags)));
        request.send().await.map_err(Failure::of("Secrets Manager: TagResource"))?;
    }
    Ok(())
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    let days = call.prior.number("recovery_window_in_days").unwrap_or(30);
    let request = call.aws.secretsmanager().delete_secret().secret_id(&call.id);
    let request =
        if days == 0 { request.force_delete_without_recovery(true) } else { request.recovery_window_in_days(days) };
    request.send().await.map_err(Failure::of("Secrets Manager: DeleteSecret"))?;
    Ok(())
}
