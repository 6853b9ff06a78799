//! Effects on the way back: taking a new object away, and making an old one again from what it was.
//!
//! A new object that goes gives its place back to the old one, where that still exists. An old one that is gone is made again with the
//! arguments that it had; what a provider had worked out for it (ids, addresses) is worked out anew.

use super::stage::Saved;
use crate::apply::instance::started;
use crate::apply::record::Exists;
use crate::apply::result::settle;
use crate::apply::run::{Active, Answer, Begun, Worker};
use crate::change::{Action, Change, InstanceChange, empty_object, propose};
use crate::diag::Diagnostic;
use crate::plan::expansion::Repetition;
use crate::plan::kind::Kind;
use crate::plan::resource::set_object;
use crate::plan::{Event, GroupMove, unlocated};
use crate::provider::{Applied, ApplyRequest, PlanRequest, TrafficRole};
use crate::rollout::{Generation, Group, Server};
use crate::schema::Block;
use crate::state::Object;
use crate::value::{Text, Value};
use std::sync::Arc;

/// Where an object is kept: as the current one, or under the key of an old generation.
pub(super) type Slot = (Option<Text>, Saved);

/// An old object that is being made again.
pub(in crate::apply) struct Remaking {
    rollout: usize,
    server: Server,
    /// It is the server itself, and not one of its attachments.
    is_server: bool,
    change: InstanceChange,
    kind: Arc<Kind>,
    /// Where the object that was current has been put.
    deposed: Option<Text>,
    like: Option<Saved>,
}

