//! Rollouts while they run: who serves, which gate waits, and what happens when one fails.
//!
//! A rollout's stages are steps like others; the scheduler starts them. Here is what they share: the situation so far, the shadow
//! groups, the first failure. When a stage or an effect that belongs to one fails, nothing more of the rollout is begun, and once
//! nothing of it runs any more, `back` leads to the old version. Nothing here knows a strategy or a cloud.

mod back;
mod gate;
mod order;
mod piece;
mod probe;
mod stage;
mod standing;

pub(super) use back::Starting;
use gate::Passage;
pub use order::{Order, OrderKind};
pub(super) use piece::Remaking;
pub use probe::{NoProbes, Observation, Probes};
pub use standing::{Standing, StandingState};

use super::run::{Answer, Begun, Worker};
use crate::plan::{Event, Plan, Rollout, StagePhase, Step, StepKind, Steps};
use crate::rollout::{Action, Server, Situation};
use crate::value::Text;
use gate::Signals;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;

/// All rollouts of a run.
pub(super) struct Rollouts {
    list: Vec<Running>,
    /// Which stage of which rollout a step belongs to.
    of_step: HashMap<usize, Part>,
    signals: watch::Sender<Signals>,
    /// Steps from here on are not in the plan: they lead back.
    first_extra: usize,
    next_extra: usize,
    /// Which rollout takes such a step.
    extra: HashMap<usize, usize>,
}

/// The part that a step has in a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    rollout: usize,
    stage: usize,
    /// It is the stage itself, and not one of its effects.
    is_stage: bool,
}

/// One rollout.
struct Running {
    plan: Arc<Rollout>,
    /// As far as stages are through.
    now: Situation,
    /// Ids of the groups that the fleet stands behind, once a shadow of them is made.
    groups: Vec<String>,
    /// By configured group.
    shadows: BTreeMap<Text, Text>,
    /// Groups that are replaced, and those that take their place, once they share the traffic.
    moved: BTreeMap<String, String>,
    /// Ids of servers that exist or existed.
    ids: BTreeMap<Server, Text>,
    /// Steps of it that run.
    active: usize,
    began: Option<Instant>,
    /// The last stage that was begun.
    stage: Option<usize>,
    ending: Option<Ending>,
    way_back: Option<back::WayBack>,
}

/// Where and why nothing more of a rollout is begun.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    stage: usize,
    cause: Cause,
}

impl Ending {
    fn is_death(&self) -> bool {
        self.cause == Cause::Killed
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// With what was seen, where it was a gate.
    Failed(Option<String>),
    /// Somebody stopped the run; nothing went wrong.
    Stopped,
    /// Somebody wants it taken back.
    Aborted,
    /// The process that carried it out died.
    Killed,
    /// It died while the provider replaced servers by itself: that is waited for once more.
    Resumed,
}

/// A rollout of a run that died, which is to be taken back or waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    pub name: String,
    /// How many stages were through.
    pub done: usize,
    /// What the provider does by itself is waited for; otherwise it is taken back.
    pub goes_on: bool,
    /// Ids of servers, by their labels, as far as they were noted.
    pub ids: BTreeMap<String, String>,
}

impl Rollouts {
    pub fn of(plan: &Plan) -> Self {
        let list: Vec<Running> = plan.rollouts.iter().map(|rollout| Running::new(rollout.clone())).collect();
        Self {
            of_step: steps_of(&plan.rollouts, &plan.steps),
            list,
            signals: watch::channel(Signals::default()).0,
            first_extra: plan.steps.0.len(),
            next_extra: plan.steps.0.len(),
            extra: HashMap::new(),
        }
    }

