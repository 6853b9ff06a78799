//! Flags that several commands share.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};

/// A switch: `-name` or `-name=false`.
pub fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .value_parser(ValueParser::new(|text: &str| parse_switch(text).ok_or("parse error")))
        .help(help)
}

/// A switch that is on and is given to turn it off: shown as `-name=false`.
pub fn switch_off(name: &'static str, help: &'static str) -> Arg {
    switch(name, help).value_name("false")
}

/// A flag with a value.
pub fn value(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// A flag with a value that may be given several times.
pub fn repeated(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    value(name, value_name, help).action(ArgAction::Append)
}

/// A flag with a whole number.
pub fn number(name: &'static str, help: &'static str) -> Arg {
    value(name, "n", help).value_parser(clap::value_parser!(u64))
}

/// An argument without a name.
pub fn argument(name: &'static str) -> Arg {
    Arg::new(name)
}

/// Any number of arguments.
pub fn arguments(name: &'static str) -> Arg {
    Arg::new(name).action(ArgAction::Append).num_args(0..)
}

/// Go's words for true and false.
pub fn parse_switch(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

pub fn with_variables(command: Command) -> Command {
    command.next_help_heading("Variables").args([
        repeated(
            "var",
            "'name=value'",
            "Set a variable of the root module. May be given several times; the last word counts.",
        ),
        repeated("var-file", "FILE", "Read variables from this file too, after terraform.tfvars and *.auto.tfvars."),
    ])
}

pub fn with_locking(command: Command) -> Command {
    command.args([
        switch_off("lock", "Do not lock the state. Dangerous if others may run commands on the same workspace."),
        value("lock-timeout", "30s", "How long to wait for a lock that somebody else holds."),
    ])
}

/// What `plan`, `apply`, `destroy` and `refresh` have in common.
pub fn with_planning(command: Command) -> Command {
    let command = command.next_help_heading("What to plan").args([
        switch("destroy", "Plan to destroy all objects."),
        switch("refresh-only", "Only bring the state up to date with what exists; propose no changes."),
        switch_off("refresh", "Do not look at what exists: believe the state."),
        switch_off("preflight", "Do not ask providers for reasons why what is planned would fail."),
        repeated("replace", "ADDRESS", "Replace this object even if nothing asks for it. May be given several times."),
        repeated(
            "target",
            "ADDRESS",
            "Only this module, resource or instance, and what it needs. May be given several times.",
        ),
        repeated(
            "exclude",
            "ADDRESS",
            "All but this module, resource or instance, and what needs it. May be given several times.",
        ),
    ]);
    with_running(with_variables(command))
}

/// How an operation runs and what it prints.
pub fn with_running(command: Command) -> Command {
    let command = command.next_help_heading("Other options").args([
        switch_off("input", "Do not ask for the values of variables that are not set."),
        switch("json", "Print one JSON object a line: what happens, for machines."),
        switch("compact-warnings", "Show warnings by their summaries where there are no errors."),
        number("parallelism", "How many operations may run at the same time (10)."),
        switch("explain", "Tell the cause of each replacement and fold equal changes, as in a terminal."),
        switch("no-live", "Print line by line, without the moving display, in a terminal too."),
    ]);
    with_state_files(with_locking(command))
}

/// The local backend's own flags.
pub fn with_state_files(command: Command) -> Command {
    command.args([
        value("state", "FILE", "Read the state from this file (local backend only)."),
        value("state-out", "FILE", "Write the state to this file instead (local backend only)."),
        value("backup", "FILE", "Where to keep the state as it was before (local backend only); - for nowhere."),
    ])
}
