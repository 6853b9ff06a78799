//! The worker: does what the scheduler says, one task per effect, everything else in between.
//!
//! All values and the state belong to the worker; tasks only talk to providers and bring back what they said. Intents of effects that
//! start together are recorded together, before any of them begins.

use super::block::BlockParts;
use super::provision::Provisioning;
use super::record::{Record, Started};
use super::rollout::{Interrupted, Probes, Rollouts, StageAnswer, Starting};
use super::scheduler::{Command, Event as Happened, Scheduler};
use crate::addr::{ConfigResource, ProviderConfig, ResourceInstance};
use crate::change::Action;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::{Graph, Node};
use crate::plan::kind::{Kinds, Known};
use crate::plan::values::ModuleId;
use crate::plan::{Evaluation, Event, Input, Mode, Observer, Plan, StepId, StepKind, Steps};
use crate::provider::{Applied, Cancellation, Connection, DataOutcome};
use crate::state::State;
use crate::value::Text;
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How often somebody is told that an effect goes on.
const STILL_INTERVAL: Duration = Duration::from_secs(10);
/// How often the whole state is written while effects go on.
const KEEP_INTERVAL: Duration = Duration::from_secs(20);

/// A plan with everything needed to run it.
pub struct Run {
    pub plan: Plan,
    pub evaluation: Evaluation,
    pub graph: Graph,
    pub connections: HashMap<ProviderConfig, Arc<dyn Connection>>,
    /// How many effects at once.
    pub parallelism: usize,
    /// What looks at things for the analyses of rollouts.
    pub probes: Arc<dyn Probes>,
}

/// What came of it.
pub struct Outcome {
    pub state: State,
    pub counts: Counts,
    pub diagnostics: Diagnostics,
    /// The user stopped it before the end.
    pub was_stopped: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub added: usize,
    pub changed: usize,
    pub destroyed: usize,
    pub imported: usize,
    pub forgotten: usize,
}

/// How often the user has asked to stop.
#[derive(Clone)]
pub struct Stop(pub watch::Receiver<u32>);

impl Stop {
    /// Nobody will ask.
    pub fn never() -> Self {
        let (sender, receiver) = watch::channel(0);
        // Without a sender the receiver reports an error at once; it must wait instead.
        std::mem::forget(sender);
        Self(receiver)
    }
}

/// What a task brings back.
pub(super) enum Answer {
    Stage(StageAnswer),
    Applied(Applied),
    Provisioned(Diagnostics),
    Read(DataOutcome),
    Connected(ProviderConfig, Result<Arc<dyn Connection>, Vec<crate::provider::Complaint>>),
}

/// What a step comes to when it is started.
pub(super) enum Begun {
    Succeeded,
    Failed,
    /// A task goes on; with an intent to be recorded first.
    Task(Option<Box<Started>>, BoxFuture<'static, Answer>),
}

/// A step whose task is under way.
pub(super) enum Active {
    Instance(Box<super::instance::Applying>),
    Destroy(Box<super::destroy::Destroying>),
    Read(Box<super::reading::Reading>),
    /// An old object that is made again on the way back of a rollout.
    Remake(Box<super::rollout::Remaking>),
    /// A gate, or a change of traffic.
    Stage,
    Connect,
}

pub(super) struct Worker<'a> {
    pub input: Arc<Input>,
    pub plan: Plan,
    pub evaluation: Evaluation,
    pub graph: Graph,
    pub connections: HashMap<ProviderConfig, Arc<dyn Connection>>,
    pub kinds: Kinds,
    pub state: State,
    pub observer: &'a dyn Observer,
    pub cancellation: Cancellation,
    pub diagnostics: Diagnostics,
    pub counts: Counts,
    pub active: HashMap<usize, Active>,
    pub lines: mpsc::UnboundedSender<(usize, String)>,
    /// Changes of the state that are not on record yet.
    pub noted: Vec<super::record::Exists>,
    pub blocks: HashMap<ConfigResource, Option<Arc<BlockParts>>>,
    /// By node of the graph.
    pub creates_first: Vec<bool>,
    pub rollouts: Rollouts,
    pub probes: Arc<dyn Probes>,
    /// A rollout stands elsewhere than when it was last told.
    pub has_moved: bool,
    since: HashMap<usize, (Instant, u64)>,
}

/// Runs all steps. The state that comes back is true whatever happened.
pub async fn run(run: Run, record: &mut dyn Record, observer: &dyn Observer, stop: Stop) -> Outcome {
    let (state, rollouts) = (run.plan.prior_state.clone(), Rollouts::of(&run.plan));
    carry_out(run, state, rollouts, record, observer, stop).await
}

