//! From the record to the routing that the balancer is asked for. Pure.

use super::record::{Entry, Membership};
use super::server::{HealthCheck as Check, Server};
use super::traffic::{SHADOW, SHARE};
use crate::providers::host::balancer::{
    Action, Algorithm, Certificate, CheckKind, HeaderCondition, HealthCheck, Limits, Listener, Protocol, Redirect,
    Routing, Rule, Stickiness, Target, TargetGroup, WeightedGroup,
};
use crate::providers::host::protocol::Attributes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

#[derive(Deserialize)]
struct LoadBalancerAttributes {
    name: String,
    address: IpAddr,
}

#[derive(Deserialize)]
struct ListenerAttributes {
    load_balancer: String,
    port: u16,
    protocol: String,
    certificate: Option<String>,
    private_key: Option<String>,
    limits: Option<LimitsAttributes>,
    default_action: ActionAttributes,
}

/// Times in seconds.
#[derive(Default, Deserialize)]
struct LimitsAttributes {
    header_bytes: Option<usize>,
    body_bytes: Option<u64>,
    header_timeout: Option<f64>,
    idle_timeout: Option<f64>,
    answer_timeout: Option<f64>,
    connections: Option<usize>,
}

#[derive(Deserialize)]
struct RuleAttributes {
    listener: String,
    priority: u32,
    paths: Option<Vec<String>>,
    hosts: Option<Vec<String>>,
    headers: Option<BTreeMap<String, Vec<String>>>,
    action: ActionAttributes,
}

#[derive(Deserialize)]
struct ActionAttributes {
    forward: Option<Vec<ForwardAttributes>>,
    redirect: Option<RedirectAttributes>,
    fixed_response: Option<FixedAttributes>,
    files: Option<FilesAttributes>,
}

#[derive(Deserialize)]
struct ForwardAttributes {
    target_group: String,
    weight: Option<u32>,
}

#[derive(Deserialize)]
struct RedirectAttributes {
    status: Option<u16>,
    protocol: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: Option<String>,
    query: Option<String>,
}

#[derive(Deserialize)]
struct FixedAttributes {
    status: u16,
    content_type: Option<String>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct FilesAttributes {
    image: String,
}

#[derive(Deserialize)]
struct GroupAttributes {
    algorithm: String,
    health_check: Option<Check>,
    stickiness: Option<StickinessAttributes>,
    deregistration_delay: f64,
}

#[derive(Deserialize)]
struct StickinessAttributes {
    cookie: Option<String>,
    duration: Option<f64>,
}

#[derive(Deserialize)]
struct ShadowAttributes {
    group: String,
    percent: u32,
}

#[derive(Deserialize)]
struct ShareAttributes {
    group: String,
    next: String,
    percent: u32,
}

/// Of everything that is recorded. `members` says of the members whether they are leaving.
pub fn routing(
    entries: &BTreeMap<String, Entry>,
    members: &BTreeMap<Membership, bool>,
    data: &Path,
) -> Result<Routing, serde_json::Error> {
    let mut routing = Routing::default();
    for (id, attributes) in of_kind(entries, "host_target_group") {
        routing.groups.insert(id.clone(), group(typed(attributes)?));
    }
    let mut shadows = Vec::new();
    for (id, attributes) in of_kind(entries, SHADOW) {
        let shadow: ShadowAttributes = typed(attributes)?;
        if let Some(group) = routing.groups.get(&shadow.group).cloned() {
            routing.groups.insert(id.clone(), group);
            shadows.push((id.clone(), shadow));
        }
    }
    for (_, attributes) in of_kind(entries, SHARE) {
        let ShareAttributes { group, next, percent } = typed(attributes)?;
        shadows.push((next, ShadowAttributes { group, percent }));
    }
    for ((group, server), is_leaving) in members {
        let server = entries.get(server).map(|entry| Server::of(&entry.attributes)).transpose()?;
        if let (Some(group), Some(server)) = (routing.groups.get_mut(group), server) {
            group.members.push(Target {
                id: server.id.clone(),
                address: SocketAddr::new(server.address, server.port),
                zone: server.zone,
                draining: *is_leaving,
            });
        }
    }
    for (id, attributes) in of_kind(entries, "host_listener") {
        let attributes: ListenerAttributes = typed(attributes)?;
        let Some(of) = entries.get(&attributes.load_balancer) else { continue };
        let balancer: LoadBalancerAttributes = typed(&of.attributes)?;
        routing.listeners.insert(id.clone(), listener(attributes, &balancer, data));
    }
    for (_, attributes) in of_kind(entries, "host_listener_rule") {
        let attributes: RuleAttributes = typed(attributes)?;
        if let Some(listener) = routing.listeners.get_mut(&attributes.listener) {
            listener.rules.push(rule(attributes, data));
        }
    }
    for (id, shadow) in shadows {
        let listeners = routing.listeners.values_mut();
        let actions = listeners.flat_map(|listener| {
            listener.rules.iter_mut().map(|rule| &mut rule.action).chain([&mut listener.default_action])
        });
        actions.for_each(|action| split(action, &shadow, &id));
    }
    for (_, attributes) in of_kind(entries, "host_server") {
        add_workers(&mut routing, &Server::of(attributes)?);
    }
    Ok(routing)
}

fn of_kind<'a>(
    entries: &'a BTreeMap<String, Entry>,
    kind: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Attributes)> {
    entries.iter().filter(move |(_, entry)| entry.kind == kind).map(|(id, entry)| (id, &entry.attributes))
}

