//! An instance refresh: AWS replaces a group's servers by such as it would launch now
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html>.
//!
//! A group that names its template's version as `$Latest` or `$Default` is led to the number that this is when the refresh begins, so that
//! nobody who adds a version meanwhile changes what is launched; when it has succeeded, the group is told the name again.

use super::launch;
use crate::provider::{Complaint, Progress, Renewal, Renewals};
use crate::providers::aws::AwsConnection;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Patience, Seen, Want, or_already};
use crate::value::{Text, Value};
use async_trait::async_trait;
use aws_sdk_autoscaling::types::{
    AlarmSpecification, DesiredConfiguration, InstanceRefresh, InstanceRefreshStatus as Status,
    LaunchTemplateSpecification, MixedInstancesPolicy, RefreshPreferences, RefreshStrategy,
};
use std::time::Duration;

/// Another refresh is under way: it is cancelled for the new one.
const IN_PROGRESS: &str = "InstanceRefreshInProgress";
/// What a cancelled one has begun it brings to its end.
const CANCELLING_MINUTES: u64 = 60;

#[async_trait]
impl Renewals for AwsConnection {
    async fn begin(&self, fleet: &Value, how: &Renewal) -> Result<Text, Vec<Complaint>> {
        let begun = begin(&self.aws, &Want(fleet.clone()), how).await;
        begun.map(Text::from).map_err(|failure| vec![failure.complaint("starting an instance refresh")])
    }

    async fn progress(&self, fleet: &Value, renewal: &Text) -> Result<Progress, Vec<Complaint>> {
        let seen = progress(&self.aws, &Want(fleet.clone()), renewal).await;
        seen.map_err(|failure| vec![failure.complaint("reading an instance refresh")])
    }

    async fn cancel(&self, fleet: &Value) -> Result<(), Vec<Complaint>> {
        let cancelled = cancel(&self.aws, &Want(fleet.clone()).id()).await;
        cancelled.map_err(|failure| vec![failure.complaint("cancelling an instance refresh")])
    }
}

async fn begin(aws: &Aws, group: &Want, how: &Renewal) -> Result<String, Failure> {
    let (preferences, desired) = (preferences(group, how), desired(aws, group, how).await?);
    let start = || async {
        let request = aws
            .autoscaling()
            .start_instance_refresh()
            .auto_scaling_group_name(group.id())
            .strategy(RefreshStrategy::Rolling)
            .preferences(preferences.clone())
            .set_desired_configuration(desired.clone());
        match request.send().await.map_err(Failure::of("Auto Scaling: StartInstanceRefresh")) {
            Ok(answer) => Ok(Seen::Done(answer.instance_refresh_id.unwrap_or_default())),
            Err(failure) if failure.code.starts_with(IN_PROGRESS) => {
                let other = latest(aws, &group.id()).await?;
                let is_it = |other: &InstanceRefresh| {
                    is_under_way(other)
                        && other.preferences().is_some_and(|theirs| are_met(&preferences, theirs))
                        && (desired.is_none() || other.desired_configuration() == desired.as_ref())
                };
                if let Some(id) = other.filter(is_it).and_then(|other| other.instance_refresh_id) {
                    return Ok(Seen::Done(id));
                }
                cancel(aws, &group.id()).await?;
                Ok(Seen::NotYet("another instance refresh is under way".into()))
            }
            Err(failure) => Err(failure),
        }
    };
    Patience::minutes(CANCELLING_MINUTES).until("starting an instance refresh", start).await
}

/// What is asked for is so; AWS fills in what is not.
fn are_met(asked: &RefreshPreferences, theirs: &RefreshPreferences) -> bool {
    fn is_met<T: PartialEq>(asked: &Option<T>, theirs: &Option<T>) -> bool {
        asked.is_none() || asked == theirs
    }
    let is_flag = |asked: Option<bool>, theirs: Option<bool>| asked.unwrap_or(false) == theirs.unwrap_or(false);
    // A refresh that holds longer, or at more marks, is another one.
    asked.checkpoint_percentages() == theirs.checkpoint_percentages()
        && asked.bake_time().unwrap_or(0) == theirs.bake_time().unwrap_or(0)
        && is_met(&asked.checkpoint_delay, &theirs.checkpoint_delay)
        && is_met(&asked.instance_warmup, &theirs.instance_warmup)
        && is_met(&asked.min_healthy_percentage, &theirs.min_healthy_percentage)
        && is_met(&asked.max_healthy_percentage, &theirs.max_healthy_percentage)
        && is_met(&asked.scale_in_protected_instances, &theirs.scale_in_protected_instances)
        && is_met(&asked.standby_instances, &theirs.standby_instances)
        && is_met(&asked.alarm_specification, &theirs.alarm_specification)
        && is_flag(asked.skip_matching, theirs.skip_matching)
        && is_flag(asked.auto_rollback, theirs.auto_rollback)
}

