//! Which steps may start: a pure function from what happened to what to do.
//!
//! Steps are numbers in a graph without cycles. A step starts when all it waits for have succeeded. When one fails, everything that
//! waits for it, directly or not, is skipped, and independent steps go on. Asked to stop, nothing more starts and what runs is finished;
//! asked twice, what runs is cancelled.

use std::collections::VecDeque;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Succeeded(usize),
    Failed(usize),
    /// The user asked to stop.
    Stop,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Start(usize),
    /// Something that it waits for has failed.
    Skip(usize),
    /// Tell everything that runs to give up.
    Cancel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Waiting,
    Running,
    Succeeded,
    Failed,
    Skipped,
}

/// The state of a run.
#[derive(Clone, Debug)]
pub struct Scheduler {
    dependents: Vec<Vec<usize>>,
    /// How many steps each one still waits for.
    missing: Vec<usize>,
    /// Whether a step counts towards the limit.
    takes_slot: Vec<bool>,
    status: Vec<Status>,
    ready: VecDeque<usize>,
    limit: usize,
    running: usize,
    slots_taken: usize,
    stops: u32,
}

impl Scheduler {
    /// `after[i]` are the steps that step i waits for; at most `limit` of those that take a slot run at once.
    pub fn new(after: &[Vec<usize>], takes_slot: Vec<bool>, limit: usize) -> Self {
        let mut dependents = vec![Vec::new(); after.len()];
        for (step, earlier) in after.iter().enumerate() {
            earlier.iter().for_each(|earlier| dependents[*earlier].push(step));
        }
        let missing: Vec<usize> = after.iter().map(Vec::len).collect();
        let ready = (0..after.len()).filter(|step| missing[*step] == 0).collect();
        Self {
            dependents,
            status: vec![Status::Waiting; after.len()],
            missing,
            takes_slot,
            ready,
            limit: limit.max(1),
            running: 0,
            slots_taken: 0,
            stops: 0,
        }
    }

    /// What may start at the beginning.
    pub fn begin(&mut self) -> Vec<Command> {
        self.start_ready()
    }

