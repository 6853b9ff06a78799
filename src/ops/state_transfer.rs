//! Whole states to and from text: `state pull` and `state push`.

use super::locking::lock;
use super::refusal::Refusal;
use super::state_edit::Patience;
use crate::state::State;
use crate::state::v4::{TERRAFORM_VERSION, read_state, write_state};
use crate::store::Store;

/// The present state as a state file; nothing where there is none.
pub fn pull(store: &mut dyn Store) -> Result<Option<String>, Refusal> {
    let state = store.read()?;
    Ok(state.map(|state| write_state(&State { terraform_version: TERRAFORM_VERSION.into(), ..state })))
}

/// Makes the text the present state. Unless forced it must be a successor of the one that is there. `name` is where the text is from.
pub fn push(store: &mut dyn Store, text: &str, name: &str, is_forced: bool, patience: Patience) -> Result<(), Refusal> {
    let state = read_state(text, name)?;
    if let Some(patience) = patience {
        lock(store, "state-push", patience)?;
    }
    Ok(store.push(&state, is_forced)?)
}
