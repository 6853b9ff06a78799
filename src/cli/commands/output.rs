//! `terrace output`

use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::session::Session;
use crate::render::json::known_json;
use crate::render::output_text::{missing_output, no_outputs, outputs_json, raw_output, render_outputs};
use crate::render::value::render_value;
use crate::state::State;

pub const COMMAND: Command = Command {
    words: "output",
    group: Group::Other,
    about: "Show the outputs of the root module",
    usage: "[NAME]",
    description: "Shows the outputs that the state holds, or one of them. Sensitive values are hidden unless one is asked for by name.",
    define: |command| {
        flags::with_state_files(command.args([
            flags::switch("json", "Print JSON: all outputs with their types, or the one value."),
            flags::switch("raw", "Print the one value as it is, without quotes."),
            flags::argument("name"),
        ]))
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let name = invocation.text("name").map(str::to_owned);
    if invocation.is_set("raw") && (name.is_none() || invocation.is_set("json")) {
        let problem = if invocation.is_set("json") {
            Diagnostic::error("Invalid output format", "The -raw and -json options are mutually-exclusive.")
        } else {
            Diagnostic::error(
                "Output name required",
                "You must give the name of a single output value when using the -raw option.",
            )
        };
        invocation.terminal.print_diagnostic(&problem);
        invocation.terminal.print_error("\nFor more help on using this command, run:\n  terraform output -help\n");
        return Exit::FAILURE;
    }
    let mut session = match Session::open_state(invocation.surroundings()) {
        Ok(session) => session,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    let shown = session.read_state().and_then(|state| text_of(invocation, &state, name.as_deref()));
    match shown {
        Ok(text) => {
            invocation.terminal.print(&text);
            Exit::SUCCESS
        }
        Err(problems) => Exit::failed_if(invocation.report(&problems, &session.config.sources)),
    }
}

fn text_of(invocation: &Invocation, state: &State, name: Option<&str>) -> Result<String, Diagnostics> {
    let outputs = &state.outputs;
    let is_json = invocation.is_set("json");
    if outputs.is_empty() && !is_json {
        return Err(no_outputs().into());
    }
    let Some(name) = name else {
        return Ok(if is_json { outputs_json(outputs) } else { render_outputs(outputs) });
    };
    let output = outputs.get(name).ok_or_else(|| missing_output(name))?;
    if is_json {
        Ok(format!("{}\n", known_json(&output.value)))
    } else if invocation.is_set("raw") {
        Ok(raw_output(name, &output.value)?)
    } else {
        Ok(format!("{}\n", render_value(&output.value, 0)))
    }
}