/// Takes rollouts of a run that died back to the old version, from what there is now, or waits for what a provider goes on with by itself, and
/// does nothing else of its plan.
pub async fn settle(
    mut run: Run,
    state: State,
    interrupted: &[Interrupted],
    record: &mut dyn Record,
    observer: &dyn Observer,
    stop: Stop,
) -> Outcome {
    run.plan.steps = Steps::default();
    run.plan.outputs.clear();
    let mut rollouts = Rollouts::of(&run.plan);
    rollouts.turn(interrupted);
    carry_out(run, state, rollouts, record, observer, stop).await
}

async fn carry_out(
    run: Run,
    state: State,
    rollouts: Rollouts,
    record: &mut dyn Record,
    observer: &dyn Observer,
    stop: Stop,
) -> Outcome {
    let Run { plan, mut evaluation, graph, connections, parallelism, probes } = run;
    let mut input = (*evaluation.input).clone();
    let mut functions = (*input.functions).clone();
    functions.defers_impure = false;
    input.functions = Arc::new(functions);
    evaluation.input = Arc::new(input);
    evaluation.is_applying = true;
    evaluation.conditions_only_warn = plan.mode == Mode::RefreshOnly;
    evaluation.checks.reset_check_blocks();
    let order = graph.order().unwrap_or_default();
    let creates_first = crate::plan::creates_first(&graph, &order, &evaluation.input.config);
    let (lines, incoming) = mpsc::unbounded_channel();
    let mut worker = Worker {
        input: evaluation.input.clone(),
        state,
        rollouts,
        probes,
        has_moved: false,
        plan,
        evaluation,
        graph,
        connections,
        kinds: Kinds::default(),
        observer,
        cancellation: Cancellation::default(),
        diagnostics: Diagnostics::new(),
        counts: Counts::default(),
        active: HashMap::new(),
        lines,
        noted: Vec::new(),
        blocks: HashMap::new(),
        creates_first,
        since: HashMap::new(),
    };
    worker.counts.imported = worker.plan.changes.iter().filter(|change| change.importing.is_some()).count();
    worker.declare_resources();
    worker.settle_outputs();
    let was_stopped = worker.work(parallelism, record, stop, incoming).await;
    worker.finish(was_stopped)
}

