//! What all instances of a resource block have in common, worked out once.

use super::run::Worker;
use crate::addr::{ConfigResource, ProviderConfig};
use crate::change::InstanceChange;
use crate::config::ResourceBlock;
use crate::eval::decode::PreparedBody;
use crate::graph::Node;
use crate::plan::kind::Kind;
use crate::plan::rollout::servers_are_immutable;
use std::sync::Arc;

/// One block.
pub(super) struct BlockParts {
    pub block: Arc<ResourceBlock>,
    pub body: PreparedBody,
    pub dependencies: Vec<ConfigResource>,
    pub creates_first: bool,
    pub servers_are_immutable: bool,
}

impl Worker<'_> {
    pub fn kind(&mut self, provider: &ProviderConfig, resource: &crate::addr::Resource) -> Option<Arc<Kind>> {
        self.kinds.get(&self.input.providers, &provider.source, resource)
    }

    pub fn block_parts(&mut self, change: &InstanceChange) -> Option<Arc<BlockParts>> {
        let resource = change.address.in_config();
        if let Some(parts) = self.blocks.get(&resource) {
            return parts.clone();
        }
        let parts = self.make_block_parts(change, &resource).map(Arc::new);
        self.blocks.insert(resource, parts.clone());
        parts
    }

    fn make_block_parts(&mut self, change: &InstanceChange, resource: &ConfigResource) -> Option<BlockParts> {
        let block = self.input.config.resource(&resource.module, &resource.resource)?.clone();
        let kind = self.kind(&change.provider, &resource.resource)?;
        let body = PreparedBody::new(&block.body, kind.block());
        let node = self.graph.id(&Node::Resource(resource.clone()))?;
        let creates_first = self.creates_first[node.0];
        let dependencies = self.graph.resource_dependencies(node);
        let servers_are_immutable = servers_are_immutable(&self.input.config, &resource.module);
        Some(BlockParts { block, body, dependencies, creates_first, servers_are_immutable })
    }
}
