//! Connecting to providers while planning.

use super::complaint::locate;
use super::connection::{Found, body_of, configuration};
use super::walk::{Answer, Progress, Walk};
use crate::addr::ProviderConfig;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
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

impl Walk<'_> {
    pub(super) fn connect(&mut self, node: NodeId, provider: &ProviderConfig) -> Progress {
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
