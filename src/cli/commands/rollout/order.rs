//! `terrace rollout pause`, `resume`, `promote` and `abort`

use crate::apply::OrderKind;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::SourceMap;
use crate::ops::rollouts::{Heard, order};
use crate::ops::session::Session;

pub const PAUSE: Command = Command {
    words: "rollout pause",
    about: "Let no gate pass until it is resumed",
    description: "No gate of the rollout passes until \"rollout resume\"; what is being done is finished. Without a name, all rollouts.",
    run: |invocation| give(invocation, OrderKind::Pause, "is paused at the next gate"),
    ..ORDER
};

pub const RESUME: Command = Command {
    words: "rollout resume",
    about: "Go on after a pause",
    description: "Gates pass again. After an interruption the next apply goes on with the rollout, whatever on_failure says. Without a name, \
                  all rollouts.",
    run: |invocation| give(invocation, OrderKind::Resume, "goes on"),
    ..ORDER
};

pub const PROMOTE: Command = Command {
    words: "rollout promote",
    about: "Let a canary take its next share of the traffic",
    description: "A canary with manual_promotion waits for this at every weight. Without a name, all rollouts.",
    run: |invocation| give(invocation, OrderKind::Promote, "is promoted"),
    ..ORDER
};

pub const ABORT: Command = Command {
    words: "rollout abort",
    about: "Take a deployment back",
    description: "Traffic goes back first, then the new servers go, whatever on_failure says; after an \
                  interruption by the next apply. Without a name, all rollouts.",
    run: |invocation| give(invocation, OrderKind::Abort, "is taken back"),
    ..ORDER
};

const ORDER: Command = Command {
    words: "",
    group: Group::Member,
    about: "",
    usage: "[NAME]",
    description: "",
    define: |command| command.arg(flags::argument("name")),
    run: |_| Exit::FAILURE,
};

fn give(invocation: &mut Invocation, kind: OrderKind, effect: &str) -> Exit {
    let session = match Session::open_state(invocation.surroundings()) {
        Ok(session) => session,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    let name = invocation.text("name").map(str::to_owned);
    let heard = match order(&*session.store, kind, name.as_deref()) {
        Ok(heard) => heard,
        Err(problem) => {
            invocation.report(&problem.into(), &SourceMap::new());
            return Exit::FAILURE;
        }
    };
    let who = name.map_or_else(|| "Every rollout".to_owned(), |name| format!("Rollout {name}"));
    let when = if heard == Heard::ByTheNextRun { " by the next apply" } else { "" };
    invocation.terminal.print_line(&format!("{who} {effect}{when}."));
    Exit::SUCCESS
}
