//! Destroying one object, and forgetting one.

use super::instance::started;
use super::provision::{Provisioning, When, prepare};
use super::record::Exists;
use super::result::settle;
use super::run::{Active, Answer, Begun, Worker};
use crate::addr::ResourceInstance;
use crate::change::{Action, Change, InstanceChange};
use crate::config::Provisioner;
use crate::diag::Diagnostics;
use crate::plan::Event;
use crate::plan::expansion::Repetition;
use crate::plan::kind::{Kind, Known};
use crate::plan::resource::set_object;
use crate::plan::values::ModuleId;
use crate::provider::{Applied, ApplyRequest};
use crate::state::Object;
use crate::value::Text;
use std::sync::Arc;

/// An object that is going away.
pub(super) struct Destroying {
    pub step: usize,
    /// With the key of the generation that goes, and as a delete.
    pub change: InstanceChange,
    pub token: Text,
    pub provisioning: Option<Provisioning>,
    kind: Arc<Kind>,
    known: Known,
    object: Arc<Object>,
}

impl Worker<'_> {
    pub(super) fn begin_destroy(&mut self, step: usize, index: usize) -> Begun {
        let planned = self.plan.changes[index].clone();
        let address = planned.address.clone();
        let deposed = match planned.change.action {
            // The generation that was put aside when its successor was made.
            Action::CreateThenDelete => self.newest_deposed(&address),
            _ => planned.deposed.clone(),
        };
        if planned.change.action == Action::CreateThenDelete && deposed.is_none() {
            return Begun::Succeeded;
        }
        let instance = self.state.instance(&address);
        let object = instance.and_then(|instance| match &deposed {
            Some(key) => instance.deposed.get(key).cloned(),
            None => instance.current.clone(),
        });
        let Some(object) = object else { return Begun::Succeeded };
        self.begin_destroy_of(step, planned, deposed, object)
    }

    /// Destroys this object, which is kept as the current one or under a key.
    pub(super) fn begin_destroy_of(
        &mut self,
        step: usize,
        planned: InstanceChange,
        deposed: Option<Text>,
        object: Arc<Object>,
    ) -> Begun {
        let address = planned.address.clone();
        let Some(kind) = self.kind(&planned.provider, &address.resource) else { return Begun::Failed };
        let known = match kind.decode(&address.to_string(), &object) {
            Ok(known) => known,
            Err(problem) => {
                self.diagnostics.push(problem);
                return Begun::Failed;
            }
        };
        let after = kind.null();
        let change = InstanceChange {
            change: Change { action: Action::Delete, before: known.value.clone(), after },
            deposed,
            ..planned
        };
        let (deposed, object_shown) = (change.deposed.as_ref(), &change.change.before);
        self.observer.observe(Event::Applying {
            address: &address,
            deposed,
            action: Action::Delete,
            object: object_shown,
        });
        let token = self.random_hex(16);
        let destroying = Destroying { step, change, token, provisioning: None, kind, known, object };
        self.begin_destroy_provisioning(step, destroying)
    }

    /// All generations but those that were there before the run.
    pub(super) fn newest_deposed(&self, address: &ResourceInstance) -> Option<Text> {
        let before = self.plan.prior_state.instance(address);
        let instance = self.state.instance(address)?;
        let is_new = |key: &&Text| !before.is_some_and(|before| before.deposed.contains_key(*key));
        instance.deposed.keys().find(is_new).cloned()
    }

    fn begin_destroy_provisioning(&mut self, step: usize, mut destroying: Destroying) -> Begun {
        let address = destroying.change.address.clone();
        let provisioners = self.destroy_provisioners(&address);
        let is_wanted = destroying.change.deposed.is_none()
            && !destroying.known.is_tainted
            && provisioners.iter().any(|provisioner| provisioner.when == When::Destroy);
        if !is_wanted {
            return self.destroy(step, destroying);
        }
        let id = self.module_of(&address).unwrap_or(ModuleId::ROOT);
        let place = self
            .evaluation
            .place(id)
            .repeated(Repetition::of_key(&address.key))
            .with_self(&address.resource, destroying.known.value.clone());
        match prepare(&provisioners, When::Destroy, &place, &address) {
            Ok(commands) => {
                destroying.provisioning = Some(Provisioning::new(&commands));
                let (lines, cancellation) = (self.lines.clone(), self.cancellation.clone());
                self.active.insert(step, Active::Destroy(Box::new(destroying)));
                let task = async move {
                    Answer::Provisioned(super::provision::run(commands, step, lines, cancellation, address).await)
                };
                Begun::Task(None, Box::pin(task))
            }
            Err(found) => {
                self.diagnostics.extend(found);
                self.destroy_failed(&destroying)
            }
        }
    }

    /// From the block, or from the `removed` block that took its place.
    fn destroy_provisioners(&self, address: &ResourceInstance) -> Vec<Provisioner> {
        let config = &self.input.config;
        if let Some(block) = config.resource(&address.module.path(), &address.resource) {
            return block.provisioners.clone();
        }
        let wanted = address.in_config();
        let removed = config.modules.iter().flat_map(|(path, module)| module.removed.iter().map(move |it| (path, it)));
        removed
            .filter(|(path, removed)| crate::plan::is_removed_by(path, &removed.from, &wanted))
            .flat_map(|(_, removed)| removed.provisioners.iter().cloned())
            .collect()
    }

    pub(super) fn destroy_provisioned(&mut self, step: usize, destroying: Destroying, found: Diagnostics) -> Begun {
        let has_failed = found.has_errors();
        self.diagnostics.extend(found);
        if has_failed { self.destroy_failed(&destroying) } else { self.destroy(step, destroying) }
    }

    fn destroy(&mut self, step: usize, mut destroying: Destroying) -> Begun {
        destroying.provisioning = None;
        let change = &destroying.change;
        let Some(connection) = self.connections.get(&change.provider).cloned() else {
            return self.destroy_failed(&destroying);
        };
        let request = ApplyRequest {
            address: change.address.to_string(),
            kind: destroying.kind.name.clone(),
            prior: change.change.before.clone().unmark_deep().0,
            planned: change.change.after.clone(),
            configuration: change.change.after.clone(),
            private: destroying.known.private.clone(),
            token: destroying.token.clone(),
            cancellation: self.cancellation.clone(),
        };
        let started = started(step, change, &request);
        self.active.insert(step, Active::Destroy(Box::new(destroying)));
        let task = async move { Answer::Applied(connection.apply(request).await) };
        Begun::Task(Some(Box::new(started)), Box::pin(task))
    }

    fn destroy_failed(&mut self, destroying: &Destroying) -> Begun {
        let InstanceChange { address, deposed, .. } = &destroying.change;
        self.observer.observe(Event::ApplyFailed { address, deposed: deposed.as_ref(), action: Action::Delete });
        Begun::Failed
    }

    pub(super) fn destroyed(&mut self, destroying: Destroying, applied: Applied) -> Begun {
        let change = &destroying.change;
        let was_tainted = destroying.known.is_tainted;
        let (address, provider) = (&change.address, &change.provider);
        let settled = settle(&destroying.kind, None, provider, address, &change.change, was_tainted, applied);
        let has_failed = settled.diagnostics.has_errors();
        self.diagnostics.extend(settled.diagnostics);
        let left = match (settled.known, has_failed) {
            (Some(known), _) => Some(Arc::new(Object {
                dependencies: destroying.object.dependencies.clone(),
                create_before_destroy: destroying.object.create_before_destroy,
                ..destroying.kind.encode(&known)
            })),
            // A failure that says nothing about what exists leaves what was there.
            (None, true) => Some(destroying.object.clone()),
            (None, false) => None,
        };
        self.put_back(Some(destroying.step), change, left);
        if has_failed {
            return self.destroy_failed(&destroying);
        }
        let (deposed, object) = (change.deposed.as_ref(), &change.change.before);
        self.observer.observe(Event::Applied { address, deposed, action: Action::Delete, object });
        self.counts.destroyed += 1;
        Begun::Succeeded
    }

    fn put_back(&mut self, step: Option<usize>, change: &InstanceChange, object: Option<Arc<Object>>) {
        self.noted.push(Exists {
            step,
            address: change.address.clone(),
            deposed: change.deposed.clone(),
            provider: change.provider.clone(),
            object: object.clone(),
        });
        let Some(key) = &change.deposed else {
            return set_object(&mut self.state, &change.address, &change.provider, object);
        };
        let resource = change.address.in_module();
        let Some(state) = self.state.resources.get_mut(&resource) else { return };
        if let Some(instance) = state.instances.get_mut(&change.address.key) {
            match object {
                Some(object) => drop(instance.deposed.insert(key.clone(), object)),
                None => drop(instance.deposed.remove(key)),
            }
            if instance.deposed.is_empty() && instance.current.is_none() {
                state.instances.remove(&change.address.key);
            }
        }
        if state.instances.is_empty() {
            self.state.resources.remove(&resource);
        }
    }

    /// Out of the state, and otherwise left alone.
    pub(super) fn forget(&mut self, index: usize) -> Begun {
        let change = self.plan.changes[index].clone();
        self.put_back(None, &change, None);
        self.counts.forgotten += 1;
        Begun::Succeeded
    }
}