impl Worker<'_> {
    fn find_slot(&self, change: u32, is_it: impl Fn(&Value) -> bool) -> Option<Slot> {
        let instance = self.state.instance(&self.plan.changes[change as usize].address)?;
        let current = instance.current.iter().map(|object| (None, object.clone()));
        let deposed = instance.deposed.iter().map(|(key, object)| (Some(key.clone()), object.clone()));
        current.chain(deposed).find(|(_, object)| self.object_value(change, object).is_some_and(|value| is_it(&value)))
    }

    pub(super) fn slot_of_server(&self, rollout: usize, server: Server) -> Option<Slot> {
        let id = self.server_id(rollout, server)?;
        let change = self.rollouts.list[rollout].plan.parts[server.member].server;
        let TrafficRole::Server { id: name, .. } = self.role(change)? else { return None };
        self.find_slot(change, |value| value.get(name).and_then(Value::as_str) == Some(&id))
    }

    pub(super) fn slot_of_attachment(&self, rollout: usize, change: u32, server: Server, place: Group) -> Option<Slot> {
        let id = self.server_id(rollout, server)?;
        let TrafficRole::Attachment { server: name, group, .. } = self.role(change)? else { return None };
        self.find_slot(change, |value| {
            value.get(name).and_then(Value::as_str) == Some(&id) && self.is_at(rollout, value, group, place)
        })
    }

    /// Of a group that is replaced: the next one, where it exists already.
    fn slot_of_next_group(&self, rollout: usize, change: u32) -> Option<Slot> {
        let TrafficRole::Group { id } = self.role(change)? else { return None };
        let next: Vec<Text> = self.moved_groups(rollout).into_values().collect();
        self.find_slot(change, |value| value.get(id).and_then(Value::as_str).is_some_and(|id| next.contains(id)))
    }

    /// The group that was left.
    pub(super) fn slot_of_former_group(&self, group: &GroupMove) -> Option<Slot> {
        let TrafficRole::Group { id } = self.role(group.to)? else { return None };
        self.find_slot(group.to, |value| value.get(id).and_then(Value::as_str) == Some(&group.from))
    }

    pub(super) fn slot(&self, rollout: usize, change: u32, server: Server, place: Group) -> Option<Slot> {
        match self.role(change)? {
            TrafficRole::Server { .. } => self.slot_of_server(rollout, server),
            TrafficRole::Group { .. } => self.slot_of_next_group(rollout, change),
            _ => self.slot_of_attachment(rollout, change, server, place),
        }
    }

    pub(super) fn take_away(
        &mut self,
        step: usize,
        rollout: usize,
        change: u32,
        server: Server,
        place: Group,
    ) -> Begun {
        let Some((deposed, object)) = self.slot(rollout, change, server, place) else { return Begun::Succeeded };
        self.begin_destroy_of(step, self.plan.changes[change as usize].clone(), deposed, object)
    }

    /// Something new has gone: what it took the place of is current again.
    pub(in crate::apply) fn give_place_back(&mut self, change: &InstanceChange) {
        let is_empty = self.state.instance(&change.address).is_some_and(|instance| instance.current.is_none());
        if change.deposed.is_none() && is_empty {
            let key = self.newest_deposed(&change.address);
            drop(self.undo_depose(&change.address, key));
        }
    }

    pub(super) fn make_again(&mut self, step: usize, rollout: usize, change: u32, server: Server) -> Begun {
        if server.generation == Generation::New || self.slot(rollout, change, server, Group::Configured).is_some() {
            return Begun::Succeeded;
        }
        self.begin_again(step, rollout, change, server, None)
    }

    /// Something that stays is changed to what it was before.
    pub(super) fn change_back(&mut self, step: usize, rollout: usize, change: u32, server: Server) -> Begun {
        let planned = &self.plan.changes[change as usize];
        if planned.change.action == Action::NoOp {
            return Begun::Succeeded;
        }
        let current = self.state.instance(&planned.address).and_then(|instance| instance.current.clone());
        let Some(current) = current else { return Begun::Failed };
        if self.object_value(change, &current).as_ref() == Some(&planned.change.before.clone().unmark_deep().0) {
            return Begun::Succeeded;
        }
        self.begin_again(step, rollout, change, server, Some(&current))
    }

    /// Makes an object as it was, or changes the one that is there.
    fn begin_again(
        &mut self,
        step: usize,
        rollout: usize,
        change: u32,
        server: Server,
        current: Option<&Object>,
    ) -> Begun {
        let planned = self.plan.changes[change as usize].clone();
        let (address, before) = (planned.address.clone(), planned.change.before.clone().unmark_deep().0);
        let Some(kind) = self.kind(&planned.provider, &address.resource) else { return Begun::Failed };
        let Some(connection) = self.connections.get(&planned.provider).cloned() else { return Begun::Failed };
        let written = self.written_now(&planned).unwrap_or_else(|| before.clone());
        let after = planned.change.after.clone().unmark_deep().0;
        let mut configuration = arguments_of_old(kind.block(), &before, &written, &after);
        let is_server = match self.role(change) {
            Some(TrafficRole::Attachment { server: name, .. }) => {
                let Some(id) = self.server_id(rollout, server) else { return Begun::Failed };
                configuration = crate::plan::rollout::with_text(&configuration, name, id);
                false
            }
            _ => true,
        };
        let (prior, private) = match current {
            None => (kind.null(), Default::default()),
            Some(object) => {
                let Some(value) = self.object_value(change, object) else { return Begun::Failed };
                (value, object.private.clone())
            }
        };
        let action = if current.is_some() { Action::Update } else { Action::Create };
        let proposed = propose(kind.block(), &prior, &configuration);
        let request = PlanRequest {
            kind: &kind.name,
            prior: &prior,
            proposed: &proposed,
            configuration: &configuration,
            private: &private,
            servers_are_immutable: true,
        };
        let again = connection.plan(request);
        let mut found = unlocated(again.complaints, &address.to_string());
        if is_server {
            let lost = lost_arguments(kind.block(), &before, &configuration, &again.object);
            found.extend(lost.map(|problem| problem.about(&address)));
        }
        let has_failed = found.has_errors();
        self.diagnostics.extend(found);
        if has_failed {
            return Begun::Failed;
        }
        let like = self.plan.prior_state.instance(&address).and_then(|instance| instance.current.clone());
        let is_taken = self.state.instance(&address).is_some_and(|instance| instance.current.is_some());
        let deposed = if is_taken && current.is_none() { self.depose(&address) } else { None };
        let after = again.object;
        let change = InstanceChange {
            change: Change { action, before: prior.clone(), after: after.clone() },
            deposed: None,
            ..planned
        };
        self.observer.observe(Event::Applying { address: &address, deposed: None, action, object: &after });
        let request = ApplyRequest {
            address: address.to_string(),
            kind: kind.name.clone(),
            prior,
            planned: after,
            configuration,
            private: again.private,
            token: self.random_hex(16),
            cancellation: self.cancellation.clone(),
        };
        let started = started(step, &change, &request);
        let remaking = Remaking { rollout, server, is_server, change, kind, deposed, like };
        self.active.insert(step, Active::Remake(Box::new(remaking)));
        Begun::Task(Some(Box::new(started)), Box::pin(async move { Answer::Applied(connection.apply(request).await) }))
    }

    /// The arguments of the block as it is written now.
    fn written_now(&mut self, change: &InstanceChange) -> Option<Value> {
        let parts = self.block_parts(change)?;
        let id = self.module_of(&change.address)?;
        let values = self.evaluation.values.module(id).resources.get(&change.address.resource);
        let repetition =
            values.map_or_else(Repetition::default, |values| values.expansion.repetition(&change.address.key));
        let (value, found) = parts.body.evaluate(&self.evaluation.place(id).repeated(repetition));
        (!found.has_errors()).then(|| value.unmark_deep().0)
    }

    pub(in crate::apply) fn remade(&mut self, step: usize, remaking: Remaking, applied: Applied) -> Begun {
        let Remaking { rollout, server, is_server, change, kind, deposed, like } = remaking;
        let (address, action) = (&change.address, change.change.action);
        let settled = settle(&kind, None, &change.provider, address, &change.change, false, applied);
        let has_failed = settled.diagnostics.has_errors();
        self.diagnostics.extend(settled.diagnostics);
        let object = settled.known.as_ref().map(|known| {
            Arc::new(Object {
                dependencies: like.as_ref().map(|like| like.dependencies.clone()).unwrap_or_default(),
                create_before_destroy: like.as_ref().is_some_and(|like| like.create_before_destroy),
                ..kind.encode(known)
            })
        });
        self.noted.push(Exists {
            step: Some(step),
            address: address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: object.clone(),
        });
        set_object(&mut self.state, address, &change.provider, object);
        let Some(known) = settled.known.filter(|_| !has_failed) else {
            self.observer.observe(Event::ApplyFailed { address, deposed: None, action });
            return self.undo_depose(address, deposed);
        };
        self.set_value(address, Some(&known));
        self.observer.observe(Event::Applied { address, deposed: None, action, object: &known.value });
        match action {
            Action::Update => self.counts.changed += 1,
            _ => self.counts.added += 1,
        }
        if let (true, Some(TrafficRole::Server { id, .. })) = (
            is_server,
            self.input.providers.get(&change.provider.source).and_then(|it| it.traffic_role(&address.resource.kind)),
        ) && let Some(id) = known.value.get(id).and_then(Value::as_str)
        {
            self.rollouts.list[rollout].ids.insert(server, id.clone());
            self.has_moved = true;
        }
        Begun::Succeeded
    }
}

