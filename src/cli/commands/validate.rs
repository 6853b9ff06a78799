//! `terrace validate`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::eval;
use crate::functions;
use crate::ops::configuration::open_configuration;
use crate::ops::validate::{World, validate};
use crate::ops::workspace::check_workspace_variable;
use crate::plan;
use crate::providers::Providers;
use crate::render::paint::Paint;
use crate::render::validation::validation_json;
use crate::system::Machine;
use std::mem::ManuallyDrop;
use std::sync::Arc;

pub const COMMAND: Command = Command {
    words: "validate",
    group: Group::Main,
    about: "Check whether the configuration is valid",
    usage: "",
    description: "Checks the configuration in this directory: syntax, references, types, and arguments against the schemas of the \
                  providers. Variables are taken as unknown, and nothing outside of the configuration is looked at.",
    define: |command| {
        command.args([
            flags::switch("json", "Print the result as JSON."),
            flags::switch("no-tests", "Accepted for compatibility: test files are not validated."),
            flags::value("test-directory", "path", "Accepted for compatibility: test files are not validated."),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let data_directory = invocation.settings.data_directory.to_string_lossy().into_owned();
    let (config, mut diagnostics) = open_configuration(&data_directory, &Machine);
    // The process ends here anyway; taking a large tree apart node by node would be a fifth of the time.
    let config = ManuallyDrop::new(config);
    if !diagnostics.has_errors() {
        diagnostics.extend(check_workspace_variable(invocation.settings.workspace.as_deref()));
    }
    if !diagnostics.has_errors() {
        let mut functions = functions::Context::new(Arc::new(Machine), ".", eval::EVALUATION);
        functions.defers_impure = true;
        let world = World {
            providers: &plan::Providers(Providers::built_in().by_source()),
            functions: &functions,
            working_directory: invocation.settings.started_in.to_string_lossy().into_owned(),
            root_directory: ".".to_owned(),
        };
        diagnostics.extend(validate(&config, &world));
    }
    if invocation.is_set("json") {
        invocation.terminal.print_line(&validation_json(&diagnostics, &config.sources));
        return Exit::failed_if(diagnostics.has_errors());
    }
    let is_clean = diagnostics.is_empty();
    if invocation.report(&diagnostics, &config.sources) {
        return Exit::FAILURE;
    }
    let ending = if is_clean { "." } else { ", but there were some validation warnings as shown above." };
    let success = Paint(invocation.terminal.color()).bold_green("Success!");
    invocation.terminal.print_line(&format!("{success} The configuration is valid{ending}\n"));
    Exit::SUCCESS
}
