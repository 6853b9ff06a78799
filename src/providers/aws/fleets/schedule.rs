//! `aws_autoscaling_schedule` <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ScheduledUpdateGroupAction.html>

use super::of_group::{by_group, imported, key, or_nothing};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Want, number, shown_time, text};
use aws_sdk_autoscaling::operation::put_scheduled_update_group_action::builders::PutScheduledUpdateGroupActionFluentBuilder as Put;
use aws_sdk_autoscaling::types::ScheduledUpdateGroupAction as Described;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures::future::try_join_all;
use std::sync::Arc;

pub fn schedule() -> Resource<Described, ()> {
    Resource::new("Auto Scaling Scheduled Action", 0, |_: &Aws| (), create)
        .fields(fields())
        .read_by(|action| key(action, "scheduled_action_name"))
        .read_many(usize::MAX, key_of, read)
        .change("put", |call: Call| async move { put(&call).await })
        .delete(delete)
        .missing(&["ValidationError"])
        .imported_by(|aws, id| imported(aws, id, "scheduled_action_name"))
        .recovered_by(|call: Call| async move { Ok(call.want.text("scheduled_action_name")) })
}

fn fields() -> Vec<Field<Described, ()>> {
    // -1 leaves a size as it is; the API then says nothing of it.
    let size = |name: &'static str, get: fn(&Described) -> Option<i32>| {
        let shown = move |found: &Described| Some(get(found).unwrap_or(-1));
        number(name).optional().computed().from(shown).changed_by("put")
    };
    let time = |name: &'static str, get: fn(&Described) -> Option<&DateTime>| {
        let shown = move |found: &Described| get(found).and_then(shown_time);
        text(name).optional().computed().from(shown).changed_by("put")
    };
    vec![
        text("arn").computed().from(Described::scheduled_action_arn).never_null(),
        text("autoscaling_group_name").required().replaces().from(Described::auto_scaling_group_name),
        size("desired_capacity", Described::desired_capacity),
        time("end_time", Described::end_time),
        size("max_size", Described::max_size),
        size("min_size", Described::min_size),
        text("recurrence").optional().computed().from(Described::recurrence).never_null().changed_by("put"),
        text("scheduled_action_name").required().replaces().from(Described::scheduled_action_name),
        time("start_time", Described::start_time),
        text("time_zone").optional().computed().from(Described::time_zone).never_null().changed_by("put"),
    ]
}

fn key_of(action: &Described) -> String {
    format!(
        "{}/{}",
        action.auto_scaling_group_name().unwrap_or_default(),
        action.scheduled_action_name().unwrap_or_default()
    )
}

async fn create((): (), call: Call) -> Result<String, Failure> {
    put(&call).await?;
    Ok(call.want.text("scheduled_action_name").unwrap_or_default())
}

async fn put(call: &Call) -> Result<(), Failure> {
    const OPERATION: &str = "Auto Scaling: PutScheduledUpdateGroupAction";
    let request = filled(call.aws.autoscaling().put_scheduled_update_group_action(), &call.want);
    let request = request.map_err(|problem| Failure::new(OPERATION, "InvalidInput", problem))?;
    request.send().await.map(drop).map_err(Failure::of(OPERATION))
}

fn filled(request: Put, want: &Want) -> Result<Put, String> {
    let size = |name: &str| want.integer(name).filter(|size| *size >= 0);
    let time = |name: &str| {
        let text = want.filled(name);
        text.map(|text| DateTime::from_str(&text, Format::DateTime).map_err(|error| format!("{name}: {error}")))
            .transpose()
    };
    Ok(request
        .set_auto_scaling_group_name(want.text("autoscaling_group_name"))
        .set_scheduled_action_name(want.text("scheduled_action_name"))
        .set_desired_capacity(size("desired_capacity"))
        .set_min_size(size("min_size"))
        .set_max_size(size("max_size"))
        .set_recurrence(want.filled("recurrence"))
        .set_time_zone(want.filled("time_zone"))
        .set_start_time(time("start_time")?)
        .set_end_time(time("end_time")?))
}

async fn read(aws: Arc<Aws>, keys: Vec<String>) -> Result<Vec<Described>, Failure> {
    let reads = by_group(&keys).into_iter().map(|(group, names)| {
        let request = aws.autoscaling().describe_scheduled_actions().auto_scaling_group_name(group);
        let mut pages =
            request.set_scheduled_action_names(Some(names.into_iter().collect())).into_paginator().items().send();
        async move {
            let mut found = Vec::new();
            while let Some(action) = pages.next().await {
                match or_nothing(
                    action.map(|one| vec![one]).map_err(Failure::of("Auto Scaling: DescribeScheduledActions")),
                )? {
                    none if none.is_empty() => break,
                    some => found.extend(some),
                }
            }
            Ok::<_, Failure>(found)
        }
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let request = call
        .aws
        .autoscaling()
        .delete_scheduled_action()
        .set_auto_scaling_group_name(call.prior.text("autoscaling_group_name"))
        .set_scheduled_action_name(call.prior.text("scheduled_action_name"));
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: DeleteScheduledAction"))
}
