//! `terrace providers` and what stands below it.

use crate::addr::ProviderSource;
use crate::cli::operation::schemas_of;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::ops::providers::{ModuleNeeds, needs_by_module};
use crate::ops::session::Session;
use crate::render::json::schemas_json;
use crate::render::provider_tree::{TreeNode, provider_line, render_tree};
use crate::state::State;
use std::collections::BTreeSet;

pub const COMMAND: Command = Command {
    words: "providers",
    group: Group::Other,
    about: "Show the providers that the configuration needs",
    usage: "",
    description: "Shows which providers the modules of the configuration need, as a tree, and those that the state needs.",
    define: |command| command.arg(crate::cli::flags::value("test-directory", "path", "Accepted for compatibility.")),
    run,
};

pub const SCHEMA: Command = Command {
    words: "providers schema",
    group: Group::Member,
    about: "Show the schemas of the providers as JSON",
    usage: "",
    description: "Prints the schemas of the providers that the configuration and the state need, as JSON.",
    define: |command| command.arg(crate::cli::flags::switch("json", "Print JSON; must be given.")),
    run: show_schemas,
};

fn run(invocation: &mut Invocation) -> Exit {
    let (mut session, _) = match Session::open(invocation.surroundings()) {
        Ok(opened) => opened,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    let tree = render_tree(&nodes(&needs_by_module(&session.config)));
    invocation.terminal.print(&format!("\nProviders required by configuration:\n{tree}\n"));
    match session.read_state() {
        Ok(state) => {
            let sources = sources_in(&state);
            if !sources.is_empty() {
                invocation.terminal.print("Providers required by state:\n\n");
                sources.iter().for_each(|source| invocation.terminal.print(&format!("    provider[{source}]\n\n")));
            }
            Exit::SUCCESS
        }
        Err(problems) => Exit::failed_if(invocation.report(&problems, &session.config.sources)),
    }
}

fn sources_in(state: &State) -> BTreeSet<ProviderSource> {
    state.resources.values().map(|resource| resource.provider.source.clone()).collect()
}

fn show_schemas(invocation: &mut Invocation) -> Exit {
    if !invocation.is_set("json") {
        invocation.terminal.print_error("The `terraform providers schema` command requires the `-json` flag.\n");
        return Exit::FAILURE;
    }
    let (mut session, _) = match Session::open(invocation.surroundings()) {
        Ok(opened) => opened,
        Err((config, problems)) => {
            invocation.report(&problems, &config.sources);
            return Exit::FAILURE;
        }
    };
    let state = session.read_state().unwrap_or_default();
    let mut needed = sources_in(&state);
    needed.extend(needs_by_module(&session.config).all().into_keys());
    let schemas = schemas_of(&session);
    let text = schemas_json(schemas.iter().filter(|(source, _)| needed.contains(source)), |_| None);
    invocation.terminal.print_line(&text);
    Exit::SUCCESS
}

fn nodes(needs: &ModuleNeeds) -> Vec<TreeNode> {
    let providers = needs.providers.iter().map(|(source, versions)| {
        let versions = versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        TreeNode { name: provider_line(source, &versions), children: Vec::new() }
    });
    let modules =
        needs.children.iter().map(|(name, child)| TreeNode { name: format!("module.{name}"), children: nodes(child) });
    providers.chain(modules).collect()
}
