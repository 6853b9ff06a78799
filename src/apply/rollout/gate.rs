//! Gates: waiting until something is observed, with an end to every wait.
//!
//! A gate asks again and again, at first quickly, then every two seconds. It ends when what it waits for is so, when its time is over, when
//! somebody aborts the rollout or stops the run. While the rollout is paused it does not pass. What could not be found out is not a pass.

use super::probe::{Observation, Probes};
use crate::provider::{Connection, Health, Progress, Renewal, Target, Traffic};
use crate::rollout::{Analysis, render_duration};
use crate::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A renewal takes minutes.
const LONGEST_RENEWAL_PAUSE: Duration = Duration::from_secs(10);
/// So often may it be unknown how far a renewal is.
const MOST_UNSEEN: u32 = 30;

/// How a gate ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Passed,
    /// With what was seen.
    Failed(String),
    /// The run is being stopped.
    Stopped,
}

/// What people ask for while gates wait; by name of the rollout.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals {
    pub is_stopping: bool,
    pub aborted: BTreeSet<String>,
    pub paused: BTreeSet<String>,
    /// How often somebody said go on.
    pub promotions: BTreeMap<String, u32>,
}

/// Members of groups, with what people call them.
pub(super) type Members = Vec<(Text, Vec<(Target, String)>)>;

/// One gate.
pub(super) struct Gate {
    pub rollout: String,
    pub connection: Arc<dyn Connection>,
    pub signals: watch::Receiver<Signals>,
    pub probes: Arc<dyn Probes>,
    /// When the whole rollout must be over.
    pub deadline: Option<Instant>,
    pub step: usize,
    pub lines: mpsc::UnboundedSender<(usize, String)>,
}

impl Gate {
    pub fn tell(&self, line: String) {
        // Nobody listens any more when the run is over.
        let _ = self.lines.send((self.step, line));
    }

    fn traffic(&self) -> Result<&dyn Traffic, String> {
        self.connection.traffic().ok_or_else(|| "the provider has no load balancer".to_owned())
    }

    /// Why the wait is over whatever is observed.
    fn cut_short(&self) -> Option<Passage> {
        let signals = self.signals.borrow();
        if signals.aborted.contains(&self.rollout) {
            return Some(Passage::Failed("somebody aborted the rollout".to_owned()));
        }
        if signals.is_stopping {
            return Some(Passage::Stopped);
        }
        self.deadline
            .filter(|deadline| *deadline <= Instant::now())
            .map(|_| Passage::Failed("the deadline of the rollout is over".to_owned()))
    }

    fn is_paused(&self) -> bool {
        self.signals.borrow().paused.contains(&self.rollout)
    }

