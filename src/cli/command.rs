//! What a command is, and what it is given.

use super::{Settings, Terminal};
use crate::diag::{Diagnostics, SourceMap};
use crate::ops::backend::StateFlags;
use crate::ops::session::Surroundings;
use crate::ops::variables::VariableOption;
use clap::ArgMatches;

/// One command: its words, its help and its function. The list is in [`super::commands`].
pub struct Command {
    /// `plan`, `state list`.
    pub words: &'static str,
    pub group: Group,
    /// One line for lists of commands.
    pub about: &'static str,
    /// What stands after the flags in the usage line: `[PLAN]`.
    pub usage: &'static str,
    /// Paragraphs for the help page.
    pub description: &'static str,
    /// Adds the flags and arguments.
    pub define: fn(clap::Command) -> clap::Command,
    pub run: fn(&mut Invocation) -> Exit,
}

/// Where a command stands in the overview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Main,
    Other,
    /// Below another command's words.
    Member,
    /// A program that other commands start; people are not shown it.
    Internal,
}

impl Command {
    /// A word that only other commands stand behind: `state`.
    pub const fn family(words: &'static str, about: &'static str, description: &'static str) -> Self {
        Self {
            words,
            group: Group::Other,
            about,
            usage: "<subcommand>",
            description,
            define: |command| command,
            run: |_| Exit::FAILURE,
        }
    }

    pub fn is_family(&self) -> bool {
        self.usage == "<subcommand>"
    }
}

/// The exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    pub const SUCCESS: Exit = Exit(0);
    pub const FAILURE: Exit = Exit(1);
    /// `plan -detailed-exitcode`: there is something to do.
    pub const CHANGES: Exit = Exit(2);

    pub fn failed_if(has_failed: bool) -> Self {
        if has_failed { Self::FAILURE } else { Self::SUCCESS }
    }
}

/// One call of a command.
pub struct Invocation<'a> {
    pub matches: ArgMatches,
    pub settings: Settings,
    pub terminal: &'a mut Terminal,
}

impl Invocation<'_> {
    /// The value of a flag or argument that takes one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.matches.get_one::<String>(name).map(String::as_str)
    }

    /// All values of a flag or argument that may be repeated; none where the command has no such flag.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let values = self.matches.try_get_many::<String>(name).ok().flatten();
        values.map(|values| values.cloned().collect()).unwrap_or_default()
    }

    /// A switch that is off unless given.
    pub fn is_set(&self, name: &str) -> bool {
        self.switch(name).unwrap_or(false)
    }

    /// A switch, where it was given.
    pub fn switch(&self, name: &str) -> Option<bool> {
        self.matches.try_get_one::<bool>(name).ok().flatten().copied()
    }

    /// Machine-readable output was asked for, by a command that has it.
    pub fn is_json(&self) -> bool {
        self.matches.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or(false)
    }

    /// `-parallelism` and its like.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.matches.get_one::<u64>(name).copied()
    }

    /// Whether questions may be asked.
    pub fn may_ask(&self) -> bool {
        self.switch("input").unwrap_or(self.settings.input)
    }

    pub fn variables(&self) -> Vec<VariableOption> {
        let mut found: Vec<(usize, VariableOption)> = Vec::new();
        for (flag, make) in
            [("var", VariableOption::Assignment as fn(String) -> VariableOption), ("var-file", VariableOption::File)]
        {
            if let (Some(indices), Some(values)) =
                (self.matches.indices_of(flag), self.matches.get_many::<String>(flag))
            {
                found.extend(indices.zip(values).map(|(index, value)| (index, make(value.clone()))));
            }
        }
        found.sort_by_key(|(index, _)| *index);
        found.into_iter().map(|(_, argument)| argument).collect()
    }

    /// What the process brings along, for opening the directory.
    pub fn surroundings(&self) -> Surroundings {
        let flag = |name: &str| self.matches.try_get_one::<String>(name).ok().flatten().cloned();
        Surroundings {
            data_directory: self.settings.data_directory.to_string_lossy().into_owned(),
            working_directory: self.settings.started_in.to_string_lossy().into_owned(),
            workspace: self.settings.workspace.clone(),
            variables: self.settings.variables.clone(),
            state: StateFlags { state: flag("state"), state_out: flag("state-out"), backup: flag("backup") },
        }
    }

    /// Prints the diagnostics and says whether there was an error among them.
    pub fn report(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) -> bool {
        self.terminal.print_diagnostics(diagnostics, sources);
        diagnostics.has_errors()
    }
}
