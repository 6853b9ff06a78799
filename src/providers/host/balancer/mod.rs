//! The load balancer: HTTP and TCP proxies in this process, made to fit a wanted [`Routing`].
//!
//! ```text
//! client -> listener -> table (rules) -> group (who is next) -> member (pool, health) -> server
//! ```
//!
//! A listener reads its table anew for every request, so a new configuration is one exchanged reference and drops nothing. What lasts longer than a
//! configuration lasts as an object: open ports, members with their pools and health, counters.

mod body;
mod connection;
mod crew;
mod files;
mod forward;
mod group;
mod headers;
mod health;
mod link;
mod listener;
mod member;
mod metrics;
mod pattern;
mod redirect;
mod routing;
mod stickiness;
mod table;
mod tcp;
mod tls;

pub use health::{HealthState, MemberHealth};
pub use routing::{
    Action, Algorithm, Certificate, CheckKind, HeaderCondition, HealthCheck, Limits, Listener, Protocol, Redirect,
    Routing, Rule, Stickiness, Target, TargetGroup, WeightedGroup,
};

use super::ports::Ports;
use crew::Crew;
use group::Group;
use listener::Running;
use member::{Member, locked};
use metrics::{MemberGauge, Metrics};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use table::Table;

/// Running proxies. Dropped, all its ports close. It must be used inside a tokio runtime.
#[derive(Default)]
pub struct Balancer {
    ports: Ports,
    listeners: tokio::sync::Mutex<()>,
    running: Mutex<BTreeMap<String, Running>>,
    groups: Mutex<BTreeMap<String, Arc<Group>>>,
    metrics: Arc<Metrics>,
    /// Started with the first listener that needs it.
    crew: Mutex<Option<Arc<Crew>>>,
}

/// A listener that could not be made as wanted. One that ran before goes on as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub listener: String,
    pub reason: String,
}

impl Balancer {
    pub fn new(ports: Ports) -> Self {
        Self { ports, ..Self::default() }
    }

    /// Makes what runs fit the routing. What stays the same is not touched, and no connection is dropped by what changes.
    pub async fn configure(&self, routing: &Routing) -> Vec<Problem> {
        let _one_at_a_time = self.listeners.lock().await;
        let groups = self.configure_groups(routing);
        self.stop_all_but(routing).await;
        let mut problems = Vec::new();
        for (name, wanted) in &routing.listeners {
            if let Err(reason) = self.configure_listener(name, wanted, &groups).await {
                problems.push(Problem { listener: name.clone(), reason });
            }
        }
        problems
    }

    /// Where a listener really listens.
    pub fn address(&self, listener: &str) -> Option<SocketAddr> {
        locked(&self.running).get(listener).map(|running| running.address)
    }

    /// The members of a group in their order; empty for a group that does not exist.
    pub fn health(&self, group: &str) -> Vec<MemberHealth> {
        let groups = locked(&self.groups);
        groups.get(group).map(|group| group.members.iter().map(|member| member.health()).collect()).unwrap_or_default()
    }

    /// Waits until a member that drains, or that is gone, has nothing left to do: true when it came to that before the deadline.
    pub async fn drained(&self, group: &str, member: &str, deadline: Instant) -> bool {
        let found = locked(&self.groups)
            .get(group)
            .and_then(|group| group.members.iter().find(|candidate| candidate.id == member).cloned());
        match found {
            Some(member) => member.drained(deadline).await,
            None => true,
        }
    }

    /// Everything that was counted, as Prometheus reads it.
    pub fn metrics(&self) -> String {
        let groups = locked(&self.groups);
        let members = groups.values().flat_map(|group| group.members.iter().map(move |member| (group, member)));
        let gauges: Vec<_> = members
            .map(|(group, member)| MemberGauge {
                group: group.name.clone(),
                member: member.id.clone(),
                is_healthy: member.is_ready(),
                active: member.active(),
                ejections: member.ejections(),
            })
            .collect();
        self.metrics.render(&gauges)
    }

    fn configure_groups(&self, routing: &Routing) -> BTreeMap<String, Arc<Group>> {
        let mut groups = locked(&self.groups);
        let before = std::mem::take(&mut *groups);
        *groups = routing
            .groups
            .iter()
            .map(|(name, wanted)| (name.clone(), Arc::new(self.group(name, wanted, before.get(name)))))
            .collect();
        for (name, group) in &before {
            let kept = groups.get(name).map(|group| group.members.as_slice()).unwrap_or_default();
            for member in group.members.iter().filter(|member| !kept.iter().any(|kept| Arc::ptr_eq(kept, member))) {
                if !member.is_draining() {
                    self.metrics.drains.fetch_add(1, Relaxed);
                }
                let delay = groups.get(name).map_or(group.deregistration_delay, |group| group.deregistration_delay);
                member.remove(delay);
            }
        }
        groups.clone()
    }

    fn group(&self, name: &str, wanted: &TargetGroup, before: Option<&Arc<Group>>) -> Group {
        let known = before.map(|group| group.members.as_slice()).unwrap_or_default();
        let members = wanted.members.iter().map(|target| {
            let same = known.iter().find(|member| member.id == target.id && member.address == target.address);
            let member = match same {
                Some(member) => member.clone(),
                None => Member::new(target, wanted.health_check.is_some()),
            };
            if target.draining && same.is_some() && !member.is_draining() {
                self.metrics.drains.fetch_add(1, Relaxed);
            }
            member.configure(target, wanted.health_check.as_ref());
            member
        });
        Group {
            name: name.to_owned(),
            members: members.collect(),
            algorithm: wanted.algorithm,
            stickiness: wanted.stickiness.clone(),
            deregistration_delay: wanted.deregistration_delay,
            cursor: before.map(|group| group.cursor.clone()).unwrap_or_default(),
        }
    }

    fn crew(&self) -> std::io::Result<Arc<Crew>> {
        let mut crew = locked(&self.crew);
        match &*crew {
            Some(crew) => Ok(crew.clone()),
            None => Ok(crew.insert(Crew::start()?).clone()),
        }
    }

    /// Ports that are not wanted any more close before others open: one may take the other's place.
    async fn stop_all_but(&self, routing: &Routing) {
        let unwanted: Vec<_> =
            locked(&self.running).extract_if(.., |name, _| !routing.listeners.contains_key(name)).collect();
        for (_, running) in unwanted {
            running.stop().await;
        }
    }

    async fn configure_listener(
        &self,
        name: &str,
        wanted: &Listener,
        groups: &BTreeMap<String, Arc<Group>>,
    ) -> Result<(), String> {
        let tls = wanted.certificate.as_ref().map(tls::acceptor).transpose()?;
        let table = Table::new(name, wanted, tls, groups, &self.metrics);
        if let Some(running) = locked(&self.running).get(name)
            && running.bind == wanted.bind
        {
            running.replace(table);
            return Ok(());
        }
        let cannot_listen = |error| format!("cannot listen on {}: {error}", wanted.bind);
        let crew = self.crew().map_err(cannot_listen)?;
        let port = self.ports.open(wanted.bind).map_err(cannot_listen)?;
        let running = Running::start(wanted.bind, port, table, self.metrics.clone(), crew);
        let before = locked(&self.running).insert(name.to_owned(), running);
        if let Some(before) = before {
            before.stop().await;
        }
        Ok(())
    }
}