    /// Turns those that a dead run left from where they stood, or waits for them; nothing else of the plan is done.
    pub fn turn(&mut self, interrupted: &[Interrupted]) {
        for left in interrupted {
            let Some(running) = self.list.iter_mut().find(|running| running.plan.name == left.name) else { continue };
            let plan = running.plan.clone();
            for stage in plan.stages.iter().take(left.done) {
                running.now.apply(&stage.action);
            }
            // What the provider does by itself may have been begun.
            if let Some(stage) = plan.stages.get(left.done).filter(|stage| matches!(stage.action, Action::Renew { .. }))
            {
                running.now.apply(&stage.action);
            }
            let cause = if left.goes_on { Cause::Resumed } else { Cause::Killed };
            if plan.moves.is_empty() {
                // Whoever took the state over has returned the traffic and removed the shadow.
                running.now.apply(&Action::Shift { percent: 0 });
                running.now.apply(&Action::RemoveShadow);
            } else {
                // Some of it may be left to undo, whatever was noted last.
                running.now.apply(&Action::MakeShadow);
            }
            let servers = (0..plan.parts.len()).flat_map(|member| [Server::old(member), Server::new(member)]);
            let known = servers.filter_map(|server| Some((server, left.ids.get(&plan.fleet.label(server))?)));
            running.ids = known.map(|(server, id)| (server, id.as_str().into())).collect();
            let stage = left.done.min(plan.stages.len().saturating_sub(1));
            running.began = Some(Instant::now());
            running.stage = Some(stage);
            running.ending = Some(Ending { stage, cause });
        }
    }

    fn new_extra(&mut self, rollout: usize) -> usize {
        let step = self.next_extra;
        self.next_extra += 1;
        self.extra.insert(step, rollout);
        step
    }

    pub fn is_extra(&self, step: usize) -> bool {
        step >= self.first_extra
    }

    /// The user asked to stop: gates give up waiting.
    pub fn stop(&mut self) {
        self.signals.send_modify(|signals| signals.is_stopping = true);
    }
}

impl Running {
    fn new(plan: Rollout) -> Self {
        Self {
            now: Situation::before(&plan.fleet),
            plan: Arc::new(plan),
            groups: Vec::new(),
            shadows: BTreeMap::new(),
            moved: BTreeMap::new(),
            ids: BTreeMap::new(),
            active: 0,
            began: None,
            stage: None,
            ending: None,
            way_back: None,
        }
    }

    /// The same in every run of the same state: a crash leaves nothing behind that is not found again.
    fn token(&self) -> Text {
        format!("terrace-{}", self.plan.name).into()
    }
}

/// Effects by the changes they are about, and stages themselves.
fn steps_of(rollouts: &[Rollout], steps: &Steps) -> HashMap<usize, Part> {
    let (mut made, mut gone) = (HashMap::new(), HashMap::new());
    for (index, rollout) in rollouts.iter().enumerate() {
        for position in 0..rollout.stages.len() {
            let part = Part { rollout: index, stage: position, is_stage: false };
            made.extend(rollout.made_at(position).into_iter().map(|change| (change, part)));
            gone.extend(rollout.destroyed_at(position).into_iter().map(|change| (change, part)));
        }
    }
    let place = |step: &Step| match step.kind {
        StepKind::Apply { change } => made.get(&change).copied(),
        StepKind::Destroy { change } => gone.get(&change).copied(),
        StepKind::Stage { rollout, stage } => {
            Some(Part { rollout: rollout as usize, stage: stage as usize, is_stage: true })
        }
        _ => None,
    };
    steps.0.iter().enumerate().filter_map(|(index, step)| Some((index, place(step)?))).collect()
}