    pub fn handle(&mut self, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Succeeded(step) => {
                self.finish(step, Status::Succeeded);
                for dependent in self.dependents[step].clone() {
                    self.missing[dependent] -= 1;
                    if self.missing[dependent] == 0 && self.status[dependent] == Status::Waiting {
                        self.ready.push_back(dependent);
                    }
                }
            }
            Event::Failed(step) => {
                self.finish(step, Status::Failed);
                self.skip_dependents(step, &mut commands);
            }
            Event::Stop => {
                self.stops += 1;
                if self.stops == 2 {
                    commands.push(Command::Cancel);
                }
            }
        }
        commands.extend(self.start_ready());
        commands
    }

    /// Nothing runs and nothing will start.
    pub fn is_finished(&self) -> bool {
        self.running == 0 && (self.stops > 0 || self.ready.is_empty())
    }

    pub fn is_stopping(&self) -> bool {
        self.stops > 0
    }

    /// Steps that were never started.
    pub fn left_over(&self) -> usize {
        self.status.iter().filter(|status| **status == Status::Waiting).count()
    }

    fn finish(&mut self, step: usize, status: Status) {
        debug_assert_eq!(self.status[step], Status::Running, "only what runs can finish");
        self.status[step] = status;
        self.running -= 1;
        if self.takes_slot[step] {
            self.slots_taken -= 1;
        }
    }

    fn skip_dependents(&mut self, step: usize, commands: &mut Vec<Command>) {
        let mut open = self.dependents[step].clone();
        while let Some(step) = open.pop() {
            if self.status[step] == Status::Waiting {
                self.status[step] = Status::Skipped;
                commands.push(Command::Skip(step));
                open.extend(&self.dependents[step]);
            }
        }
    }

    fn start_ready(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.stops > 0 {
            return commands;
        }
        let mut kept = VecDeque::new();
        while let Some(step) = self.ready.pop_front() {
            if self.takes_slot[step] && self.slots_taken >= self.limit {
                kept.push_back(step);
                // Further on there may be steps that need no slot; they are few and never held up for long.
                if self.ready.len() > self.limit {
                    break;
                }
                continue;
            }
            self.status[step] = Status::Running;
            self.running += 1;
            self.slots_taken += usize::from(self.takes_slot[step]);
            commands.push(Command::Start(step));
        }
        kept.append(&mut self.ready);
        self.ready = kept;
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Any graph without cycles: step i waits only for earlier ones.
    fn graphs() -> impl Strategy<Value = Vec<Vec<usize>>> {
        prop::collection::vec(prop::collection::btree_set(0usize..30, 0..4), 1..30).prop_map(|sets| {
            let earlier = |(step, set): (usize, BTreeSet<usize>)| set.into_iter().filter(|it| *it < step).collect();
            sets.into_iter().enumerate().map(earlier).collect()
        })
    }

    /// Runs to the end. Returns the steps that succeeded and the largest number that ran at once.
    fn run(
        after: &[Vec<usize>],
        fails: &BTreeSet<usize>,
        limit: usize,
        stop_at: Option<usize>,
    ) -> (BTreeSet<usize>, usize) {
        let mut scheduler = Scheduler::new(after, vec![true; after.len()], limit);
        let mut running = VecDeque::new();
        let (mut done, mut most, mut finished) = (BTreeSet::new(), 0, 0);
        let mut commands = scheduler.begin();
        loop {
            for command in commands.drain(..) {
                if let Command::Start(step) = command {
                    assert!(after[step].iter().all(|earlier| done.contains(earlier)), "started too early");
                    running.push_back(step);
                }
            }
            most = most.max(running.len());
            let Some(step) = running.pop_front() else { break };
            finished += 1;
            if stop_at == Some(finished) {
                assert_eq!(scheduler.handle(Event::Stop), []);
            }
            commands = match fails.contains(&step) {
                true => scheduler.handle(Event::Failed(step)),
                false => {
                    done.insert(step);
                    scheduler.handle(Event::Succeeded(step))
                }
            };
            assert!(
                stop_at.is_none_or(|at| finished < at) || commands.iter().all(|it| !matches!(it, Command::Start(_)))
            );
        }
        assert!(scheduler.is_finished());
        (done, most)
    }

    proptest! {
        #[test]
        fn without_failures_everything_runs(after in graphs(), limit in 1usize..5) {
            let (done, most) = run(&after, &BTreeSet::new(), limit, None);
            prop_assert_eq!(done.len(), after.len());
            prop_assert!(most <= limit);
        }

        #[test]
        fn exactly_what_needs_a_failed_step_is_left_out(after in graphs(), fails in prop::collection::btree_set(0usize..30, 0..4)) {
            let (done, _) = run(&after, &fails, 3, None);
            let mut spoiled = vec![false; after.len()];
            for step in 0..after.len() {
                spoiled[step] = fails.contains(&step) || after[step].iter().any(|earlier| spoiled[*earlier]);
            }
            let expected: BTreeSet<usize> = (0..after.len()).filter(|step| !spoiled[*step]).collect();
            prop_assert_eq!(done, expected);
        }

        #[test]
        fn nothing_starts_after_a_stop(after in graphs(), stop_at in 1usize..10) {
            run(&after, &BTreeSet::new(), 4, Some(stop_at));
        }
    }

    #[test]
    fn the_second_stop_cancels() {
        let mut scheduler = Scheduler::new(&[vec![]], vec![true], 1);
        assert_eq!(scheduler.begin(), [Command::Start(0)]);
        assert_eq!(scheduler.handle(Event::Stop), []);
        assert_eq!(scheduler.handle(Event::Stop), [Command::Cancel]);
        assert_eq!(scheduler.handle(Event::Stop), []);
    }
}
