//! Creating and updating one object.

use super::block::BlockParts;
use super::provision::{Provisioning, When, prepare};
use super::record::{Exists, Started};
use super::result::settle;
use super::run::{Active, Answer, Begun, Worker};
use crate::addr::ResourceInstance;
use crate::change::{Action, Change, Inconsistency, InstanceChange, check_result, equal_but_for_marks};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::expansion::Repetition;
use crate::plan::instance::{Question, Subject, plan_instance};
use crate::plan::kind::{Kind, Known};
use crate::plan::resource::set_object;
use crate::plan::values::ModuleId;
use crate::plan::{Event, RuleKind};
use crate::provider::{Applied, ApplyRequest, Connection, Intent};
use crate::state::Object;
use crate::value::Text;
use std::sync::Arc;

/// An object that is being made or changed.
pub(super) struct Applying {
    pub step: usize,
    /// As planned; `before` and `after` as worked out now.
    pub change: InstanceChange,
    /// Create or update.
    pub action: Action,
    pub provisioning: Option<Provisioning>,
    parts: Arc<BlockParts>,
    kind: Arc<Kind>,
    id: ModuleId,
    repetition: Repetition,
    /// Where the old generation was put.
    deposed: Option<Text>,
    /// What exists by now.
    known: Option<Known>,
    was_tainted: bool,
    /// What became of it is not known: its intent stays without an outcome.
    is_open: bool,
}

impl Applying {
    /// The step of which what exists now is the outcome; none while that is not known for sure.
    fn settled_step(&self) -> Option<usize> {
        (!self.is_open).then_some(self.step)
    }
}

/// What is needed before anything happens to an instance, or a data source is read.
pub(super) struct Ground {
    pub parts: Arc<BlockParts>,
    pub kind: Arc<Kind>,
    pub connection: Arc<dyn Connection>,
    pub id: ModuleId,
    pub repetition: Repetition,
}

