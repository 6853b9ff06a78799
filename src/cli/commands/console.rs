//! `terrace console`

use crate::cli::command::VariableArgument;
use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::config::{Config, InputSource, InputValue};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::eval::{Scope, render_template};
use crate::functions;
use crate::ops::configuration::open_configuration;
use crate::ops::console::{Answer, answer, evaluate_from_plan};
use crate::ops::variables::{Gathering, VariableOption};
use crate::plan::values::ModuleId;
use crate::plan::{self, Input, evaluate_recorded};
use crate::providers;
use crate::state::State;
use crate::store::{LocalPaths, LocalStore, Store};
use crate::system::Machine;
use crate::value::{Text, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
    let (variables, diagnostics) = variables_of(invocation, &config, &mut sources);
    if diagnostics.has_errors() {
        invocation.report(&diagnostics, &sources);
        return Exit::FAILURE;
    }
    let state = match read_state(invocation) {
        Ok(state) => state,
        Err(problems) => {
            invocation.report(&problems, &sources);
            return Exit::FAILURE;
        }
    };
    let is_planned = invocation.is_set("plan");
    let mut context = functions::Context::new(Arc::new(Machine), ".", render_template);
    context.is_console = true;
    context.defers_impure = is_planned;
    let input = Arc::new(Input {
        config: Arc::new(config),
        state,
        variables,
        providers: built_in_providers(),
        functions: Arc::new(context),
        workspace: workspace_of(invocation),
        working_directory: invocation.settings.started_in.to_string_lossy().into_owned(),
        root_directory: ".".to_owned(),
        timestamp: String::new(),
    });
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
    converse(invocation, &evaluation.place(ModuleId::ROOT), &mut sources)
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
            Ok(Answer::Text(text)) if is_interactive => invocation.terminal.print_line(&text),
            Ok(Answer::Text(text)) => last = text,
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

/// The values of the root module's variables; those that nobody set are unknown.
fn variables_of(
    invocation: &Invocation,
    config: &Config,
    sources: &mut SourceMap,
) -> (BTreeMap<Text, InputValue>, Diagnostics) {
    let options: Vec<VariableOption> = invocation.variables().into_iter().map(option_of).collect();
    let mut gathering = Gathering { world: &Machine, sources };
    let (given, mut diagnostics) = gathering.gather(std::env::vars(), &options);
    let (mut set, mut unset) = (BTreeMap::new(), BTreeMap::new());
    for (name, variable) in &config.root().variables {
        if given.contains_key(name) || !variable.is_required() {
            set.insert(name.clone(), variable.clone());
        } else {
            let value = Some(Value::unknown(variable.plain_type()));
            unset.insert(name.clone(), InputValue { value, source: InputSource::Unset });
        }
    }
    let (mut values, found) = gathering.parse(&given, &set);
    diagnostics.extend(found);
    values.extend(unset);
    (values, diagnostics)
}

fn option_of(argument: VariableArgument) -> VariableOption {
    match argument {
        VariableArgument::Assignment(text) => VariableOption::Assignment(text),
        VariableArgument::File(name) => VariableOption::File(name),
    }
}

fn built_in_providers() -> plan::Providers {
    let all = providers::Providers::built_in();
    plan::Providers(all.iter().map(|provider| (provider.source(), provider.clone())).collect())
}

fn workspace_of(invocation: &Invocation) -> String {
    let selected = || {
        let text = std::fs::read_to_string(invocation.settings.data_directory.join("environment")).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    };
    invocation.settings.workspace.clone().or_else(selected).unwrap_or_else(|| "default".to_owned())
}

fn read_state(invocation: &Invocation) -> Result<State, Diagnostics> {
    let path = match (invocation.text("state"), &*workspace_of(invocation)) {
        (Some(given), _) => PathBuf::from(given),
        (None, "default") => PathBuf::from("terraform.tfstate"),
        (None, name) => Path::new("terraform.tfstate.d").join(name).join("terraform.tfstate"),
    };
    Ok(LocalStore::new(LocalPaths::of(path)).read()?.unwrap_or_default())
}
