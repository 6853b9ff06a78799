//! Waiting until enough servers are well: in the group, and behind its target groups where the configuration asks for it.
//!
//! As hashicorp's provider does: a new group has at least what was wanted, a changed one exactly that; `wait_for_capacity_timeout = "0"`
//! waits for nothing; a scaling activity that failed meanwhile ends the wait, unless `ignore_failed_scaling_activities`. Servers behind
//! load balancers of the first kind (`load_balancers`) are not counted there.

use super::look;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen, parse_duration};
use aws_sdk_autoscaling::types::{AutoScalingGroup as Group, Instance, LifecycleState, ScalingActivityStatusCode};
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use aws_smithy_types::DateTime;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// The clocks of this machine and of AWS may differ by so much.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// So much of the group has to be well.
#[derive(Clone, Copy)]
enum Enough {
    AtLeast(i32),
    Exactly(i32),
}

impl Enough {
    /// What is still missing, in words.
    fn missing(self, have: i32, of_what: &str) -> Option<String> {
        match self {
            Self::AtLeast(want) if have < want => Some(format!("want at least {want} healthy {of_what}, have {have}")),
            Self::Exactly(want) if have != want => Some(format!("want exactly {want} healthy {of_what}, have {have}")),
            _ => None,
        }
    }
}

pub async fn wait_for_first(call: &Call) -> Result<(), Failure> {
    let wanted = |name: &str| call.want.positive(name);
    let size = wanted("desired_capacity").or(wanted("min_size")).unwrap_or_default();
    let balanced = wanted("wait_for_elb_capacity").or(wanted("min_elb_capacity")).map(Enough::AtLeast);
    wait(call, Some(Enough::AtLeast(size)), balanced).await
}

pub async fn wait_for_changed(call: &Call) -> Result<(), Failure> {
    let wanted = |name: &str| call.want.positive(name).map(Enough::Exactly);
    wait(call, wanted("desired_capacity"), wanted("wait_for_elb_capacity")).await
}

async fn wait(call: &Call, in_group: Option<Enough>, balanced: Option<Enough>) -> Result<(), Failure> {
    let longest = call.want.text("wait_for_capacity_timeout").and_then(|text| parse_duration(&text));
    let Some(longest) = longest.filter(|longest| !longest.is_zero()) else { return Ok(()) };
    let since = SystemTime::now() - CLOCK_TOLERANCE;
    let look = || async {
        let group = look(call).await?;
        let Some(group) = group else { return Ok(Seen::NotYet("not found yet".into())) };
        let well: Vec<&Instance> = group.instances().iter().filter(|server| is_well(server)).collect();
        let have = well.iter().map(|server| capacity_of(server)).sum();
        let mut missing = in_group.and_then(|enough| enough.missing(have, "instance(s) in Auto Scaling Group"));
        if let Some(enough) = balanced
            && missing.is_none()
        {
            let have = balanced_capacity(&call.aws, &group, &well).await?;
            missing = enough.missing(have, "instance(s) registered to Load Balancer");
        }
        let Some(missing) = missing else { return Ok(Seen::Done(())) };
        if !call.want.flag("ignore_failed_scaling_activities").unwrap_or_default() {
            complain_of_failed(call, since).await?;
        }
        Ok(Seen::NotYet(missing))
    };
    let patience = Patience::minutes(10).at_most(longest).until_cancelled(&call.cancellation);
    patience.until("waiting for capacity", look).await
}

fn is_well(server: &Instance) -> bool {
    let is_healthy = server.health_status().is_some_and(|status| status.eq_ignore_ascii_case("Healthy"));
    is_healthy && server.lifecycle_state() == Some(&LifecycleState::InService)
}

fn capacity_of(server: &Instance) -> i32 {
    server.weighted_capacity().and_then(|weight| weight.parse().ok()).unwrap_or(1)
}

/// The capacity of the servers that are healthy in every target group.
async fn balanced_capacity(aws: &Aws, group: &Group, well: &[&Instance]) -> Result<i32, Failure> {
    let mut groups_of: BTreeMap<String, usize> = BTreeMap::new();
    for arn in group.target_group_arns() {
        let request = aws.elbv2().describe_target_health().target_group_arn(arn);
        let answer = request.send().await.map_err(Failure::of("ELBv2: DescribeTargetHealth"))?;
        let healthy = answer.target_health_descriptions().iter().filter(|target| {
            let state = target.target_health().and_then(|health| health.state());
            state == Some(&TargetHealthStateEnum::Healthy)
        });
        for target in healthy.filter_map(|target| target.target()?.id()) {
            *groups_of.entry(target.to_owned()).or_default() += 1;
        }
    }
    let is_everywhere = |server: &&&Instance| {
        groups_of
            .get(server.instance_id().unwrap_or_default())
            .is_some_and(|count| *count >= group.target_group_arns().len())
    };
    Ok(well.iter().filter(is_everywhere).map(|server| capacity_of(server)).sum())
}

/// A server that could not be launched since then, in AWS's words.
async fn complain_of_failed(call: &Call, since: SystemTime) -> Result<(), Failure> {
    const OPERATION: &str = "Auto Scaling: DescribeScalingActivities";
    let request = call.aws.autoscaling().describe_scaling_activities().auto_scaling_group_name(&call.id);
    let answer = request.send().await.map_err(Failure::of(OPERATION))?;
    let since = DateTime::from(since);
    let failed = answer.activities().iter().find(|activity| {
        activity.status_code() == Some(&ScalingActivityStatusCode::Failed)
            && activity.start_time().is_none_or(|started| *started >= since)
    });
    match failed {
        None => Ok(()),
        Some(activity) => {
            let id = activity.activity_id().unwrap_or_default();
            let message = activity.status_message().or(activity.cause()).unwrap_or_default();
            Err(Failure::new(OPERATION, "ScalingActivityFailed", format!("scaling activity ({id}) failed: {message}")))
        }
    }
}
