//! Which objects a state holds.

use super::refusal::Refusal;
use super::state_edit::NO_STATE;
use crate::addr::ResourceInstance;
use crate::addr::parse::{Target, from_text, parse_target};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::store::Store;

/// The instances that the addresses name, or all; with an id only those whose object has it.
pub fn list(store: &mut dyn Store, addresses: &[String], id: Option<&str>) -> Result<Vec<ResourceInstance>, Refusal> {
    let state = store.read()?.ok_or_else(|| Refusal::text(NO_STATE))?;
    let mut found = match addresses {
        [] => state.list(),
        addresses => named(&state, addresses, true)?,
    };
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        let has_id = |address: &ResourceInstance| {
            let object = state.instance(address).and_then(|instance| instance.current.as_ref());
            object.is_some_and(|object| object.id().as_deref() == Some(id))
        };
        found.retain(has_id);
    }
    Ok(found)
}

/// The instances that the addresses name, in their order; `must_exist`: each has to name something.
pub fn named(state: &State, addresses: &[String], must_exist: bool) -> Result<Vec<ResourceInstance>, Diagnostics> {
    let mut found = Vec::new();
    let mut problems = Diagnostics::new();
    for address in addresses {
        let target = match from_text(address, parse_target) {
            Ok(target) => target,
            Err(complaints) => {
                problems.extend(unlocated(complaints));
                continue;
            }
        };
        match state.select(&target) {
            Some(instances) => found.extend(instances),
            None if must_exist => problems.push(unknown(&target)),
            None => {}
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(found) }
}

/// Diagnostics about a text of the command line point at no file.
pub fn unlocated(problems: Diagnostics) -> Diagnostics {
    let without_place = |problem: Diagnostic| Diagnostic { subject: None, context: None, ..problem };
    problems.into_iter().map(without_place).collect()
}

fn unknown(target: &Target) -> Diagnostic {
    match target {
        Target::Module(module) => Diagnostic::error(
            "Unknown module",
            format!(
                "The current state contains no module at {module}. If you've just added this module to the configuration, you must run \
                 \"terraform apply\" first to create the module's entry in the state."
            ),
        ),
        Target::Resource(resource) => Diagnostic::error(
            "Unknown resource",
            format!(
                "The current state contains no resource {resource}. If you've just added this resource to the configuration, you must run \
                 \"terraform apply\" first to create the resource's entry in the state."
            ),
        ),
        Target::Instance(instance) => Diagnostic::error(
            "Unknown resource instance",
            format!(
                "The current state contains no resource instance {instance}. If you've just added its resource to the configuration or have \
                 changed the count or for_each arguments, you must run \"terraform apply\" first to update the resource's entry in the state."
            ),
        ),
    }
}
