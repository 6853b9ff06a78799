//! Steps that evaluate: values, conditions, instances, provider configurations of which more is known by now.

use super::run::{Active, Answer, Begun, Worker};
use crate::addr::{ConfigResource, ProviderConfig};
use crate::graph::Node;
use crate::provider::Connection;
use std::sync::Arc;

impl Worker<'_> {
    pub(super) fn evaluate(&mut self, node: &Node) -> Begun {
        let found = self.evaluation.evaluate(node);
        let has_failed = found.has_errors();
        self.diagnostics.extend(found);
        if has_failed {
            return Begun::Failed;
        }
        if let Node::Output(module, name) = node
            && module.is_root()
        {
            self.settle_output(name);
        }
        Begun::Succeeded
    }

    /// `each.value` may be known by now; which instances there are stays as planned.
    pub(super) fn expand_again(&mut self, resource: &ConfigResource) -> Begun {
        self.declare_resource(resource);
        let Some(block) = self.input.config.resource(&resource.module, &resource.resource).cloned() else {
            return Begun::Succeeded;
        };
        if block.for_each.is_none() {
            return Begun::Succeeded;
        }
        for id in self.evaluation.instances(&resource.module).to_vec() {
            let expansion = crate::plan::evaluation::expand(&block.count, &block.for_each, &self.evaluation.place(id));
            match expansion {
                Ok(expansion) => self.evaluation.values.refresh_resource(id, &resource.resource, expansion),
                Err(found) => {
                    self.diagnostics.extend(found);
                    return Begun::Failed;
                }
            }
        }
        Begun::Succeeded
    }

    pub(super) fn begin_connect(&mut self, step: usize, provider: &ProviderConfig) -> Begun {
        let found = crate::plan::connection::configuration(&self.evaluation, provider);
        let (configuration, problems) = found;
        self.diagnostics.extend(problems);
        let Some((kind, configuration)) = configuration else { return Begun::Failed };
        let provider = provider.clone();
        self.active.insert(step, Active::Connect);
        let connecting = async move {
            let result = kind.connect(configuration).await;
            Answer::Connected(provider, result)
        };
        Begun::Task(None, Box::pin(connecting))
    }

    pub(super) fn connected(
        &mut self,
        provider: ProviderConfig,
        result: Result<Arc<dyn Connection>, Vec<crate::provider::Complaint>>,
    ) -> Begun {
        match result {
            Ok(connection) => {
                self.connections.insert(provider, connection);
                Begun::Succeeded
            }
            Err(complaints) => {
                self.diagnostics.extend(crate::plan::unlocated(complaints, &provider.to_string()));
                Begun::Failed
            }
        }
    }
}
