//! From configuration to graph.

use super::references::{references_in_body, references_in_expression, references_in_traversals};
use super::{Graph, Node, NodeId, provider_of, provider_of_import, provider_of_resource};
use crate::addr::reference::Subject;
use crate::addr::{ConfigResource, ModulePath, ProviderConfig, ResourceMode};
use crate::config::{CheckRule, Config, Module, ModuleCall, Provisioner, ResourceBlock, ResourceOwner};
use crate::syntax::Expression;
use std::sync::Arc;

/// The graph of all blocks. `providers_in_state` are configurations that only recorded objects use.
pub fn build(config: &Config, providers_in_state: &[ProviderConfig]) -> Graph {
    let mut building = Building { config, graph: Graph::default() };
    for module in config.modules.values() {
        building.add_nodes(module);
    }
    for provider in providers_in_state {
        building.graph.add(Node::Provider(provider.clone()));
    }
    for module in config.modules.values() {
        building.connect_module(module);
    }
    building.connect_imports();
    building.connect_checks();
    building.graph.sort_names();
    building.graph
}

struct Building<'a> {
    config: &'a Config,
    graph: Graph,
}

impl Building<'_> {
    fn add_nodes(&mut self, module: &Module) {
        let path = || module.path.clone();
        let graph = &mut self.graph;
        graph.add(Node::Call(path()));
        for local in module.providers.keys() {
            let source = module.provider_source(&local.name);
            graph.add(Node::Provider(ProviderConfig { module: path(), source, alias: local.alias.clone() }));
        }
        for (name, variable) in &module.variables {
            graph.add(Node::Variable(path(), name.clone()));
            if !variable.validations.is_empty() {
                graph.add(Node::Validation(path(), name.clone()));
            }
        }
        for name in module.locals.keys() {
            graph.add(Node::Local(path(), name.clone()));
        }
        for (resource, block) in &module.resources {
            graph.add(Node::Resource(ConfigResource { module: path(), resource: resource.clone() }));
            graph.add(Node::Provider(provider_of_resource(self.config, module, block)));
        }
        for name in module.outputs.keys() {
            graph.add(Node::Output(path(), name.clone()));
        }
        for name in module.checks.keys() {
            graph.add(Node::Check(path(), name.clone()));
        }
        graph.add(Node::Close(path()));
    }

    fn connect_module(&mut self, module: &Module) {
        let id = |building: &Self, node: Node| building.graph.id(&node).expect("every block was added");
        let path = || module.path.clone();
        let call = id(self, Node::Call(path()));
        let close = id(self, Node::Close(path()));
        self.connect_call(module, call, close);
        for (name, variable) in &module.variables {
            let node = id(self, Node::Variable(path(), name.clone()));
            self.inside(node, call, close);
            self.connect_argument(module, name, node);
            if !variable.validations.is_empty() {
                let validation = id(self, Node::Validation(path(), name.clone()));
                self.graph.connect(validation, node);
                self.graph.connect_new(close, validation);
                self.connect_rules(&module.path, validation, &variable.validations);
            }
        }
        for (name, local) in &module.locals {
            let node = id(self, Node::Local(path(), name.clone()));
            self.inside(node, call, close);
            self.connect_expressions(&module.path, node, [&local.value]);
        }
        for (name, output) in &module.outputs {
            let node = id(self, Node::Output(path(), name.clone()));
            self.inside(node, call, close);
            self.connect_expressions(&module.path, node, &output.value);
            self.connect_rules(&module.path, node, &output.preconditions);
            self.connect_all(&module.path, node, |found| references_in_traversals(&output.depends_on, found));
        }
        for (resource, block) in &module.resources {
            let node = id(self, Node::Resource(ConfigResource { module: path(), resource: resource.clone() }));
            self.inside(node, call, close);
            self.connect_resource(module, block, node);
        }
        for (name, check) in &module.checks {
            let node = id(self, Node::Check(path(), name.clone()));
            self.inside(node, call, close);
            self.connect_rules(&module.path, node, &check.asserts);
            if let Some(resource) = &check.data {
                let data = ConfigResource { module: path(), resource: resource.clone() };
                self.connect_nodes(node, [Node::Resource(data)]);
            }
        }
        for (local, block) in &module.providers {
            let provider = provider_of(self.config, module, local);
            let node =
                id(self, Node::Provider(ProviderConfig { module: path(), alias: local.alias.clone(), ..provider }));
            self.graph.connect(node, call);
            self.connect_all(&module.path, node, |found| references_in_body(&block.body, found));
        }
    }

    /// Everything inside a module needs the call and is needed by the close.
    fn inside(&mut self, node: NodeId, call: NodeId, close: NodeId) {
        self.graph.connect(node, call);
        self.graph.connect_new(close, node);
    }

    fn connect_call(&mut self, module: &Module, node: NodeId, close: NodeId) {
        self.graph.connect(close, node);
        let (Some(call), Some(parent)) = (module.call.clone(), module.path.parent()) else { return };
        self.connect_nodes(node, [Node::Call(parent.clone())]);
        if let Some(parent_close) = self.graph.id(&Node::Close(parent.clone())) {
            self.graph.connect(parent_close, close);
        }
        self.connect_expressions(&parent, node, call.count.iter().chain(&call.for_each));
        self.connect_all(&parent, node, |found| references_in_traversals(&call.depends_on, found));
    }

    /// A module's variable needs what the argument of the call refers to, in the calling module.
    fn connect_argument(&mut self, module: &Module, name: &str, node: NodeId) {
        let (Some(call), Some(parent)) = (&module.call, module.path.parent()) else { return };
        let argument = argument_of(call, name);
        self.connect_expressions(&parent, node, &argument);
    }

    fn connect_resource(&mut self, module: &Module, block: &ResourceBlock, node: NodeId) {
        let provider = Node::Provider(provider_of_resource(self.config, module, block));
        self.connect_nodes(node, [provider]);
        let lifecycle = &block.lifecycle;
        self.connect_expressions(&module.path, node, block.count.iter().chain(&block.for_each));
        self.connect_expressions(&module.path, node, &lifecycle.replace_triggered_by);
        self.connect_rules(&module.path, node, &lifecycle.preconditions);
        self.connect_rules(&module.path, node, &lifecycle.postconditions);
        self.connect_all(&module.path, node, |found| {
            references_in_body(&block.body, found);
            references_in_traversals(&block.depends_on, found);
            if let Some(connection) = &block.connection {
                references_in_body(&connection.body, found);
            }
            for provisioner in &block.provisioners {
                references_in_provisioner(provisioner, found);
            }
        });
    }

    /// Import ids and keys are evaluated in the root module, wherever the resource stands.
    fn connect_imports(&mut self) {
        let root = ModulePath::root();
        for import in &self.config.root().imports {
            let Some(node) = self.graph.id(&Node::Resource(import.to_resource.clone())) else {
                // Configuration may be written for it.
                self.graph.add(Node::Provider(provider_of_import(self.config, import)));
                continue;
            };
            self.connect_expressions(&root, node, import.id.iter().chain(&import.for_each));
        }
    }

    /// Data sources inside of checks are read when all managed resources are done.
    fn connect_checks(&mut self) {
        let is_nested = |block: &ResourceBlock| matches!(block.owner, ResourceOwner::Check(_));
        let mut nested = Vec::new();
        let mut managed = Vec::new();
        for (path, module) in &self.config.modules {
            for (resource, block) in &module.resources {
                let address = ConfigResource { module: path.clone(), resource: resource.clone() };
                if is_nested(block) {
                    nested.extend(self.graph.id(&Node::Resource(address)));
                } else if resource.mode == ResourceMode::Managed {
                    managed.extend(self.graph.id(&Node::Resource(address)));
                }
            }
        }
        if nested.is_empty() {
            return;
        }
        let start = self.graph.add(Node::CheckStart);
        nested.iter().for_each(|node| self.graph.connect(*node, start));
        managed.iter().for_each(|node| self.graph.connect_new(start, *node));
    }

    fn connect_expressions<'e>(
        &mut self,
        module: &ModulePath,
        node: NodeId,
        expressions: impl IntoIterator<Item = &'e Arc<Expression>>,
    ) {
        let mut found = Vec::new();
        expressions.into_iter().for_each(|expression| references_in_expression(expression, &mut found));
        self.connect_subjects(module, node, &found);
    }

    fn connect_rules(&mut self, module: &ModulePath, node: NodeId, rules: &[CheckRule]) {
        let expressions = rules.iter().flat_map(|rule| rule.condition.iter().chain(&rule.error_message));
        self.connect_expressions(module, node, expressions);
    }

    fn connect_all(&mut self, module: &ModulePath, node: NodeId, collect: impl FnOnce(&mut Vec<Subject>)) {
        let mut found = Vec::new();
        collect(&mut found);
        self.connect_subjects(module, node, &found);
    }

    fn connect_subjects(&mut self, module: &ModulePath, node: NodeId, subjects: &[Subject]) {
        for subject in subjects {
            self.connect_nodes(node, nodes_of(self.config, module, subject));
        }
    }

    fn connect_nodes(&mut self, node: NodeId, needed: impl IntoIterator<Item = Node>) {
        for needed in needed {
            if let Some(needed) = self.graph.id(&needed) {
                self.graph.connect(node, needed);
            }
        }
    }
}

