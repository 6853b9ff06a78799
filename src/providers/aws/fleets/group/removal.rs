//! A group goes when its servers are gone: it is scaled to none first, or takes them along where `force_delete` says so.

use super::{look, warm_pool};
use crate::providers::aws::engine::{Call, Failure};
use aws_sdk_autoscaling::types::AutoScalingGroup as Group;

/// Codes of AWS, and ours, that say that something of the group is still there.
pub const NOT_YET: &[&str] = &["ResourceInUse", "ScalingActivityInProgress", STILL_THERE];
const STILL_THERE: &str = "StillThere";

/// AWS takes so many servers a call.
const MOST_SERVERS: usize = 50;

/// One try; each that finds something left says so, and is followed by another.
pub async fn delete(call: Call) -> Result<(), Failure> {
    let Some(group) = look(&call).await? else { return Ok(()) };
    let is_forced = |name: &str| call.prior.flag(name).unwrap_or_default();
    let with_servers = is_forced("force_delete");
    if group.warm_pool_configuration().is_some() {
        warm_pool::delete(&call, with_servers || is_forced("force_delete_warm_pool")).await?;
        return Err(still_there("its warm pool is still there"));
    }
    if !with_servers && !group.instances().is_empty() {
        drain(&call, &group).await?;
        return Err(still_there(&format!("{} of its servers are still there", group.instances().len())));
    }
    let request = call.aws.autoscaling().delete_auto_scaling_group().auto_scaling_group_name(&call.id);
    let answer = request.force_delete(with_servers).send().await;
    answer.map(drop).map_err(Failure::of("Auto Scaling: DeleteAutoScalingGroup"))
}

fn still_there(what: &str) -> Failure {
    Failure::new("Auto Scaling: DeleteAutoScalingGroup", STILL_THERE, what)
}

/// No servers are wanted any more, and none are kept from being ended.
async fn drain(call: &Call, group: &Group) -> Result<(), Failure> {
    let scaling = call.aws.autoscaling();
    if [group.desired_capacity(), group.max_size(), group.min_size()].iter().any(|size| *size != Some(0)) {
        let request = scaling.update_auto_scaling_group().auto_scaling_group_name(&call.id);
        let request = request.desired_capacity(0).max_size(0).min_size(0);
        request.send().await.map_err(Failure::of("Auto Scaling: UpdateAutoScalingGroup"))?;
    }
    let kept = group.instances().iter().filter(|server| server.protected_from_scale_in().unwrap_or_default());
    let kept: Vec<String> = kept.filter_map(|server| server.instance_id().map(str::to_owned)).collect();
    for servers in kept.chunks(MOST_SERVERS) {
        let request = scaling.set_instance_protection().auto_scaling_group_name(&call.id);
        let request = request.protected_from_scale_in(false).set_instance_ids(Some(servers.to_vec()));
        request.send().await.map_err(Failure::of("Auto Scaling: SetInstanceProtection"))?;
    }
    Ok(())
}
