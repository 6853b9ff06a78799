//! Help pages, made from the definitions of the commands.

use super::arguments::definition;
use super::command::{Command, Group};
use super::commands;
use crate::render::wrap::wrap;
use clap::Arg;

/// Columns of a help page.
const WIDTH: usize = 80;

/// What `terrace -help` prints.
pub fn overview() -> String {
    let mut page = String::from(
        "Usage: terrace [global options] <command> [arguments]\n\n\
         Terrace plans infrastructure from Terraform's language and state, and applies the plan.\n\n\
         The usual order of work:\n",
    );
    page.push_str(&command_list(|command| command.group == Group::Main, 0));
    page.push_str("\nAll other commands:\n");
    page.push_str(&command_list(|command| command.group == Group::Other, 0));
    page.push_str(
        "\nGlobal options, before the command:\n\
         \x20 -chdir=DIR    Work in this directory.\n\
         \x20 -help         This page; after a command, the command's own page.\n\
         \x20 -version      The same as the version command.\n\n\
         Flags have one dash or two, and take their value behind = or a blank.\n",
    );
    page
}

/// What `terrace COMMAND -help` prints.
pub fn page(command: &Command) -> String {
    let mut page = format!("Usage: terrace [global options] {}", command.words);
    let definition = definition(command);
    let has_options = definition.get_opts().any(|flag| flag.get_long() != Some("no-color"));
    if has_options {
        page.push_str(" [options]");
    }
    if !command.usage.is_empty() {
        page.push_str(&format!(" {}", command.usage));
    }
    page.push('\n');
    for paragraph in command.description.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        page.push('\n');
        page.push_str(&indented(paragraph, 2));
    }
    let members = format!("{} ", command.words);
    let list =
        command_list(|member| member.words.starts_with(&members) && member.group != Group::Internal, members.len());
    if !list.is_empty() {
        page.push_str("\nSubcommands:\n");
        page.push_str(&list);
    }
    if !command.is_family() {
        page.push_str(&options(&definition));
    }
    page
}

/// Paragraph text wrapped and indented; lines that start with a blank stay as they are.
fn indented(paragraph: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    let mut out = String::new();
    let preformatted = paragraph.lines().any(|line| line.starts_with(' '));
    let text = if preformatted { paragraph.to_owned() } else { wrap(&paragraph.replace('\n', " "), WIDTH - by) };
    for line in text.lines() {
        out.push_str(&format!("{margin}{line}\n"));
    }
    out
}

/// Names (without their first `skip` bytes) and what they do, aligned.
fn command_list(belongs: impl Fn(&Command) -> bool, skip: usize) -> String {
    let mut rows: Vec<(&str, &str)> = commands::LIST
        .iter()
        .filter(|command| belongs(command))
        .map(|command| (&command.words[skip..], command.about))
        .collect();
    if skip > 0 {
        rows.sort();
    }
    let widest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().map(|(name, about)| format!("  {name:widest$}  {about}\n")).collect()
}

/// The flags under their headings.
fn options(definition: &clap::Command) -> String {
    let mut headings: Vec<&str> = Vec::new();
    for flag in definition.get_opts() {
        let heading = flag.get_help_heading().unwrap_or("Options");
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    let widest = definition.get_opts().map(|flag| flag_form(flag).len()).max().unwrap_or(0).min(24);
    let mut out = String::new();
    for heading in headings {
        out.push_str(&format!("\n{heading}:\n\n"));
        for flag in definition.get_opts().filter(|flag| flag.get_help_heading().unwrap_or("Options") == heading) {
            out.push_str(&option_row(flag, widest));
        }
    }
    out
}

fn option_row(flag: &Arg, widest: usize) -> String {
    let form = flag_form(flag);
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    let margin = " ".repeat(widest + 4);
    let text = wrap(&help, WIDTH - widest - 4).replace('\n', &format!("\n{margin}"));
    if form.len() > widest { format!("  {form}\n{margin}{text}\n") } else { format!("  {form:widest$}  {text}\n") }
}

/// `-out=FILE`, `-destroy`, `-lock=false`.
fn flag_form(flag: &Arg) -> String {
    let name = flag.get_long().unwrap_or_default();
    let takes_value = flag.get_num_args().is_none_or(|range| range.min_values() > 0);
    match flag.get_value_names().and_then(|names| names.first()) {
        Some(value) if takes_value && value.starts_with('\'') => format!("-{name} {value}"),
        Some(value) if takes_value || value.as_str() == "false" => format!("-{name}={value}"),
        _ => format!("-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_within_the_width() {
        for command in commands::LIST {
            let page = page(command);
            assert!(!command.about.is_empty() && !command.description.is_empty(), "{}", command.words);
            for line in page.lines() {
                assert!(line.chars().count() <= WIDTH + 10, "{}: {line}", command.words);
            }
        }
    }

    #[test]
    fn the_list_has_no_name_twice() {
        let mut names: Vec<_> = commands::LIST.iter().map(|command| command.words).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), commands::LIST.len());
    }
}
