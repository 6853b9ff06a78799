//! The way back: the stages that lead to the old version, one after the other, while other steps of the run go on.
//!
//! It starts once nothing of the rollout runs any more, from what is really there: the state knows which servers and attachments
//! exist, the stages that were passed say who was seen healthy. Each stage does its effects, then waits for its gate. What fails
//! here ends it: the state stays true, and the message says how far it came.

use super::{Cause, Ending};
use crate::apply::record::Started;
use crate::apply::run::{Answer, Begun, Worker};
use crate::diag::Diagnostic;
use crate::graph::Node;
use crate::plan::{Event, StagePhase};
use crate::rollout::{Action, Fate, Generation, Group, OnFailure, Server, Situation, Stage, render_duration, way_back};
use crate::value::{Text, Value};
use futures::future::BoxFuture;
use std::collections::BTreeSet;

/// Under way.
pub(super) struct WayBack {
    stages: Vec<Stage>,
    at: usize,
    /// The effects of the stage are over; its gate is what runs.
    at_gate: bool,
    pending: BTreeSet<usize>,
    has_failed: bool,
    seen: Option<String>,
    is_over: bool,
    /// There is a way to go, and not only a rollout that stays where it is.
    goes_back: bool,
}

impl WayBack {
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The old version serves as before.
    pub fn has_returned(&self) -> bool {
        self.is_over && !self.has_failed && self.goes_back
    }
}

