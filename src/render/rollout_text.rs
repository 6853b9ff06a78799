//! Rollouts as text: the steps of a plan with who serves after each, and the lines while they are carried out.

use super::progress::duration_text;
use crate::plan::{Rollout, StagePhase};
use crate::rollout::{
    Action, Fleet, Group, OnFailure, Situation, Stage, Strategy, longest_time, point_of_no_return, render_duration,
    way_back,
};
use std::time::Duration;

/// `Rollout web: rolling, 15 steps, ...` and its steps, a line each.
pub fn render_rollout(rollout: &Rollout) -> String {
    let (fleet, policy) = (&rollout.fleet, &rollout.policy);
    let surge = rollout.stages.iter().map(|stage| stage.after.surge(fleet)).max().unwrap_or(0);
    let least = rollout.stages.iter().map(|stage| stage.after.in_service().len()).min().unwrap_or(0);
    let behind =
        if rollout.groups.is_empty() { String::new() } else { format!(" behind {}", rollout.groups.join(", ")) };
    let mut text = format!("  # {}{behind}: {}\n", fleet.name, describe_way(rollout));
    if rollout.renewal().is_none() {
        text.push_str(&format!(
            "  # at least {least} of {} in service, at most {surge} more than usual; takes at most {}\n",
            fleet.size_before(),
            render_duration(longest_time(&rollout.stages, policy))
        ));
    }
    let width =
        rollout.stages.iter().map(|stage| describe_step(rollout, &stage.action).chars().count()).max().unwrap_or(0);
    let turning = point_of_no_return(fleet, &rollout.stages);
    for (index, stage) in rollout.stages.iter().enumerate() {
        let what = describe_step(rollout, &stage.action);
        let gap = " ".repeat(width.saturating_sub(what.chars().count()));
        let mark = if Some(index) == turning { "  <- from here the way back makes old servers anew" } else { "" };
        let back = way_back_in_short(&way_back(fleet, policy, &stage.after));
        let serving = in_service(rollout, &stage.after);
        let serving = if serving.is_empty() { serving } else { format!("{serving}; ") };
        text.push_str(&format!("  {:>4}  {what}{gap}  {serving}back: {back}{mark}\n", index + 1));
    }
    text.push_str(&format!("  # if a gate fails: {}\n", describe_failure(rollout)));
    text
}

/// Names without what all of them have in common, and the limits of gates.
pub(super) fn describe_step(rollout: &Rollout, action: &Action) -> String {
    let short = action.describe(&short_names(rollout));
    let limit = rollout.policy.limit_of(action).map(render_duration).unwrap_or_default();
    match action {
        Action::AwaitHealthy { .. } | Action::AwaitPromotion => format!("{short}, within {limit}"),
        Action::Drain { .. } => format!("{short}, at most {limit}"),
        Action::Hold { .. } if !rollout.policy.analysis.is_empty() => {
            let names: Vec<&str> = rollout.policy.analysis.iter().map(|analysis| analysis.name.as_str()).collect();
            format!("{short}, watching {}", names.join(", "))
        }
        _ => short,
    }
}

/// The fleet with `web["a"]` for `module.app[0].aws_instance.web["a"]`, where all members begin in the same way.
fn short_names(rollout: &Rollout) -> Fleet {
    let mut fleet = rollout.fleet.clone();
    let name = &rollout.resource.resource.name;
    let whole = format!("{}.{name}", rollout.resource.resource.kind);
    let common =
        fleet.members.first().and_then(|first| first.name.split_once(&whole)).map(|(module, _)| module.to_owned());
    if let Some(common) = common.map(|module| module + &whole)
        && fleet.members.iter().all(|member| member.name.starts_with(&common))
    {
        for member in &mut fleet.members {
            member.name = format!("{name}{}", &member.name[common.len()..]);
        }
    }
    fleet
}

/// `3 in service (zone-a 1, zone-b 2), 25 % shadow`
/// Nothing where the provider alone knows who serves.
pub(super) fn in_service(rollout: &Rollout, situation: &Situation) -> String {
    let fleet = &rollout.fleet;
    if rollout.renewal().is_some() {
        return String::new();
    }
    let zones: Vec<String> = situation
        .zones(fleet)
        .into_iter()
        .filter(|(zone, _)| !zone.is_empty())
        .map(|(zone, count)| format!("{zone} {count}"))
        .collect();
    let zones = if zones.is_empty() { String::new() } else { format!(" ({})", zones.join(", ")) };
    let place = if fleet.moves { "in the new group" } else { "on the shadow" };
    let weight =
        if situation.weight > 0 { format!(", {} % of traffic {place}", situation.weight) } else { String::new() };
    format!("{} in service{zones}{weight}", situation.in_service().len())
}

/// How the fleet gets from the old version to the new.
pub fn describe_way(rollout: &Rollout) -> String {
    match rollout.renewal() {
        Some(_) if !rollout.is_written => "its servers are replaced by the provider".to_owned(),
        Some(_) => format!("{}, by the provider", describe_strategy(&rollout.policy.strategy)),
        None if rollout.fleet.moves => {
            format!("{}, into a new target group", describe_strategy(&rollout.policy.strategy))
        }
        None => describe_strategy(&rollout.policy.strategy),
    }
}

fn describe_strategy(strategy: &Strategy) -> String {
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
        OnFailure::Rollback if rollout.renewal().is_some() => {
            "the fleet is changed back and its servers with it, and the run ends".to_owned()
        }
        OnFailure::Rollback => "traffic goes back first, then the new servers go, and the run ends".to_owned(),
    }
}

/// `drain, destroy`, or `12 steps`
fn way_back_in_short(stages: &[Stage]) -> String {
    match stages.len() {
        0 => "nothing".to_owned(),
        1..=4 => stages.iter().map(|stage| stage.action.verb()).collect::<Vec<_>>().join(", "),
        number => format!("{number} steps"),
    }
}

/// What would be done if the rollout failed after a stage.
pub fn way_back_from(rollout: &Rollout, stage: usize) -> Vec<String> {
    let Some(now) = rollout.stages.get(stage).map(|stage| &stage.after) else { return Vec::new() };
    let back = way_back(&rollout.fleet, &rollout.policy, now);
    back.iter().map(|stage| stage.action.describe(&rollout.fleet)).collect()
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
            let after = in_service(rollout, &stage.after);
            let gap = if after.is_empty() { "" } else { "; " };
            format!("{place}: passed after {}{gap}{after}", duration_text(elapsed))
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
pub fn group_word(fleet: &Fleet, group: Group) -> &'static str {
    match group {
        Group::Configured if fleet.moves => "former",
        Group::Configured => "configured",
        Group::Shadow if fleet.moves => "next",
        Group::Shadow => "shadow",
    }
}
