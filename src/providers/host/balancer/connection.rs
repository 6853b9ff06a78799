//! What a client's connection is doing, and since when: how slow and silent clients are found without a timer a request.
//!
//! The stream below hyper notes every byte, the service every request and answer; a sweep over all connections of a listener, a few times a second,
//! ends those that overstayed.

use super::routing::Limits;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// Between two requests.
const RESTING: u8 = 0;
/// Part of a request's head is there.
const HEAD: u8 = 1;
/// A member, or we, are about to answer; its own timeout holds.
const WAITING: u8 = 2;
/// The answer is being sent.
const ANSWERING: u8 = 3;
/// Upgraded, or plain TCP: only the two ends know when it is over.
const TUNNEL: u8 = 4;

const GOING_ON: u8 = 0;
const LAST_REQUEST: u8 = 1;
const OVER: u8 = 2;

pub(super) struct Activity {
    phase: AtomicU8,
    since_ms: AtomicU64,
    born: Instant,
    end: AtomicU8,
    ended: Notify,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            phase: AtomicU8::new(RESTING),
            since_ms: AtomicU64::new(0),
            born: Instant::now(),
            end: AtomicU8::new(GOING_ON),
            ended: Notify::new(),
        })
    }

    fn enter(&self, phase: u8) {
        self.since_ms.store(self.now_ms(), Relaxed);
        self.phase.store(phase, Relaxed);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A request has arrived.
    pub(super) fn waits(&self) {
        self.phase.store(WAITING, Relaxed);
    }

    pub(super) fn answers(&self) {
        self.enter(ANSWERING);
    }

    pub(super) fn rests(&self) {
        if self.phase.load(Relaxed) != TUNNEL {
            self.enter(RESTING);
        }
    }

    pub(super) fn tunnels(&self) {
        self.enter(TUNNEL);
    }

    fn moves(&self, is_reading: bool) {
        match self.phase.load(Relaxed) {
            RESTING if is_reading => self.enter(HEAD),
            ANSWERING => self.since_ms.store(self.now_ms(), Relaxed),
            _ => {}
        }
    }

    /// Ends the connection if it is beyond the limits.
    pub(super) fn sweep(&self, limits: &Limits) {
        let limit = match self.phase.load(Relaxed) {
            RESTING | ANSWERING => limits.idle_timeout,
            HEAD => limits.header_timeout,
            _ => return,
        };
        if u128::from(self.now_ms().saturating_sub(self.since_ms.load(Relaxed))) > limit.as_millis() {
            self.finish(OVER);
        }
    }

    /// The request that runs is the last one.
    pub(super) fn close_gracefully(&self) {
        self.finish(LAST_REQUEST);
    }

    fn finish(&self, end: u8) {
        self.end.fetch_max(end, Relaxed);
        self.ended.notify_one();
    }

    /// Resolves when somebody wants an end: true when at once.
    pub(super) async fn ended(&self) -> bool {
        self.ended.notified().await;
        self.end.load(Relaxed) == OVER
    }
}

/// A stream that notes its traffic.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.moves(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.activity.moves(false);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces))?;
        self.activity.moves(false);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
