//! An open port: accepts connections and serves each by the table that holds when a request comes.

use super::body::{Answered, Body};
use super::connection::{Activity, Watched};
use super::crew::{Crew, Place};
use super::forward::{Failed, Way, forward, plain};
use super::headers::Origin;
use super::member::locked;
use super::metrics::{Metrics, Series};
use super::redirect::redirect;
use super::routing::Protocol;
use super::table::{Route, Table};
use super::{files, tcp};
use crate::providers::host::ports::Port;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time;

/// How often slow and silent connections are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_millis(250);
/// Rest after an accept that failed, as it does when there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A listener that runs. Dropped, it accepts no more, and open connections end after the request they are at.
pub(super) struct Running {
    /// As it was configured.
    pub(super) bind: SocketAddr,
    /// As the system gave it.
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

/// What the connections of a listener have in common.
struct Shared {
    table: RwLock<Arc<Table>>,
    metrics: Arc<Metrics>,
    port: u16,
    connections: Mutex<HashMap<u64, Arc<Activity>>>,
    crew: Arc<Crew>,
    next: AtomicU64,
}

impl Running {
    pub(super) fn start(bind: SocketAddr, port: Port, table: Table, metrics: Arc<Metrics>, crew: Arc<Crew>) -> Self {
        let address = port.address;
        let shared = Arc::new(Shared {
            table: RwLock::new(Arc::new(table)),
            metrics,
            port: address.port(),
            connections: Mutex::default(),
            crew,
            next: AtomicU64::new(0),
        });
        tokio::spawn(sweep(Arc::downgrade(&shared)));
        let accepting = tokio::spawn(accept(port, shared.clone()));
        Self { bind, address, shared, accepting }
    }

    /// From the next request on, this is what holds.
    pub(super) fn replace(&self, table: Table) {
        *self.shared.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }

    /// Closes the port, and returns when it is closed.
    pub(super) async fn stop(mut self) {
        self.accepting.abort();
        // It was cancelled, which is what was wanted.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
        for connection in locked(&self.shared.connections).values() {
            connection.close_gracefully();
        }
    }
}

impl Shared {
    fn table(&self) -> Arc<Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn sweep(shared: Weak<Shared>) {
    loop {
        time::sleep(SWEEP_INTERVAL).await;
        let Some(shared) = shared.upgrade() else { return };
        let table = shared.table();
        for connection in locked(&shared.connections).values() {
            connection.sweep(&table.limits);
        }
    }
}

async fn accept(port: Port, shared: Arc<Shared>) {
    loop {
        let Ok((stream, client)) = port.listener.accept().await else {
            time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        match Open::new(&shared) {
            Some(open) => hand_over(stream, client, open),
            None => {
                shared.metrics.refused.fetch_add(1, Relaxed);
            }
        }
    }
}

/// To the worker that has a place for it. A connection that cannot be handed over is one that has broken already.
fn hand_over(stream: TcpStream, client: SocketAddr, open: Open) {
    let Ok(stream) = stream.into_std() else { return };
    open.place.runtime().spawn(async move {
        if let Ok(stream) = TcpStream::from_std(stream) {
            serve(stream, client, open).await;
        }
    });
}

/// One open connection, in the list as long as it lives.
struct Open {
    shared: Arc<Shared>,
    activity: Arc<Activity>,
    number: u64,
    place: Place,
}

impl Open {
    fn new(shared: &Arc<Shared>) -> Option<Self> {
        let limit = shared.table().limits.connections;
        let mut connections = locked(&shared.connections);
        if connections.len() >= limit {
            return None;
        }
        let number = shared.next.fetch_add(1, Relaxed);
        let activity = Activity::new();
        connections.insert(number, activity.clone());
        shared.metrics.connections.fetch_add(1, Relaxed);
        Some(Self { shared: shared.clone(), activity, number, place: shared.crew.place() })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        locked(&self.shared.connections).remove(&self.number);
        self.shared.metrics.connections.fetch_sub(1, Relaxed);
    }
}

async fn serve(stream: TcpStream, client: SocketAddr, open: Open) {
    // Only delays small packets where it fails.
    let _ = stream.set_nodelay(true);
    let table = open.shared.table();
    // A client that says nothing costs no buffers yet.
    if table.protocol == Protocol::Http && !speaks(&stream, &open).await {
        return;
    }
    match &table.tls {
        None => Box::pin(serve_stream(stream, client, &table, &open)).await,
        Some(tls) => {
            // A handshake that fails or takes too long ends the connection; there is nobody to tell.
            if let Ok(Ok(stream)) = time::timeout(table.limits.header_timeout, tls.accept(stream)).await {
                Box::pin(serve_stream(stream, client, &table, &open)).await;
            }
        }
    }
}

/// Waits for a client's first bytes; false when it has to go before.
async fn speaks(stream: &TcpStream, open: &Open) -> bool {
    tokio::select! {
        biased;
        ready = stream.readable() => ready.is_ok(),
        _ = open.activity.ended() => false,
    }
}

async fn serve_stream<S>(stream: S, client: SocketAddr, table: &Table, open: &Open)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match table.protocol {
        Protocol::Tcp => tcp::serve(stream, table, &open.shared.metrics, &open.activity).await,
        Protocol::Http => serve_http(stream, client, table, open).await,
    }
}

async fn serve_http<S>(stream: S, client: SocketAddr, table: &Table, open: &Open)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let origin = Arc::new(Origin::new(client, open.shared.port, table.tls.is_some()));
    let stream = TokioIo::new(Watched::new(stream, open.activity.clone()));
    let worker = open.place.worker;
    let service = service_fn(|request| {
        let (shared, activity, origin) = (open.shared.clone(), open.activity.clone(), origin.clone());
        async move { answer(&shared, &activity, &origin, worker, request).await }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(table.limits.header_bytes.max(8192))
        .half_close(false)
        .serve_connection(stream, service)
        .with_upgrades();
    tokio::pin!(connection);
    loop {
        tokio::select! {
            biased;
            // A client that breaks off harms nobody but itself.
            _ = connection.as_mut() => return,
            is_over = open.activity.ended() => match is_over {
                true => return,
                false => connection.as_mut().graceful_shutdown(),
            },
        }
    }
}

async fn answer(
    shared: &Shared,
    activity: &Arc<Activity>,
    origin: &Origin,
    worker: usize,
    request: Request<Incoming>,
) -> Result<Response<Answered>, NobodyAnswers> {
    let began = Instant::now();
    activity.waits();
    let table = shared.table();
    let (answer, series) = route(shared, &table, activity, origin, worker, request).await;
    activity.answers();
    let status = answer.status().as_u16();
    let is_ours = Arc::ptr_eq(&series, &table.own);
    if table.limits.hangs_up && is_ours && matches!(status, 502 | 503) {
        return Err(NobodyAnswers);
    }
    let (head, body) = answer.into_parts();
    Ok(Response::from_parts(head, Answered::new(body, activity.clone(), series, status, began)))
}

/// Ends the connection without an answer, so that whoever balances over us asks somebody else.
#[derive(Debug)]
struct NobodyAnswers;

impl std::fmt::Display for NobodyAnswers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("no member answers")
    }
}

impl std::error::Error for NobodyAnswers {}

async fn route(
    shared: &Shared,
    table: &Table,
    activity: &Arc<Activity>,
    origin: &Origin,
    worker: usize,
    request: Request<Incoming>,
) -> (Response<Body>, Arc<Series>) {
    if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1 {
        return (plain(StatusCode::BAD_REQUEST), table.own.clone());
    }
    let answer = match table.route(&request) {
        Route::Forward(weighted) => {
            let Some(target) = weighted.next() else {
                return (plain(StatusCode::SERVICE_UNAVAILABLE), table.own.clone());
            };
            let way = Way { table, target, origin, metrics: &shared.metrics, activity, worker };
            match forward(&way, request).await {
                Ok(answered) => return answered,
                Err(Failed(status)) => plain(status),
            }
        }
        Route::Redirect(to) => redirect(to, &request, origin),
        Route::Fixed { status, content_type, body } => {
            let mut answer = Response::new(Body::whole(body.clone()));
            *answer.status_mut() = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
            if let Ok(content_type) = content_type.parse() {
                answer.headers_mut().insert(CONTENT_TYPE, content_type);
            }
            answer
        }
        Route::Files { directory } => {
            Box::pin(files::serve(directory, request.method(), request.uri(), request.headers())).await
        }
    };
    (answer, table.own.clone())
}
