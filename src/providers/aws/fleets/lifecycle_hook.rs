//! `aws_autoscaling_lifecycle_hook` <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LifecycleHook.html>

use super::of_group::{by_group, imported, key, or_nothing};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, number, text};
use aws_sdk_autoscaling::operation::put_lifecycle_hook::builders::PutLifecycleHookFluentBuilder as Create;
use aws_sdk_autoscaling::types::LifecycleHook as Described;
use futures::future::try_join_all;
use std::sync::Arc;

pub fn lifecycle_hook() -> Resource<Described, Create> {
    let begin = |aws: &Aws| aws.autoscaling().put_lifecycle_hook();
    Resource::new("Auto Scaling Lifecycle Hook", 0, begin, create)
        .fields(vec![
            text("autoscaling_group_name")
                .required()
                .from(Described::auto_scaling_group_name)
                .to(Create::set_auto_scaling_group_name)
                .changed_by("put"),
            text("default_result")
                .optional()
                .computed()
                .from(Described::default_result)
                .to(Create::set_default_result)
                .changed_by("put"),
            number("heartbeat_timeout")
                .optional()
                .from(Described::heartbeat_timeout)
                .to(Create::set_heartbeat_timeout)
                .changed_by("put"),
            text("lifecycle_transition")
                .required()
                .from(Described::lifecycle_transition)
                .to(Create::set_lifecycle_transition)
                .changed_by("put"),
            text("name").required().replaces().from(Described::lifecycle_hook_name).to(Create::set_lifecycle_hook_name),
            text("notification_metadata")
                .optional()
                .from(Described::notification_metadata)
                .never_null()
                .to(Create::set_notification_metadata)
                .changed_by("put"),
            text("notification_target_arn")
                .optional()
                .from(Described::notification_target_arn)
                .never_null()
                .to(Create::set_notification_target_arn)
                .changed_by("put"),
            text("role_arn")
                .optional()
                .from(Described::role_arn)
                .never_null()
                .to(Create::set_role_arn)
                .changed_by("put"),
        ])
        .read_by(|hook| key(hook, "name"))
        .read_many(usize::MAX, key_of, read)
        .change("put", put)
        .delete(delete)
        .missing(&["ValidationError"])
        .retry_create_on(&["ValidationError"])
        .imported_by(|aws, id| imported(aws, id, "name"))
        .recovered_by(|call: Call| async move { Ok(call.want.text("name")) })
}

fn key_of(hook: &Described) -> String {
    format!("{}/{}", hook.auto_scaling_group_name().unwrap_or_default(), hook.lifecycle_hook_name().unwrap_or_default())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    request.send().await.map_err(Failure::of("Auto Scaling: PutLifecycleHook"))?;
    Ok(call.want.text("name").unwrap_or_default())
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Described>, Failure> {
    let reads = by_group(&keys).into_iter().map(|(group, names)| {
        let request = aws.autoscaling().describe_lifecycle_hooks().auto_scaling_group_name(group);
        async move {
            let answer = request.set_lifecycle_hook_names(Some(names.into_iter().collect())).send().await;
            let answer = answer.map_err(Failure::of("Auto Scaling: DescribeLifecycleHooks"));
            or_nothing(answer.map(|answer| answer.lifecycle_hooks.unwrap_or_default()))
        }
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

async fn put(call: Call) -> Result<(), Failure> {
    let request = call
        .aws
        .autoscaling()
        .put_lifecycle_hook()
        .set_auto_scaling_group_name(call.want.text("autoscaling_group_name"))
        .set_lifecycle_hook_name(call.want.text("name"))
        .set_lifecycle_transition(call.want.text("lifecycle_transition"))
        .set_default_result(call.want.filled("default_result"))
        .set_heartbeat_timeout(call.want.integer("heartbeat_timeout"))
        .set_notification_metadata(call.want.text("notification_metadata"))
        .set_notification_target_arn(call.want.text("notification_target_arn"))
        .set_role_arn(call.want.filled("role_arn"));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: PutLifecycleHook"))
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call
        .aws
        .autoscaling()
        .delete_lifecycle_hook()
        .set_auto_scaling_group_name(call.prior.text("autoscaling_group_name"))
        .set_lifecycle_hook_name(call.prior.text("name"));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: DeleteLifecycleHook"))
}
