//! One member of a group while it runs: what it works on, what is known of it, and its idle connections.
//!
//! A member outlives configurations: as long as its group, id and address stay, the same object goes on, with its pool and its health.

use super::crew;
use super::health::{Health, HealthState, MemberHealth, watch};
use super::link::Link;
use super::routing::{HealthCheck, Target};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Idle connections that a worker keeps to one member.
const IDLE_CONNECTIONS: usize = 512;
/// An idle connection older than this is not trusted any more.
const IDLE_LIFE: Duration = Duration::from_secs(30);
/// So many failures in a row, without one answer between them, take a member out of service for a while.
const FAILURES_TO_EJECT: u32 = 2;
/// The first ejection; it doubles with each, up to `LONGEST_EJECTION_MS`.
const FIRST_EJECTION_MS: u64 = 500;
const LONGEST_EJECTION_MS: u64 = 10_000;

pub(super) struct Member {
    pub(super) id: String,
    pub(super) address: SocketAddr,
    pub(super) zone: String,
    /// Hash of the id: what the stickiness cookie says.
    pub(super) cookie: String,
    active: AtomicUsize,
    finished: Notify,
    is_draining: AtomicBool,
    is_removed: AtomicBool,
    /// Past `deregistration_delay`: what still runs is cut off.
    cut: Notify,
    health: Mutex<Health>,
    /// The health's verdict, for the fast path.
    is_in_service: AtomicBool,
    failures: AtomicU32,
    ejections: AtomicU32,
    ejected_until_ms: AtomicU64,
    born: Instant,
    /// Idle connections, by the worker whose runtime they belong to.
    pools: Box<[Mutex<Vec<Idle>>]>,
    watcher: Mutex<Option<(HealthCheck, JoinHandle<()>)>>,
}

struct Idle {
    link: Link,
    since: Instant,
}

