//! A request on its way to a member, and the answer back.
//!
//! A request is sent again, to another member where there is one, as long as no byte of an answer came and sending it twice is harmless: it never
//! left, or its method is idempotent and its body is at hand.

use super::body::{AnswerBody, Body};
use super::connection::Activity;
use super::group::Group;
use super::headers::{Origin, add_forwarded, ask_for_upgrade, remove_hop_by_hop, wants_upgrade};
use super::link::Link;
use super::member::{Lease, Member};
use super::metrics::{Metrics, Series};
use super::stickiness::{cookie_for, token_in};
use super::table::{ForwardTarget, Table};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, SET_COOKIE, UPGRADE};
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::time;

/// Bodies up to this many bytes are kept so that an idempotent request can be sent again.
const REPLAYABLE_BYTES: u64 = 64 * 1024;
/// Times that one request is sent at most.
const ATTEMPTS: usize = 4;

/// What forwarding needs to know besides the request.
pub(super) struct Way<'a> {
    pub(super) table: &'a Table,
    pub(super) target: &'a ForwardTarget,
    pub(super) origin: &'a Origin,
    pub(super) metrics: &'a Metrics,
    pub(super) activity: &'a Arc<Activity>,
    /// Who serves the client.
    pub(super) worker: usize,
}

/// Why there is no answer of a member.
pub(super) struct Failed(pub(super) StatusCode);

pub(super) async fn forward(
    way: &Way<'_>,
    mut request: Request<Incoming>,
) -> Result<(Response<Body>, Arc<Series>), Failed> {
    let upgrade = wants_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    let (mut head, body) = request.into_parts();
    let group = &way.target.group;
    let token = group.stickiness.as_ref().and_then(|stickiness| token_in(&head.headers, stickiness)).map(str::to_owned);
    rewrite(&mut head, way.origin, upgrade.is_some())?;
    let (body, replay) = body_of(way, &head, body).await?;
    let mut sending = Sending { head, body: Some(body), replay };
    let mut tried = Vec::new();
    for attempt in 0..ATTEMPTS {
        let Some(at) = group.choose(token.as_deref(), &tried) else { break };
        let member = &group.members[at];
        if attempt > 0 {
            way.metrics.retries.fetch_add(1, Relaxed);
        }
        match send_to(member, way.worker, &mut sending, way.table.limits.answer_timeout).await {
            Sent::Answer(answer, link, lease) => {
                member.succeeded();
                let answer = answer_of(way, group, member, token.as_deref(), answer, link, lease, upgrade);
                return Ok((answer, way.target.series[at].clone()));
            }
            Sent::TimedOut => return Err(Failed(StatusCode::GATEWAY_TIMEOUT)),
            // Somebody closed a connection while it rested: says nothing of the member, which is asked anew.
            Sent::Stale => {}
            Sent::Dead => {
                member.failed();
                tried.push(at);
            }
        }
        if !sending.is_possible() {
            return Err(Failed(StatusCode::BAD_GATEWAY));
        }
    }
    Err(Failed(if tried.is_empty() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_GATEWAY }))
}

/// Into the form that a member is asked in.
fn rewrite(head: &mut Parts, origin: &Origin, is_upgrade: bool) -> Result<(), Failed> {
    if let Some(authority) = head.uri.authority() {
        let host = authority.as_str().parse().map_err(|_| Failed(StatusCode::BAD_REQUEST))?;
        head.headers.insert(HOST, host);
        let path = head.uri.path_and_query().cloned();
        head.uri = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    }
    let protocol = if is_upgrade { head.headers.get(UPGRADE).cloned() } else { None };
    remove_hop_by_hop(&mut head.headers);
    add_forwarded(&mut head.headers, origin);
    if let Some(protocol) = protocol {
        ask_for_upgrade(&mut head.headers, protocol);
    }
    head.version = Version::HTTP_11;
    Ok(())
}

/// The body to send, and its bytes where it may be sent again.
async fn body_of(way: &Way<'_>, head: &Parts, body: Incoming) -> Result<(Body, Option<Bytes>), Failed> {
    let is_idempotent = head.method.is_idempotent() && head.method != Method::TRACE;
    if body.is_end_stream() {
        return Ok((Body::empty(), is_idempotent.then(Bytes::new)));
    }
    let limit = way.table.limits.body_bytes.unwrap_or(u64::MAX);
    let size = body.size_hint().exact();
    if size.is_some_and(|size| size > limit) {
        return Err(Failed(StatusCode::PAYLOAD_TOO_LARGE));
    }
    if is_idempotent && size.is_some_and(|size| size <= REPLAYABLE_BYTES) {
        let reading = Limited::new(body, REPLAYABLE_BYTES as usize).collect();
        let whole = match Box::pin(time::timeout(way.table.limits.idle_timeout, reading)).await {
            Ok(Ok(whole)) => whole.to_bytes(),
            Ok(Err(_)) => return Err(Failed(StatusCode::BAD_REQUEST)),
            Err(_) => return Err(Failed(StatusCode::REQUEST_TIMEOUT)),
        };
        return Ok((Body::whole(whole.clone()), Some(whole)));
    }
    Ok((Body::Upload { body, left: limit }, None))
}

