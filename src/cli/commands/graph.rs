//! `terrace graph`

use crate::cli::runtime::block_on;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::{ResourceGraph, build};
use crate::ops::saved_plan::{load, outlined};
use crate::ops::session::Session;
use crate::plan::Rollout;
use crate::render::graph_text::render_graph;
use crate::state::State;
use std::collections::BTreeMap;

pub const COMMAND: Command = Command {
    words: "graph",
    group: Group::Other,
    about: "Show what depends on what, for Graphviz",
    usage: "",
    description: "Prints the dependencies between the resources of the configuration in the language of Graphviz; of a saved plan also its \
                  rollouts, step by step. To see them:\n\n\
                  \x20   terrace graph | dot -Tsvg > graph.svg",
    define: |command| {
        command.args([
            flags::value("type", "TYPE", "Accepted for compatibility: the graph is always of resources."),
            flags::value("plan", "FILE", "A saved plan whose configuration and rollouts are shown."),
            flags::switch("draw-cycles", "Accepted for compatibility: cycles are an error of plan."),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let (session, diagnostics) = match Session::open(invocation.surroundings()) {
        Ok(opened) => opened,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    let (config, rollouts, found) = match invocation.text("plan").map(|path| read_saved(&session, path)) {
        None => (session.config, Vec::new(), diagnostics),
        Some(Ok((config, rollouts))) => (config, rollouts, Diagnostics::new()),
        Some(Err(problem)) => (session.config, Vec::new(), problem.into()),
    };
    let graph = build(&config, &[]);
    let mut found = found;
    found.extend(graph.order().err().into_iter().flatten());
    if invocation.report(&found, &config.sources) {
        return Exit::FAILURE;
    }
    invocation.terminal.print(&render_graph(&ResourceGraph::of(&graph).0, &rollouts));
    Exit::SUCCESS
}

/// The configuration of a saved plan, and its rollouts.
fn read_saved(session: &Session, path: &str) -> Result<(Config, Vec<Rollout>), Diagnostic> {
    let saved = load(path)?;
    let (config, _) = saved.snapshot.load();
    let input = session.plan_input(State::default(), BTreeMap::new(), String::new());
    match block_on(outlined(saved, input)) {
        Ok(plan) => Ok((config, plan.rollouts)),
        Err(error) => Err(Diagnostic::error("Failed to read the plan", format!("{error}."))),
    }
}
