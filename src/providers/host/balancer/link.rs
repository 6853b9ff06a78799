//! A connection to a member, driven by the request that uses it.
//!
//! There is no task of its own: what the member sends wakes the client's task directly, which saves two wake-ups a request, and a client that does
//! not read holds back its member. An idle connection rests in the pool and is looked at when it is wanted again.

use super::body::Body;
use super::member::Member;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time;

/// For a member on this machine or nearby; nobody waits longer for a dead one.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Link {
    /// Whose runtime it belongs to.
    pub(super) worker: usize,
    sender: SendRequest<Body>,
    /// Reads and writes; none once it has ended.
    connection: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Link {
    pub(super) async fn open(member: &Arc<Member>, worker: usize) -> Option<Self> {
        let stream = time::timeout(CONNECT_TIMEOUT, TcpStream::connect(member.address)).await.ok()?.ok()?;
        // Only delays small packets where it fails.
        let _ = stream.set_nodelay(true);
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        let member = member.clone();
        let connection = async move {
            tokio::select! {
                // Its failures reach whoever waits for an answer.
                _ = connection.with_upgrades() => {}
                () = member.cut_off() => {}
            }
        };
        Some(Self { worker, sender, connection: Some(Box::pin(connection)) })
    }

    /// The answer's head; where there is none, the request if it was not sent.
    pub(super) async fn send(&mut self, request: Request<Body>) -> Result<Response<Incoming>, Option<Request<Body>>> {
        let asking = self.sender.try_send_request(request);
        tokio::pin!(asking);
        let answer = match &mut self.connection {
            None => asking.await,
            Some(connection) => {
                let ended = tokio::select! {
                    biased;
                    answer = asking.as_mut() => Some(answer),
                    () = connection => None,
                };
                match ended {
                    Some(answer) => answer,
                    // It has ended with the answer, or without; the request knows.
                    None => {
                        self.connection = None;
                        asking.await
                    }
                }
            }
        };
        answer.map_err(|mut error| error.take_message())
    }

    /// Lets it read and write; whoever waits for its bytes calls this first.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && connection.as_mut().poll(context).is_ready()
        {
            self.connection = None;
        }
    }

    /// Whether a request can be sent: the other side has not closed it, and the last answer is over.
    pub(super) fn is_usable(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.connection.is_some() && self.sender.is_ready()
    }

    /// From here on it reads and writes by itself, until it is handed over to another protocol.
    pub(super) fn detach(mut self) {
        if let Some(connection) = self.connection.take() {
            tokio::spawn(connection);
        }
    }
}