    /// Waits a little; wakes up when somebody asks for something.
    async fn pause(&mut self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            Ok(()) = self.signals.changed() => {}
        }
    }

    /// Until all members have been healthy for `stable_for` without a break.
    pub async fn healthy(mut self, members: Members, timeout: Duration, stable_for: Duration) -> Passage {
        let begun = Instant::now();
        let mut healthy_since = None;
        let mut told = String::new();
        let mut wait = FIRST_PAUSE;
        loop {
            let (healthy, total, worst) = self.look(&members).await;
            match worst {
                None => {
                    let since = *healthy_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= stable_for && !self.is_paused() {
                        return self.cut_short().unwrap_or(Passage::Passed);
                    }
                }
                Some(seen) => {
                    healthy_since = None;
                    if begun.elapsed() >= timeout {
                        return Passage::Failed(format!("{seen}, after {}", render_duration(timeout)));
                    }
                }
            }
            if let Some(passage) = self.cut_short() {
                return passage;
            }
            let left = timeout.saturating_sub(begun.elapsed());
            let line = if self.is_paused() { "paused".to_owned() } else { format!("{healthy}/{total} healthy") };
            if line != told {
                self.tell(format!("{line}, {} left", render_duration(Duration::from_secs(left.as_secs()))));
                told = line;
            }
            self.pause(wait.min(stable_for.max(FIRST_PAUSE))).await;
            wait = (wait * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// How many are healthy, of how many, and what is wrong with the first that is not.
    async fn look(&self, members: &Members) -> (usize, usize, Option<String>) {
        let total = members.iter().map(|(_, members)| members.len()).sum();
        let mut healthy = 0;
        let mut worst = None;
        for (group, members) in members {
            let targets: Vec<Target> = members.iter().map(|(target, _)| target.clone()).collect();
            let states = match self.traffic() {
                Ok(traffic) => traffic.health(group, &targets).await.map_err(|complaints| summary(&complaints)),
                Err(problem) => Err(problem),
            };
            match states {
                Ok(states) => {
                    healthy += states.iter().filter(|state| **state == Health::Healthy).count();
                    let bad = states.iter().zip(members).find(|(state, _)| **state != Health::Healthy);
                    worst = worst.or(bad.map(|(state, (_, name))| format!("{name} is {}", describe(state))));
                    if states.len() < members.len() {
                        worst = worst.or(Some("the provider did not answer for every server".to_owned()));
                    }
                }
                Err(problem) => worst = worst.or(Some(format!("health is not known: {problem}"))),
            }
        }
        (healthy, total, worst)
    }

    /// Time passes, every analysis stays good and the new servers stay healthy. With `promotion`, until somebody says go on.
    pub async fn hold(mut self, members: Members, time: Duration, analysis: Vec<Analysis>, promotion: bool) -> Passage {
        let begun = Instant::now();
        let promotions = self.promotions();
        let mut watched: Vec<Watched> = analysis.into_iter().map(Watched::new).collect();
        let mut told = None;
        loop {
            for watched in &mut watched {
                if let Some(problem) = watched.observe(&*self.probes).await {
                    return Passage::Failed(problem);
                }
            }
            if let (_, _, Some(seen)) = self.look(&members).await {
                return Passage::Failed(seen);
            }
            if let Some(passage) = self.cut_short() {
                return passage;
            }
            let is_over = if promotion { self.promotions() > promotions } else { begun.elapsed() >= time };
            if is_over && !self.is_paused() {
                return Passage::Passed;
            }
            if promotion && begun.elapsed() >= time {
                return Passage::Failed(format!("nobody promoted it within {}", render_duration(time)));
            }
            let left = time.saturating_sub(begun.elapsed());
            let minute = left.as_secs() / 10;
            if told != Some(minute) {
                told = Some(minute);
                self.tell(format!("{} left", render_duration(Duration::from_secs(left.as_secs()))));
            }
            let next = watched.iter().map(Watched::due_in).min().unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
            let end = if is_over || promotion { LONGEST_PAUSE } else { left };
            self.pause(next.min(end).max(Duration::from_millis(20))).await;
        }
    }

    /// Until the provider has replaced the servers of a fleet by itself, while every analysis stays good. `ends_another`: whatever else is
    /// under way ends first.
    pub async fn renewed(mut self, fleet: Value, how: Renewal, analysis: Vec<Analysis>, ends_another: bool) -> Passage {
        let connection = self.connection.clone();
        let Some(renewals) = connection.renewals() else {
            return Passage::Failed("the provider does not replace servers by itself".to_owned());
        };
        if ends_another && let Err(complaints) = renewals.cancel(&fleet).await {
            return Passage::Failed(summary(&complaints));
        }
        let renewal = match renewals.begin(&fleet, &how).await {
            Ok(renewal) => renewal,
            Err(complaints) => return Passage::Failed(summary(&complaints)),
        };
        let mut watched: Vec<Watched> = analysis.into_iter().map(Watched::new).collect();
        let (mut told, mut unseen, mut wait) = (String::new(), 0, FIRST_PAUSE);
        loop {
            let mut ended = None;
            for watched in &mut watched {
                ended = ended.or(watched.observe(&*self.probes).await.map(Passage::Failed));
            }
            ended = ended.or_else(|| self.cut_short());
            match ended {
                Some(Passage::Failed(seen)) => {
                    // The way back ends it too, should this fail.
                    let _ = renewals.cancel(&fleet).await;
                    return Passage::Failed(seen);
                }
                // It goes on by itself.
                Some(passage) => return passage,
                None => {}
            }
            let line = match renewals.progress(&fleet, &renewal).await {
                Ok(Progress::Done) if !self.is_paused() => return Passage::Passed,
                Ok(Progress::Done) => "paused".to_owned(),
                Ok(Progress::Failed(seen)) => return Passage::Failed(seen),
                Ok(Progress::Going { percent, seen }) if seen.is_empty() => format!("{percent} % replaced"),
                Ok(Progress::Going { percent, seen }) => format!("{percent} % replaced; {seen}"),
                Err(complaints) if unseen >= MOST_UNSEEN => return Passage::Failed(summary(&complaints)),
                Err(complaints) => {
                    unseen += 1;
                    format!("not known: {}", summary(&complaints))
                }
            };
            if line != told {
                self.tell(line.clone());
                told = line;
            }
            self.pause(wait).await;
            wait = (wait * 3 / 2).min(LONGEST_RENEWAL_PAUSE);
        }
    }

    fn promotions(&self) -> u32 {
        self.signals.borrow().promotions.get(&self.rollout).copied().unwrap_or(0)
    }

    /// Until no member has anything left to do, or its time is over: then it goes all the same, as was said.
    pub async fn drained(mut self, members: Members, timeout: Duration) -> Passage {
        let begun = Instant::now();
        let mut wait = FIRST_PAUSE;
        loop {
            let mut left = 0;
            for (group, members) in &members {
                let targets: Vec<Target> = members.iter().map(|(target, _)| target.clone()).collect();
                let Ok(traffic) = self.traffic() else { return Passage::Passed };
                // What cannot be seen may still be busy.
                let states =
                    traffic.health(group, &targets).await.unwrap_or_else(|_| vec![Health::Draining; targets.len()]);
                left += states.iter().filter(|state| !matches!(state, Health::Absent | Health::Unused)).count();
            }
            if left == 0 || begun.elapsed() >= timeout {
                return Passage::Passed;
            }
            self.pause(wait).await;
            wait = (wait * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

/// An analysis and what it has seen.
struct Watched {
    analysis: Analysis,
    failures: u32,
    next: Instant,
}

impl Watched {
    fn new(analysis: Analysis) -> Self {
        Self { analysis, failures: 0, next: Instant::now() }
    }

    fn due_in(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Looks, if it is time to. What is wrong, once more was bad than is allowed.
    async fn observe(&mut self, probes: &dyn Probes) -> Option<String> {
        if self.next > Instant::now() {
            return None;
        }
        self.next = Instant::now() + self.analysis.interval;
        let Observation::Bad(seen) = probes.observe(&self.analysis.probe).await else { return None };
        self.failures += 1;
        let allowed = self.analysis.failures_allowed;
        (self.failures > allowed).then(|| {
            format!(
                "analysis {:?} was bad {} times ({allowed} allowed), the last time: {seen}",
                self.analysis.name, self.failures
            )
        })
    }
}

fn describe(state: &Health) -> String {
    match state {
        Health::Initial => "still being checked".to_owned(),
        Health::Healthy => "healthy".to_owned(),
        Health::Unhealthy(reason) if reason.is_empty() => "unhealthy".to_owned(),
        Health::Unhealthy(reason) => format!("unhealthy ({reason})"),
        Health::Draining => "leaving its group".to_owned(),
        Health::Unused => "not checked, because nothing forwards to its group or its zone".to_owned(),
        Health::Absent => "no member of its group".to_owned(),
    }
}

pub(super) fn summary(complaints: &[crate::provider::Complaint]) -> String {
    let texts: Vec<String> =
        complaints.iter().map(|complaint| format!("{}: {}", complaint.summary, complaint.detail)).collect();
    texts.join("; ")
}
