//! Rollouts while they run: who serves, which gate waits, and what happens when one fails.
//!
//! A rollout's stages are steps like others; the scheduler starts them. Here is what they share: the situation so far, the shadow
//! groups, the first failure. When a stage or an effect that belongs to one fails, nothing more of the rollout is begun, and once
//! nothing of it runs any more, `back` leads to the old version. Nothing here knows a strategy or a cloud.

mod back;
mod gate;
mod piece;
mod probe;
mod stage;

pub(super) use back::Starting;
use gate::Passage;
pub(super) use piece::Remaking;
pub use probe::{NoProbes, Observation, Probes};

use super::run::{Answer, Begun, Worker};
use crate::plan::{Event, Plan, Rollout, StagePhase, Step, StepKind, Steps};
use crate::rollout::{Server, Situation};
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

/// Why nothing more of a rollout is begun.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    stage: usize,
    seen: Option<String>,
    /// Somebody stopped the run; nothing went wrong.
    is_stop: bool,
    is_abort: bool,
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

    /// What somebody asked for from another terminal; for all rollouts where no name is given.
    pub fn order(&mut self, order: &Order) {
        let names: Vec<String> = self
            .list
            .iter()
            .map(|running| running.plan.name.clone())
            .filter(|name| order.rollout.as_ref().is_none_or(|wanted| wanted == name))
            .collect();
        self.signals.send_modify(|signals| {
            for name in names {
                match order.kind {
                    OrderKind::Pause => drop(signals.paused.insert(name)),
                    OrderKind::Resume => drop(signals.paused.remove(&name)),
                    OrderKind::Promote => *signals.promotions.entry(name).or_default() += 1,
                    OrderKind::Abort => drop(signals.aborted.insert(name)),
                }
            }
        });
    }

    /// Where every rollout stands.
    pub fn standings(&self) -> Vec<Standing> {
        let signals = self.signals.borrow();
        let standing = |running: &Running| running.standing(signals.paused.contains(&running.plan.name));
        self.list.iter().map(standing).collect()
    }
}

/// What somebody asks of a rollout that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub kind: OrderKind,
    /// Nothing: all.
    pub rollout: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    Pause,
    Resume,
    Promote,
    Abort,
}

impl OrderKind {
    const ALL: [Self; 4] = [Self::Pause, Self::Resume, Self::Promote, Self::Abort];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::Abort => "abort",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl StandingState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::GoingBack => "going back",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub name: String,
    /// How many stages are through, and how many there are.
    pub done: usize,
    pub total: usize,
    /// `gate web["a"]' healthy`
    pub stage: String,
    pub in_service: usize,
    pub weight: u8,
    pub state: StandingState,
    /// Groups that have a shadow now, which is found by the token.
    pub shadowed: Vec<String>,
    pub token: String,
    pub provider: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandingState {
    Waiting,
    Running,
    Paused,
    GoingBack,
    Stopped,
    Done,
}

impl Running {
    fn new(plan: Rollout) -> Self {
        Self {
            now: Situation::before(&plan.fleet),
            plan: Arc::new(plan),
            groups: Vec::new(),
            shadows: BTreeMap::new(),
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

    fn standing(&self, is_paused: bool) -> Standing {
        let total = self.plan.stages.len();
        let at = self.stage.unwrap_or(0);
        let is_done = at + 1 == total && self.active == 0 && self.ending.is_none() && self.stage.is_some();
        let state = match (&self.ending, &self.way_back) {
            (Some(_), Some(back)) if back.is_over() => {
                if back.has_returned() {
                    StandingState::Done
                } else {
                    StandingState::Stopped
                }
            }
            (Some(_), Some(_)) => StandingState::GoingBack,
            (Some(_), None) => StandingState::Stopped,
            _ if is_done => StandingState::Done,
            _ if is_paused => StandingState::Paused,
            _ if self.stage.is_some() => StandingState::Running,
            _ => StandingState::Waiting,
        };
        Standing {
            name: self.plan.name.clone(),
            done: if is_done { total } else { at },
            total,
            stage: self.plan.stages.get(at).map(|stage| stage.action.describe(&self.plan.fleet)).unwrap_or_default(),
            in_service: self.now.in_service().len(),
            weight: self.now.weight,
            state,
            shadowed: if self.now.has_shadow { self.groups.clone() } else { Vec::new() },
            token: self.token().to_string(),
            provider: self.plan.provider.to_string(),
        }
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
            let seen = Some("somebody aborted the rollout".to_owned());
            running.ending = Some(Ending { stage, seen, is_stop: false, is_abort: true });
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
        running.ending = Some(Ending { stage, seen: seen.clone(), is_stop: false, is_abort });
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
                self.rollouts.list[index].ending.get_or_insert(Ending {
                    stage,
                    seen: None,
                    is_stop: true,
                    is_abort: false,
                });
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
