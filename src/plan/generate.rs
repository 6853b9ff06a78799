//! Imports that have no resource block: an error, or configuration is written for them.

use super::complaint::unlocated;
use super::event::Event;
use super::kind::Known;
use super::walk::Walk;
use crate::addr::ResourceInstance;
use crate::change::{Action, ActionReason, Change, Importing, InstanceChange};
use crate::config::generate::generate_resource;
use crate::config::{ImportBlock, LocalProvider};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::provider_of_import;
use crate::provider::{ImportRequest, ReadOutcome, ReadRequest};
use crate::state::Object;
use std::sync::Arc;

impl Walk<'_> {
    pub(super) async fn import_without_block(&mut self) {
        let config = self.input.config.clone();
        for import in &config.root().imports {
            let resource = &import.to_resource;
            if config.resource(&resource.module, &resource.resource).is_some() {
                continue;
            }
            if !self.options.generate_configuration {
                self.found_elsewhere.push(no_block(import));
                continue;
            }
            let (targets, found) = self.targets_of(import);
            self.found_elsewhere.extend(found);
            for (address, id) in targets {
                if self.previous.instance(&address).is_none() {
                    let found = self.generate(import, address, id).await;
                    self.found_elsewhere.extend(found);
                }
            }
        }
    }

    /// Imports an object and writes configuration that proposes no change to it.
    async fn generate(&mut self, import: &ImportBlock, address: ResourceInstance, id: String) -> Diagnostics {
        let provider = provider_of_import(&self.input.config, import);
        let name = address.to_string();
        let (Some(kind), Some(connection)) =
            (self.kind(&provider, &address.resource), self.connections.get(&provider).cloned())
        else {
            return Diagnostics::new();
        };
        self.observer.observe(Event::PreparingImport { address: &address, id: &id });
        let request = ImportRequest { kind: kind.name.clone(), id: id.clone() };
        let imported = match connection.import(vec![request]).await.pop() {
            Some(Ok(imported)) => imported,
            Some(Err(complaints)) => return unlocated(complaints, &name),
            None => return Diagnostics::new(),
        };
        self.observer.observe(Event::Refreshing { address: &address, deposed: None, object: &imported.object });
        let request = ReadRequest { kind: kind.name.clone(), prior: imported.object, private: imported.private };
        let (object, private) = match connection.read(vec![request]).await.pop() {
            Some(ReadOutcome::Present { object, private, .. }) => (object, private),
            Some(ReadOutcome::Failed(complaints)) => return unlocated(complaints, &name),
            _ => return super::import::no_such_object(&name).into(),
        };
        let known = Known { value: kind.mark(object), is_tainted: false, private: private.clone() };
        let local = import.provider.as_ref().map(|reference| reference.local.clone());
        let local = local.unwrap_or_else(|| LocalProvider::default_of(address.resource.implied_provider()));
        let writable = match self.input.providers.get(&provider.source) {
            Some(provider) => kind.mark(provider.writable(&kind.name, known.value.clone().unmark_deep().0)),
            None => known.value.clone(),
        };
        let text = generate_resource(&address, &local, kind.block(), &writable);
        let saved = Arc::new(Object { ..kind.encode(&known) });
        self.set_prior(&address, &provider, Some(saved));
        self.record(InstanceChange {
            address,
            previous_address: None,
            deposed: None,
            provider,
            change: Change { action: Action::NoOp, before: known.value.clone(), after: known.value },
            action_reason: ActionReason::None,
            replace_paths: Vec::new(),
            reasons: Vec::new(),
            importing: Some(Importing { id: Some(id) }),
            generated_configuration: Some(text),
            private,
        });
        Diagnostics::new()
    }
}

fn no_block(import: &ImportBlock) -> Diagnostic {
    let detail = format!(
        "The configuration for the given import target {} does not exist. If you wish to automatically generate config for this resource, use the -generate-config-out option within terraform plan. Otherwise, make sure the target resource exists within your configuration. For example:\n\n  terraform plan -generate-config-out=generated.tf",
        import.to_resource
    );
    Diagnostic::error("Configuration for import target does not exist", detail).at(import.to.span)
}