impl Worker<'_> {
    pub(super) fn begin_apply(&mut self, step: usize, index: usize) -> Begun {
        let planned = self.plan.changes[index].clone();
        let address = planned.address.clone();
        if let Some(id) = planned.importing.as_ref().and_then(|importing| importing.id.as_deref()) {
            self.observer.observe(Event::Adopting { address: &address, id });
            self.observer.observe(Event::Adopted { address: &address, id });
        }
        let Some(ground) = self.ground(&planned) else { return Begun::Failed };
        let Ground { parts, kind, connection, id, repetition } = ground;
        if planned.change.action == Action::NoOp {
            return self.look_at_conditions(&parts, id, &address, &repetition);
        }
        let deposed = match planned.change.action {
            Action::CreateThenDelete => self.depose(&address),
            _ => None,
        };
        let prior = match self.current(&kind, &address) {
            Ok(prior) => prior,
            Err(problem) => {
                self.diagnostics.push(problem);
                return Begun::Failed;
            }
        };
        let subject = Subject {
            address: &address,
            block: &parts.block,
            body: &parts.body,
            kind: &kind,
            provider: &planned.provider,
            connection: &*connection,
            servers_are_immutable: parts.servers_are_immutable,
        };
        let question = Question {
            prior: prior.as_ref(),
            creates_first: planned.change.action == Action::CreateThenDelete,
            forced: None,
            earlier: Some((&planned.change, planned.action_reason)),
        };
        let place = self.evaluation.place(id).repeated(repetition.clone());
        let (again, found) = plan_instance(&subject, &question, &place);
        if self.has_failed(found) {
            return self.undo_depose(&address, deposed);
        }
        let Some(again) = again else { return self.undo_depose(&address, deposed) };
        let found = check_against_plan(&kind, &planned, &again.change);
        if self.has_failed(found) {
            return self.undo_depose(&address, deposed);
        }
        let action = match again.change.action {
            action if action.is_replace() => Action::Create,
            action => action,
        };
        if action == Action::NoOp {
            return self.look_at_conditions(&parts, id, &address, &repetition);
        }
        let was_tainted = prior.as_ref().is_some_and(|prior| prior.is_tainted);
        let before = if action == Action::Create { kind.null() } else { again.change.before.clone() };
        let change = InstanceChange { change: Change { action, before, after: again.change.after.clone() }, ..planned };
        let token = self.random_hex(16);
        let shown = if action == Action::Create { &change.change.after } else { &change.change.before };
        self.observer.observe(Event::Applying { address: &address, deposed: None, action, object: shown });
        let applying = Applying {
            step,
            action,
            provisioning: None,
            parts,
            kind: kind.clone(),
            id,
            repetition,
            deposed,
            known: None,
            was_tainted,
            is_open: false,
            change,
        };
        let change = &applying.change.change;
        if action == Action::Update && equal_but_for_marks(&change.before, &change.after) {
            return self.only_marks(applying, prior);
        }
        let request = ApplyRequest {
            address: address.to_string(),
            kind: kind.name.clone(),
            prior: change.before.clone().unmark_deep().0,
            planned: change.after.clone().unmark_deep().0,
            configuration: again.configuration,
            private: again.private,
            token,
            cancellation: self.cancellation.clone(),
        };
        let started = started(step, &applying.change, &request);
        self.active.insert(step, Active::Instance(Box::new(applying)));
        let task = async move { Answer::Applied(connection.apply(request).await) };
        Begun::Task(Some(Box::new(started)), Box::pin(task))
    }

    /// Nothing when something is missing or a precondition fails; the diagnostics say what.
    pub(super) fn ground(&mut self, change: &InstanceChange) -> Option<Ground> {
        let address = &change.address;
        let parts = self.block_parts(change)?;
        let kind = self.kind(&change.provider, &address.resource)?;
        let id = self.module_of(address)?;
        let connection = self.connections.get(&change.provider).cloned()?;
        let repetition = self.repetition_of(id, address);
        let rules = RuleKind::ResourcePrecondition;
        let found = self.evaluation.resource_rules(&parts.block, rules, id, address, &repetition, None);
        (!self.has_failed(found)).then_some(Ground { parts, kind, connection, id, repetition })
    }

    fn repetition_of(&self, id: ModuleId, address: &ResourceInstance) -> Repetition {
        let values = self.evaluation.values.module(id).resources.get(&address.resource);
        values.map_or_else(Repetition::default, |values| values.expansion.repetition(&address.key))
    }

    pub(super) fn has_failed(&mut self, found: Diagnostics) -> bool {
        let has_failed = found.has_errors();
        self.diagnostics.extend(found);
        has_failed
    }

    /// The current object in the state, decoded.
    pub(super) fn current(&self, kind: &Kind, address: &ResourceInstance) -> Result<Option<Known>, Diagnostic> {
        let object = self.state.instance(address).and_then(|instance| instance.current.clone());
        object.map(|object| kind.decode(&address.to_string(), &object)).transpose()
    }

    fn look_at_conditions(
        &mut self,
        parts: &BlockParts,
        id: ModuleId,
        address: &ResourceInstance,
        repetition: &Repetition,
    ) -> Begun {
        let values = self.evaluation.values.module(id).resources.get(&address.resource);
        let object = values.and_then(|values| values.instance(&address.key)).cloned();
        let rules = RuleKind::ResourcePostcondition;
        let found = self.evaluation.resource_rules(&parts.block, rules, id, address, repetition, object);
        if self.has_failed(found) { Begun::Failed } else { Begun::Succeeded }
    }

    /// Puts the current object aside as an old generation.
    pub(super) fn depose(&mut self, address: &ResourceInstance) -> Option<Text> {
        let key = self.random_hex(4);
        let resource = self.state.resources.get_mut(&address.in_module())?;
        let instance = resource.instances.get_mut(&address.key)?;
        let object = instance.current.take()?;
        instance.deposed.insert(key.clone(), object.clone());
        let provider = resource.provider.clone();
        let place = |deposed, object| Exists {
            step: None,
            address: address.clone(),
            deposed,
            provider: provider.clone(),
            object,
        };
        self.noted.extend([place(Some(key.clone()), Some(object)), place(None, None)]);
        Some(key)
    }

    pub(super) fn undo_depose(&mut self, address: &ResourceInstance, deposed: Option<Text>) -> Begun {
        if let Some(key) = deposed {
            let Some(resource) = self.state.resources.get_mut(&address.in_module()) else { return Begun::Failed };
            let provider = &resource.provider;
            if let Some(instance) = resource.instances.get_mut(&address.key)
                && instance.current.is_none()
            {
                instance.current = instance.deposed.remove(&key);
                let object = instance.current.clone();
                let provider = provider.clone();
                let address = address.clone();
                let gone = Exists { step: None, deposed: Some(key), object: None, address, provider };
                let back = Exists { deposed: None, object, ..gone.clone() };
                self.noted.extend([gone, back]);
            }
        }
        Begun::Failed
    }

    /// Only what is secret changes: no provider needs to know.
    fn only_marks(&mut self, mut applying: Applying, prior: Option<Known>) -> Begun {
        let Some(prior) = prior else { return Begun::Failed };
        applying.known = Some(Known { value: applying.change.change.after.clone(), ..prior });
        self.write(&applying);
        self.conclude(applying, false)
    }

    pub(super) fn applied(&mut self, step: usize, mut applying: Applying, applied: Applied) -> Begun {
        applying.is_open = applied.is_open;
        let change = &applying.change;
        let block = Some(&*applying.parts.block);
        let (address, provider) = (&change.address, &change.provider);
        let settled = settle(&applying.kind, block, provider, address, &change.change, applying.was_tainted, applied);
        let has_failed = settled.diagnostics.has_errors();
        self.diagnostics.extend(settled.diagnostics);
        // A failed update that says nothing about what exists leaves what was there.
        if settled.known.is_some() || !has_failed {
            applying.known = settled.known;
            self.write(&applying);
        } else {
            self.nothing_new(&applying);
        }
        let runs_provisioners = applying.action == Action::Create && !has_failed;
        if runs_provisioners && let Some(begun) = self.begin_provisioning(step, &mut applying) {
            return match begun {
                Begun::Task(intent, task) => {
                    self.active.insert(step, Active::Instance(Box::new(applying)));
                    Begun::Task(intent, task)
                }
                _ => self.provisioned_with(applying, true),
            };
        }
        self.conclude(applying, has_failed)
    }

    fn begin_provisioning(&mut self, step: usize, applying: &mut Applying) -> Option<Begun> {
        let provisioners = &applying.parts.block.provisioners;
        if !provisioners.iter().any(|provisioner| provisioner.when == When::Create) {
            return None;
        }
        let object = applying.known.as_ref().map(|known| known.value.clone())?;
        let place = self
            .evaluation
            .place(applying.id)
            .repeated(applying.repetition.clone())
            .with_self(&applying.change.address.resource, object);
        let address = applying.change.address.clone();
        let prepared = prepare(provisioners, When::Create, &place, &address);
        match prepared {
            Ok(commands) => {
                applying.provisioning = Some(Provisioning::new(&commands));
                let lines = self.lines.clone();
                let cancellation = self.cancellation.clone();
                let task = async move {
                    Answer::Provisioned(super::provision::run(commands, step, lines, cancellation, address).await)
                };
                Some(Begun::Task(None, Box::pin(task)))
            }
            Err(found) => {
                self.diagnostics.extend(found);
                Some(Begun::Failed)
            }
        }
    }

    pub(super) fn provisioned(&mut self, applying: Applying, found: Diagnostics) -> Begun {
        let has_failed = found.has_errors();
        self.diagnostics.extend(found);
        self.provisioned_with(applying, has_failed)
    }

    fn provisioned_with(&mut self, mut applying: Applying, has_failed: bool) -> Begun {
        if let (true, Some(known)) = (has_failed, &mut applying.known) {
            known.is_tainted = true;
            self.write(&applying);
        }
        self.conclude(applying, has_failed)
    }

    /// The effect is over and left what was there before.
    fn nothing_new(&mut self, applying: &Applying) {
        let InstanceChange { address, provider, .. } = &applying.change;
        let object = self.state.instance(address).and_then(|instance| instance.current.clone());
        let (address, provider) = (address.clone(), provider.clone());
        self.noted.push(Exists { step: applying.settled_step(), address, deposed: None, provider, object });
    }

    /// Puts what exists into the state.
    fn write(&mut self, applying: &Applying) {
        let InstanceChange { address, provider, .. } = &applying.change;
        let object = applying.known.as_ref().map(|known| {
            Arc::new(Object {
                dependencies: applying.parts.dependencies.clone(),
                create_before_destroy: applying.parts.creates_first,
                ..applying.kind.encode(known)
            })
        });
        self.noted.push(Exists {
            step: applying.settled_step(),
            address: address.clone(),
            deposed: None,
            provider: provider.clone(),
            object: object.clone(),
        });
        set_object(&mut self.state, address, provider, object);
    }

    fn conclude(&mut self, applying: Applying, has_failed: bool) -> Begun {
        let Applying { change, action, parts, id, repetition, deposed, known, .. } = applying;
        let address = &change.address;
        if has_failed {
            self.observer.observe(Event::ApplyFailed { address, deposed: None, action });
            return self.undo_depose(address, deposed);
        }
        self.set_value(address, known.as_ref());
        let object = known.map(|known| known.value);
        if let Some(object) = &object {
            self.observer.observe(Event::Applied { address, deposed: None, action, object });
        }
        match action {
            Action::Create => self.counts.added += 1,
            _ => self.counts.changed += 1,
        }
        let rules = RuleKind::ResourcePostcondition;
        let found = self.evaluation.resource_rules(&parts.block, rules, id, address, &repetition, object);
        if self.has_failed(found) { Begun::Failed } else { Begun::Succeeded }
    }
}

