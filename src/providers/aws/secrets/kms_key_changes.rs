//! What is changed of a key, and how it goes.

use super::kms_key::sdk_tags;
use crate::providers::aws::engine::{Call, Failure};

pub async fn change_description(call: Call) -> Result<(), Failure> {
    let request = call.aws.kms().update_key_description().key_id(&call.id);
    let request = request.description(call.want.text("description").unwrap_or_default());
    request.send().await.map_err(Failure::of("KMS: UpdateKeyDescription"))?;
    Ok(())
}

pub async fn change_policy(call: Call) -> Result<(), Failure> {
    let bypasses = call.want.flag("bypass_policy_lockout_safety_check").unwrap_or_default();
    let request = call.aws.kms().put_key_policy().key_id(&call.id).policy_name("default");
    let request = request.set_policy(call.want.text("policy")).bypass_policy_lockout_safety_check(bypasses);
    request.send().await.map_err(Failure::of("KMS: PutKeyPolicy"))?;
    Ok(())
}

pub async fn change_rotation(call: Call) -> Result<(), Failure> {
    if call.want.flag("enable_key_rotation").unwrap_or_default() {
        let days = call.want.positive("rotation_period_in_days");
        let request = call.aws.kms().enable_key_rotation().key_id(&call.id).set_rotation_period_in_days(days);
        request.send().await.map_err(Failure::of("KMS: EnableKeyRotation"))?;
    } else if call.prior.flag("enable_key_rotation").unwrap_or_default() {
        let request = call.aws.kms().disable_key_rotation().key_id(&call.id);
        request.send().await.map_err(Failure::of("KMS: DisableKeyRotation"))?;
    }
    Ok(())
}

pub async fn change_enabled(call: Call) -> Result<(), Failure> {
    if call.want.flag("is_enabled").unwrap_or(true) {
        call.aws.kms().enable_key().key_id(&call.id).send().await.map_err(Failure::of("KMS: EnableKey"))?;
    } else {
        call.aws.kms().disable_key().key_id(&call.id).send().await.map_err(Failure::of("KMS: DisableKey"))?;
    }
    Ok(())
}

pub async fn change_tags(call: Call) -> Result<(), Failure> {
    let gone = call.gone_tags();
    if !gone.is_empty() {
        let request = call.aws.kms().untag_resource().key_id(&call.id).set_tag_keys(Some(gone));
        request.send().await.map_err(Failure::of("KMS: UntagResource"))?;
    }
    if !call.tags.is_empty() {
        let request = call.aws.kms().tag_resource().key_id(&call.id).set_tags(Some(sdk_tags(&call.tags)?));
        request.send().await.map_err(Failure::of("KMS: TagResource"))?;
    }
    Ok(())
}

pub async fn delete(call: Call) -> Result<(), Failure> {
    let days = call.prior.positive("deletion_window_in_days");
    let request = call.aws.kms().schedule_key_deletion().key_id(&call.id).set_pending_window_in_days(days);
    request.send().await.map_err(Failure::of("KMS: ScheduleKeyDeletion"))?;
    Ok(())
}
