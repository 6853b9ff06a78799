//! `terrace providers` and what stands below it.

use crate::cli::{Command, Exit, Group, Invocation};
use crate::ops::configuration::open_configuration;
use crate::ops::providers::{ModuleNeeds, needs_by_module};
use crate::render::provider_tree::{TreeNode, provider_line, render_tree};
use crate::system::Machine;

pub const COMMAND: Command = Command {
    words: "providers",
    group: Group::Other,
    about: "Show the providers that the configuration needs",
    usage: "",
    description: "Shows which providers the modules of the configuration need, as a tree, and those that the state needs.",
    define: |command| command.arg(crate::cli::flags::value("test-directory", "path", "Accepted for compatibility.")),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let data_directory = invocation.settings.data_directory.to_string_lossy().into_owned();
    let (config, diagnostics) = open_configuration(&data_directory, &Machine);
    if invocation.report(&diagnostics, &config.sources) {
        return Exit::FAILURE;
    }
    let tree = render_tree(&nodes(&needs_by_module(&config)));
    invocation.terminal.print(&format!("\nProviders required by configuration:\n{tree}\n"));
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