impl Worker<'_> {
    /// Whether a step may begin; the first of a stage says that the stage begins.
    pub(super) fn enter_stage(&mut self, step: usize) -> bool {
        let Some(Part { rollout: index, stage, .. }) = self.rollouts.of_step.get(&step).copied() else { return true };
        let running = &mut self.rollouts.list[index];
        if running.ending.is_some() {
            return false;
        }
        if self.rollouts.signals.borrow().aborted.contains(&running.plan.name) {
            running.ending = Some(Ending { stage, cause: Cause::Aborted });
            return false;
        }
        running.began.get_or_insert_with(Instant::now);
        if running.stage.is_none_or(|at| at < stage) {
            running.stage = Some(stage);
            let plan = running.plan.clone();
            self.observe_stage(&plan, stage, StagePhase::Began);
            self.has_moved = true;
        }
        true
    }

    fn observe_stage(&self, plan: &Rollout, stage: usize, phase: StagePhase<'_>) {
        let Some(found) = plan.stages.get(stage) else { return };
        self.observer.observe(Event::Stage { rollout: plan, stage: found, position: Some(stage), phase });
    }

    /// A step of a rollout has come to something when it was begun.
    pub(super) fn stage_begun(&mut self, step: usize, begun: &Begun) {
        let Some(part) = self.rollouts.of_step.get(&step).copied() else { return };
        match begun {
            Begun::Task(..) => self.rollouts.list[part.rollout].active += 1,
            Begun::Succeeded => self.stage_succeeded(part),
            Begun::Failed => self.stage_failed(part.rollout, part.stage, None),
        }
    }

    /// A step of a rollout that was under way has ended.
    pub(super) fn stage_ended(&mut self, step: usize, begun: &Begun) {
        let Some(part) = self.rollouts.of_step.get(&step).copied() else { return };
        match begun {
            Begun::Task(..) => return,
            Begun::Succeeded => self.stage_succeeded(part),
            Begun::Failed => self.stage_failed(part.rollout, part.stage, None),
        }
        let running = &mut self.rollouts.list[part.rollout];
        running.active = running.active.saturating_sub(1);
    }

    fn stage_succeeded(&mut self, Part { rollout: index, stage, is_stage }: Part) {
        if !is_stage {
            return;
        }
        let running = &mut self.rollouts.list[index];
        let plan = running.plan.clone();
        running.now.apply(&plan.stages[stage].action);
        self.has_moved = true;
        self.observe_stage(&plan, stage, StagePhase::Done);
    }

    fn stage_failed(&mut self, index: usize, stage: usize, seen: Option<String>) {
        let running = &mut self.rollouts.list[index];
        if running.ending.is_some() {
            return;
        }
        let is_abort = self.rollouts.signals.borrow().aborted.contains(&running.plan.name);
        let cause = if is_abort { Cause::Aborted } else { Cause::Failed(seen.clone()) };
        running.ending = Some(Ending { stage, cause });
        let plan = running.plan.clone();
        self.has_moved = true;
        self.observe_stage(&plan, stage, StagePhase::Failed(seen.as_deref().unwrap_or("")));
    }

    /// A gate gave its answer.
    pub(super) fn stage_answered(&mut self, step: usize, answer: StageAnswer) -> Begun {
        if let Some(index) = self.rollouts.extra.get(&step).copied() {
            if let Passage::Failed(seen) = &answer.passage {
                self.fail_back(index, Some(seen.clone()));
            }
            return if answer.passage == Passage::Passed { Begun::Succeeded } else { Begun::Failed };
        }
        let Some(Part { rollout: index, stage, .. }) = self.rollouts.of_step.get(&step).copied() else {
            return Begun::Failed;
        };
        self.rollouts.list[index].shadows.extend(answer.shadows);
        match answer.passage {
            Passage::Passed => Begun::Succeeded,
            Passage::Failed(seen) => {
                self.stage_failed(index, stage, Some(seen));
                Begun::Failed
            }
            Passage::Stopped => {
                self.rollouts.list[index].ending.get_or_insert(Ending { stage, cause: Cause::Stopped });
                Begun::Failed
            }
        }
    }

    /// What a gate tells while it waits.
    pub(super) fn stage_line(&self, step: usize, line: &str) {
        if self.rollouts.is_extra(step) {
            return self.line_back(step, line);
        }
        if let Some(Part { rollout: index, stage, .. }) = self.rollouts.of_step.get(&step).copied() {
            self.observe_stage(&self.rollouts.list[index].plan, stage, StagePhase::Going(line));
        }
    }
}

/// What the task of a stage brings back.
pub(crate) struct StageAnswer {
    pub passage: Passage,
    /// Groups that it made, by the configured one.
    pub shadows: BTreeMap<Text, Text>,
}

impl From<Passage> for Answer {
    fn from(passage: Passage) -> Self {
        Answer::Stage(StageAnswer { passage, shadows: BTreeMap::new() })
    }
}
