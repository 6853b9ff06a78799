//! Objects that the configuration does not want (any more): deleted, or forgotten where a `removed` block says so.

use super::Mode;
use super::complaint::{locate, unlocated};
use super::expansion::Expansion;
use super::resource::{BlockContext, deletion, prevent_destroy};
use super::walk::Walk;
use crate::addr::{ConfigResource, InstanceKey, ModulePath, ProviderConfig, ResourceInstance, ResourceMode};
use crate::change::{Action, ActionReason, InstanceChange};
use crate::config::RemoveTarget;
use crate::diag::{Diagnostic, Diagnostics};
use crate::provider::PlanRequest;
use crate::value::{Text, Value};

impl Walk<'_> {
    /// Recorded instances of a block that it does not have any more, and why.
    pub(super) fn orphans_of_block(&self, resource: &ConfigResource) -> Vec<(ResourceInstance, ActionReason)> {
        let mut orphans = Vec::new();
        for recorded in self.recorded_of.get(resource).into_iter().flatten() {
            let Some(state) = self.previous.resources.get(recorded) else { continue };
            let module = self.evaluation.values.id_of(&recorded.module);
            let expansion = module.map(|id| self.expansion_of(id, resource));
            for key in state.instances.keys() {
                let reason = match &expansion {
                    None => ActionReason::DeleteBecauseNoModule,
                    Some(expansion) if expansion.contains(key) => continue,
                    Some(expansion) => reason_for(expansion, key),
                };
                orphans.push((recorded.instance(key.clone()), reason));
            }
        }
        orphans
    }

    /// Recorded instances without any block.
    pub(super) fn plan_orphans_without_block(&mut self) {
        let config = self.input.config.clone();
        let mut orphans: Vec<(ResourceInstance, ProviderConfig)> = Vec::new();
        for (recorded, state) in &self.previous.resources {
            if config.resource(&recorded.module.path(), &recorded.resource).is_none() {
                orphans
                    .extend(state.instances.keys().map(|key| (recorded.instance(key.clone()), state.provider.clone())));
            }
        }
        for (address, provider) in orphans {
            let is_reachable =
                address.resource.mode != ResourceMode::Managed || self.connections.contains_key(&provider);
            if is_reachable {
                let reason = match self.moves.previous_address(&address) {
                    Some(_) => ActionReason::DeleteBecauseNoMoveTarget,
                    None => ActionReason::DeleteBecauseNoResourceConfig,
                };
                let found = self.plan_orphan(&address, reason, None);
                self.found_elsewhere.extend(found);
            }
        }
    }

    /// Plans that nothing will be left of an instance.
    pub(super) fn plan_orphan(
        &mut self,
        address: &ResourceInstance,
        reason: ActionReason,
        context: Option<&BlockContext>,
    ) -> Diagnostics {
        let provider = match context {
            Some(context) => context.provider.clone(),
            None => match self.previous.resources.get(&address.in_module()) {
                Some(state) => state.provider.clone(),
                None => return Diagnostics::new(),
            },
        };
        if address.resource.mode != ResourceMode::Managed {
            self.set_prior(address, &provider, None);
            return Diagnostics::new();
        }
        if !self.takes_part(address) {
            return Diagnostics::new();
        }
        let mut found = self.plan_deposed_of(address, &provider);
        if self.object(&(address.clone(), None)).is_none() {
            return found;
        }
        let forgets = is_forgotten(&self.input.config, address);
        let (known, problems) = self.current(&(address.clone(), None));
        found.extend(problems);
        if found.has_errors() {
            return found;
        }
        let Some(known) = known else {
            self.set_prior(address, &provider, None);
            return found;
        };
        self.keep_refreshed(address, &provider, &known);
        if self.options.mode == Mode::RefreshOnly {
            return found;
        }
        let action = if forgets { Action::Forget } else { Action::Delete };
        found.extend(self.plan_removal(address, None, &provider, known.value, known.private, action, reason));
        if let (Some(context), false) = (context, forgets) {
            found.extend(prevent_destroy(&context.block, address));
        }
        found
    }

    /// A refreshed object without configuration keeps its dependencies as recorded.
    pub(super) fn keep_refreshed(
        &mut self,
        address: &ResourceInstance,
        provider: &ProviderConfig,
        known: &super::kind::Known,
    ) {
        let key = (address.clone(), None);
        let (Some(saved), Some(kind)) = (self.object(&key), self.kind(provider, &address.resource)) else { return };
        let is_unchanged = self.refresh.saved.get(&key).is_some_and(|saved| saved.value == known.value);
        if !is_unchanged {
            let object = crate::state::Object {
                dependencies: saved.dependencies.clone(),
                create_before_destroy: saved.create_before_destroy,
                ..kind.encode(known)
            };
            self.set_prior(address, provider, Some(object.into()));
        }
    }

    /// Old generations that are still to be destroyed.
    pub(super) fn plan_deposed(&mut self, address: &ResourceInstance, context: &BlockContext) -> Diagnostics {
        self.plan_deposed_of(address, &context.provider)
    }

    pub(super) fn plan_deposed_of(&mut self, address: &ResourceInstance, provider: &ProviderConfig) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(instance) = self.previous.instance(address) else { return found };
        let keys: Vec<Text> = instance.deposed.keys().cloned().collect();
        for key in keys {
            let (known, problems) = self.current(&(address.clone(), Some(key.clone())));
            let has_errors = problems.has_errors();
            found.extend(problems);
            match known {
                _ if has_errors => {}
                None => self.drop_deposed(address, &key),
                Some(_) if self.options.mode == Mode::RefreshOnly => {}
                Some(known) => {
                    let forgets = is_forgotten(&self.input.config, address);
                    let action = if forgets { Action::Forget } else { Action::Delete };
                    let reason = ActionReason::None;
                    let (value, private) = (known.value, known.private);
                    found.extend(self.plan_removal(address, Some(key), provider, value, private, action, reason));
                }
            }
        }
        found
    }

    fn drop_deposed(&mut self, address: &ResourceInstance, key: &Text) {
        let resource = address.in_module();
        let Some(state) = self.prior.resources.get_mut(&resource) else { return };
        if let Some(instance) = state.instances.get_mut(&address.key) {
            instance.deposed.remove(key);
            if instance.deposed.is_empty() && instance.current.is_none() {
                state.instances.remove(&address.key);
            }
        }
        if state.instances.is_empty() {
            self.prior.resources.remove(&resource);
        }
    }

    /// Asks the provider and records the change.
    #[expect(clippy::too_many_arguments, reason = "each is another fact about the one change")]
    pub(super) fn plan_removal(
        &mut self,
        address: &ResourceInstance,
        deposed: Option<Text>,
        provider: &ProviderConfig,
        before: Value,
        private: crate::provider::Private,
        action: Action,
        reason: ActionReason,
    ) -> Diagnostics {
        let change = deletion(action, before);
        let mut private = private;
        let mut found = Diagnostics::new();
        if action == Action::Delete {
            let Some(connection) = self.connections.get(provider).cloned() else { return found };
            let prior = change.before.clone().unmark_deep().0;
            let request = PlanRequest {
                kind: &address.resource.kind,
                prior: &prior,
                proposed: &change.after,
                configuration: &change.after,
                private: &private,
                servers_are_immutable: true,
            };
            let planned = connection.plan(request);
            let block = self.input.config.resource(&address.module.path(), &address.resource);
            found.extend(match block {
                Some(block) => locate(planned.complaints, &block.body, &address.to_string()),
                None => unlocated(planned.complaints, &address.to_string()),
            });
            if !found.has_errors() && !planned.object.is_null() {
                found.push(Diagnostic::error(
                    "Provider produced invalid plan",
                    format!(
                        "Provider \"{}\" planned a non-null destroy value for {address}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                        provider.source
                    ),
                ));
            }
            private = planned.private;
        }
        if found.has_errors() {
            return found;
        }
        let reasons = self.reasons_of_removal(address, reason);
        self.record(InstanceChange {
            address: address.clone(),
            previous_address: self.moves.previous_address(address),
            deposed,
            provider: provider.clone(),
            change,
            action_reason: reason,
            replace_paths: Vec::new(),
            reasons,
            importing: None,
            generated_configuration: None,
            private,
        });
        found
    }
}