fn is_under_way(refresh: &InstanceRefresh) -> bool {
    matches!(refresh.status(), Some(Status::Pending | Status::InProgress | Status::Baking))
}

async fn latest(aws: &Aws, group: &str) -> Result<Option<InstanceRefresh>, Failure> {
    let request = aws.autoscaling().describe_instance_refreshes().auto_scaling_group_name(group).max_records(1);
    let answer = request.send().await.map_err(Failure::of("Auto Scaling: DescribeInstanceRefreshes"))?;
    Ok(answer.instance_refreshes.and_then(|refreshes| refreshes.into_iter().next()))
}

async fn progress(aws: &Aws, group: &Want, id: &str) -> Result<Progress, Failure> {
    let request = aws.autoscaling().describe_instance_refreshes().auto_scaling_group_name(group.id());
    let answer = request.instance_refresh_ids(id).send().await;
    let answer = answer.map_err(Failure::of("Auto Scaling: DescribeInstanceRefreshes"))?;
    let Some(refresh) = answer.instance_refreshes().first() else {
        return Ok(Progress::Failed("AWS does not know the instance refresh any more".to_owned()));
    };
    let reason = refresh.status_reason().unwrap_or_default();
    Ok(match refresh.status() {
        Some(Status::Successful) => {
            name_version_again(aws, group).await?;
            Progress::Done
        }
        Some(status @ (Status::Failed | Status::Cancelled | Status::RollbackFailed | Status::RollbackSuccessful)) => {
            Progress::Failed(format!("the instance refresh ended as {}: {reason}", status.as_str()))
        }
        _ => Progress::Going {
            percent: refresh.percentage_complete().and_then(|percent| u8::try_from(percent).ok()).unwrap_or_default(),
            seen: reason.to_owned(),
        },
    })
}

async fn cancel(aws: &Aws, group: &str) -> Result<(), Failure> {
    let sent = aws.autoscaling().cancel_instance_refresh().auto_scaling_group_name(group).send().await;
    let answer = sent.map_err(Failure::of("Auto Scaling: CancelInstanceRefresh"));
    or_already(answer, &["ActiveInstanceRefreshNotFound", "ActiveInstanceRefreshNotFoundFault"])
}

/// AWS takes a refresh back only if it was told what it leads to, as a number.
async fn desired(aws: &Aws, group: &Want, how: &Renewal) -> Result<Option<DesiredConfiguration>, Failure> {
    let (mut template, mut policy) = launched(group);
    let is_named = specifications(&mut template, &mut policy).iter().any(|one| alias_of(one).is_some());
    if !is_named && !how.takes_itself_back {
        return Ok(None);
    }
    for specification in specifications(&mut template, &mut policy) {
        let Some(alias) = alias_of(specification) else { continue };
        specification.version = match &how.version {
            Some(version) => Some(version.to_string()),
            None => number_of(aws, specification, &alias).await?,
        };
    }
    let desired = DesiredConfiguration::builder().set_launch_template(template).set_mixed_instances_policy(policy);
    Ok(Some(desired.build()))
}

/// What the group launches from, as it is written.
fn launched(group: &Want) -> (Option<LaunchTemplateSpecification>, Option<MixedInstancesPolicy>) {
    let template = group.item("launch_template").as_ref().map(launch::template);
    let policy = group.item("mixed_instances_policy").filter(|_| template.is_none());
    (template, policy.as_ref().map(launch::policy))
}

