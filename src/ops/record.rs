//! A run's record: the journal beside the state, and the state itself now and then.

use crate::apply::{Exists, Order, OrderKind, Record, RecordError, Standing, StandingState, Started};
use crate::rollout::OnFailure;
use crate::state::State;
use crate::store::{
    Action, Course, Header, IntentRecord, Journal, OutcomeRecord, RolloutDesk, RolloutRecord, RolloutRecords, Store,
};
use std::collections::BTreeSet;

/// Writes the journal when the first effect is about to begin.
pub struct StoreRecord<'a> {
    store: &'a mut dyn Store,
    header: Header,
    journal: Option<Journal>,
    /// Steps that were begun and of which no outcome is known.
    open: BTreeSet<usize>,
    desk: RolloutDesk,
    /// Where the rollouts stood last.
    standings: Vec<Standing>,
    /// Kept from the moment at which the first rollout begins.
    plan: Option<Vec<u8>>,
}

impl<'a> StoreRecord<'a> {
    /// `plan` is the plan file of a run that has rollouts.
    pub fn new(store: &'a mut dyn Store, state: &State, plan: Option<Vec<u8>>) -> Self {
        let header = Header { lineage: state.lineage.clone(), serial: state.serial, plan: String::new() };
        let desk = RolloutDesk::beside(&store.journal_path());
        Self { store, header, journal: None, open: BTreeSet::new(), desk, standings: Vec::new(), plan }
    }

    fn journal(&mut self) -> Result<&mut Journal, RecordError> {
        if self.journal.is_none() {
            let path = self.store.journal_path();
            let journal = Journal::create(&path, &self.header).map_err(|error| RecordError {
                message: format!("The journal {} could not be written: {error}.", path.display()),
            })?;
            self.journal = Some(journal);
        }
        Ok(self.journal.as_mut().expect("it was made just now"))
    }

    /// Saves the final state; only then the journal has served. It stays where the next run has to ask what became of a step.
    pub fn finish(mut self, state: &State) -> Result<(), crate::diag::Diagnostics> {
        self.store.write(state)?;
        let is_split = |standing: &Standing| !standing.shadowed.is_empty() || !standing.moved.is_empty();
        let is_left = |standing: &Standing| is_split(standing) || standing.state == StandingState::Stopped;
        if !self.standings.is_empty() && !self.standings.iter().any(is_left) {
            self.desk.clear();
        }
        if let Some(journal) = self.journal.take()
            && self.open.is_empty()
        {
            // The state holds everything: a journal that stays behind is replayed to the same state.
            let _ = journal.finish();
        }
        Ok(())
    }
}

fn failed(error: &std::io::Error) -> RecordError {
    RecordError { message: format!("The journal could not be written: {error}.") }
}

impl Record for StoreRecord<'_> {
    fn intend(&mut self, started: &[Started]) -> Result<(), RecordError> {
        let intents: Vec<IntentRecord> = started.iter().map(intent_of).collect();
        self.journal()?.intend(&intents).map_err(|error| failed(&error))?;
        self.open.extend(started.iter().map(|started| started.step));
        Ok(())
    }

    fn note(&mut self, changed: &[Exists]) -> Result<(), RecordError> {
        let journal = self.journal()?;
        for exists in changed {
            let outcome = OutcomeRecord {
                step: exists.step.map_or(u32::MAX, |step| step as u32),
                address: exists.address.clone(),
                deposed: exists.deposed.as_ref().map(|key| key.to_string()),
                provider: exists.provider.to_string(),
                object: exists.object.clone(),
            };
            journal.record(&outcome).map_err(|error| failed(&error))?;
        }
        let settled: BTreeSet<usize> = changed.iter().filter_map(|exists| exists.step).collect();
        self.open.retain(|step| !settled.contains(step));
        Ok(())
    }

    fn keep(&mut self, state: &State) -> Result<(), RecordError> {
        self.store.write(state).map_err(|problems| RecordError {
            message: problems.iter().map(|problem| problem.detail.clone()).collect::<Vec<_>>().join("\n"),
        })
    }

    fn stand(&mut self, standings: &[Standing]) -> Result<(), RecordError> {
        if self.standings.is_empty() {
            // Orders that nobody heard were for an earlier run.
            drop(self.desk.take_orders());
        }
        let unwritten = |error: std::io::Error| RecordError {
            message: format!("What the rollouts do could not be written beside the state: {error}."),
        };
        if let Some(plan) = self.plan.take() {
            self.desk.write_plan(&plan).map_err(unwritten)?;
        }
        self.standings = standings.to_vec();
        let records =
            RolloutRecords { process: std::process::id(), rollouts: standings.iter().map(record_of).collect() };
        self.desk.write(&records).map_err(unwritten)
    }

    fn orders(&mut self) -> Vec<Order> {
        if self.standings.is_empty() {
            return Vec::new();
        }
        let order = |record: crate::store::OrderRecord| {
            let kind = OrderKind::parse(&record.order)?;
            Some(Order { kind, rollout: record.rollout })
        };
        self.desk.take_orders().into_iter().filter_map(order).collect()
    }
}

fn record_of(standing: &Standing) -> RolloutRecord {
    RolloutRecord {
        name: standing.name.clone(),
        state: standing.state.word().to_owned(),
        done: standing.done,
        total: standing.total,
        stage: standing.stage.clone(),
        in_service: standing.in_service,
        weight: standing.weight,
        provider: standing.provider.clone(),
        shadowed: standing.shadowed.clone(),
        moved: standing.moved.clone(),
        token: standing.token.clone(),
        if_interrupted: course_of(standing),
        renews: standing.renews,
        ids: standing.ids.clone(),
    }
}

/// A run that dies is a rollout that failed, where it was under way.
fn course_of(standing: &Standing) -> Course {
    match (standing.state, standing.on_failure) {
        (StandingState::GoingBack, _) => Course::TakeBack,
        (StandingState::Running | StandingState::Paused, OnFailure::Rollback) => Course::TakeBack,
        _ => Course::GoOn,
    }
}

fn intent_of(started: &Started) -> IntentRecord {
    let intent = &started.intent;
    IntentRecord {
        step: started.step as u32,
        address: started.address.clone(),
        deposed: started.deposed.as_ref().map(|key| key.to_string()),
        provider: started.provider.to_string(),
        action: match (intent.prior.is_null(), intent.planned.is_null()) {
            (true, _) => Action::Create,
            (false, true) => Action::Destroy,
            (false, false) => Action::Update,
        },
        kind: intent.kind.to_string(),
        prior: intent.prior.clone(),
        planned: intent.planned.clone(),
        private: intent.private.clone(),
        token: intent.token.to_string(),
    }
}
