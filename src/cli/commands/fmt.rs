//! `terrace fmt`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::diag::Diagnostic;
use crate::ops::fmt::{Options, run as format_paths, run_on_text};

pub const COMMAND: Command = Command {
    words: "fmt",
    group: Group::Other,
    about: "Reformat your configuration in the standard style",
    usage: "[target...]",
    description: "Rewrites configuration files (.tf), variables files (.tfvars) and testing files (.tftest.hcl) in the canonical \
                  style. JSON files are not changed.\n\nTargets are files and directories, the working directory if there are none. \
                  A single dash stands for standard input, which is formatted to the output.",
    define: |command| {
        command.args([
            flags::switch_off("list", "Don't list the files whose style differs."),
            flags::switch_off("write", "Don't write to the files."),
            flags::switch("diff", "Show what changes."),
            flags::switch("check", "Change nothing; the exit code is 3 where something is not in canonical style."),
            flags::switch("recursive", "Also process the files in subdirectories."),
            flags::arguments("target"),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let mut options = Options {
        list: invocation.switch("list").unwrap_or(true),
        write: invocation.switch("write").unwrap_or(true),
        diff: invocation.is_set("diff"),
        check: invocation.is_set("check"),
        recursive: invocation.is_set("recursive"),
        paths: invocation.texts("target"),
    };
    let outcome = match options.paths.first().map(String::as_str) {
        Some("-") => match invocation.terminal.read_all() {
            Ok(text) => run_on_text(&text, &options),
            Err(_) => {
                invocation.terminal.print_diagnostic(&Diagnostic::error("Failed to read <stdin>", ""));
                return Exit(2);
            }
        },
        Some(_) => format_paths(&options),
        None => {
            options.paths.push(".".to_owned());
            format_paths(&options)
        }
    };
    invocation.terminal.space_diagnostics();
    invocation.terminal.print(&outcome.output);
    invocation.report(&outcome.diagnostics, &outcome.sources);
    Exit(outcome.exit_code)
}
