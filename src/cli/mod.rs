//! The command line: argv → operation → text → terminal.
//!
//! `commands` holds the list of commands, one file each. `arguments` turns Terraform's way of writing flags into a parsed
//! [`Invocation`]; `settings` is what the environment says; `terminal` is the only place that prints. Only the definition of the
//! command that was asked for is ever built.

mod arguments;
mod command;
mod commands;
mod directory;
mod flags;
mod help;
mod operation;
mod planning;
mod progress;
mod runtime;
mod settings;
mod stop;
mod terminal;
mod words;

pub use command::{Command, Exit, Group, Invocation};
pub use settings::Settings;
pub use terminal::Terminal;

use crate::ops::init::Native;
use crate::providers::Providers;
use crate::system::log::{Level, Part, log};
use arguments::GlobalOptions;
use std::process::ExitCode;

/// The providers in the binary.
fn natives() -> Vec<Native> {
    let native = |provider: &std::sync::Arc<dyn crate::provider::Provider>| Native {
        source: provider.source(),
        version: provider.version().to_owned(),
    };
    Providers::built_in().iter().map(native).collect()
}

/// Runs what the process was asked for.
pub fn main() -> ExitCode {
    let mut terminal = Terminal::of_process();
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let exit = run(arguments, &mut terminal);
    terminal.flush();
    ExitCode::from(exit.0)
}

fn run(arguments: Vec<String>, terminal: &mut Terminal) -> Exit {
    let options = match arguments::take_global_options(arguments) {
        Ok(options) => options,
        Err(problem) => return fail(terminal, &format!("Invalid -chdir option: {problem}\n")),
    };
    let settings = match Settings::read(options.directory.as_deref()) {
        Ok(settings) => settings,
        Err(problem) => return fail(terminal, &format!("Error handling -chdir option: {problem}\n")),
    };
    if let Some(problem) = settings.start_log() {
        terminal.print_error(&problem);
    }
    match find(&options) {
        Found::Command(command, rest) => {
            let say = |text: String| log(Part::Core, Level::Info, || text);
            say(format!(
                "Terrace {}: {} in {}",
                env!("CARGO_PKG_VERSION"),
                command.words,
                settings.started_in.display()
            ));
            let exit = run_command(command, rest, settings, terminal);
            say(format!("{} ended with exit code {}", command.words, exit.0));
            exit
        }
        Found::Nothing => {
            terminal.print(&help::overview());
            if options.wants_help { Exit::SUCCESS } else { Exit(127) }
        }
        Found::Unknown(name) => fail(terminal, &unknown_command(&name)),
    }
}

fn fail(terminal: &mut Terminal, message: &str) -> Exit {
    terminal.print_error(message);
    Exit::FAILURE
}

enum Found {
    Command(&'static Command, Vec<String>),
    /// No command was named.
    Nothing,
    Unknown(String),
}

/// The command whose words the arguments begin with, the longest such; and the arguments after its words.
fn find(options: &GlobalOptions) -> Found {
    if options.wants_version {
        let rest = options.rest.iter().filter(|argument| argument.ends_with("-json")).cloned().collect();
        return Found::Command(commands::named("version").expect("the list has it"), rest);
    }
    let Some(first) = options.rest.first().filter(|argument| !argument.starts_with('-')) else { return Found::Nothing };
    let two = options.rest.get(1).map(|second| format!("{first} {second}"));
    if let Some(command) = two.as_deref().and_then(commands::named) {
        return Found::Command(command, options.rest[2..].to_vec());
    }
    match commands::named(first) {
        Some(command) => Found::Command(command, options.rest[1..].to_vec()),
        None => Found::Unknown(first.clone()),
    }
}

fn run_command(command: &'static Command, rest: Vec<String>, settings: Settings, terminal: &mut Terminal) -> Exit {
    if command.is_family() && !rest.iter().any(|argument| arguments::is_help(argument)) {
        terminal.print_error(&help::page(command));
        return Exit::FAILURE;
    }
    let rest = match settings.extra_arguments(command.words) {
        Ok(extra) => extra.into_iter().chain(rest).collect::<Vec<_>>(),
        Err(problem) => return fail(terminal, &format!("{problem}\n")),
    };
    if rest.iter().any(|argument| arguments::is_help(argument)) {
        terminal.print(&help::page(command));
        return Exit::SUCCESS;
    }
    terminal.set_color(settings.allows_color && !arguments::asks_for_no_color(&rest));
    match arguments::parse(command, &rest) {
        Ok(matches) => {
            let mut invocation = Invocation { matches, settings, terminal };
            let is_compact = invocation.is_set("compact-warnings");
            invocation.terminal.set_compact_warnings(is_compact);
            (command.run)(&mut invocation)
        }
        Err(problem) => {
            terminal.print_diagnostic(&problem);
            terminal.print_error(&format!(
                "\nFor more help on using this command, run:\n  terraform {} -help\n",
                command.words
            ));
            Exit::FAILURE
        }
    }
}

fn unknown_command(name: &str) -> String {
    let names = commands::LIST.iter().map(|command| command.words).filter(|words| !words.contains(' '));
    let hint = crate::diag::nearest(name, names).map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
    format!(
        "Terrace has no command named \"{name}\".{hint}\n\nTo see all of Terrace's top-level commands, run:\n  terrace -help\n\n"
    )
}