/// What the journal keeps of an effect before it begins.
pub(super) fn started(step: usize, change: &InstanceChange, request: &ApplyRequest) -> Started {
    Started {
        step,
        address: change.address.clone(),
        deposed: change.deposed.clone(),
        provider: change.provider.clone(),
        intent: Intent {
            address: request.address.clone(),
            kind: request.kind.clone(),
            prior: request.prior.clone(),
            planned: request.planned.clone(),
            private: request.private.clone(),
            token: request.token.clone(),
        },
    }
}

/// What is worked out now must be what was planned, with unknown parts filled in.
fn check_against_plan(kind: &Kind, planned: &InstanceChange, now: &Change) -> Diagnostics {
    let mut found = Diagnostics::new();
    let (address, source) = (&planned.address, &planned.provider.source);
    let (before, after) = (planned.change.action, now.action);
    let is_known_to_be_fine = before == after || (before == Action::Update && after == Action::NoOp);
    if !is_known_to_be_fine {
        let detail = match before.is_replace() && after.is_replace() {
            true => format!(
                "When expanding the plan for {address} to include new values learned so far during apply, the planned action changed from {before:?} to {after:?}.\n\nThis is a bug in Terraform and should be reported."
            ),
            false => format!(
                "When expanding the plan for {address} to include new values learned so far during apply, provider \"{source}\" changed the planned action from {before:?} to {after:?}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker."
            ),
        };
        let who = if before.is_replace() && after.is_replace() { "Terraform" } else { "Provider" };
        found.push(Diagnostic::error(format!("{who} produced inconsistent final plan"), detail));
    }
    let wrong =
        if kind.is_exact() { check_result(kind.block(), &planned.change.after, &now.after) } else { Vec::new() };
    for Inconsistency { path, problem } in wrong {
        let path = path.to_string();
        let problem = if path.is_empty() { problem } else { format!("{path}: {problem}") };
        found.push(Diagnostic::error(
            "Provider produced inconsistent final plan",
            format!(
                "When expanding the plan for {address} to include new values learned so far during apply, provider \"{source}\" produced an invalid new value for {problem}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker."
            ),
        ));
    }
    found
}
