//! Provider configurations: evaluated, checked, connected.

use super::complaint::locate;
use super::walk::{Answer, Progress, Walk};
use crate::addr::{ModulePath, ProviderConfig};
use crate::change::{empty_object, propose};
use crate::config::LocalProvider;
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::decode::decode;
use crate::graph::NodeId;
use crate::provider::{Complaint, Connection, Provider};
use crate::syntax::Body;
use crate::value::Value;
use futures::FutureExt;
use std::sync::Arc;

/// A provider's answer to its configuration.
pub(super) struct Connected {
    node: NodeId,
    provider: ProviderConfig,
    body: Arc<Body>,
    result: Result<Arc<dyn Connection>, Vec<Complaint>>,
}

impl Walk<'_> {
    pub(super) fn connect(&mut self, node: NodeId, provider: &ProviderConfig) -> Progress {
        let Some(kind) = self.input.providers.get(&provider.source).cloned() else {
            self.report(node, [missing_provider(provider)]);
            return Progress::Failed;
        };
        let body = match body_of(&self.input.config, provider) {
            Found::Block(body) => body,
            Found::Implied => Arc::new(Body::default()),
            Found::Gone => {
                let found = not_present(self, provider);
                self.report(node, found);
                return Progress::Failed;
            }
        };
        let (configuration, found) = self.provider_configuration(provider, &*kind, &body);
        self.report(node, found);
        let Some(configuration) = configuration else { return Progress::Failed };
        let provider = provider.clone();
        let connecting = async move {
            let result = kind.connect(configuration).await;
            Answer::Connected(Connected { node, provider, body, result })
        };
        self.pending.push(connecting.boxed());
        Progress::Pending
    }

    /// The configuration as the provider sees it: without marks.
    fn provider_configuration(
        &self,
        address: &ProviderConfig,
        provider: &dyn Provider,
        body: &Body,
    ) -> (Option<Value>, Diagnostics) {
        let block = &provider.schema().configuration.block;
        let Some(module) = self.evaluation.instances(&address.module).first() else {
            return (Some(propose(block, &empty_object(block), &empty_object(block))), Diagnostics::new());
        };
        let (value, mut found) = decode(body, block, &self.evaluation.place(*module));
        if found.has_errors() {
            return (None, found);
        }
        let (value, _) = value.unmark_deep();
        found.extend(locate(provider.validate_configuration(&value), body, &address.to_string()));
        let value = (!found.has_errors()).then_some(value);
        (value, found)
    }

    pub(super) fn connected(&mut self, connected: Connected) -> Vec<(NodeId, Progress)> {
        let Connected { node, provider, body, result } = connected;
        match result {
            Ok(connection) => {
                self.connections.insert(provider.clone(), connection);
                self.start_refresh(&provider);
                vec![(node, Progress::Done)]
            }
            Err(complaints) => {
                self.report(node, locate(complaints, &body, &provider.to_string()));
                vec![(node, Progress::Failed)]
            }
        }
    }
}

pub(super) enum Found {
    Block(Arc<Body>),
    /// Without a block, as the root's default configurations may be.
    Implied,
    Gone,
}

pub(super) fn body_of(config: &crate::config::Config, provider: &ProviderConfig) -> Found {
    let module = config.module(&provider.module);
    let block = module.and_then(|module| {
        let is_it = |local: &&LocalProvider| {
            local.alias == provider.alias && module.provider_source(&local.name) == provider.source
        };
        module.providers.keys().find(is_it).and_then(|local| module.providers.get(local))
    });
    match block {
        Some(block) => Found::Block(block.body.clone()),
        None if provider.module == ModulePath::root() && provider.alias.is_none() => Found::Implied,
        None => Found::Gone,
    }
}

fn missing_provider(provider: &ProviderConfig) -> Diagnostic {
    Diagnostic::error(
        "Inconsistent dependency lock file",
        format!(
            "The following dependency selections recorded in the lock file are inconsistent with the current configuration:\n  - provider {}: required by this configuration but no version is selected\n\nTo make the initial dependency selections that will initialize the dependency lock file, run:\n  terraform init",
            provider.source
        ),
    )
}

/// Recorded objects whose provider configuration was removed.
fn not_present(walk: &Walk<'_>, provider: &ProviderConfig) -> Diagnostics {
    let orphans = walk.previous.resources.iter().filter(|(_, state)| state.provider == *provider);
    orphans
        .map(|(address, _)| {
            Diagnostic::error(
                "Provider configuration not present",
                format!(
                    "To work with {address} (orphan) its original provider configuration at {provider} is required, but it has been removed. This occurs when a provider configuration is removed while objects created by that provider still exist in the state. Re-add the provider configuration to destroy {address} (orphan), after which you can remove the provider configuration again."
                ),
            )
        })
        .collect()
}