fn specifications<'a>(
    template: &'a mut Option<LaunchTemplateSpecification>,
    policy: &'a mut Option<MixedInstancesPolicy>,
) -> Vec<&'a mut LaunchTemplateSpecification> {
    let in_policy = policy.as_mut().and_then(|policy| policy.launch_template.as_mut());
    let in_policy = in_policy.and_then(|template| template.launch_template_specification.as_mut());
    template.iter_mut().chain(in_policy).collect()
}

/// `$Latest` or `$Default`, also where nothing is said.
fn alias_of(specification: &LaunchTemplateSpecification) -> Option<String> {
    let version = specification.version().filter(|version| !version.is_empty()).unwrap_or(launch::DEFAULT_VERSION);
    version.starts_with('$').then(|| version.to_owned())
}

/// The number that a name stands for now.
async fn number_of(
    aws: &Aws,
    specification: &LaunchTemplateSpecification,
    alias: &str,
) -> Result<Option<String>, Failure> {
    let request = aws
        .ec2()
        .describe_launch_templates()
        .set_launch_template_ids(specification.launch_template_id().map(|id| vec![id.to_owned()]))
        .set_launch_template_names(specification.launch_template_name().map(|name| vec![name.to_owned()]));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeLaunchTemplates"))?;
    let template = answer.launch_templates().first();
    let number = template.and_then(|template| match alias {
        launch::LATEST_VERSION => template.latest_version_number(),
        _ => template.default_version_number(),
    });
    Ok(number.map(|number| number.to_string()))
}

/// A refresh to a number leaves the group with it. Where the name still stands for that number, the group gets the name again.
async fn name_version_again(aws: &Aws, group: &Want) -> Result<(), Failure> {
    let (mut template, mut policy) = launched(group);
    let Some(alias) = specifications(&mut template, &mut policy).iter().find_map(|one| alias_of(one)) else {
        return Ok(());
    };
    let request = aws.autoscaling().describe_auto_scaling_groups().auto_scaling_group_names(group.id());
    let answer = request.send().await.map_err(Failure::of("Auto Scaling: DescribeAutoScalingGroups"))?;
    let Some(found) = answer.auto_scaling_groups().first() else { return Ok(()) };
    let (mut now, mut now_policy) = (found.launch_template().cloned(), found.mixed_instances_policy().cloned());
    for specification in specifications(&mut now, &mut now_policy) {
        let number = number_of(aws, specification, &alias).await?;
        if alias_of(specification).is_some() || specification.version != number {
            return Ok(());
        }
    }
    let request = aws.autoscaling().update_auto_scaling_group().auto_scaling_group_name(group.id());
    let request = request.set_launch_template(template).set_mixed_instances_policy(policy);
    request.send().await.map(drop).map_err(Failure::of("Auto Scaling: UpdateAutoScalingGroup"))
}

/// The strategy's numbers, and what only the group itself says.
fn preferences(group: &Want, how: &Renewal) -> RefreshPreferences {
    let own = group.item("instance_refresh").and_then(|block| block.item("preferences"));
    let own = |name: &str| own.as_ref().and_then(|block| block.filled(name));
    let seconds = |time: Duration| i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
    let alarms: Vec<String> = how.alarms.iter().map(ToString::to_string).collect();
    let marks: Vec<i32> = how.checkpoints.iter().map(|mark| i32::from(*mark)).collect();
    let has_marks = !marks.is_empty();
    RefreshPreferences::builder()
        .set_alarm_specification(
            (!alarms.is_empty()).then(|| AlarmSpecification::builder().set_alarms(Some(alarms)).build()),
        )
        .auto_rollback(how.takes_itself_back)
        .set_bake_time((!how.bake.is_zero()).then(|| seconds(how.bake)))
        .set_checkpoint_delay(has_marks.then(|| seconds(how.checkpoint_delay)))
        .set_checkpoint_percentages(has_marks.then_some(marks))
        .set_instance_warmup(how.warmup.map(seconds))
        .max_healthy_percentage(i32::from(how.max_healthy_percent))
        .min_healthy_percentage(i32::from(how.min_healthy_percent))
        .set_scale_in_protected_instances(own("scale_in_protected_instances").map(|text| text.as_str().into()))
        .skip_matching(how.skips_matching)
        .set_standby_instances(own("standby_instances").map(|text| text.as_str().into()))
        .build()
}