/// A request that may have to be sent more than once.
struct Sending {
    head: Parts,
    /// Not sent yet, or come back unsent.
    body: Option<Body>,
    replay: Option<Bytes>,
}

impl Sending {
    fn is_possible(&self) -> bool {
        self.body.is_some() || self.replay.is_some()
    }

    fn next(&mut self) -> Option<Request<Body>> {
        let body = self.body.take().or_else(|| self.replay.clone().map(Body::whole))?;
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.head.uri.clone();
        // The head is only needed again when the request may be.
        *request.headers_mut() = self.head.headers.clone();
        Some(request)
    }
}

#[allow(clippy::large_enum_variant, reason = "it is moved once, and an allocation a request would cost more")]
enum Sent {
    Answer(Response<Incoming>, Link, Lease),
    TimedOut,
    Stale,
    Dead,
}

async fn send_to(member: &Arc<Member>, worker: usize, sending: &mut Sending, answer_timeout: Duration) -> Sent {
    let lease = member.lease();
    let (mut link, is_fresh) = match member.take_idle(worker) {
        Some(link) => (link, false),
        // Boxed, as all that is rare: hyper moves the future of every request.
        None => match Box::pin(Link::open(member, worker)).await {
            Some(link) => (link, true),
            None => return Sent::Dead,
        },
    };
    let Some(request) = sending.next() else { return Sent::Dead };
    match time::timeout(answer_timeout, link.send(request)).await {
        Err(_) => Sent::TimedOut,
        Ok(Ok(answer)) => Sent::Answer(answer, link, lease),
        Ok(Err(unsent)) => {
            sending.body = unsent.map(Request::into_body);
            if is_fresh {
                return Sent::Dead;
            }
            member.forget_idle();
            Sent::Stale
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that the answer is made of")]
fn answer_of(
    way: &Way<'_>,
    group: &Group,
    member: &Arc<Member>,
    token: Option<&str>,
    answer: Response<Incoming>,
    link: Link,
    lease: Lease,
    upgrade: Option<OnUpgrade>,
) -> Response<Body> {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return switch(way, answer, link, lease, upgrade);
    }
    let (mut head, body) = answer.into_parts();
    remove_hop_by_hop(&mut head.headers);
    head.version = Version::HTTP_11;
    if let Some(stickiness) = &group.stickiness
        && token != Some(member.cookie.as_str())
        && let Some(cookie) = cookie_for(&member.cookie, stickiness)
    {
        head.headers.append(SET_COOKIE, cookie);
    }
    Response::from_parts(head, Body::Answer(AnswerBody::new(body, link, lease)))
}

/// Both sides speak another protocol from here on; bytes go through until one of them ends.
fn switch(
    way: &Way<'_>,
    mut answer: Response<Incoming>,
    link: Link,
    lease: Lease,
    upgrade: Option<OnUpgrade>,
) -> Response<Body> {
    let Some(client) = upgrade else {
        return plain(StatusCode::BAD_GATEWAY);
    };
    let member = hyper::upgrade::on(&mut answer);
    link.detach();
    way.activity.tunnels();
    tokio::spawn(async move {
        let Ok((client, server)) = tokio::try_join!(client, member) else { return };
        let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
        tokio::select! {
            // However it ends, both sides are closed.
            _ = copy_bidirectional(&mut client, &mut server) => {}
            () = lease.0.cut_off() => {}
        }
    });
    let (mut head, _) = answer.into_parts();
    let protocol = head.headers.get(UPGRADE).cloned();
    remove_hop_by_hop(&mut head.headers);
    head.headers.remove(CONTENT_LENGTH);
    if let Some(protocol) = protocol {
        ask_for_upgrade(&mut head.headers, protocol);
    }
    Response::from_parts(head, Body::empty())
}

/// An answer of the balancer's own that only says its status.
pub(super) fn plain(status: StatusCode) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let mut answer = Response::new(Body::whole(format!("{} {reason}\n", status.as_u16())));
    *answer.status_mut() = status;
    let text = hyper::header::HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, text);
    answer
}
