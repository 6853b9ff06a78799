//! Breaking a lock that a process left behind.

use super::refusal::Refusal;
use crate::store::Store;

/// A local lock goes with the process that holds it: there is nothing to break, and nobody is asked.
pub fn force_unlock(store: &mut dyn Store, id: &str, is_forced: bool) -> Result<(), Refusal> {
    if !is_forced {
        return Err(Refusal::text("Local state cannot be unlocked by another process"));
    }
    Ok(store.force_unlock(id)?)
}
