//! Before anything is done, providers are asked for reasons why what is planned would fail.
//!
//! Providers are asked when all is planned, about everything that will be made, changed or destroyed, so that they see the changes
//! beside each other and make few calls. Nothing is asked with `-preflight=false`, nor where providers are not asked what exists (`-refresh=false`).

use super::complaint::{locate, unlocated};
use super::walk::Walk;
use crate::addr::{ProviderConfig, ResourceMode};
use crate::change::{Action, InstanceChange};
use crate::diag::Diagnostics;
use crate::provider::{Complaint, PreflightRequest};
use futures::future::join_all;
use std::collections::BTreeMap;

impl Walk<'_> {
    /// What would fail, at the configuration of what would.
    pub(super) async fn preflight(&self) -> Diagnostics {
        let mut by_provider: BTreeMap<&ProviderConfig, Vec<&InstanceChange>> = BTreeMap::new();
        for change in self.changes.iter().filter(|change| is_asked_about(change)) {
            by_provider.entry(&change.provider).or_default().push(change);
        }
        let asked = by_provider.into_iter().filter_map(|(provider, mut changes)| {
            let connection = self.connections.get(provider)?;
            changes.sort_by(|a, b| a.address.cmp(&b.address));
            let requests = changes.iter().map(|change| request(change)).collect();
            Some(async move { (changes, connection.preflight(requests).await) })
        });
        let answers = join_all(asked).await;
        let pairs = answers.into_iter().flat_map(|(changes, complaints)| changes.into_iter().zip(complaints));
        pairs.flat_map(|(change, complaints)| self.located(change, complaints)).collect()
    }

    fn located(&self, change: &InstanceChange, complaints: Vec<Complaint>) -> Diagnostics {
        let block = change.address.in_config();
        let address = change.address.to_string();
        match self.input.config.resource(&block.module, &block.resource) {
            Some(block) => locate(complaints, &block.body, &address),
            None => unlocated(complaints, &address),
        }
    }
}

fn is_asked_about(change: &InstanceChange) -> bool {
    let action = change.change.action;
    change.address.resource.mode == ResourceMode::Managed
        && change.deposed.is_none()
        && (matches!(action, Action::Create | Action::Update | Action::Delete) || action.is_replace())
}

fn request(change: &InstanceChange) -> PreflightRequest {
    let InstanceChange { address, change, .. } = change;
    PreflightRequest {
        kind: address.resource.kind.clone(),
        prior: change.before.clone().unmark_deep().0,
        planned: change.after.clone().unmark_deep().0,
        is_new: change.action == Action::Create || change.action.is_replace(),
    }
}
