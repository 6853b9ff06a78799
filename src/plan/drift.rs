//! What changed outside: the difference between the saved and the refreshed objects.

use super::walk::Walk;
use crate::addr::ResourceMode;
use crate::change::{Action, ActionReason, Change, InstanceChange};

impl Walk<'_> {
    /// Objects that are different from what was saved, or were moved.
    pub(super) fn drift(&mut self) -> Vec<InstanceChange> {
        let mut drift = Vec::new();
        for (resource, state) in &self.previous.resources {
            if resource.resource.mode != ResourceMode::Managed {
                continue;
            }
            for (key, instance) in &state.instances {
                if instance.current.is_none() {
                    continue;
                }
                let address = resource.instance(key.clone());
                let previous_address = self.moves.previous_address(&address);
                let object = (address.clone(), None);
                let Some(saved) = self.refresh.saved.get(&object) else { continue };
                let Some(current) = self.refresh.current.get(&object) else { continue };
                let action = match current {
                    None => Action::Delete,
                    Some(current) if current.value != saved.value => Action::Update,
                    Some(_) => Action::NoOp,
                };
                if action == Action::NoOp && previous_address.is_none() {
                    continue;
                }
                let before = saved.value.clone();
                let after = match current {
                    Some(current) => current.value.clone(),
                    None => crate::value::Value::null(before.type_of()),
                };
                drift.push(InstanceChange {
                    address,
                    previous_address,
                    deposed: None,
                    provider: state.provider.clone(),
                    change: Change { action, before, after },
                    action_reason: ActionReason::None,
                    replace_paths: Vec::new(),
                    reasons: Vec::new(),
                    importing: None,
                    generated_configuration: None,
                    private: Default::default(),
                });
            }
        }
        drift
    }
}
