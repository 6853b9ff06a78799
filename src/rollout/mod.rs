//! Strategies: how the replacement of a fleet is spread over steps. Pure: changes and policy in, steps out.
//!
//! A rollout is a list of [`Stage`]s, done one after the other; within a stage the servers go in parallel. A strategy is a function from
//! a [`Fleet`] and a [`Policy`] to such a list. It knows nothing of load balancers or clouds: what the actions mean is the
//! business of the provider behind `provider::Traffic` and of apply, which knows no strategy.
//!
//! [`Situation`] is the model of who is in service; the plan shows it after every stage, and the property tests hold the promises over it:
//! never fewer servers in service than promised, no weight above the share of ready capacity, no old server taken away before
//! its successor was seen healthy, and a way back from every stage that ends where it began.
//!
//! ```text
//! rolling, 2 servers            blue/green, 2 servers
//!   create    web[0]'             shadow    made beside the group
//!   register  web[0]'             create    web[0]' web[1]'
//!   gate      web[0]' healthy     register  web[0]' web[1]' with the shadow
//!   drain     web[0]              gate      web[0]' web[1]' healthy
//!   destroy   web[0]              shift     100 % to the shadow
//!   create    web[1]' ...         hold      5m, the way back is one shift
//! ```

mod back;
mod fleet;
mod outlook;
mod policy;
mod renewal;
mod rolling;
mod shadow;
mod situation;
mod stage;
mod written;

pub use back::way_back;
pub use fleet::{Fate, Fleet, Generation, Member, Server};
pub use outlook::{longest_time, point_of_no_return};
pub use policy::{Amount, Analysis, OnFailure, Policy, Probe, Strategy};
pub use renewal::{describe_renewal, renewal_of, renewal_stages};
pub use situation::{Promise, Situation};
pub use stage::{Action, Group, Stage};
pub use written::{Written, parse_duration, read_rollouts, read_servers, render_duration};

/// The stages that bring the fleet from its old to its new version, each with the situation after it.
/// What the strategy cannot do with this fleet is said instead.
pub fn stages_of(fleet: &Fleet, policy: &Policy) -> Result<Vec<Stage>, Refusal> {
    let makes_new = !fleet.with(Fate::makes_new).is_empty();
    let actions = match &policy.strategy {
        _ if fleet.moves => shadow::actions(fleet, policy)?,
        Strategy::BlueGreen { .. } | Strategy::Canary { .. } if makes_new => shadow::actions(fleet, policy)?,
        // Where servers only go, there is nothing to shift traffic to.
        _ => rolling::actions(fleet, policy)?,
    };
    Ok(stage::with_situations(fleet, actions))
}

/// Why a strategy cannot serve a fleet, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub summary: String,
    pub detail: String,
}

impl Refusal {
    fn new(summary: &str, detail: impl Into<String>) -> Self {
        Self { summary: summary.to_owned(), detail: detail.into() }
    }
}

#[cfg(test)]
mod tests;
