//! What can be said of stages before they are carried out.

use super::fleet::{Fate, Fleet};
use super::policy::Policy;
use super::stage::{Action, Stage};
use std::time::Duration;

/// The longest that gates, holds, promotions and draining can take. Making and destroying servers comes on top; a deadline ends it all.
pub fn longest_time(stages: &[Stage], policy: &Policy) -> Duration {
    let total: Duration = stages.iter().filter_map(|stage| policy.limit_of(&stage.action)).sum();
    policy.deadline.map_or(total, |deadline| deadline.min(total))
}

/// The first stage after which the way back has to make servers anew: it destroys what served. Nothing where none does.
pub fn point_of_no_return(fleet: &Fleet, stages: &[Stage]) -> Option<usize> {
    stages.iter().position(|stage| match &stage.action {
        Action::Destroy { servers } => servers.iter().any(|server| {
            let member = &fleet.members[server.member];
            matches!(member.fate, Fate::Replace | Fate::Remove) && !member.is_unproven
        }),
        _ => false,
    })
}
