//! The threads that serve HTTP clients: one a core, each with a runtime of its own.
//!
//! A request stays on one thread from its first byte to its last. The client's socket, the member's socket and the pool that it rests in belong to
//! the same runtime, so that no thread ever wakes another one for a request; with one runtime for all threads that was half of the work.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// More do not serve one machine's clients any faster.
const MOST_WORKERS: usize = 16;

/// How many workers every crew has.
pub(super) fn size() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS)
}

/// Dropped by the last who needs it, its threads end.
pub(super) struct Crew {
    workers: Vec<Worker>,
}

struct Worker {
    runtime: Handle,
    /// Connections that it serves.
    open: AtomicUsize,
    /// The thread ends when this is dropped.
    _wanted: oneshot::Sender<()>,
}

impl Crew {
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let workers = (0..size()).map(|_| Worker::start()).collect::<io::Result<_>>()?;
        Ok(Arc::new(Self { workers }))
    }

    /// A place with the worker that has the least to do.
    pub(super) fn place(self: &Arc<Self>) -> Place {
        let open = |at: &usize| self.workers[*at].open.load(Relaxed);
        let worker = (0..self.workers.len()).min_by_key(open).unwrap_or_default();
        self.workers[worker].open.fetch_add(1, Relaxed);
        Place { crew: self.clone(), worker }
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let (wanted, unwanted) = oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("balancer".to_owned()).spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                // Whoever started it hears of it, or is gone.
                Err(error) => return drop(tell.send(Err(error))),
            };
            let _ = tell.send(Ok(runtime.handle().clone()));
            // Nothing is ever sent: it ends when the crew does.
            let _ = runtime.block_on(unwanted);
        })?;
        let runtime = told.recv().map_err(io::Error::other)??;
        Ok(Self { runtime, open: AtomicUsize::new(0), _wanted: wanted })
    }
}

/// A connection's place with one of the workers.
pub(super) struct Place {
    crew: Arc<Crew>,
    /// Below [`size`].
    pub(super) worker: usize,
}

impl Place {
    pub(super) fn runtime(&self) -> Handle {
        self.crew.workers[self.worker].runtime.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crew.workers[self.worker].open.fetch_sub(1, Relaxed);
    }
}