/// What the configuration of an object must have been: what it says now, with the values of then. Arguments that the provider works out
/// where nothing is written stay unwritten.
fn arguments_of_old(block: &Block, before: &Value, written: &Value, after: &Value) -> Value {
    let empty = empty_object(block);
    let none = |name: &Text| empty.get(name).cloned().unwrap_or_else(Value::untyped_null);
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let is_argument = attribute.is_required || attribute.is_optional;
        let is_left_out = attribute.is_computed && written.get(name).is_none_or(Value::is_null);
        let is_same = before.get(name).is_some_and(|value| after.get(name) == Some(value));
        let value = match written.get(name).filter(|value| is_same && !value.is_null() && value.is_wholly_known()) {
            // State may keep something else than what was written, such as a checksum.
            Some(written) => Some(written),
            None => before.get(name).filter(|_| is_argument && !is_left_out),
        };
        let value = value.filter(|_| !attribute.is_write_only);
        (name.clone(), value.cloned().unwrap_or_else(|| none(name)))
    });
    let unknown = Value::untyped_null();
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let (then, now) = (before.get(name), written.get(name));
        let value = match (then.and_then(Value::as_items), now.and_then(Value::as_items)) {
            (Some(then), Some(now)) if then.len() == now.len() && matches!(now, [_, ..]) => {
                let items: Vec<Value> = then
                    .iter()
                    .zip(now)
                    .map(|(then, now)| arguments_of_old(&nested.block, then, now, &unknown))
                    .collect();
                collected(&none(name), items)
            }
            (_, Some(_)) => now.cloned().unwrap_or_else(|| none(name)),
            _ => match (then, now) {
                (Some(then), Some(now)) if !then.is_null() && !now.is_null() => {
                    arguments_of_old(&nested.block, then, now, &unknown)
                }
                (_, Some(now)) => now.clone(),
                _ => none(name),
            },
        };
        (name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

/// Arguments that have changed and of which state keeps only a checksum: a server made with that would be another one.
fn lost_arguments(block: &Block, before: &Value, configuration: &Value, planned: &Value) -> Option<Diagnostic> {
    let is_given = |name: &Text| configuration.get(name).is_some_and(|value| !value.is_null());
    let is_other =
        |name: &Text| planned.get(name).is_some_and(|value| value.is_wholly_known() && before.get(name) != Some(value));
    let names = block.attributes.keys().filter(|name| is_given(name) && is_other(name));
    let lost: Vec<&str> = names.map(|name| &**name).collect();
    (!lost.is_empty()).then(|| {
        let detail = format!(
            "Of {} the state keeps only a checksum, so the old server is not made again. Put the former configuration back and apply it.",
            lost.join(", ")
        );
        Diagnostic::error("Old server cannot be made again", detail)
    })
}

/// Items as the kind of collection that an empty one is.
fn collected(empty: &Value, items: Vec<Value>) -> Value {
    use crate::value::Type;
    match empty.type_of() {
        Type::List(element) => Value::list((*element).clone(), items),
        Type::Set(element) => Value::set((*element).clone(), items),
        _ => Value::tuple(items),
    }
}
