//! Signals that ask an operation to stop: Ctrl-C, and what CI systems send.
//!
//! The first lets what runs come to its end; the second cancels it. Each is answered at once, so that nobody sends a third.

use crate::apply::Stop;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const FIRST: &str =
    "\nInterrupt received.\nPlease wait for Terrace to exit or data loss may occur.\nGracefully shutting down...\n";
const SECOND: &str = "\nTwo interrupts received. What runs is cancelled; what exists is being recorded.\n";

/// Listens until dropped.
pub struct Signals {
    stop: Stop,
    listening: JoinHandle<()>,
}

impl Signals {
    /// Must be called where a runtime runs. `say` tells the person who asked that they were heard.
    pub fn listen(say: impl Fn(&str) + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(0);
        let listening = tokio::spawn(async move {
            let mut asked = 0;
            while next_signal().await {
                asked += 1;
                match asked {
                    1 => say(FIRST),
                    2 => say(SECOND),
                    _ => {}
                }
                if sender.send(asked).is_err() {
                    break;
                }
            }
            // Without a sender, those who wait would be told that something happened.
            std::future::pending::<()>().await;
            drop(sender);
        });
        Self { stop: Stop(receiver), listening }
    }

    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Waits for a signal; false where signals cannot be heard.
#[cfg(unix)]
async fn next_signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return false;
    };
    tokio::select! {
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
    }
}

#[cfg(not(unix))]
async fn next_signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
