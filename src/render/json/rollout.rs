//! Rollouts in a plan's JSON: `terrace_rollouts`, beside Terraform's fields.
//!
//! ```json
//! {"name":"web","fleet":"host_server.web","strategy":"rolling","steps":[
//!   {"action":"await_healthy","servers":[{"address":"host_server.web[0]","generation":"new"}],"in_service":4,
//!    "zones":{"a":2,"b":1,"c":1},"weight":0,"within_seconds":300.0,"way_back":["drain ..."], ...}]}
//! ```

use crate::plan::Rollout;
use crate::render::rollout_text::{describe_way, group_word, way_back_from};
use crate::rollout::{Action, Generation, OnFailure, Promise, Stage, Strategy, longest_time, point_of_no_return};
use serde_json::{Value as Json, json};

pub(in crate::render) fn rollout_json(rollout: &Rollout) -> Json {
    let (fleet, policy) = (&rollout.fleet, &rollout.policy);
    let strategy = match policy.strategy {
        _ if !rollout.is_written && rollout.renewal().is_some() => "own",
        Strategy::Rolling { .. } => "rolling",
        Strategy::BlueGreen { .. } => "blue_green",
        Strategy::Canary { .. } => "canary",
    };
    let on_failure = match policy.on_failure {
        OnFailure::Rollback => "rollback",
        OnFailure::Pause => "pause",
    };
    json!({
        "name": rollout.name,
        "fleet": fleet.name,
        "target_groups": rollout.groups,
        "strategy": strategy,
        "description": describe_way(rollout),
        "on_failure": on_failure,
        "in_service_before": fleet.size_before(),
        "in_service_after": fleet.size_after(),
        "in_service_min": Promise::of(fleet, policy).in_service_min,
        "surge": rollout.stages.iter().map(|stage| stage.after.surge(fleet)).max().unwrap_or(0),
        "deadline_seconds": policy.deadline.map(|deadline| deadline.as_secs_f64()),
        "analyses": policy.analysis.iter().map(|analysis| analysis.name.as_str()).collect::<Vec<_>>(),
        "longest_seconds": longest_time(&rollout.stages, policy).as_secs_f64(),
        "point_of_no_return": point_of_no_return(fleet, &rollout.stages),
        "steps": rollout.stages.iter().enumerate().map(|(index, stage)| step(rollout, index, stage)).collect::<Vec<_>>(),
    })
}

fn step(rollout: &Rollout, index: usize, stage: &Stage) -> Json {
    let (fleet, action) = (&rollout.fleet, &stage.action);
    let servers: Vec<Json> = action
        .servers()
        .iter()
        .map(|server| {
            let generation = if server.generation == Generation::New { "new" } else { "old" };
            json!({ "address": fleet.members[server.member].name, "generation": generation })
        })
        .collect();
    let group = match action {
        Action::Register { group, .. } | Action::AwaitHealthy { group, .. } | Action::Drain { group, .. } => {
            Some(group_word(fleet, *group))
        }
        _ => None,
    };
    let within = rollout.policy.limit_of(action).map(|time| time.as_secs_f64());
    let numbers = match action {
        Action::Renew { how, .. } => json!({
            "min_healthy_percent": how.min_healthy_percent,
            "max_healthy_percent": how.max_healthy_percent,
            "checkpoints": how.checkpoints,
            "checkpoint_delay_seconds": how.checkpoint_delay.as_secs(),
            "bake_seconds": how.bake.as_secs(),
            "warmup_seconds": how.warmup.map(|time| time.as_secs()),
            "skips_matching": how.skips_matching,
            "takes_itself_back": how.takes_itself_back,
            "alarms": how.alarms.iter().map(|alarm| alarm.to_string()).collect::<Vec<_>>(),
        }),
        _ => Json::Null,
    };
    let mut step = json!({
        "action": word(action),
        "is_gate": action.is_gate(),
        "description": action.describe(fleet),
        "servers": servers,
        "group": group,
        "in_service": stage.after.in_service().len(),
        "zones": stage.after.zones(fleet),
        "weight": stage.after.weight,
        "within_seconds": within,
        "way_back": way_back_from(rollout, index),
    });
    if !numbers.is_null() {
        step["renewal"] = numbers;
    }
    step
}

fn word(action: &Action) -> &'static str {
    match action {
        Action::MakeShadow => "make_shadow",
        Action::RemoveShadow => "remove_shadow",
        Action::Adopt => "adopt",
        Action::RemoveGroup => "remove_group",
        Action::Create { .. } => "create",
        Action::Register { .. } => "register",
        Action::AwaitHealthy { .. } => "await_healthy",
        Action::Shift { .. } => "shift",
        Action::Hold { .. } => "hold",
        Action::AwaitPromotion => "await_promotion",
        Action::Drain { .. } => "drain",
        Action::Destroy { .. } => "destroy",
        Action::Renew { .. } => "renew",
    }
}