fn reason_for(expansion: &Expansion, key: &InstanceKey) -> ActionReason {
    match (expansion, key) {
        (Expansion::Count(_), InstanceKey::Index(_)) => ActionReason::DeleteBecauseCountIndex,
        (Expansion::ForEach(_), InstanceKey::Key(_)) => ActionReason::DeleteBecauseEachKey,
        _ => ActionReason::DeleteBecauseWrongRepetition,
    }
}

/// Whether a `removed` block says that the object is only forgotten.
pub(super) fn is_forgotten(config: &crate::config::Config, address: &ResourceInstance) -> bool {
    if config.resource(&address.module.path(), &address.resource).is_some() {
        return false;
    }
    let wanted = address.in_config();
    config.modules.iter().any(|(path, module)| {
        module.removed.iter().filter(|removed| !removed.destroy).any(|removed| matches(path, &removed.from, &wanted))
    })
}

/// Whether a `removed` block in a module means a resource.
pub fn matches(inside: &ModulePath, target: &RemoveTarget, wanted: &ConfigResource) -> bool {
    let absolute = |path: &ModulePath| ModulePath(inside.0.iter().chain(&path.0).cloned().collect());
    match target {
        RemoveTarget::Module(path) => wanted.module.0.starts_with(&absolute(path).0),
        RemoveTarget::Resource(resource) => {
            wanted.resource == resource.resource && wanted.module == absolute(&resource.module)
        }
    }
}
