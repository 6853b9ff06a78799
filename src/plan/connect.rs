//! Connecting to providers while planning.

use super::complaint::locate;
use super::connection::{Found, body_of, configuration};
use super::walk::{Answer, Progress, Walk};
use crate::addr::{ConfigResource, ProviderConfig};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::{Node, NodeId, provider_of_resource};
use crate::provider::{Complaint, Connection};
use crate::syntax::Body;
use futures::FutureExt;
use std::sync::Arc;

/// A provider's answer to its configuration.
pub(super) struct Connected {
    node: NodeId,
    provider: ProviderConfig,
    body: Arc<Body>,
    result: Result<Arc<dyn Connection>, Vec<Complaint>>,
}

/// Blocks that wait for a provider which is only connected to once one of them has instances.
#[derive(Default)]
pub(super) struct Postponed {
    waiting: Vec<NodeId>,
    has_failed: bool,
}

impl Walk<'_> {
    /// Connects, unless perhaps nothing needs the provider: then the first block with instances does.
    pub(super) fn visit_provider(&mut self, node: NodeId, provider: &ProviderConfig) -> Progress {
        let has_objects = self.previous.resources.values().any(|state| state.provider == *provider);
        if !has_objects && self.input.config.may_do_without(&provider.source) {
            self.postponed.insert(provider.clone(), Postponed::default());
            return Progress::Done;
        }
        self.connect(node, provider)
    }

    /// How far a block comes whose provider was postponed.
    pub(super) fn await_provider(&mut self, node: NodeId, resource: &ConfigResource) -> Option<Progress> {
        let config = self.input.config.clone();
        let module = config.module(&resource.module)?;
        let provider = provider_of_resource(&config, module, module.resources.get(&resource.resource)?);
        let postponed = self.postponed.get_mut(&provider)?;
        if self.connections.contains_key(&provider) {
            return None;
        }
        if self.evaluation.instances(&resource.module).is_empty() {
            return Some(Progress::Done);
        }
        if postponed.has_failed {
            return Some(Progress::Failed);
        }
        postponed.waiting.push(node);
        if postponed.waiting.len() > 1 {
            return Some(Progress::Pending);
        }
        let provider_node = self.graph.id(&Node::Provider(provider.clone())).unwrap_or(node);
        let progress = self.connect(provider_node, &provider);
        if matches!(progress, Progress::Failed) {
            self.postponed.insert(provider, Postponed { has_failed: true, ..Postponed::default() });
        }
        Some(progress)
    }

    fn connect(&mut self, node: NodeId, provider: &ProviderConfig) -> Progress {
        let body = match body_of(&self.input.config, provider) {
            Found::Block(body) => body,
            Found::Implied => Arc::new(Body::default()),
            Found::Gone => {
                let found = not_present(self, provider);
                self.report(node, found);
                return Progress::Failed;
            }
        };
        let (configuration, found) = configuration(&self.evaluation, provider);
        self.report(node, found);
        let Some((kind, configuration)) = configuration else { return Progress::Failed };
        let provider = provider.clone();
        let connecting = async move {
            let result = kind.connect(configuration).await;
            Answer::Connected(Connected { node, provider, body, result })
        };
        self.pending.push(connecting.boxed());
        Progress::Pending
    }

    pub(super) fn connected(&mut self, connected: Connected) -> Vec<(NodeId, Progress)> {
        let Connected { node, provider, body, result } = connected;
        let waiting = self.postponed.get_mut(&provider).map(|postponed| std::mem::take(&mut postponed.waiting));
        let waiting = waiting.unwrap_or_default();
        match result {
            Ok(connection) => {
                self.connections.insert(provider.clone(), connection);
                self.start_refresh(&provider);
                let visited = waiting.into_iter().map(|waiting| (waiting, self.visit(waiting))).collect::<Vec<_>>();
                std::iter::once((node, Progress::Done)).chain(visited).collect()
            }
            Err(complaints) => {
                self.report(node, locate(complaints, &body, &provider.to_string()));
                if let Some(postponed) = self.postponed.get_mut(&provider) {
                    postponed.has_failed = true;
                }
                std::iter::once(node).chain(waiting).map(|node| (node, Progress::Failed)).collect()
            }
        }
    }
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
