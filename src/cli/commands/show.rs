//! `terrace show`

use crate::cli::operation::schemas_of;
use crate::cli::planning::plan_options;
use crate::cli::runtime::block_on;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::{Diagnostic, SourceMap};
use crate::ops::saved_plan::{is_plan_file, load, outlined};
use crate::ops::session::Session;
use crate::render::json::{plan_json, state_json};
use crate::render::paint::Paint;
use crate::render::plan_text::render_plan;
use crate::render::state_text::render_state;
use crate::state::State;
use crate::state::v4::read_state;
use std::collections::BTreeMap;

pub const COMMAND: Command = Command {
    words: "show",
    group: Group::Other,
    about: "Show the state, or a saved plan",
    usage: "[FILE]",
    description: "Shows the state of this directory, or what a file holds: a saved plan or a state. Sensitive values are hidden, except \
                  with -json.",
    define: |command| command.args([flags::switch("json", "Print JSON for other programs."), flags::argument("file")]),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let mut session = match Session::open_state(invocation.surroundings()) {
        Ok(session) => session,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    if let Some(path) = invocation.text("file").map(str::to_owned).filter(|path| is_plan_file(path)) {
        return show_plan(invocation, &session, &path);
    }
    let state = match invocation.text("file") {
        Some(path) => match state_in_file(path) {
            Ok(state) => Some(state),
            Err(problem) => {
                invocation.report(&problem.into(), &SourceMap::new());
                return Exit::FAILURE;
            }
        },
        None => match session.store.read() {
            Ok(state) => state,
            Err(problems) => {
                invocation.report(&problems, &session.config.sources);
                return Exit::FAILURE;
            }
        },
    };
    let schemas = schemas_of(&session);
    let paint = Paint(invocation.terminal.color());
    let text = match state {
        state if invocation.is_set("json") => format!("{}\n", state_json(&state.unwrap_or_default(), &schemas)),
        Some(state) => render_state(&state, &schemas, paint),
        None => "No state.\n".to_owned(),
    };
    invocation.terminal.print(&text);
    Exit::SUCCESS
}

fn show_plan(invocation: &mut Invocation, session: &Session, path: &str) -> Exit {
    let saved = match load(path) {
        Ok(saved) => saved,
        Err(problem) => {
            invocation.report(&problem.into(), &SourceMap::new());
            return Exit::FAILURE;
        }
    };
    let (config, _) = saved.snapshot.load();
    let schemas = schemas_of(session);
    let input = session.plan_input(State::default(), BTreeMap::new(), String::new());
    let plan = match block_on(outlined(saved, input)) {
        Ok(plan) => plan,
        Err(error) => {
            let problem = Diagnostic::error("Failed to show the plan", format!("{error}."));
            invocation.report(&problem.into(), &SourceMap::new());
            return Exit::FAILURE;
        }
    };
    let text = if invocation.is_set("json") {
        format!("{}\n", plan_json(&plan, &config, &schemas))
    } else {
        render_plan(&plan, &schemas, plan_options(invocation, &config.sources))
    };
    invocation.terminal.print(&text);
    Exit::SUCCESS
}

fn state_in_file(path: &str) -> Result<State, Diagnostic> {
    let problem = |state: String, plan: String| {
        Diagnostic::error(
            "Failed to read the given file as a state or plan file",
            format!("State read error: {state}\n\nPlan read error: {plan}"),
        )
    };
    let text = std::fs::read_to_string(path).map_err(|_| {
        let missing = format!("open {path}: no such file or directory");
        problem(
            format!("Error loading statefile: {missing}"),
            format!(
                "couldn't load the provided path as either a local plan file ({missing}) or a saved cloud plan ({missing})"
            ),
        )
    })?;
    read_state(&text, path).map_err(|problems| {
        let detail = problems.iter().next().map(|problem| problem.detail.clone()).unwrap_or_default();
        problem(detail, "the file is no plan that this version of Terrace wrote".to_owned())
    })
}
