//! `terrace graph`

use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::graph::{ResourceGraph, build};
use crate::ops::session::Session;
use crate::render::graph_text::render_graph;

pub const COMMAND: Command = Command {
    words: "graph",
    group: Group::Other,
    about: "Show what depends on what, for Graphviz",
    usage: "",
    description: "Prints the dependencies between the resources of the configuration in the language of Graphviz. To see them:\n\n\
                  \x20   terrace graph | dot -Tsvg > graph.svg",
    define: |command| {
        command.args([
            flags::value("type", "TYPE", "Accepted for compatibility: the graph is always of resources."),
            flags::value("plan", "FILE", "Accepted for compatibility: the graph is always of the configuration."),
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
    let graph = build(&session.config, &[]);
    let mut diagnostics = diagnostics;
    diagnostics.extend(graph.order().err().into_iter().flatten());
    if invocation.report(&diagnostics, &session.config.sources) {
        return Exit::FAILURE;
    }
    invocation.terminal.print(&render_graph(&ResourceGraph::of(&graph).0));
    Exit::SUCCESS
}
