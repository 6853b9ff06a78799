//! Rollouts as text: the steps of a plan with who serves after each, and the lines while they are carried out.

use super::progress::duration_text;
use crate::plan::{Rollout, StagePhase};
use crate::rollout::{
    Action, Fleet, Group, OnFailure, Policy, Situation, Stage, Strategy, longest_time, point_of_no_return,
    render_duration, way_back,
};
use std::time::Duration;

/// `Rollout web: rolling, 15 steps, ...` and its steps, a line each.
pub fn render_rollout(rollout: &Rollout) -> String {
    let (fleet, policy) = (&rollout.fleet, &rollout.policy);
    let surge = rollout.stages.iter().map(|stage| stage.after.surge(fleet)).max().unwrap_or(0);
    let least = rollout.stages.iter().map(|stage| stage.after.in_service().len()).min().unwrap_or(0);
    let mut text =
        format!("  # {} behind {}: {}\n", fleet.name, rollout.groups.join(", "), describe_strategy(&policy.strategy));
    text.push_str(&format!(
        "  # at least {least} of {} in service, at most {surge} more than usual; takes at most {}\n",
        fleet.size_before(),
        render_duration(longest_time(&rollout.stages, policy))
    ));
    let width = rollout.stages.iter().map(|stage| describe(rollout, &stage.action).chars().count()).max().unwrap_or(0);
    let turning = point_of_no_return(fleet, &rollout.stages);
    for (index, stage) in rollout.stages.iter().enumerate() {
        let what = describe(rollout, &stage.action);
        let gap = " ".repeat(width.saturating_sub(what.chars().count()));
        let mark = if Some(index) == turning { "  <- from here the way back makes old servers anew" } else { "" };
        text.push_str(&format!("  {:>4}  {what}{gap}  {}{mark}\n", index + 1, in_service(fleet, &stage.after)));
    }
    text.push_str(&format!("  # if a gate fails: {}\n", describe_failure(rollout)));
    text
}

/// Names without what all of them have in common.
fn describe(rollout: &Rollout, action: &Action) -> String {
    let full = action.describe(&rollout.fleet);
    let short = full.replace(&format!("{}[", rollout.fleet.name), &format!("{}[", rollout.resource.resource.name));
    match action {
        Action::AwaitHealthy { .. } => format!("{short}, within {}", render_duration(rollout.policy.health_timeout)),
        Action::Drain { .. } => format!("{short}, at most {}", render_duration(rollout.policy.drain_timeout)),
        Action::Hold { .. } if !rollout.policy.analysis.is_empty() => {
            let names: Vec<&str> = rollout.policy.analysis.iter().map(|analysis| analysis.name.as_str()).collect();
            format!("{short}, watching {}", names.join(", "))
        }
        _ => short,
    }
}

/// `3 in service (zone-a 1, zone-b 2), 25 % shadow`
fn in_service(fleet: &Fleet, situation: &Situation) -> String {
    let zones: Vec<String> = situation
        .zones(fleet)
        .into_iter()
        .filter(|(zone, _)| !zone.is_empty())
        .map(|(zone, count)| format!("{zone} {count}"))
        .collect();
    let zones = if zones.is_empty() { String::new() } else { format!(" ({})", zones.join(", ")) };
    let weight =
        if situation.weight > 0 { format!(", {} % of traffic on the shadow", situation.weight) } else { String::new() };
    format!("{} in service{zones}{weight}", situation.in_service().len())
}

pub fn describe_strategy(strategy: &Strategy) -> String {
    match strategy {
        Strategy::Rolling { batch, max_surge, max_unavailable, one_zone_at_a_time, .. } => format!(
            "rolling, {batch} at a time, surge {max_surge}, unavailable {max_unavailable}{}",
            if *one_zone_at_a_time { ", one zone at a time" } else { "" }
        ),
        Strategy::BlueGreen { bake } => format!("blue/green, bake {}", render_duration(*bake)),
        Strategy::Canary { weights, bake, manual_promotion } => {
            let weights: Vec<String> = weights.iter().map(|weight| format!("{weight} %")).collect();
            let by_hand = if *manual_promotion { ", promoted by hand" } else { "" };
            format!("canary, {}, bake {}{by_hand}", weights.join(" then "), render_duration(*bake))
        }
    }
}

fn describe_failure(rollout: &Rollout) -> String {
    match rollout.policy.on_failure {
        OnFailure::Pause => "everything stays as it is then, and the run ends".to_owned(),
        OnFailure::Rollback => "traffic goes back first, then the new servers go, and the run ends".to_owned(),
    }
}

/// What would be done if the rollout failed after a stage.
pub fn way_back_from(rollout: &Rollout, stage: usize) -> Vec<String> {
    let Some(now) = rollout.stages.get(stage).map(|stage| &stage.after) else { return Vec::new() };
    let back = way_back(&rollout.fleet, &rollout.policy, now);
    back.iter().map(|stage| stage.action.describe(&rollout.fleet)).collect()
}

/// How long a gate may take, where it has an end of its own.
pub fn gate_deadline(policy: &Policy, action: &Action) -> Option<Duration> {
    match action {
        Action::AwaitHealthy { .. } => Some(policy.health_timeout),
        Action::Drain { .. } => Some(policy.drain_timeout),
        Action::Hold { time } => Some(*time),
        _ => None,
    }
}

/// `web [3/15]: gate web["a"]' healthy...`; nothing where nothing has to be said.
pub fn render_stage(
    rollout: &Rollout,
    stage: &Stage,
    position: Option<usize>,
    phase: StagePhase<'_>,
    elapsed: Duration,
) -> Option<String> {
    let place = match position {
        Some(position) => format!("{} [{}/{}]", rollout.name, position + 1, rollout.stages.len()),
        None => format!("{} [back]", rollout.name),
    };
    let what = stage.action.describe(&rollout.fleet);
    Some(match phase {
        StagePhase::Began => format!("{place}: {what}..."),
        StagePhase::Going(line) => format!("{place}: {what}: {line}"),
        StagePhase::Done if waits(&stage.action) => {
            let after = in_service(&rollout.fleet, &stage.after);
            format!("{place}: passed after {}; {after}", duration_text(elapsed))
        }
        StagePhase::Done => return None,
        StagePhase::Failed("") => format!("{place}: {what}: failed"),
        StagePhase::Failed(seen) => format!("{place}: {what}: failed: {seen}"),
    })
}

/// `web [3/15] gate web["a"]' healthy: 2/3 healthy, 4m left`, for a display that is drawn again and again.
pub fn stage_line(rollout: &Rollout, stage: &Stage, position: Option<usize>, phase: StagePhase<'_>) -> String {
    let place = match position {
        Some(position) => format!("[{}/{}]", position + 1, rollout.stages.len()),
        None => "[back]".to_owned(),
    };
    let progress = match phase {
        StagePhase::Going(line) => format!(": {line}"),
        _ => String::new(),
    };
    format!("{} {place} {}{progress}", rollout.name, stage.action.describe(&rollout.fleet))
}

fn waits(action: &Action) -> bool {
    action.is_gate() || matches!(action, Action::Drain { .. } | Action::Shift { .. })
}

/// The name of a group for machines.
pub fn group_word(group: Group) -> &'static str {
    match group {
        Group::Configured => "configured",
        Group::Shadow => "shadow",
    }
}
