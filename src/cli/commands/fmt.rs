//! `terrace fmt`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::ops::fmt::{Formatted, Formatting, write};

pub const COMMAND: Command = Command {
    words: "fmt",
    group: Group::Other,
    about: "Bring files into canonical form",
    usage: "[target...]",
    description: "Rewrites configuration files (.tf), variable files (.tfvars) and test files (.tftest.hcl) in canonical form, byte for \
                  byte as Terraform does, and lists those that changed. Targets are files and directories, this directory if there are \
                  none, or - for standard input.\n\n\
                  With -check the exit code is 3 if something would change.",
    define: |command| {
        command.args([
            flags::switch_off("list", "Do not list the files that change."),
            flags::switch_off("write", "Do not write files."),
            flags::switch("diff", "Show what changes."),
            flags::switch("check", "Change nothing; exit with 3 if something would change."),
            flags::switch("recursive", "Look into directories below, too."),
            flags::arguments("target"),
        ])
    },
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let targets = invocation.texts("target");
    let is_piped = targets.first().is_some_and(|target| target == "-");
    let checks = invocation.is_set("check");
    let lists = invocation.switch("list") != Some(false) && !is_piped;
    let writes = invocation.switch("write") != Some(false) && !is_piped && !checks;
    let differs = invocation.is_set("diff");
    let mut formatting = Formatting::default();
    if is_piped {
        let bytes = invocation.terminal.read_all().unwrap_or_default();
        formatting.add_text("<stdin>", &bytes);
    } else {
        let here = vec![".".to_owned()];
        let targets = if targets.is_empty() { here } else { targets };
        let _ = targets.iter().all(|target| formatting.add_path(target, invocation.is_set("recursive")));
    }
    let Formatting { files, mut diagnostics, sources } = formatting;
    let changed = files.iter().filter(|file| file.has_changed());
    for file in changed.clone() {
        if lists {
            invocation.terminal.print_line(&file.path);
        }
        if writes {
            diagnostics.extend(write(file).err());
        }
        if differs {
            invocation.terminal.print(&difference(file));
        }
    }
    if !lists && !writes && !differs && !checks {
        for file in &files {
            invocation.terminal.print_line(file.after.strip_suffix('\n').unwrap_or(&file.after));
        }
    }
    if invocation.report(&diagnostics, &sources) {
        return Exit(2);
    }
    if checks && changed.count() > 0 { Exit(3) } else { Exit::SUCCESS }
}

/// As `diff -u` shows it.
fn difference(file: &Formatted) -> String {
    similar::TextDiff::from_lines(file.before.as_str(), file.after.as_str())
        .unified_diff()
        .header(&format!("old/{}", file.path), &format!("new/{}", file.path))
        .to_string()
}
