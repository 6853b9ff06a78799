//! The commands: one file each, in the order in which the overview shows them.

mod apply;
mod completions;
mod console;
mod fmt;
mod force_unlock;
mod get;
mod graph;
mod host;
mod import;
mod init;
mod metadata;
mod output;
mod plan;
mod providers;
mod refresh;
mod rollout;
mod show;
mod state;
mod taint;
mod validate;
mod version;
mod why;
mod workspace;

use super::command::Command;

pub const LIST: &[Command] = &[
    init::COMMAND,
    validate::COMMAND,
    plan::COMMAND,
    apply::APPLY,
    apply::DESTROY,
    completions::COMMAND,
    console::COMMAND,
    fmt::COMMAND,
    force_unlock::COMMAND,
    get::COMMAND,
    graph::COMMAND,
    host::FAMILY,
    host::run::GUARD,
    host::logs::COMMAND,
    host::run::COMMAND,
    host::run::SERVE,
    host::status::COMMAND,
    host::stop::COMMAND,
    host::stop::ZONE,
    import::COMMAND,
    metadata::FAMILY,
    metadata::FUNCTIONS,
    output::COMMAND,
    providers::COMMAND,
    providers::SCHEMA,
    refresh::COMMAND,
    rollout::FAMILY,
    rollout::order::ABORT,
    rollout::order::PAUSE,
    rollout::order::PROMOTE,
    rollout::order::RESUME,
    rollout::status::COMMAND,
    show::COMMAND,
    state::FAMILY,
    state::list::COMMAND,
    state::mv::COMMAND,
    state::pull::COMMAND,
    state::push::COMMAND,
    state::replace_provider::COMMAND,
    state::rm::COMMAND,
    state::show::COMMAND,
    taint::TAINT,
    taint::UNTAINT,
    version::COMMAND,
    why::COMMAND,
    workspace::FAMILY,
    workspace::delete::COMMAND,
    workspace::list::COMMAND,
    workspace::new::COMMAND,
    workspace::select::COMMAND,
    workspace::show::COMMAND,
];

/// The command with these words.
pub fn named(words: &str) -> Option<&'static Command> {
    LIST.iter().find(|command| command.words == words)
}