impl Worker<'_> {
    async fn work(
        &mut self,
        parallelism: usize,
        record: &mut dyn Record,
        mut stop: Stop,
        mut incoming: mpsc::UnboundedReceiver<(usize, String)>,
    ) -> bool {
        let steps = std::mem::take(&mut self.plan.steps).0;
        let after: Vec<Vec<usize>> =
            steps.iter().map(|step| step.after.iter().map(|StepId(id)| *id as usize).collect()).collect();
        let takes_slot = steps.iter().map(|step| is_effect(&step.kind)).collect();
        let mut scheduler = Scheduler::new(&after, takes_slot, parallelism);
        let mut tasks: JoinSet<(usize, Answer)> = JoinSet::new();
        let mut commands = scheduler.begin();
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let mut kept = Instant::now();
        let mut listens = true;
        loop {
            while !commands.is_empty() {
                commands = self.obey(commands, &steps, &mut scheduler, &mut tasks, record);
            }
            let starting = self.attend_rollouts(scheduler.is_stopping());
            self.start_extra(starting, &mut tasks, record);
            self.tell_standings(record);
            if tasks.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some((step, line)) = incoming.recv() => self.provision_line(step, &line),
                Some(finished) = tasks.join_next() => {
                    // What has ended by now is heard together: what it makes room for starts together, with one sync of the journal.
                    let mut finished = Some(finished);
                    while let Some(ended) = finished {
                        let Ok((step, answer)) = ended else {
                            self.diagnostics.push(Diagnostic::error("A step was lost", "A provider panicked while a step was under way. What it did is not known; run a plan to see what exists."));
                            finished = tasks.try_join_next();
                            continue;
                        };
                        while let Ok((step, line)) = incoming.try_recv() {
                            self.provision_line(step, &line);
                        }
                        commands.extend(self.hear(step, answer, &mut scheduler, &mut tasks, record));
                        finished = tasks.try_join_next();
                    }
                    if kept.elapsed() > KEEP_INTERVAL {
                        kept = Instant::now();
                        let result = record.keep(&self.state);
                        self.note(result);
                    }
                }
                changed = stop.0.changed(), if listens => match changed {
                    Ok(()) => {
                        let asked = *stop.0.borrow();
                        self.observer.observe(Event::Stopping { is_hard: asked > 1 });
                        self.rollouts.stop();
                        commands = scheduler.handle(Happened::Stop);
                    }
                    Err(_) => listens = false,
                },
                _ = ticks.tick() => {
                    for order in record.orders() {
                        self.rollouts.order(&order);
                        self.has_moved = true;
                    }
                    self.tell_who_still_works();
                }
            }
        }
        scheduler.is_stopping()
    }

    /// Starts what may start; what it comes to at once leads to further commands.
    fn obey(
        &mut self,
        commands: Vec<Command>,
        steps: &[crate::plan::Step],
        scheduler: &mut Scheduler,
        tasks: &mut JoinSet<(usize, Answer)>,
        record: &mut dyn Record,
    ) -> Vec<Command> {
        let mut next = Vec::new();
        let mut starting: Vec<(usize, Option<Box<Started>>, BoxFuture<'static, Answer>)> = Vec::new();
        for command in commands {
            match command {
                Command::Cancel => self.cancellation.cancel(),
                Command::Skip(_) => {}
                Command::Start(step) => match self.begin_part(step, &steps[step].kind) {
                    Begun::Succeeded => next.extend(scheduler.handle(Happened::Succeeded(step))),
                    Begun::Failed => next.extend(scheduler.handle(Happened::Failed(step))),
                    Begun::Task(intent, task) => starting.push((step, intent, task)),
                },
            }
        }
        if !starting.is_empty() {
            // Whoever goes on after a crash must know which gates had passed before this began.
            self.tell_standings(record);
        }
        let intents: Vec<Started> = starting.iter().filter_map(|(_, intent, _)| intent.as_deref().cloned()).collect();
        let noted = std::mem::take(&mut self.noted);
        let moved = if noted.is_empty() { Ok(()) } else { record.note(&noted) };
        let recorded = if intents.is_empty() { moved } else { moved.and_then(|()| record.intend(&intents)) };
        if let Err(error) = recorded {
            // Nothing may be done that is not on record.
            self.note(Err(error));
            for (step, _, _) in starting {
                self.active.remove(&step);
                next.extend(scheduler.handle(Happened::Failed(step)));
            }
            if !scheduler.is_stopping() {
                next.extend(scheduler.handle(Happened::Stop));
            }
            return next;
        }
        for (step, _, task) in starting {
            self.since.insert(step, (Instant::now(), 0));
            tasks.spawn(async move { (step, task.await) });
        }
        next
    }

    fn hear(
        &mut self,
        step: usize,
        answer: Answer,
        scheduler: &mut Scheduler,
        tasks: &mut JoinSet<(usize, Answer)>,
        record: &mut dyn Record,
    ) -> Vec<Command> {
        let begun = self.go_on(step, answer);
        self.stage_ended(step, &begun);
        let noted = std::mem::take(&mut self.noted);
        if !noted.is_empty() {
            let result = record.note(&noted);
            self.note(result);
        }
        if self.rollouts.is_extra(step) {
            self.since.remove(&step);
            let starting = self.extra_ended(step, begun);
            self.start_extra(starting, tasks, record);
            return Vec::new();
        }
        match begun {
            Begun::Succeeded => {
                self.since.remove(&step);
                scheduler.handle(Happened::Succeeded(step))
            }
            Begun::Failed => {
                self.since.remove(&step);
                scheduler.handle(Happened::Failed(step))
            }
            Begun::Task(_, task) => {
                tasks.spawn(async move { (step, task.await) });
                Vec::new()
            }
        }
    }

    /// Starts what is not in the plan, once it is on record.
    fn start_extra(&mut self, starting: Vec<Starting>, tasks: &mut JoinSet<(usize, Answer)>, record: &mut dyn Record) {
        if !starting.is_empty() {
            self.tell_standings(record);
        }
        let noted = std::mem::take(&mut self.noted);
        let intents: Vec<Started> = starting.iter().filter_map(|(_, intent, _)| intent.as_deref().cloned()).collect();
        let moved = if noted.is_empty() { Ok(()) } else { record.note(&noted) };
        let recorded = if intents.is_empty() { moved } else { moved.and_then(|()| record.intend(&intents)) };
        if let Err(error) = recorded {
            self.note(Err(error));
            return;
        }
        for (step, _, task) in starting {
            self.since.insert(step, (Instant::now(), 0));
            tasks.spawn(async move { (step, task.await) });
        }
    }

    fn tell_standings(&mut self, record: &mut dyn Record) {
        if std::mem::take(&mut self.has_moved) {
            let result = record.stand(&self.rollouts.standings());
            self.note(result);
        }
    }

    /// [`Worker::begin`] for a step that may be part of a rollout.
    fn begin_part(&mut self, step: usize, kind: &StepKind) -> Begun {
        if !self.enter_stage(step) {
            return Begun::Failed;
        }
        let begun = self.begin(step, kind);
        self.stage_begun(step, &begun);
        begun
    }

    fn begin(&mut self, step: usize, kind: &StepKind) -> Begun {
        match kind {
            StepKind::Joint { .. } => Begun::Succeeded,
            StepKind::Stage { .. } => self.begin_stage(step),
            StepKind::Apply { change } => self.begin_apply(step, *change as usize),
            StepKind::Destroy { change } => self.begin_destroy(step, *change as usize),
            StepKind::Read { change } => self.begin_read(step, *change as usize),
            StepKind::Forget { change } => self.forget(*change as usize),
            StepKind::Evaluate { node: Node::Provider(provider) } => self.begin_connect(step, &provider.clone()),
            StepKind::Evaluate { node: Node::Resource(resource) } => self.expand_again(resource),
            StepKind::Evaluate { node } => self.evaluate(node),
        }
    }

    fn go_on(&mut self, step: usize, answer: Answer) -> Begun {
        let Some(active) = self.active.remove(&step) else { return Begun::Succeeded };
        match (active, answer) {
            (Active::Instance(applying), Answer::Applied(applied)) => self.applied(step, *applying, applied),
            (Active::Instance(applying), Answer::Provisioned(found)) => self.provisioned(*applying, found),
            (Active::Destroy(destroying), Answer::Applied(applied)) => {
                let change = destroying.change.clone();
                let begun = self.destroyed(*destroying, applied);
                if self.rollouts.is_extra(step) && matches!(begun, Begun::Succeeded) {
                    self.give_place_back(&change);
                }
                begun
            }
            (Active::Remake(remaking), Answer::Applied(applied)) => self.remade(step, *remaking, applied),
            (Active::Stage, Answer::Stage(answer)) => self.stage_answered(step, answer),
            (Active::Destroy(destroying), Answer::Provisioned(found)) => {
                self.destroy_provisioned(step, *destroying, found)
            }
            (Active::Read(reading), Answer::Read(outcome)) => self.data_read(*reading, outcome),
            (Active::Connect, Answer::Connected(provider, result)) => self.connected(provider, result),
            _ => Begun::Failed,
        }
    }

    fn note(&mut self, result: Result<(), super::record::RecordError>) {
        if let Err(error) = result {
            let detail = format!(
                "{error}\n\nNo further step is started. What was done so far is in the state that is written at the end, or in the journal."
            );
            self.diagnostics.push(Diagnostic::error("Failed to keep a record of the run", detail));
        }
    }

    fn tell_who_still_works(&mut self) {
        for (step, (since, told)) in &mut self.since {
            let periods = since.elapsed().as_secs() / STILL_INTERVAL.as_secs();
            if periods <= *told {
                continue;
            }
            *told = periods;
            let (change, action) = match self.active.get(step) {
                Some(Active::Instance(applying)) => (&applying.change, applying.action),
                Some(Active::Destroy(destroying)) => (&destroying.change, Action::Delete),
                _ => continue,
            };
            self.observer.observe(Event::StillApplying {
                address: &change.address,
                deposed: change.deposed.as_ref(),
                action,
                object: &change.change.before,
            });
        }
    }

    fn provision_line(&mut self, step: usize, line: &str) {
        let provisioning: Option<(&ResourceInstance, &Provisioning)> = match self.active.get(&step) {
            Some(Active::Instance(applying)) => {
                applying.provisioning.as_ref().map(|provisioning| (&applying.change.address, provisioning))
            }
            Some(Active::Destroy(destroying)) => {
                destroying.provisioning.as_ref().map(|provisioning| (&destroying.change.address, provisioning))
            }
            Some(Active::Stage) => return self.stage_line(step, line),
            _ => None,
        };
        if let Some((address, provisioning)) = provisioning {
            provisioning.line(self.observer, address, line);
        }
    }

    /// An idempotency token or a deposed key.
    pub fn random_hex(&self, bytes: usize) -> Text {
        let mut buffer = vec![0u8; bytes];
        self.input.functions.world.fill_random(&mut buffer);
        buffer.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }

    fn finish(mut self, was_stopped: bool) -> Outcome {
        if self.plan.mode == Mode::Destroy && !self.diagnostics.has_errors() {
            self.state.resources.retain(|_, resource| !resource.instances.is_empty());
        }
        if self.plan.mode != Mode::Destroy {
            self.state.checks = self.evaluation.checks.results();
        } else {
            self.state.checks = Vec::new();
        }
        if was_stopped {
            self.diagnostics.push(Diagnostic::error("execution halted", ""));
        }
        Outcome { state: self.state, counts: self.counts, diagnostics: self.diagnostics, was_stopped }
    }

    /// Where in the values an instance of a block lives.
    pub fn module_of(&self, address: &ResourceInstance) -> Option<ModuleId> {
        self.evaluation.values.id_of(&address.module)
    }

    pub fn set_value(&mut self, address: &ResourceInstance, known: Option<&Known>) {
        if let Some(known) = known {
            self.evaluation.values.set_instance_at(address, known.value.clone());
        }
    }
}

fn is_effect(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Apply { .. } | StepKind::Destroy { .. } | StepKind::Read { .. })
}
