//! `terrace rollout status`

use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::SourceMap;
use crate::ops::rollouts::{is_carried_out, rollouts_of};
use crate::ops::session::Session;
use crate::store::{Course, RolloutRecord};
use serde_json::json;

pub const COMMAND: Command = Command {
    words: "rollout status",
    group: Group::Member,
    about: "Show where deployments stand",
    usage: "[NAME]",
    description: "Shows the rollouts of the run that is under way in this directory, or that was interrupted: the stage, how many \
                  servers are in service, and how the traffic is split.",
    define: |command| command.args([flags::switch("json", "Print JSON for other programs."), flags::argument("name")]),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let session = match Session::open_state(invocation.surroundings()) {
        Ok(session) => session,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    let records = match rollouts_of(&*session.store) {
        Ok(records) => records.unwrap_or_default(),
        Err(problem) => {
            invocation.report(&problem.into(), &SourceMap::new());
            return Exit::FAILURE;
        }
    };
    let is_alive = is_carried_out(&records);
    let wanted = invocation.text("name").map(str::to_owned);
    let rollouts: Vec<&RolloutRecord> =
        records.rollouts.iter().filter(|it| wanted.as_ref().is_none_or(|name| *name == it.name)).collect();
    if invocation.is_set("json") {
        let json = json!({ "running": is_alive, "rollouts": rollouts });
        invocation.terminal.print_line(&json.to_string());
        return Exit::SUCCESS;
    }
    if rollouts.is_empty() {
        invocation.terminal.print_line("No rollout is under way.");
        return Exit::SUCCESS;
    }
    for rollout in &rollouts {
        invocation.terminal.print_line(&line(rollout, is_alive));
    }
    for rollout in rollouts.iter().filter(|_| !is_alive) {
        invocation.terminal.print_line(&what_is_next(rollout));
    }
    Exit::SUCCESS
}

fn what_is_next(rollout: &RolloutRecord) -> String {
    let (does, command, instead) = match rollout.if_interrupted {
        Course::GoOn => ("goes on with", "abort", "takes it back"),
        Course::TakeBack => ("takes back", "resume", "goes on"),
    };
    let name = &rollout.name;
    format!(
        "The run was interrupted. \"terrace apply\" {does} {name}; after \"terrace rollout {command} {name}\" it {instead} instead."
    )
}

/// `web: running, 4 of 15 done: gate web[0]' healthy; 4 in service`
fn line(rollout: &RolloutRecord, is_alive: bool) -> String {
    let state = if is_alive { rollout.state.as_str() } else { "interrupted" };
    let weight =
        if rollout.weight > 0 { format!(", {} % of traffic on the shadow", rollout.weight) } else { String::new() };
    let RolloutRecord { name, done, total, stage, in_service, .. } = rollout;
    format!("{name}: {state}, {done} of {total} done: {stage}; {in_service} in service{weight}")
}