/// A task to start, with the intent to record before.
pub(in crate::apply) type Starting = (usize, Option<Box<Started>>, BoxFuture<'static, Answer>);

/// It leads to the new version all the same: what a dead run had the provider do is waited for, and what is through is tidied up.
fn is_forward(action: &Action) -> bool {
    let is_new = |server: &Server| server.generation == Generation::New;
    match action {
        Action::Renew { servers, .. } => servers.iter().any(is_new),
        Action::Adopt => true,
        _ => false,
    }
}

impl Worker<'_> {
    /// Looks at rollouts that ended early: begins or continues their way back, or says that they stay as they are.
    pub(in crate::apply) fn attend_rollouts(&mut self, is_stopping: bool) -> Vec<Starting> {
        let mut starting = Vec::new();
        for index in 0..self.rollouts.list.len() {
            if is_stopping {
                self.end_at_stop(index);
            }
            let running = &self.rollouts.list[index];
            let Some(ending) = running.ending.clone().filter(|_| running.active == 0) else { continue };
            if running.way_back.is_none() {
                self.turn_back(index, &ending);
            }
            self.go_back(index, &mut starting);
        }
        starting
    }

    /// Traffic that is split cannot be left so; anything else can.
    fn end_at_stop(&mut self, index: usize) {
        let running = &mut self.rollouts.list[index];
        let is_last = running.stage.is_none_or(|stage| stage + 1 == running.plan.stages.len());
        let is_over = is_last && running.active == 0 && !running.now.has_shadow;
        if running.ending.is_none() && !is_over && running.active == 0 {
            let stage = running.stage.unwrap_or(0);
            running.ending = Some(Ending { stage, cause: Cause::Stopped });
        }
    }

    fn turn_back(&mut self, index: usize, ending: &Ending) {
        self.note_ids(index);
        if ending.cause == Cause::Killed {
            self.restore_places(index);
        }
        if self.has_turned(index) {
            // Nothing is left that could be taken back without a gap: only what told of the change is still to go.
            self.rollouts.list[index].ending = Some(Ending { cause: Cause::Resumed, ..ending.clone() });
        }
        let ending = self.rollouts.list[index].ending.clone().unwrap_or_else(|| ending.clone());
        let (now, has_been_asked) = (self.actual_situation(index), self.has_been_asked(index));
        let running = &mut self.rollouts.list[index];
        running.now = now.clone();
        let plan = running.plan.clone();
        let goes_back = match ending.cause {
            _ if running.began.is_none() => false,
            Cause::Stopped => now.has_shadow,
            // Where the provider has replaced nobody yet there is nothing to take back.
            _ if plan.renewal().is_some() && now.renewal.is_none() => false,
            Cause::Aborted | Cause::Killed => true,
            // What was not asked for yet is planned again.
            Cause::Resumed => plan.renewal().is_none() || has_been_asked,
            Cause::Failed(_) => plan.policy.on_failure == OnFailure::Rollback,
        };
        let stages = match ending.cause {
            _ if !goes_back => Vec::new(),
            // What is left of it is its last stage.
            Cause::Resumed => plan.stages.last().cloned().into_iter().collect(),
            _ => way_back(&plan.fleet, &plan.policy, &now),
        };
        let is_over = stages.is_empty();
        running.way_back = Some(WayBack {
            stages,
            at: 0,
            at_gate: false,
            pending: BTreeSet::new(),
            has_failed: false,
            seen: None,
            is_over,
            goes_back,
        });
        self.has_moved = true;
        if is_over {
            self.tell_end(index, goes_back);
        }
    }

    /// Everything that forwarded to the group that is replaced forwards to the next one.
    fn has_turned(&self, index: usize) -> bool {
        let plan = &self.rollouts.list[index].plan;
        let is_turned = |change: &u32| {
            let planned = &self.plan.changes[*change as usize];
            let current = self.state.instance(&planned.address).and_then(|instance| instance.current.clone());
            let before = planned.change.before.clone().unmark_deep().0;
            current.and_then(|object| self.object_value(*change, &object)).is_some_and(|now| now != before)
        };
        !plan.forwards.is_empty() && plan.forwards.iter().all(is_turned)
    }

    /// Whatever the plan changes of the fleet that the provider looks after is changed: all that is left is the provider's.
    fn has_been_asked(&self, index: usize) -> bool {
        let Some(part) = self.rollouts.list[index].plan.parts.first().map(|parts| parts.server) else { return false };
        let said = |value: &Value| without_zeros(value.clone().unmark_deep().0);
        let planned = &self.plan.changes[part as usize].change;
        let (before, wanted) = (said(&planned.before), said(&planned.after));
        let (Some(wanted), Some(now)) = (wanted.as_entries(), self.fleet_object(index)) else { return false };
        let now = said(&now);
        let is_changed = |(name, value): &(&Text, &Value)| before.get(name) != Some(*value);
        wanted.iter().filter(is_changed).all(|(name, value)| !value.is_wholly_known() || now.get(name) == Some(value))
    }

    /// A run that died may have put old objects aside without making what was to take their place.
    fn restore_places(&mut self, index: usize) {
        let plan = self.rollouts.list[index].plan.clone();
        for group in &plan.moves {
            let address = self.plan.changes[group.to as usize].address.clone();
            let is_empty = self.state.instance(&address).is_some_and(|instance| instance.current.is_none());
            if let Some((Some(key), _)) = self.slot_of_former_group(group).filter(|_| is_empty) {
                drop(self.undo_depose(&address, Some(key)));
            }
        }
        for (member, parts) in
            plan.parts.iter().enumerate().filter(|(member, _)| plan.fleet.members[*member].fate.has_old())
        {
            for change in std::iter::once(parts.server).chain(parts.old.iter().copied()) {
                let address = self.plan.changes[change as usize].address.clone();
                let is_empty = self.state.instance(&address).is_some_and(|instance| instance.current.is_none());
                let slot = self.slot(index, change, Server::old(member), Group::Configured);
                if let Some((Some(key), _)) = slot.filter(|_| is_empty) {
                    drop(self.undo_depose(&address, Some(key)));
                }
            }
        }
    }

    /// Who exists and is registered by the state, and who was seen healthy by the stages.
    fn actual_situation(&self, index: usize) -> Situation {
        let running = &self.rollouts.list[index];
        let plan = &running.plan;
        let mut now = Situation {
            weight: running.now.weight,
            has_shadow: running.now.has_shadow,
            renewal: running.now.renewal.clone(),
            ..Situation::default()
        };
        for (member, about) in plan.fleet.members.iter().enumerate() {
            for server in [Server::old(member), Server::new(member)] {
                let is_part = match server.generation {
                    Generation::Old => about.fate.has_old(),
                    Generation::New => about.fate.makes_new(),
                };
                if !is_part || self.slot_of_server(index, server).is_none() {
                    continue;
                }
                now.existing.insert(server);
                let is_registered = match about.fate {
                    Fate::Keep if plan.moves.is_empty() => {
                        running.now.registered.contains(&(server, Group::Configured))
                    }
                    _ => self.is_attached(index, server, Group::Configured),
                };
                let key = (server, Group::Configured);
                if is_registered {
                    now.registered.insert(key);
                    if running.now.ready.contains(&key) {
                        now.ready.insert(key);
                    }
                }
                let key = (server, Group::Shadow);
                let is_registered = match plan.moves.is_empty() {
                    true => running.now.registered.contains(&key),
                    false => self.is_attached(index, server, Group::Shadow),
                };
                if is_registered {
                    now.registered.insert(key);
                }
            }
        }
        now
    }

    fn is_attached(&self, index: usize, server: Server, place: Group) -> bool {
        let plan = &self.rollouts.list[index].plan;
        let mut attachments =
            plan.attachments(server, place).iter().map(|change| self.slot_of_attachment(index, *change, server, place));
        match plan.moves.is_empty() {
            true => attachments.len() > 0 && attachments.all(|slot| slot.is_some()),
            // Among them are those of the other group.
            false => attachments.any(|slot| slot.is_some()),
        }
    }

    fn go_back(&mut self, index: usize, starting: &mut Vec<Starting>) {
        loop {
            let Some(back) = &self.rollouts.list[index].way_back else { return };
            if back.is_over || !back.pending.is_empty() {
                return;
            }
            let Some(stage) = back.stages.get(back.at).cloned().filter(|_| !back.has_failed) else {
                self.end_way_back(index);
                return;
            };
            let begun =
                if back.at_gate { self.finish_stage_back(index, &stage) } else { self.begin_stage_back(index, &stage) };
            for (step, begun) in begun {
                match begun {
                    Begun::Task(intent, task) => {
                        if let Some(back) = &mut self.rollouts.list[index].way_back {
                            back.pending.insert(step);
                        }
                        starting.push((step, intent, task));
                    }
                    Begun::Failed => self.fail_back(index, None),
                    Begun::Succeeded => {}
                }
            }
        }
    }

    /// The effects of a stage.
    fn begin_stage_back(&mut self, index: usize, stage: &Stage) -> Vec<(usize, Begun)> {
        self.observe_back(index, stage, StagePhase::Began);
        if let Some(back) = &mut self.rollouts.list[index].way_back {
            back.at_gate = true;
        }
        let effects: Vec<(u32, Server)> = self.effects_back(index, &stage.action);
        let takes = matches!(stage.action, Action::Drain { .. } | Action::Destroy { .. } | Action::RemoveGroup);
        let changes = matches!(stage.action, Action::Renew { .. } | Action::Shift { .. });
        let place = match &stage.action {
            Action::Drain { group, .. } => *group,
            _ => Group::Configured,
        };
        let mut begun = Vec::new();
        for (change, server) in effects {
            let step = self.rollouts.new_extra(index);
            let effect = if takes {
                self.take_away(step, index, change, server, place)
            } else if is_forward(&stage.action) {
                continue;
            } else if changes {
                self.change_back(step, index, change, server)
            } else {
                self.make_again(step, index, change, server)
            };
            begun.push((step, effect));
        }
        begun
    }

    fn effects_back(&self, index: usize, action: &Action) -> Vec<(u32, Server)> {
        let plan = &self.rollouts.list[index].plan;
        let of_server = |server: &Server| vec![(plan.parts[server.member].server, *server)];
        let of_attachments =
            |server: &Server, group: Group| plan.attachments(*server, group).iter().map(|it| (*it, *server)).collect();
        // What belongs to the fleet as a whole.
        let of_fleet =
            |changes: &mut dyn Iterator<Item = u32>| changes.map(|change| (change, Server::old(0))).collect();
        match action {
            Action::Shift { percent: 0 } => of_fleet(&mut plan.forwards.iter().copied()),
            Action::RemoveGroup => {
                let is_made = |change: &u32| {
                    let action = self.plan.changes[*change as usize].change.action;
                    action == crate::change::Action::Create || action.is_replace()
                };
                of_fleet(&mut plan.moves.iter().map(|group| group.to).filter(is_made))
            }
            Action::Create { servers } | Action::Destroy { servers } | Action::Renew { servers, .. } => {
                servers.iter().flat_map(of_server).collect()
            }
            Action::Register { servers, group } | Action::Drain { servers, group }
                if *group == Group::Configured || !plan.moves.is_empty() =>
            {
                let each: Vec<Vec<(u32, Server)>> =
                    servers.iter().map(|server| of_attachments(server, *group)).collect();
                each.into_iter().flatten().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The gate of a stage whose effects are over; then the stage is.
    fn finish_stage_back(&mut self, index: usize, stage: &Stage) -> Vec<(usize, Begun)> {
        let is_gated =
            self.rollouts.list[index].way_back.as_mut().is_some_and(|back| std::mem::take(&mut back.at_gate));
        debug_assert!(is_gated, "a stage ends after its effects");
        let step = self.rollouts.new_extra(index);
        let begun = self.begin_action(step, index, &stage.action, !is_forward(&stage.action));
        let running = &mut self.rollouts.list[index];
        running.now.apply(&stage.action);
        if let Some(back) = &mut running.way_back {
            back.at += 1;
        }
        if matches!(begun, Begun::Succeeded) {
            self.observe_back(index, stage, StagePhase::Done);
        }
        self.has_moved = true;
        vec![(step, begun)]
    }

    /// A step that is not in the plan has ended.
    pub(in crate::apply) fn extra_ended(&mut self, step: usize, begun: Begun) -> Vec<Starting> {
        let Some(index) = self.rollouts.extra.get(&step).copied() else { return Vec::new() };
        if let Begun::Task(intent, task) = begun {
            return vec![(step, intent, task)];
        }
        let has_failed = matches!(begun, Begun::Failed);
        let done = self.rollouts.list[index].way_back.as_mut().and_then(|back| {
            back.pending.remove(&step);
            // Where the gate ran, the stage before the next one is over.
            let is_gate = !back.at_gate && back.pending.is_empty();
            back.stages.get(back.at.wrapping_sub(1)).filter(|_| is_gate && !has_failed).cloned()
        });
        if let Some(stage) = done {
            self.observe_back(index, &stage, StagePhase::Done);
        }
        if has_failed {
            self.fail_back(index, None);
        }
        Vec::new()
    }

    pub(super) fn fail_back(&mut self, index: usize, seen: Option<String>) {
        if let Some(back) = &mut self.rollouts.list[index].way_back {
            back.has_failed = true;
            back.seen = back.seen.take().or(seen);
        }
    }

    pub(super) fn line_back(&self, step: usize, line: &str) {
        let Some(index) = self.rollouts.extra.get(&step) else { return };
        let stage = self.rollouts.list[*index]
            .way_back
            .as_ref()
            .and_then(|back| back.stages.get(if back.at_gate { back.at } else { back.at.saturating_sub(1) }).cloned());
        if let Some(stage) = stage {
            self.observe_back(*index, &stage, StagePhase::Going(line));
        }
    }

    fn observe_back(&self, index: usize, stage: &Stage, phase: StagePhase<'_>) {
        let rollout = &self.rollouts.list[index].plan;
        let position = rollout.stages.iter().position(|planned| is_forward(&stage.action) && planned == stage);
        self.observer.observe(Event::Stage { rollout, stage, position, phase });
    }

    fn end_way_back(&mut self, index: usize) {
        if let Some(back) = &mut self.rollouts.list[index].way_back {
            back.is_over = true;
        }
        if self.rollouts.list[index].way_back.as_ref().is_some_and(WayBack::has_returned) {
            self.restore_outputs(index);
        }
        self.has_moved = true;
        self.tell_end(index, true);
    }

    /// Outputs that tell of the new version tell again what they did before. What was made again shows with the next apply.
    fn restore_outputs(&mut self, index: usize) {
        let running = &self.rollouts.list[index];
        if running.ending.as_ref().is_some_and(|ending| ending.cause == Cause::Resumed) {
            return;
        }
        let next = running.plan.moves.iter().map(|group| self.plan.changes[group.to as usize].address.in_config());
        let changed = next.chain([running.plan.resource.clone()]).filter_map(|it| self.graph.id(&Node::Resource(it)));
        let nodes = changed.flat_map(|id| self.graph.descendants(id)).map(|id| self.graph.node(id));
        let names = nodes.filter_map(|node| match node {
            Node::Output(module, name) if module.is_root() => Some(name.clone()),
            _ => None,
        });
        for name in names.collect::<BTreeSet<Text>>() {
            match self.plan.prior_state.outputs.get(&name).cloned() {
                Some(output) => drop(self.state.outputs.insert(name, output)),
                None => drop(self.state.outputs.remove(&name)),
            }
        }
    }

    /// What somebody has to know who reads only the end.
    fn tell_end(&mut self, index: usize, went_back: bool) {
        let running = &self.rollouts.list[index];
        let (Some(ending), Some(back)) = (&running.ending, &running.way_back) else { return };
        if ending.cause == Cause::Resumed && !back.has_failed {
            return;
        }
        let plan = &running.plan;
        let at = plan.stages.get(ending.stage).map(|stage| stage.action.describe(&plan.fleet)).unwrap_or_default();
        let place = format!("stage {} of {} ({at})", ending.stage + 1, plan.stages.len());
        let what = match &ending.cause {
            Cause::Failed(Some(seen)) => format!("It ended at {place}: {seen}."),
            Cause::Failed(None) => format!("It ended at {place}; why is said above."),
            Cause::Stopped => format!("It was stopped at {place}."),
            Cause::Aborted => format!("Somebody aborted it at {place}."),
            Cause::Killed | Cause::Resumed => format!("The run that carried it out was interrupted at {place}."),
        };
        let serving = match plan.renewal() {
            Some(_) => "the provider says who serves.".to_owned(),
            None => format!("{} servers in service.", running.now.in_service().len()),
        };
        let now = match (went_back, back.has_failed) {
            (true, false) if ending.cause == Cause::Killed => {
                "It was taken back: the old version serves as before. Run \"terrace apply\" once more for the new one."
                    .to_owned()
            }
            (true, false) => "It was taken back: the old version serves as before, and the state says so.".to_owned(),
            (true, true) if ending.cause == Cause::Resumed => {
                let seen = back.seen.as_ref().map(|seen| format!(" ({seen})")).unwrap_or_default();
                format!("Going on with it failed{seen}. It stays as it is: {serving}")
            }
            (true, true) => {
                let at = back.stages.get(back.at.saturating_sub(1)).or(back.stages.last());
                let at = at.map(|stage| stage.action.describe(&plan.fleet)).unwrap_or_default();
                let seen = back.seen.as_ref().map(|seen| format!(" ({seen})")).unwrap_or_default();
                format!(
                    "Taking it back did not get past \"{at}\"{seen}. The state says what exists; run \"terrace apply\" to go on from there."
                )
            }
            (false, _) => format!(
                "It stays as it is: {serving} Run \"terrace apply\" to go on, or change the configuration back and \
                 apply that."
            ),
        };
        let summary = match (&ending.cause, went_back && !back.has_failed) {
            (Cause::Stopped, _) => format!("Rollout {} was interrupted", plan.name),
            (Cause::Aborted, _) => format!("Rollout {} was aborted", plan.name),
            (Cause::Killed, true) => format!("Rollout {} was interrupted and is taken back", plan.name),
            (Cause::Killed, false) => format!("Rollout {} was interrupted", plan.name),
            (Cause::Failed(_), true) => format!("Rollout {} failed and was taken back", plan.name),
            (Cause::Failed(_) | Cause::Resumed, _) => format!("Rollout {} failed", plan.name),
        };
        let time = render_duration(std::time::Duration::from_secs(self.time_since_begin(index).as_secs()));
        let mut problem = Diagnostic::error(summary, format!("{what} {now} It took {time}."));
        problem.subject = plan.span;
        self.diagnostics.push(problem);
    }
}

/// Providers of the older kind plan "" or 0 where they then keep null.
fn without_zeros(value: Value) -> Value {
    let value = value.map_children(&mut without_zeros);
    if value.is_zero() { Value::null(value.type_of()) } else { value }
}
