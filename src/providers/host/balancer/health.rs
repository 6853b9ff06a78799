//! What is known of a member's health, and the task that finds it out.
//!
//! `Health` is a pure state machine over the answers of checks: a new member is in service after its first good answer; afterwards the
//! thresholds decide. The task only asks and reports.

use super::member::Member;
use super::routing::{CheckKind, HealthCheck};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Weak;
use tokio::net::TcpStream;
use tokio::time;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// No check has come to an end yet.
    Initial,
    Healthy,
    Unhealthy,
    /// Gets nothing new, whatever the checks say.
    Draining,
}

impl HealthState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
        }
    }
}

/// A member as `Balancer::health` tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberHealth {
    pub id: String,
    pub address: SocketAddr,
    pub zone: String,
    pub state: HealthState,
    /// Why it is not healthy; empty where it is.
    pub reason: String,
    /// Requests and connections that it works on now.
    pub active: usize,
}

/// The verdict over a member, from the answers so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) state: HealthState,
    pub(super) reason: String,
    /// Answers in a row that speak against the state.
    against: u32,
}

impl Health {
    /// A member that nobody checks is healthy.
    pub(super) fn of_new(is_checked: bool) -> Self {
        let (state, reason) = match is_checked {
            true => (HealthState::Initial, "the first health check has not ended"),
            false => (HealthState::Healthy, ""),
        };
        Self { state, reason: reason.to_owned(), against: 0 }
    }

    pub(super) fn observe(&mut self, answer: Result<(), String>, check: &HealthCheck) {
        let (wanted, threshold) = match (self.state, &answer) {
            (HealthState::Initial, Ok(())) => (HealthState::Healthy, 1),
            (_, Ok(())) => (HealthState::Healthy, check.healthy_threshold),
            (_, Err(_)) => (HealthState::Unhealthy, check.unhealthy_threshold),
        };
        self.against = if wanted == self.state { 0 } else { self.against + 1 };
        if self.against >= threshold.max(1) {
            self.state = wanted;
            self.against = 0;
        }
        self.reason = match (answer, self.state) {
            (_, HealthState::Healthy) => String::new(),
            (Err(why), _) => why,
            (Ok(()), _) => format!("{} of {} good answers in a row", self.against, check.healthy_threshold),
        };
    }
}

/// Checks until the member is gone. A member that is new is asked at once, and more often until its first good answer.
pub(super) async fn watch(member: Weak<Member>, address: SocketAddr, check: HealthCheck) {
    let impatient = check.interval.min(time::Duration::from_millis(100));
    loop {
        let answer = match time::timeout(check.timeout, ask(address, &check.kind)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {:?}", check.timeout)),
        };
        let Some(member) = member.upgrade() else { return };
        // A server that still starts refuses; that is not counted while it has its thresholds' time.
        let state = member.observe(answer, &check);
        drop(member);
        time::sleep(if state == HealthState::Initial { impatient } else { check.interval }).await;
    }
}

async fn ask(address: SocketAddr, kind: &CheckKind) -> Result<(), String> {
    let stream = TcpStream::connect(address).await.map_err(|error| format!("no connection: {error}"))?;
    let CheckKind::Http { path, statuses } = kind else { return Ok(()) };
    let failed = |error: hyper::Error| format!("no answer: {error}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let request = Request::get(path.as_str())
        .header(header::HOST, address.to_string())
        .header(header::USER_AGENT, "terrace-health-check")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("the check's path {path:?} is no path: {error}"))?;
    let asking = sender.send_request(request);
    tokio::pin!(asking);
    let answer = tokio::select! {
        answer = asking.as_mut() => answer,
        // It has ended with the answer, or without; the request knows.
        _ = connection => asking.await,
    };
    let answer = answer.map_err(failed)?;
    let status = answer.status().as_u16();
    match statuses.iter().any(|(first, last)| (*first..=*last).contains(&status)) {
        true => Ok(()),
        false => Err(format!("status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(answers: &str) -> String {
        let settings = HealthCheck {
            kind: CheckKind::Tcp,
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            healthy_threshold: 2,
            unhealthy_threshold: 3,
        };
        let mut health = Health::of_new(true);
        let states = answers.chars().map(|answer| {
            health.observe(if answer == '+' { Ok(()) } else { Err("refused".to_owned()) }, &settings);
            health.state.name().chars().next().expect("a name has letters")
        });
        states.collect()
    }

    #[test]
    fn the_first_good_answer_is_enough_and_then_thresholds_decide() {
        assert_eq!(check("+--+---+-++"), "hhhhhhuuuuh");
        assert_eq!(check("--+"), "iih");
        assert_eq!(check("---+"), "iiuu");
    }
}
