//! `terrace console`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::diag::{Diagnostic, SourceMap};
use crate::eval::{self, Scope};
use crate::functions;
use crate::ops::console::{Answer, ConsoleScope, answer, evaluate_from_plan};
use crate::ops::session::{Missing, Session};
use crate::plan::values::ModuleId;
use crate::plan::{Input, evaluate_recorded};
use crate::render::value::{render_type, render_value};
use crate::system::Machine;
use crate::value::Data;
use std::sync::Arc;

pub const COMMAND: Command = Command {
    words: "console",
    group: Group::Other,
    about: "Try expressions",
    usage: "",
    description: "Reads expressions and shows their values, in the context of the configuration and the state in this directory. \
                  Nothing is changed.\n\n\
                  When the input is no terminal, only the value of the last line is shown.",
    define: |command| {
        flags::with_variables(command.args([
            flags::switch("plan", "Make a plan first and use the values that it expects."),
            flags::value("state", "FILE", "Read this state instead of the workspace's own."),
        ]))
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    invocation.terminal.space_diagnostics();
    let (mut session, diagnostics) = match Session::open(invocation.surroundings()) {
        Ok(opened) => opened,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    if invocation.report(&diagnostics, &session.config.sources) {
        return Exit::FAILURE;
    }
    let (variables, diagnostics) = session.read_variables(&invocation.variables(), Missing::Unknown);
    let mut sources = session.config.sources.clone();
    if diagnostics.has_errors() {
        invocation.report(&diagnostics, &sources);
        return Exit::FAILURE;
    }
    let state = match session.read_state() {
        Ok(state) => state,
        Err(problems) => {
            invocation.report(&problems, &sources);
            return Exit::FAILURE;
        }
    };
    let is_planned = invocation.is_set("plan");
    let mut context = functions::Context::new(Arc::new(Machine), ".", eval::EVALUATION);
    context.defers_impure = is_planned;
    let input = Arc::new(Input { functions: Arc::new(context), ..session.plan_input(state, variables, String::new()) });
    let (evaluation, found) = match is_planned {
        true => evaluate_from_plan(input),
        false => evaluate_recorded(input),
    };
    let mut diagnostics = diagnostics;
    diagnostics.extend(found);
    if invocation.report(&diagnostics, &sources) {
        let summary = "Due to the problems above, some expressions may produce unexpected results.";
        invocation.terminal.print_diagnostic(&Diagnostic::warning(summary, ""));
    }
    let place = evaluation.place(ModuleId::ROOT);
    converse(invocation, &ConsoleScope::new(&place), &mut sources)
}

/// Answers line after line. Where nobody is there to see each answer, only the last one is printed.
fn converse(invocation: &mut Invocation, scope: &dyn Scope, sources: &mut SourceMap) -> Exit {
    let is_interactive = invocation.terminal.is_interactive();
    let mut last = String::new();
    loop {
        let line = match is_interactive {
            true => invocation.terminal.ask("> "),
            false => invocation.terminal.read_line(),
        };
        let Some(line) = line else { break };
        match answer(&line, scope, sources) {
            Ok(Answer::Exit) => return Exit::SUCCESS,
            Ok(answer) => {
                last = text_of(&answer);
                if is_interactive {
                    invocation.terminal.print_line(&last);
                }
            }
            Err(problems) => {
                invocation.report(&problems, sources);
                if !is_interactive {
                    return Exit::FAILURE;
                }
            }
        }
    }
    if !is_interactive {
        invocation.terminal.print_line(&last);
    }
    Exit::SUCCESS
}

fn text_of(answer: &Answer) -> String {
    match answer {
        Answer::Value(value) => match value.data() {
            Data::Type(of) => render_type(of),
            _ => render_value(value, 0),
        },
        Answer::Text(text) => (*text).to_owned(),
        Answer::Exit => String::new(),
    }
}
