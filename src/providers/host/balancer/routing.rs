//! The complete routing that is wanted of a balancer: plain data, keyed by the names that the caller gave.
//!
//! It is always the whole picture. What runs is compared with it, so that the caller never has to say what changed.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that should run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routing {
    pub listeners: BTreeMap<String, Listener>,
    pub groups: BTreeMap<String, TargetGroup>,
}

/// One open port.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// The load balancer it belongs to, for metrics.
    pub load_balancer: String,
    /// Port 0 lets the system choose; `Balancer::address` tells what it chose.
    pub bind: SocketAddr,
    pub protocol: Protocol,
    /// With a certificate the listener speaks TLS.
    pub certificate: Option<Certificate>,
    /// In any order; the smallest priority is tried first. A TCP listener has none.
    pub rules: Vec<Rule>,
    pub default_action: Action,
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Tcp,
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone, PartialEq)]
pub struct Certificate {
    pub chain_pem: String,
    pub key_pem: String,
}

impl Certificate {
    /// Whether TLS is possible with it.
    pub fn check(&self) -> Result<(), String> {
        super::tls::acceptor(self).map(drop)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Certificate(sensitive)")
    }
}

/// What one listener bears from its clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of request line and headers; at least 8192.
    pub header_bytes: usize,
    /// Bytes of a request's body; `None` is without limit.
    pub body_bytes: Option<u64>,
    /// Until a request's headers are there, counted from the first byte.
    pub header_timeout: Duration,
    /// How long a connection may stay open between two requests, and without any byte in a body.
    pub idle_timeout: Duration,
    /// Until a member has answered with its headers.
    pub answer_timeout: Duration,
    /// Connections at one time; more are closed as they come.
    pub connections: usize,
    /// A request that no member answers ends its connection instead of getting a 502: for a listener behind another balancer.
    pub hangs_up: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 32 * 1024,
            body_bytes: None,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            answer_timeout: Duration::from_secs(60),
            connections: 20_000,
            hangs_up: false,
        }
    }
}

/// Where some of the requests go. All the conditions that are given must hold; any pattern of a list is enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub priority: u32,
    /// Patterns with `*` and `?`, compared with case.
    pub paths: Vec<String>,
    /// Patterns with `*` and `?`, compared without case and port.
    pub hosts: Vec<String>,
    pub headers: Vec<HeaderCondition>,
    pub action: Action,
}

/// A header of which one value fits one of the patterns, without case.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCondition {
    pub name: String,
    pub values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To one of these groups, in proportion to their weights.
    Forward(Vec<WeightedGroup>),
    Redirect(Redirect),
    Fixed {
        status: u16,
        content_type: String,
        body: String,
    },
    /// Files below a directory; `index.html` for a directory.
    Files {
        directory: PathBuf,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct WeightedGroup {
    pub group: String,
    pub weight: u32,
}

/// A redirect; `None` keeps what the request had. `#{host}`, `#{path}`, `#{query}`, `#{port}` and `#{protocol}` stand for the request's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Redirect {
    /// 301 or 302.
    pub status: u16,
    pub protocol: Option<String>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub path: Option<String>,
    pub query: Option<String>,
}

/// Members that answer alike.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetGroup {
    pub members: Vec<Target>,
    pub algorithm: Algorithm,
    pub stickiness: Option<Stickiness>,
    /// Without a check every member counts as healthy.
    pub health_check: Option<HealthCheck>,
    /// How long running requests may go on when a member drains or is removed.
    pub deregistration_delay: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub id: String,
    pub address: SocketAddr,
    pub zone: String,
    /// Gets no new requests; running ones finish.
    pub draining: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    RoundRobin,
    LeastConnections,
}

/// A cookie that brings a client back to its member.
#[derive(Clone, Debug, PartialEq)]
pub struct Stickiness {
    pub cookie: String,
    pub duration: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HealthCheck {
    pub kind: CheckKind,
    pub interval: Duration,
    pub timeout: Duration,
    /// So many good answers in a row make an unhealthy member healthy. The first good answer is enough for a new one.
    pub healthy_threshold: u32,
    pub unhealthy_threshold: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CheckKind {
    /// A GET whose answer has a status in one of these ranges.
    Http { path: String, statuses: Vec<(u16, u16)> },
    /// A connection that opens.
    Tcp,
}
