//! Forgetting objects without destroying them.

use super::refusal::Refusal;
use super::state_edit::Editing;
use super::state_list::named;
use crate::addr::ResourceInstance;

/// Forgets what the addresses name and saves; says what. With `is_rehearsal` nothing is changed.
pub fn remove(
    mut editing: Editing,
    addresses: &[String],
    is_rehearsal: bool,
) -> Result<Vec<ResourceInstance>, Refusal> {
    let mut found = named(&editing.state, addresses, false)?;
    if is_rehearsal {
        return Ok(found);
    }
    if found.is_empty() {
        return Err(Refusal::error(
            "Invalid target address",
            "No matching objects found. To view the available instances, use \"terraform state list\". Please modify the address to \
             reference a specific instance.",
        ));
    }
    found.retain(|address| editing.state.take_instance(address).is_some());
    editing.save()?;
    Ok(found)
}
