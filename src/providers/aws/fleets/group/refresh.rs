//! An instance refresh: AWS replaces a group's servers by such as it would launch now
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html>

use super::changes::differs;
use super::launch;
use crate::providers::aws::engine::{Call, Failure, Patience, Seen, Want};
use aws_sdk_autoscaling::types::{AlarmSpecification, DesiredConfiguration, RefreshPreferences};

/// A change of one of these starts a refresh, where there is an `instance_refresh` block at all.
const LAUNCH: &[&str] = &["launch_configuration", "launch_template", "mixed_instances_policy"];

/// Another refresh is under way: it is cancelled for the new one.
const IN_PROGRESS: &str = "InstanceRefreshInProgress";

/// Whether this change has the configuration start a refresh.
pub fn is_asked(call: &Call) -> bool {
    let Some(block) = call.want.item("instance_refresh") else { return false };
    let triggers = block.texts("triggers");
    let named = triggers.iter().map(|trigger| if trigger == "tags" { "tag" } else { trigger.as_str() });
    LAUNCH.iter().copied().chain(named).any(|name| differs(call, name))
}

pub async fn start_where_asked(call: &Call) -> Result<(), Failure> {
    let Some(block) = call.want.item("instance_refresh").filter(|_| is_asked(call)) else { return Ok(()) };
    let preferences = block.item("preferences").map(|block| preferences(&block));
    let is_taken_back = preferences.as_ref().and_then(|preferences| preferences.auto_rollback) == Some(true);
    let patience = Patience::minutes(10).until_cancelled(&call.cancellation);
    let start = || async {
        let request = call
            .aws
            .autoscaling()
            .start_instance_refresh()
            .auto_scaling_group_name(&call.id)
            .set_strategy(block.filled("strategy").map(|strategy| strategy.as_str().into()))
            .set_preferences(preferences.clone())
            .set_desired_configuration(is_taken_back.then(|| desired(&call.want)));
        match request.send().await.map_err(Failure::of("Auto Scaling: StartInstanceRefresh")) {
            Ok(_) => Ok(Seen::Done(())),
            Err(failure) if failure.code == IN_PROGRESS => {
                cancel(call).await?;
                Ok(Seen::NotYet("another instance refresh is under way".into()))
            }
            Err(failure) => Err(failure),
        }
    };
    patience.until("starting an instance refresh", start).await
}

async fn cancel(call: &Call) -> Result<(), Failure> {
    let request = call.aws.autoscaling().cancel_instance_refresh().auto_scaling_group_name(&call.id);
    match request.send().await.map_err(Failure::of("Auto Scaling: CancelInstanceRefresh")) {
        Err(failure) if failure.code != "ActiveInstanceRefreshNotFound" => Err(failure),
        _ => Ok(()),
    }
}

/// AWS takes a refresh back only if it was told what it leads to.
fn desired(want: &Want) -> DesiredConfiguration {
    DesiredConfiguration::builder()
        .set_launch_template(want.item("launch_template").as_ref().map(launch::template))
        .set_mixed_instances_policy(want.item("mixed_instances_policy").as_ref().map(launch::policy))
        .build()
}

fn preferences(block: &Want) -> RefreshPreferences {
    // Texts, because nothing and zero differ.
    let seconds = |name: &str| block.filled(name).and_then(|text| text.parse().ok());
    let percentages = block.value("checkpoint_percentages").and_then(|list| list.as_items()).unwrap_or_default();
    let percentages = percentages.iter().filter_map(|share| i32::try_from(share.as_number()?.to_i64()?).ok());
    let alarms =
        block.item("alarm_specification").map(|block| block.texts("alarms")).filter(|alarms| !alarms.is_empty());
    RefreshPreferences::builder()
        .set_alarm_specification(alarms.map(|alarms| AlarmSpecification::builder().set_alarms(Some(alarms)).build()))
        .set_auto_rollback(block.flag("auto_rollback"))
        .set_checkpoint_delay(seconds("checkpoint_delay"))
        .set_checkpoint_percentages(Some(percentages.collect()).filter(|shares: &Vec<i32>| !shares.is_empty()))
        .set_instance_warmup(seconds("instance_warmup"))
        .set_max_healthy_percentage(block.integer("max_healthy_percentage"))
        .set_min_healthy_percentage(block.integer("min_healthy_percentage"))
        .set_scale_in_protected_instances(block.filled("scale_in_protected_instances").map(|text| text.as_str().into()))
        .set_skip_matching(block.flag("skip_matching"))
        .set_standby_instances(block.filled("standby_instances").map(|text| text.as_str().into()))
        .build()
}
