//! Waiting for what an API does in its own time: polls start fast and back off, and every wait ends.

use super::Failure;
use std::time::{Duration, Instant};

/// How long to wait for one thing, and how often to look.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub longest: Duration,
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Patience {
    pub fn minutes(minutes: u64) -> Self {
        Self {
            longest: Duration::from_secs(minutes * 60),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(10),
        }
    }

    /// Another time limit, from a `timeouts` block.
    pub fn at_most(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// Looks until `look` is done or has failed, or time is up.
    pub async fn until<R, L, F>(self, what: &'static str, mut look: L) -> Result<R, Failure>
    where
        L: FnMut() -> F,
        F: Future<Output = Result<Seen<R>, Failure>>,
    {
        let deadline = Instant::now() + self.longest;
        let mut pause = self.first_pause;
        loop {
            let state = match look().await {
                Ok(Seen::Done(result)) => return Ok(result),
                Ok(Seen::NotYet(state)) => state,
                Err(failure) if failure.is_throttling() => failure.code,
                Err(failure) => return Err(failure),
            };
            if Instant::now() + pause > deadline {
                let seconds = self.longest.as_secs();
                return Err(Failure::new(what, "Timeout", format!("still {state:?} after {seconds} seconds")));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.longest_pause);
        }
    }
}

/// What one look showed.
pub enum Seen<R> {
    Done(R),
    /// The state it was in.
    NotYet(String),
}
