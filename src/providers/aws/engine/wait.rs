//! Waiting for what an API does in its own time: polls start fast and back off, and every wait ends.

use super::Failure;
use crate::provider::Cancellation;
use std::time::{Duration, Instant};

/// How long to wait for one thing, and how often to look.
#[derive(Clone, Debug)]
pub struct Patience {
    pub longest: Duration,
    pub first_pause: Duration,
    pub longest_pause: Duration,
    pub cancellation: Cancellation,
}

/// The code of a wait that was given up because the run is to end.
pub const CANCELLED: &str = "Cancelled";

/// How soon a cancellation is noticed.
const ATTENTION: Duration = Duration::from_millis(200);

impl Patience {
    pub fn minutes(minutes: u64) -> Self {
        Self {
            longest: Duration::from_secs(minutes * 60),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(10),
            cancellation: Cancellation::default(),
        }
    }

    /// Another time limit, from a `timeouts` block.
    pub fn at_most(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    pub fn until_cancelled(self, cancellation: &Cancellation) -> Self {
        Self { cancellation: cancellation.clone(), ..self }
    }

    /// Looks until `look` is done or has failed, or time is up.
    pub async fn until<R, L, F>(&self, what: &'static str, mut look: L) -> Result<R, Failure>
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
            let awake = Instant::now() + pause;
            while Instant::now() < awake {
                if self.cancellation.is_cancelled() {
                    return Err(Failure::new(what, CANCELLED, format!("the run was ended while it was {state:?}")));
                }
                tokio::time::sleep(ATTENTION.min(awake - Instant::now())).await;
            }
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

/// Go's duration text, as `timeouts` blocks have it: `10m`, `1h30m`, `45s`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    // The only number that needs no unit.
    if rest == "0" {
        return Some(total);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let seconds = match &after[..unit_end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number * seconds).ok()?;
        rest = &after[unit_end..];
    }
    Some(total)
}
