//! `terrace completions SHELL`

use crate::cli::arguments::definition;
use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation, commands};
use std::collections::BTreeMap;

pub const COMMAND: Command = Command {
    words: "completions",
    group: Group::Other,
    about: "Print a script that completes commands and flags in a shell",
    usage: "bash|zsh|fish",
    description: "Prints a script for a shell, after which the tab key completes Terrace's commands and flags there. For bash:\n\n\
                  \x20   terrace completions bash > ~/.local/share/bash-completion/completions/terrace",
    define: |command| command.arg(flags::argument("shell").required(true)),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let script = match invocation.text("shell") {
        Some("bash") => bash(),
        Some("zsh") => format!("autoload -U +X bashcompinit && bashcompinit\n{}", bash()),
        Some("fish") => fish(),
        other => {
            let name = other.unwrap_or_default();
            invocation.terminal.print_error(&format!("There are no completions for {name:?}: bash, zsh or fish.\n"));
            return Exit::FAILURE;
        }
    };
    invocation.terminal.print(&script);
    Exit::SUCCESS
}

/// What may follow words that have been typed: flags of the command, and the commands below it.
fn choices() -> BTreeMap<&'static str, Vec<String>> {
    let mut choices: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for command in commands::LIST {
        let flags = definition(command);
        let flags = flags.get_opts().filter_map(|flag| flag.get_long()).map(|name| format!("-{name}"));
        choices.entry(command.words).or_default().extend(flags);
        let (above, name) = command.words.rsplit_once(' ').unwrap_or(("", command.words));
        choices.entry(above).or_default().insert(0, name.to_owned());
    }
    choices
}

fn bash() -> String {
    let cases: String =
        choices().iter().map(|(words, next)| format!("    \"{words}\") choices=\"{}\" ;;\n", next.join(" "))).collect();
    format!(
        "_terrace() {{\n\
         \x20 local current=\"${{COMP_WORDS[COMP_CWORD]}}\" words=\"\" word choices=\"\"\n\
         \x20 for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n\
         \x20   case \"$word\" in -*) ;; *) words=\"${{words:+$words }}$word\" ;; esac\n\
         \x20 done\n\
         \x20 case \"$words\" in\n{cases}  esac\n\
         \x20 COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n\
         \x20 [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n\
         }}\n\
         complete -o nospace -F _terrace terrace\n"
    )
}

fn fish() -> String {
    let mut out = String::from("complete -c terrace -f\n");
    for command in commands::LIST {
        let (above, name) = command.words.rsplit_once(' ').unwrap_or(("", command.words));
        let condition = match above {
            "" => "__fish_use_subcommand".to_owned(),
            above => format!("__fish_seen_subcommand_from {above}"),
        };
        out.push_str(&format!(
            "complete -c terrace -n '{condition}' -a {name} -d '{}'\n",
            command.about.replace('\'', "")
        ));
        for flag in definition(command).get_opts().filter_map(|flag| flag.get_long()) {
            out.push_str(&format!("complete -c terrace -n '__fish_seen_subcommand_from {name}' -o {flag}\n"));
        }
    }
    out
}