fn typed<T: DeserializeOwned>(attributes: &Attributes) -> Result<T, serde_json::Error> {
    serde_json::from_value(Json::Object(attributes.clone()))
}

fn seconds(given: Option<f64>, otherwise: u64) -> Duration {
    time(given, Duration::from_secs(otherwise))
}

fn time(given: Option<f64>, otherwise: Duration) -> Duration {
    given.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(otherwise)
}

fn group(attributes: GroupAttributes) -> TargetGroup {
    let stickiness = |given: StickinessAttributes| Stickiness {
        cookie: given.cookie.unwrap_or_else(|| "terrace_member".to_owned()),
        duration: seconds(given.duration, 86_400),
    };
    TargetGroup {
        members: Vec::new(),
        algorithm: match attributes.algorithm.as_str() {
            "least_connections" => Algorithm::LeastConnections,
            _ => Algorithm::RoundRobin,
        },
        stickiness: attributes.stickiness.map(stickiness),
        health_check: attributes.health_check.map(|check| health_check(&check)),
        deregistration_delay: seconds(Some(attributes.deregistration_delay), 10),
    }
}

fn health_check(check: &Check) -> HealthCheck {
    let kind = match &check.path {
        Some(path) => CheckKind::Http { path: path.clone(), statuses: statuses(check) },
        None => CheckKind::Tcp,
    };
    HealthCheck {
        kind,
        interval: seconds(check.interval, 2),
        timeout: seconds(check.timeout, 2),
        healthy_threshold: check.healthy_threshold.unwrap_or(2),
        unhealthy_threshold: check.unhealthy_threshold.unwrap_or(2),
    }
}

/// `200`, `200-299`; without a word, every success and redirect.
pub fn statuses(check: &Check) -> Vec<(u16, u16)> {
    let range = |text: &String| {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
    };
    check.statuses.as_ref().map_or_else(|| vec![(200, 399)], |given| given.iter().filter_map(range).collect())
}

fn listener(attributes: ListenerAttributes, of: &LoadBalancerAttributes, data: &Path) -> Listener {
    let certificate = attributes.certificate.zip(attributes.private_key);
    Listener {
        load_balancer: of.name.clone(),
        bind: SocketAddr::new(of.address, attributes.port),
        protocol: if attributes.protocol == "tcp" { Protocol::Tcp } else { Protocol::Http },
        certificate: certificate.map(|(chain_pem, key_pem)| Certificate { chain_pem, key_pem }),
        rules: Vec::new(),
        default_action: action(attributes.default_action, data),
        limits: limits(&attributes.limits.unwrap_or_default()),
    }
}

