//! One listener's part of the routing, put into the shape that requests are matched with. Immutable: a new configuration is a new table.

use super::group::Group;
use super::metrics::{Metrics, Series};
use super::pattern::fits;
use super::routing::{Action, HeaderCondition, Limits, Listener, Protocol, Redirect, Rule};
use hyper::body::{Bytes, Incoming};
use hyper::header::HOST;
use hyper::{HeaderMap, Request};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio_rustls::TlsAcceptor;

pub(super) struct Table {
    pub(super) protocol: Protocol,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    rules: Vec<(Rule, Route)>,
    default: Route,
    /// For what the balancer answers itself.
    pub(super) own: Arc<Series>,
}

/// An action, ready to run.
pub(super) enum Route {
    Forward(Forward),
    Redirect(Redirect),
    Fixed { status: u16, content_type: String, body: Bytes },
    Files { directory: PathBuf },
}

pub(super) struct Forward {
    targets: Vec<(u32, ForwardTarget)>,
    total: u64,
    turn: AtomicU64,
}

pub(super) struct ForwardTarget {
    pub(super) group: Arc<Group>,
    /// One for each member of the group.
    pub(super) series: Vec<Arc<Series>>,
}

impl Forward {
    /// Groups in proportion to their weights, evenly spread: multiples of the golden ratio fill the unit interval without clusters.
    pub(super) fn next(&self) -> Option<&ForwardTarget> {
        if let [(weight, only)] = self.targets.as_slice() {
            return (*weight > 0).then_some(only);
        }
        let spread = self.turn.fetch_add(1, Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut at = (spread * self.total) >> 32;
        for (weight, target) in &self.targets {
            match at.checked_sub(u64::from(*weight)) {
                None => return Some(target),
                Some(rest) => at = rest,
            }
        }
        None
    }
}

impl Table {
    pub(super) fn new(
        name: &str,
        listener: &Listener,
        tls: Option<TlsAcceptor>,
        groups: &BTreeMap<String, Arc<Group>>,
        metrics: &Metrics,
    ) -> Self {
        let route = |action: &Action| {
            route_of(action, groups, |group, member| {
                metrics.series([listener.load_balancer.clone(), name.to_owned(), group.to_owned(), member.to_owned()])
            })
        };
        let mut rules: Vec<_> = listener.rules.iter().map(|rule| (rule.clone(), route(&rule.action))).collect();
        rules.sort_by_key(|(rule, _)| rule.priority);
        Self {
            protocol: listener.protocol,
            tls,
            limits: listener.limits.clone(),
            rules,
            default: route(&listener.default_action),
            own: metrics.series([listener.load_balancer.clone(), name.to_owned(), String::new(), String::new()]),
        }
    }

    pub(super) fn route(&self, request: &Request<Incoming>) -> &Route {
        if self.rules.is_empty() {
            return &self.default;
        }
        let host = host_of(request).to_ascii_lowercase();
        let path = request.uri().path();
        let matching = self.rules.iter().find(|(rule, _)| holds(rule, path, &host, request.headers()));
        matching.map_or(&self.default, |(_, route)| route)
    }

    pub(super) fn default_route(&self) -> &Route {
        &self.default
    }
}

fn route_of(
    action: &Action,
    groups: &BTreeMap<String, Arc<Group>>,
    series: impl Fn(&str, &str) -> Arc<Series>,
) -> Route {
    match action {
        Action::Forward(weighted) => {
            let known = weighted.iter().filter_map(|target| Some((target.weight, groups.get(&target.group)?)));
            let targets: Vec<_> = known
                .map(|(weight, group)| {
                    let series = group.members.iter().map(|member| series(&group.name, &member.id)).collect();
                    (weight, ForwardTarget { group: group.clone(), series })
                })
                .collect();
            let total = targets.iter().map(|(weight, _)| u64::from(*weight)).sum();
            Route::Forward(Forward { targets, total, turn: AtomicU64::new(0) })
        }
        Action::Redirect(redirect) => Route::Redirect(redirect.clone()),
        Action::Fixed { status, content_type, body } => {
            Route::Fixed { status: *status, content_type: content_type.clone(), body: body.clone().into() }
        }
        Action::Files { directory } => Route::Files { directory: directory.clone() },
    }
}

/// The host that a request is for, without port.
pub(super) fn host_of(request: &Request<Incoming>) -> &str {
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default(),
    };
    match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

fn holds(rule: &Rule, path: &str, host: &str, headers: &HeaderMap) -> bool {
    (rule.paths.is_empty() || rule.paths.iter().any(|pattern| fits(pattern, path)))
        && (rule.hosts.is_empty() || rule.hosts.iter().any(|pattern| fits(&pattern.to_ascii_lowercase(), host)))
        && rule.headers.iter().all(|condition| header_holds(condition, headers))
}

fn header_holds(condition: &HeaderCondition, headers: &HeaderMap) -> bool {
    let values = headers.get_all(condition.name.as_str()).iter().filter_map(|value| value.to_str().ok());
    values
        .map(str::to_ascii_lowercase)
        .any(|value| condition.values.iter().any(|pattern| fits(&pattern.to_ascii_lowercase(), &value)))
}
