//! Running what waits: one small runtime, made only by the commands that need it.

use std::future::Future;

/// Runs a future to its end on this thread, with timers, signals and network at hand.
pub fn block_on<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}
