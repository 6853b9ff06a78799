//! Marking an object as to be replaced, and taking the mark back.

use super::refusal::Refusal;
use super::state_edit::Editing;
use super::state_list::unlocated;
use crate::addr::parse::{from_text, parse_instance};
use crate::addr::{ResourceInstance, ResourceMode};
use crate::diag::Diagnostics;
use crate::state::ObjectStatus;

/// The instance that the command line names.
pub fn parse_address(text: &str) -> Result<ResourceInstance, Diagnostics> {
    from_text(text, parse_instance).map_err(unlocated)
}

/// Only managed objects can be replaced.
pub fn check_taintable(address: &ResourceInstance) -> Result<(), Refusal> {
    match address.resource.mode {
        ResourceMode::Managed => Ok(()),
        _ => Err(Refusal::text(format!("Resource instance {address} cannot be tainted"))),
    }
}

/// Why there is nothing to mark.
pub enum Unmarked {
    /// The address names nothing: not an error under `-allow-missing`.
    Missing(Refusal),
    Refused(Refusal),
}

/// Sets the mark or takes it back, and saves. `editing`: nothing where there is no state at all.
pub fn mark(editing: Option<Editing>, address: &ResourceInstance, status: ObjectStatus) -> Result<(), Unmarked> {
    const SUMMARY: &str = "No such resource instance";
    let missing = |detail: String| Unmarked::Missing(Refusal::error(SUMMARY, detail));
    let refused = |detail: String| Unmarked::Refused(Refusal::error(SUMMARY, detail));
    let Some(mut editing) = editing.filter(|editing| !editing.state.is_empty()) else {
        return Err(missing(
            "The state currently contains no resource instances whatsoever. This may occur if the configuration has never been applied or \
             if it has recently been destroyed."
                .into(),
        ));
    };
    let Some(instance) = editing.state.instance(address) else {
        return Err(missing(format!(
            "There is no resource instance in the state with the address {address}. If the resource configuration has just been added, you \
             must run \"terraform apply\" once to create the corresponding instance(s) before they can be tainted."
        )));
    };
    let Some(object) = &instance.current else {
        return Err(refused(match instance.deposed.is_empty() {
            false => format!(
                "Resource instance {address} is currently part-way through a create_before_destroy replacement action. Run \"terraform \
                 apply\" to complete its replacement before tainting it."
            ),
            true => format!(
                "Resource instance {address} does not currently have a remote object associated with it, so it cannot be tainted."
            ),
        }));
    };
    if status == ObjectStatus::Ready && object.status == ObjectStatus::Ready {
        return Err(Unmarked::Refused(Refusal::error(
            "Resource instance is not tainted",
            format!("Resource instance {address} is not currently tainted, and so it cannot be untainted."),
        )));
    }
    editing.state.set_status(address, status);
    editing.save().map_err(Unmarked::Refused)
}
