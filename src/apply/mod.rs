//! Runs a plan: a pure scheduler says which steps may start, a worker does them, a record keeps what was about to happen and what did.
//!
//! `scheduler` knows steps only as numbers; `run` knows what they mean; `instance`, `reading` and `destroy` are what happens to one object;
//! `provision` runs local commands; `record` is where traces are left, so that `recover` can finish what a dead process began.

mod block;
mod destroy;
mod evaluate;
mod instance;
mod outputs;
mod provision;
mod reading;
mod record;
mod recover;
mod result;
mod rollout;
mod run;
mod scheduler;

pub use record::{Exists, NoRecord, Record, RecordError, Started};
pub use recover::{Recovery, recover};
pub use rollout::{Interrupted, NoProbes, Observation, Order, OrderKind, Probes, Standing, StandingState};
pub use run::{Counts, Outcome, Run, Stop, run, settle};
pub use scheduler::{Command, Event, Scheduler};
