//! `terrace console`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::config::prepare_input;
use crate::diag::Diagnostic;
use crate::eval;
use crate::functions;
use crate::ops::configuration::open_configuration;
use crate::ops::console::{Answer, OfflineScope, answer};
use crate::ops::variables::{Gathering, VariableOption};
use crate::system::Machine;
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
    let data_directory = invocation.settings.data_directory.to_string_lossy().into_owned();
    let (config, diagnostics) = open_configuration(&data_directory, &Machine);
    let mut sources = config.sources.clone();
    if invocation.report(&diagnostics, &sources) {
        return Exit::FAILURE;
    }
    let options: Vec<VariableOption> = Vec::new();
    let mut gathering = Gathering { world: &Machine, sources: &mut sources };
    let (given, mut diagnostics) = gathering.gather(std::env::vars(), &options);
    let (inputs, more) = gathering.parse(&given, &config.root().variables);
    diagnostics.extend(more);
    let mut variables = std::collections::BTreeMap::new();
    for (name, variable) in &config.root().variables {
        let Some(input) = inputs.get(name) else { continue };
        let (value, problem) = prepare_input(variable, &format!("var.{name}"), input);
        diagnostics.extend(problem);
        variables.insert(name.clone(), value.with_marks(variable.marks()));
    }
    let mut functions = functions::Context::new(Arc::new(Machine), ".", eval::EVALUATION);
    functions.is_console = true;
    let working = invocation.settings.started_in.to_string_lossy().into_owned();
    let paths = eval::names::Paths { working, module: ".".to_owned(), root: ".".to_owned() };
    let state = std::fs::read_to_string("terraform.tfstate").unwrap_or_default();
    let state = serde_json::from_str(&state).unwrap_or_default();
    let scope = OfflineScope::new(&config, variables, functions, paths, "default", &state);
    diagnostics.extend(scope.evaluate_locals());
    if invocation.report(&diagnostics, &sources) {
        let summary = "Due to the problems above, some expressions may produce unexpected results.";
        invocation.terminal.print_diagnostic(&Diagnostic::warning(summary, ""));
    }
    let mut last = String::new();
    while let Some(line) = invocation.terminal.read_line() {
        match answer(&line, &scope, &mut sources) {
            Ok(Answer::Exit) => return Exit::SUCCESS,
            Ok(Answer::Text(text)) if invocation.terminal.is_interactive() => invocation.terminal.print_line(&text),
            Ok(Answer::Text(text)) => last = text,
            Err(problems) => {
                invocation.report(&problems, &sources);
                if !invocation.terminal.is_interactive() {
                    return Exit::FAILURE;
                }
            }
        }
    }
    invocation.terminal.print_line(&last);
    Exit::SUCCESS
}
