//! Keeps the processes of one server running: starts, adopts, restarts with growing pauses, stops.

use super::process::Process;
use super::server::Server;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// The pause before the first restart; it doubles up to `LONGEST_PAUSE`, and is forgotten after `STEADY` without a fall.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const STEADY: Duration = Duration::from_secs(10);
/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// A log that has grown beyond it is moved aside.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;

/// So many falls in a row, none of them steady before, and it is not started again.
const MOST_FALLS: u32 = 8;

/// How a server is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It may finish what it does, for as long as its `stop_timeout` says.
    InTime,
    /// As if its machine had failed.
    AtOnce,
}

/// A server that is kept running.
pub struct Supervised {
    pub server: Server,
    stop: watch::Sender<Option<Ending>>,
    workers: Vec<Worker>,
}

struct Worker {
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

/// What others may know of a worker.
#[derive(Default)]
struct Seen {
    process: Mutex<Option<Process>>,
    restarts: AtomicU64,
    /// Why the last start failed.
    failure: Mutex<Option<String>>,
    has_given_up: AtomicBool,
}

impl Supervised {
    /// Starts what is not among the `adopted`.
    pub fn start(server: Server, data: PathBuf, mut adopted: impl FnMut(u32) -> Option<Process>) -> Self {
        let (stop, stopped) = watch::channel(None);
        let start = |index: u32| {
            let seen = Arc::new(Seen { process: Mutex::new(adopted(index)), ..Seen::default() });
            let keeper = Keeper { server: server.clone(), data: data.clone(), index, seen: seen.clone() };
            Worker { seen, task: tokio::spawn(keeper.keep(stopped.clone())) }
        };
        let workers = (0..server.workers).map(start).collect();
        Self { server, stop, workers }
    }

    pub fn processes(&self) -> Vec<u32> {
        let pid = |worker: &Worker| locked(&worker.seen.process).filter(Process::is_alive).map(|process| process.pid);
        self.workers.iter().filter_map(pid).collect()
    }

    pub fn restarts(&self) -> u64 {
        self.workers.iter().map(|worker| worker.seen.restarts.load(Ordering::Relaxed)).sum()
    }

    /// Why a process could not be started.
    pub fn failure(&self) -> Option<String> {
        self.workers.iter().find_map(|worker| locked(&worker.seen.failure))
    }

    /// One of its processes is not started again, although it should run.
    pub fn has_given_up(&self) -> bool {
        self.workers.iter().any(|worker| worker.seen.has_given_up.load(Ordering::Relaxed))
    }

    /// Ends all processes; returns when they are gone.
    pub async fn stop(self, ending: Ending) {
        let _ = self.stop.send(Some(ending));
        for worker in self.workers {
            let _ = worker.task.await;
        }
    }
}

/// What is in a cell that nobody holds for long.
fn locked<T: Clone>(cell: &Mutex<T>) -> T {
    cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

fn put<T>(cell: &Mutex<T>, value: T) {
    *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = value;
}

struct Keeper {
    server: Server,
    data: PathBuf,
    index: u32,
    seen: Arc<Seen>,
}

impl Keeper {
    async fn keep(self, mut stopped: watch::Receiver<Option<Ending>>) {
        let mut pause = FIRST_PAUSE;
        let mut falls = 0;
        let mut child = None;
        loop {
            if locked(&self.seen.process).is_none() {
                child = self.start();
            }
            let since = Instant::now();
            let has_failed = self.watch(&mut child, &mut stopped).await;
            let told = *stopped.borrow();
            if let Some(ending) = told {
                return self.end(child, ending).await;
            }
            put(&self.seen.process, None);
            if since.elapsed() > STEADY {
                (pause, falls) = (FIRST_PAUSE, 0);
            }
            falls += 1;
            let is_wanted = match self.server.restart.as_str() {
                "never" => false,
                "on-failure" => has_failed,
                _ => true,
            };
            if !is_wanted || falls >= MOST_FALLS {
                self.seen.has_given_up.store(is_wanted || has_failed, Ordering::Relaxed);
                let _ = stopped.wait_for(Option::is_some).await;
                return;
            }
            if tokio::time::timeout(pause, stopped.wait_for(Option::is_some)).await.is_ok() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.seen.restarts.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn start(&self) -> Option<Child> {
        match self.server.start(&self.data, self.index) {
            Ok(child) => {
                put(&self.seen.process, Process::of(child.id()));
                put(&self.seen.failure, None);
                Some(child)
            }
            Err(error) => {
                put(&self.seen.failure, Some(crate::system::reason(&error)));
                None
            }
        }
    }

    /// Returns when the process has ended or is to be stopped, and whether it failed.
    async fn watch(&self, child: &mut Option<Child>, stopped: &mut watch::Receiver<Option<Ending>>) -> bool {
        let mut looks: u32 = 0;
        loop {
            if stopped.borrow().is_some() {
                return false;
            }
            let ended = match (child.as_mut(), locked(&self.seen.process)) {
                (Some(child), _) => match child.try_wait() {
                    Ok(Some(status)) => Some(!status.success()),
                    Ok(None) => None,
                    Err(_) => Some(true),
                },
                (None, Some(process)) => (!process.is_alive()).then_some(true),
                (None, None) => Some(true),
            };
            if let Some(has_failed) = ended {
                *child = None;
                return has_failed;
            }
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(100) {
                self.rotate_log();
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                _ = stopped.changed() => {}
            }
        }
    }

    async fn end(&self, child: Option<Child>, ending: Ending) {
        let process = locked(&self.seen.process);
        // The dead must be collected while we wait for them to be gone.
        let collected = child.map(|mut child| tokio::task::spawn_blocking(move || child.wait()));
        if let Some(process) = process {
            match ending {
                Ending::InTime => process.stop(self.server.stop_timeout()).await,
                Ending::AtOnce => process.kill().await,
            }
        }
        if let Some(collected) = collected {
            let _ = collected.await;
        }
        put(&self.seen.process, None);
    }

    /// The process keeps its file, which it only appends to: the content is copied aside and the file made empty.
    fn rotate_log(&self) {
        let log = self.server.log(&self.data);
        let is_long = std::fs::metadata(&log).is_ok_and(|found| found.len() > LONGEST_LOG);
        if is_long && self.index == 0 && std::fs::copy(&log, log.with_extension("log.1")).is_ok() {
            let _ = std::fs::OpenOptions::new().write(true).truncate(true).open(&log);
        }
    }
}
