//! Servers that are ready before they are needed <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html>

use super::blocks::instance_reuse_policy;
use super::look;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen};

pub async fn put(call: &Call) -> Result<(), Failure> {
    let Some(pool) = call.want.item("warm_pool") else { return Ok(()) };
    let request = call
        .aws
        .autoscaling()
        .put_warm_pool()
        .auto_scaling_group_name(&call.id)
        .set_max_group_prepared_capacity(pool.integer("max_group_prepared_capacity"))
        .set_min_size(pool.integer("min_size"))
        .set_pool_state(pool.filled("pool_state").map(|state| state.as_str().into()))
        .set_instance_reuse_policy(pool.item("instance_reuse_policy").as_ref().map(instance_reuse_policy::request));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: PutWarmPool"))
}

pub async fn change(call: &Call) -> Result<(), Failure> {
    if call.want.item("warm_pool").is_some() {
        return put(call).await;
    }
    let is_forced = |name: &str| call.want.flag(name).unwrap_or_default();
    delete(call, is_forced("force_delete") || is_forced("force_delete_warm_pool")).await?;
    let look = || async {
        let group = look(call).await?;
        let is_there = group.is_some_and(|group| group.warm_pool_configuration().is_some());
        Ok(if is_there { Seen::NotYet("still there".into()) } else { Seen::Done(()) })
    };
    let patience = Patience::minutes(10).until_cancelled(&call.cancellation);
    patience.until("deleting the warm pool", look).await
}

/// Asks for its end; it may take its time.
pub async fn delete(call: &Call, with_servers: bool) -> Result<(), Failure> {
    let request = call.aws.autoscaling().delete_warm_pool().auto_scaling_group_name(&call.id);
    let answer = request.force_delete(with_servers).send().await;
    match answer.map_err(Failure::of("Auto Scaling: DeleteWarmPool")) {
        Err(failure) if failure.message.contains("No warm pool found") => Ok(()),
        answer => answer.map(drop),
    }
}
