//! From argv to parsed arguments.
//!
//! Terraform's flags are Go's: one dash or two, `-flag=value` or `-flag value`, switches as `-flag` or `-flag=false`. They are brought into
//! clap's form by the command's own definition, so that a flag's value may look like anything. Unlike Go, flags may also stand
//! after other arguments.

use super::command::Command;
use super::flags;
use crate::diag::Diagnostic;
use clap::ArgMatches;
use clap::error::ErrorKind;

/// What stands before the command.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GlobalOptions {
    /// `-chdir=DIR`
    pub directory: Option<String>,
    pub wants_help: bool,
    pub wants_version: bool,
    /// The command and what follows.
    pub rest: Vec<String>,
}

pub fn take_global_options(arguments: Vec<String>) -> Result<GlobalOptions, String> {
    let mut options = GlobalOptions::default();
    let mut rest = arguments.into_iter().peekable();
    while let Some(argument) = rest.next_if(|argument| argument.starts_with('-')) {
        match flag_name(&argument) {
            Some(("chdir", Some(directory))) if !directory.is_empty() => options.directory = Some(directory.to_owned()),
            Some(("chdir", _)) => {
                return Err("must include an equals sign followed by a directory path, like -chdir=example".to_owned());
            }
            _ if is_help(&argument) => options.wants_help = true,
            Some(("version" | "v", None)) => options.wants_version = true,
            _ => {}
        }
    }
    options.rest = rest.collect();
    options.wants_version |=
        options.rest.iter().any(|argument| matches!(argument.as_str(), "-v" | "-version" | "--version"));
    Ok(options)
}

pub fn is_help(argument: &str) -> bool {
    matches!(argument, "-h" | "-help" | "--help")
}

pub fn asks_for_no_color(arguments: &[String]) -> bool {
    arguments
        .iter()
        .filter_map(|argument| flag_name(argument))
        .any(|(name, value)| name == "no-color" && value.and_then(flags::parse_switch) != Some(false))
}

/// `-name=value` or `--name=value` as name and value.
fn flag_name(argument: &str) -> Option<(&str, Option<&str>)> {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')).filter(|name| !name.is_empty())?;
    Some(match name.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (name, None),
    })
}

/// The definition of a command, flags that all commands have included.
pub fn definition(command: &Command) -> clap::Command {
    let empty = clap::Command::new(command.words)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args_override_self(true);
    (command.define)(empty).arg(flags::switch("no-color", "Print without colours."))
}

pub fn parse(command: &Command, arguments: &[String]) -> Result<ArgMatches, Diagnostic> {
    let definition = definition(command);
    let normal = normalise(&definition, arguments)?;
    let positionals = definition.get_positionals().count();
    definition.try_get_matches_from(normal).map_err(|error| explain(command, positionals, &error))
}

fn parse_failure(detail: String) -> Diagnostic {
    Diagnostic::error("Failed to parse command-line flags", detail)
}

/// Every flag as `--name=value` or `--name`; what is no flag comes last, behind `--`.
fn normalise(definition: &clap::Command, arguments: &[String]) -> Result<Vec<String>, Diagnostic> {
    let mut flags = Vec::new();
    let mut others = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            others.extend(rest.by_ref().cloned());
            break;
        }
        let Some((name, value)) = flag_name(argument) else {
            others.push(argument.clone());
            continue;
        };
        let Some(known) = definition.get_opts().find(|known| known.get_long() == Some(name)) else {
            return Err(parse_failure(unknown_flag(definition, name)));
        };
        let needs_value = known.get_num_args().is_none_or(|range| range.min_values() > 0);
        match (value, needs_value) {
            (Some(value), _) => flags.push(format!("--{name}={value}")),
            (None, false) => flags.push(format!("--{name}")),
            (None, true) => match rest.next() {
                Some(value) => flags.push(format!("--{name}={value}")),
                None => return Err(parse_failure(format!("flag needs an argument: -{name}"))),
            },
        }
    }
    flags.push("--".to_owned());
    flags.extend(others);
    Ok(flags)
}

fn unknown_flag(definition: &clap::Command, name: &str) -> String {
    let known = definition.get_opts().filter_map(clap::Arg::get_long);
    let hint = crate::diag::nearest(name, known).map(|near| format!("\n\nDid you mean -{near}?")).unwrap_or_default();
    format!("flag provided but not defined: -{name}{hint}")
}

/// Terraform's words for what clap found.
fn explain(command: &Command, positionals: usize, error: &clap::Error) -> Diagnostic {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => Diagnostic::error(
            "Missing command line argument",
            format!("The {} command is used as: terrace {} {}.", command.words, command.words, command.usage),
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let argument = context(clap::error::ContextKind::InvalidArg);
            let flag = argument.trim_start_matches('-').split(['=', ' ', '[']).next().unwrap_or_default();
            let value = context(clap::error::ContextKind::InvalidValue);
            parse_failure(format!("invalid value \"{value}\" for flag -{flag}: parse error"))
        }
        _ if positionals == 0 => Diagnostic::error(
            "Too many command line arguments",
            format!("To specify a working directory for the {}, use the global -chdir flag.", command.words),
        ),
        _ => Diagnostic::error(
            "Too many command line arguments",
            match positionals {
                1 => "Expected at most one positional argument.".to_owned(),
                count => format!("Expected at most {count} positional arguments."),
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands;

    fn texts(arguments: &[&str]) -> Vec<String> {
        arguments.iter().map(ToString::to_string).collect()
    }

    fn parsed(command: &str, arguments: &[&str]) -> Result<ArgMatches, String> {
        let command = commands::named(command).expect("a command");
        parse(command, &texts(arguments)).map_err(|diagnostic| diagnostic.detail)
    }

    #[test]
    fn flags_have_one_dash_or_two_and_values_of_any_look() {
        let matches = parsed("plan", &["-out", "-x", "--lock=false", "-var=a=b", "-var", "c=-d"]).unwrap();
        assert_eq!(matches.get_one::<String>("out").unwrap(), "-x");
        assert_eq!(matches.get_one::<bool>("lock"), Some(&false));
        assert_eq!(matches.get_many::<String>("var").unwrap().collect::<Vec<_>>(), ["a=b", "c=-d"]);
    }

    #[test]
    fn mistakes_are_told_in_terraforms_words() {
        assert_eq!(parsed("plan", &["-bogus"]).unwrap_err(), "flag provided but not defined: -bogus");
        assert_eq!(parsed("plan", &["-out"]).unwrap_err(), "flag needs an argument: -out");
        assert_eq!(
            parsed("plan", &["-parallelism=x"]).unwrap_err(),
            "invalid value \"x\" for flag -parallelism: parse error"
        );
        assert_eq!(
            parsed("plan", &["foo"]).unwrap_err(),
            "To specify a working directory for the plan, use the global -chdir flag."
        );
    }

    #[test]
    fn global_options_stand_before_the_command() {
        let options = take_global_options(texts(&["-chdir=x", "plan", "-out=y"])).unwrap();
        assert_eq!(options.directory.as_deref(), Some("x"));
        assert_eq!(options.rest, ["plan", "-out=y"]);
        assert!(take_global_options(texts(&["-chdir", "x"])).is_err());
    }
}