fn limits(given: &LimitsAttributes) -> Limits {
    let usual = Limits::default();
    Limits {
        header_bytes: given.header_bytes.unwrap_or(usual.header_bytes),
        body_bytes: given.body_bytes.or(usual.body_bytes),
        header_timeout: time(given.header_timeout, usual.header_timeout),
        idle_timeout: time(given.idle_timeout, usual.idle_timeout),
        answer_timeout: time(given.answer_timeout, usual.answer_timeout),
        connections: given.connections.unwrap_or(usual.connections),
        hangs_up: usual.hangs_up,
    }
}

fn rule(attributes: RuleAttributes, data: &Path) -> Rule {
    let headers = attributes.headers.unwrap_or_default().into_iter();
    Rule {
        priority: attributes.priority,
        paths: attributes.paths.unwrap_or_default(),
        hosts: attributes.hosts.unwrap_or_default(),
        headers: headers.map(|(name, values)| HeaderCondition { name, values }).collect(),
        action: action(attributes.action, data),
    }
}

fn action(given: ActionAttributes, data: &Path) -> Action {
    if let Some(redirect) = given.redirect {
        return Action::Redirect(Redirect {
            status: redirect.status.unwrap_or(302),
            protocol: redirect.protocol,
            host: redirect.host,
            port: redirect.port,
            path: redirect.path,
            query: redirect.query,
        });
    }
    if let Some(fixed) = given.fixed_response {
        return Action::Fixed {
            status: fixed.status,
            content_type: fixed.content_type.unwrap_or_else(|| "text/plain".to_owned()),
            body: fixed.body.unwrap_or_default(),
        };
    }
    if let Some(files) = given.files {
        return Action::Files { directory: data.join("images").join(files.image) };
    }
    let forward = given.forward.unwrap_or_default().into_iter();
    let group = |to: ForwardAttributes| WeightedGroup { group: to.target_group, weight: to.weight.unwrap_or(1) };
    Action::Forward(forward.map(group).collect())
}

/// Gives the shadow its share of what is forwarded to its group; the shares of other groups stay.
fn split(action: &mut Action, shadow: &ShadowAttributes, id: &str) {
    let Action::Forward(targets) = action else { return };
    let Some(weight) = targets.iter().find(|to| to.group == shadow.group).map(|to| to.weight) else { return };
    if shadow.percent == 0 {
        return;
    }
    for to in targets.iter_mut() {
        let share = if to.group == shadow.group { 100 - shadow.percent.min(100) } else { 100 };
        to.weight = to.weight.saturating_mul(share);
    }
    targets.push(WeightedGroup { group: id.to_owned(), weight: weight.saturating_mul(shadow.percent.min(100)) });
}

/// Several workers are members of a group of their own, behind a listener at the server's address.
fn add_workers(routing: &mut Routing, server: &Server) {
    if server.worker_ports.is_empty() {
        return;
    }
    let member = |(index, port): (usize, &u16)| Target {
        id: format!("{}/{}", server.id, index + 1),
        address: SocketAddr::new(server.address, *port),
        zone: server.zone.clone(),
        draining: false,
    };
    let group = TargetGroup {
        members: server.worker_ports.iter().enumerate().map(member).collect(),
        algorithm: Algorithm::RoundRobin,
        stickiness: None,
        health_check: Some(health_check(server.health_check.as_ref().unwrap_or(&Check::default()))),
        deregistration_delay: server.stop_timeout(),
    };
    let listener = Listener {
        load_balancer: server.name.clone(),
        bind: SocketAddr::new(server.address, server.port),
        protocol: Protocol::Http,
        certificate: None,
        rules: Vec::new(),
        default_action: Action::Forward(vec![WeightedGroup { group: server.id.clone(), weight: 1 }]),
        limits: Limits { hangs_up: true, ..Limits::default() },
    };
    routing.groups.insert(server.id.clone(), group);
    routing.listeners.insert(server.id.clone(), listener);
}
