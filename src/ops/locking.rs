//! Taking and giving back the lock of a state.

use crate::config::version::TERRAFORM_VERSION;
use crate::diag::Diagnostic;
use crate::store::{LockError, LockInfo, Store};
use crate::system::log::{Level, Part, log};
use std::time::{Duration, Instant};

/// How long to wait between tries.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// Takes the lock, trying again until the time is up. `operation` tells others what is going on.
pub fn lock(store: &mut dyn Store, operation: &str, timeout: Duration) -> Result<(), Diagnostic> {
    let give_up = Instant::now() + timeout;
    loop {
        match store.lock(LockInfo::new(operation, TERRAFORM_VERSION)) {
            Ok(()) => {
                log(Part::Core, Level::Debug, || format!("the state is locked for {operation}"));
                return Ok(());
            }
            Err(LockError::Held { .. }) if Instant::now() < give_up => std::thread::sleep(RETRY_INTERVAL),
            Err(error) => return Err(not_locked(&error)),
        }
    }
}

fn not_locked(error: &LockError) -> Diagnostic {
    let (reason, holder) = match error {
        LockError::Held { reason, holder } => {
            (reason.clone(), holder.as_ref().map(|holder| format!("\n{holder}")).unwrap_or_default())
        }
        LockError::Failed(reason) => (reason.clone(), String::new()),
    };
    let detail = format!(
        "Error message: {reason}{holder}\n\nTerraform acquires a state lock to protect the state from being written\nby multiple users at the same time. Please resolve the issue above and try\nagain. For most commands, you can disable locking with the \"-lock=false\"\nflag, but this is not recommended."
    );
    Diagnostic::error("Error acquiring the state lock", detail)
}