fn references_in_provisioner(provisioner: &Provisioner, found: &mut Vec<Subject>) {
    references_in_body(&provisioner.body, found);
    if let Some(connection) = &provisioner.connection {
        references_in_body(&connection.body, found);
    }
}

/// The argument of a call for one variable.
fn argument_of(call: &ModuleCall, name: &str) -> Option<Arc<Expression>> {
    call.argument(name)
}

/// The blocks that a reference from inside a module needs.
pub fn nodes_of(config: &Config, module: &ModulePath, subject: &Subject) -> Vec<Node> {
    match subject {
        Subject::Resource { resource, .. } => {
            vec![Node::Resource(ConfigResource { module: module.clone(), resource: resource.clone() })]
        }
        Subject::Variable(name) => vec![Node::Variable(module.clone(), name.clone())],
        Subject::Local(name) => vec![Node::Local(module.clone(), name.clone())],
        Subject::Module { name, output: Some(output), .. } => {
            let child = module.child(name);
            vec![Node::Call(child.clone()), Node::Output(child, output.clone())]
        }
        Subject::Module { name, output: None, .. } => {
            let child = module.child(name);
            let outputs = config.module(&child).map(|it| it.outputs.keys().cloned().collect::<Vec<_>>());
            let outputs = outputs.unwrap_or_default().into_iter().map(|name| Node::Output(child.clone(), name));
            outputs.chain([Node::Call(child.clone()), Node::Close(child.clone())]).collect()
        }
        _ => Vec::new(),
    }
}
