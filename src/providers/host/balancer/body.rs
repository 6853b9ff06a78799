//! Bodies on their way through, never held as a whole: each frame is asked for when the other side can take it.

use super::connection::Activity;
use super::link::Link;
use super::member::Lease;
use super::metrics::Series;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes read from a file at once.
const FILE_PIECE: usize = 64 * 1024;

pub(super) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// What is sent to a member or to a client.
pub(super) enum Body {
    Whole(Full<Bytes>),
    /// From a client, at most so many bytes more.
    Upload {
        body: Incoming,
        left: u64,
    },
    /// From a member.
    Answer(AnswerBody),
    File {
        file: File,
        left: u64,
    },
}

impl Body {
    pub(super) fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Full::new(bytes.into()))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Upload { body, left } => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                let length = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
                match left.checked_sub(length as u64) {
                    Some(rest) => *left = rest,
                    None => return Poll::Ready(Some(Err("the request's body is too large".into()))),
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Self::Answer(answer) => answer.poll(context),
            Self::File { left: 0, .. } => Poll::Ready(None),
            Self::File { file, left } => poll_file(file, left, context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Upload { body, .. } => body.is_end_stream(),
            Self::Answer(answer) => answer.body.is_end_stream(),
            Self::File { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Upload { body, .. } => body.size_hint(),
            Self::Answer(answer) => answer.body.size_hint(),
            Self::File { left, .. } => SizeHint::with_exact(*left),
        }
    }
}

fn poll_file(
    file: &mut File,
    left: &mut u64,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    let size = usize::try_from(*left).unwrap_or(usize::MAX).min(FILE_PIECE);
    let mut piece = vec![0; size];
    let mut buffer = ReadBuf::new(&mut piece);
    ready!(Pin::new(file).poll_read(context, &mut buffer))?;
    let length = buffer.filled().len();
    if length == 0 {
        return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())));
    }
    *left -= length as u64;
    piece.truncate(length);
    Poll::Ready(Some(Ok(Frame::data(piece.into()))))
}

/// A member's answer. Read to its end, it gives the connection back to the member's pool; dropped before, the connection closes.
pub(super) struct AnswerBody {
    body: Incoming,
    has_ended: bool,
    link: Option<Link>,
    lease: Lease,
}

impl AnswerBody {
    pub(super) fn new(body: Incoming, link: Link, lease: Lease) -> Self {
        Self { body, has_ended: false, link: Some(link), lease }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(link) = &mut self.link {
            link.drive(context);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.has_ended |= frame.is_none();
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        if (self.has_ended || self.body.is_end_stream())
            && let Some(link) = self.link.take()
        {
            self.lease.0.give_back(link);
        }
    }
}

/// An answer to a client: when it is dropped, sent or not, the request is over and counted.
pub(super) struct Answered {
    body: Body,
    activity: Arc<Activity>,
    series: Arc<Series>,
    status: u16,
    began: Instant,
}

impl Answered {
    pub(super) fn new(body: Body, activity: Arc<Activity>, series: Arc<Series>, status: u16, began: Instant) -> Self {
        Self { body, activity, series, status, began }
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.series.count(self.status, self.began.elapsed());
        self.activity.rests();
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