impl Member {
    pub(super) fn new(target: &Target, is_checked: bool) -> Arc<Self> {
        Arc::new(Self {
            id: target.id.clone(),
            address: target.address,
            zone: target.zone.clone(),
            cookie: super::stickiness::token_of(&target.id),
            active: AtomicUsize::new(0),
            finished: Notify::new(),
            is_draining: AtomicBool::new(target.draining),
            is_removed: AtomicBool::new(false),
            cut: Notify::new(),
            health: Mutex::new(Health::of_new(is_checked)),
            is_in_service: AtomicBool::new(!is_checked),
            failures: AtomicU32::new(0),
            ejections: AtomicU32::new(0),
            ejected_until_ms: AtomicU64::new(0),
            born: Instant::now(),
            pools: (0..crew::size()).map(|_| Mutex::default()).collect(),
            watcher: Mutex::new(None),
        })
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Relaxed)
    }

    /// Whether something new may be sent to it now.
    pub(super) fn is_ready(&self) -> bool {
        self.is_in_service.load(Relaxed) && !self.is_draining() && !self.is_ejected()
    }

    /// Whether it may be tried when no member is ready: better a doubtful answer than none.
    pub(super) fn is_last_resort(&self) -> bool {
        !self.is_draining()
    }

    fn is_ejected(&self) -> bool {
        let until = self.ejected_until_ms.load(Relaxed);
        until != 0 && self.age_ms() < until
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn active(&self) -> usize {
        self.active.load(Relaxed)
    }

    pub(super) fn ejections(&self) -> u32 {
        self.ejections.load(Relaxed)
    }

    /// Counts a request or connection until the lease is dropped.
    pub(super) fn lease(self: &Arc<Self>) -> Lease {
        self.active.fetch_add(1, Relaxed);
        Lease(self.clone())
    }

    pub(super) fn succeeded(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
    }

    /// A connection that failed, or an answer that never came.
    pub(super) fn failed(&self) {
        if self.failures.fetch_add(1, Relaxed) + 1 >= FAILURES_TO_EJECT && !self.is_ejected() {
            let times = self.ejections.fetch_add(1, Relaxed).min(8);
            let length = (FIRST_EJECTION_MS << times).min(LONGEST_EJECTION_MS);
            self.ejected_until_ms.store(self.age_ms() + length, Relaxed);
            self.forget_idle();
        }
    }

    /// An idle connection of a worker that can take a request now.
    pub(super) fn take_idle(&self, worker: usize) -> Option<Link> {
        loop {
            let mut idle = locked(&self.pools[worker]).pop()?;
            if idle.since.elapsed() <= IDLE_LIFE && idle.link.is_usable() {
                return Some(idle.link);
            }
        }
    }

    /// Keeps a connection whose answer has been read to its end.
    pub(super) fn give_back(&self, link: Link) {
        if self.is_draining() {
            return;
        }
        let mut pool = locked(&self.pools[link.worker]);
        if pool.len() < IDLE_CONNECTIONS {
            pool.push(Idle { link, since: Instant::now() });
        }
    }

    /// Where one of the idle connections was closed by the other side, the others are doubtful too.
    pub(super) fn forget_idle(&self) {
        self.pools.iter().for_each(|pool| locked(pool).clear());
    }

    /// Called with every configuration that has the member.
    pub(super) fn configure(self: &Arc<Self>, target: &Target, check: Option<&HealthCheck>) {
        self.is_draining.store(target.draining, Relaxed);
        if target.draining {
            self.forget_idle();
        }
        let mut watcher = locked(&self.watcher);
        if watcher.as_ref().map(|(running, _)| running) == check {
            return;
        }
        if let Some((_, task)) = watcher.take() {
            task.abort();
        }
        match check {
            Some(check) => {
                let task = tokio::spawn(watch(Arc::downgrade(self), self.address, check.clone()));
                *watcher = Some((check.clone(), task));
            }
            None => self.set_health(Health::of_new(false)),
        }
    }

    /// The member left its group: idle connections close, what runs has until `delay` from now.
    pub(super) fn remove(self: &Arc<Self>, delay: Duration) {
        self.is_draining.store(true, Relaxed);
        self.is_removed.store(true, Relaxed);
        self.forget_idle();
        if let Some((_, task)) = locked(&self.watcher).take() {
            task.abort();
        }
        let member = self.clone();
        tokio::spawn(async move {
            if !member.drained(Instant::now() + delay).await {
                member.cut.notify_waiters();
            }
        });
    }

    /// Resolves when what still runs on a removed member must end.
    pub(super) async fn cut_off(&self) {
        self.cut.notified().await;
    }

    /// Whether it had nothing left to do before the deadline.
    pub(super) async fn drained(&self, deadline: Instant) -> bool {
        loop {
            let finished = self.finished.notified();
            tokio::pin!(finished);
            finished.as_mut().enable();
            if self.active() == 0 {
                return true;
            }
            if tokio::time::timeout_at(deadline.into(), finished).await.is_err() {
                return self.active() == 0;
            }
        }
    }

    pub(super) fn observe(&self, answer: Result<(), String>, check: &HealthCheck) -> HealthState {
        let mut health = locked(&self.health);
        if answer.is_ok() && health.state != HealthState::Healthy {
            self.ejected_until_ms.store(0, Relaxed);
            self.failures.store(0, Relaxed);
        }
        health.observe(answer, check);
        self.is_in_service.store(health.state == HealthState::Healthy, Relaxed);
        health.state
    }

    fn set_health(&self, health: Health) {
        self.is_in_service.store(health.state == HealthState::Healthy, Relaxed);
        *locked(&self.health) = health;
    }

    pub(super) fn health(&self) -> MemberHealth {
        let Health { state, reason, .. } = locked(&self.health).clone();
        let (state, reason) = match () {
            () if self.is_draining() => (HealthState::Draining, "the member is being drained".to_owned()),
            () if self.is_ejected() => {
                (HealthState::Unhealthy, "requests to it failed; it rests for a moment".to_owned())
            }
            () => (state, reason),
        };
        let (id, zone) = (self.id.clone(), self.zone.clone());
        MemberHealth { id, address: self.address, zone, state, reason, active: self.active() }
    }
}

/// One running request or connection of a member.
pub(super) struct Lease(pub(super) Arc<Member>);

impl Drop for Lease {
    fn drop(&mut self) {
        if self.0.active.fetch_sub(1, Relaxed) == 1 && self.0.is_draining() {
            self.0.finished.notify_waiters();
        }
    }
}

/// Nothing behind these locks is left half-changed by a panic, so a poisoned one is as good as any.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
