//! Fleets whose servers the provider replaces by itself: a change of what they are made from is a rollout of one step.
//!
//! The provider says whether a change is one and what the fleet's own configuration wants; a `rollout` block, where there is one, says
//! otherwise. Without either nothing is rolled out: servers are replaced when the provider next replaces one.

use super::members::Roles;
use super::{Parts, Rollout};
use crate::addr::InstanceKey;
use crate::change::{Action, InstanceChange};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::Providers;
use crate::provider::{Renewed, Renewing, TrafficRole};
use crate::rollout::{Policy, Refusal, Written, renewal_of, renewal_stages};
use crate::value::Value;

pub(super) fn renewals_of(
    providers: &Providers,
    changes: &[InstanceChange],
    roles: &Roles,
    written: &[Written],
) -> (Vec<Rollout>, Diagnostics) {
    let (mut rollouts, mut found) = (Vec::new(), Diagnostics::new());
    for index in roles.with(|role| matches!(role, TrafficRole::Fleet)) {
        let change = &changes[index as usize];
        let block = written.iter().find(|written| written.fleet == change.address.in_config());
        let renewing = renewing(providers, changes, change).filter(|renewing| renewing.is_asked || block.is_some());
        let Some(renewing) = renewing else { continue };
        match rollout(index, change, renewing, block) {
            Ok(rollout) => rollouts.push(rollout),
            Err(refusal) => {
                let problem = Diagnostic::error(refusal.summary, refusal.detail).about(change.address.to_string());
                found.push(match block {
                    Some(block) => problem.at(block.strategy_span),
                    None => problem,
                });
            }
        }
    }
    (rollouts, found)
}

/// What the provider says of a fleet that exists and stays.
fn renewing(providers: &Providers, changes: &[InstanceChange], change: &InstanceChange) -> Option<Renewing> {
    if change.deposed.is_some() || !matches!(change.change.action, Action::Update | Action::NoOp) {
        return None;
    }
    let plain = |value: &Value| value.clone().unmark_deep().0;
    let is_other = |other: &&InstanceChange| {
        other.provider.source == change.provider.source
            && other.change.action == Action::Update
            && other.address != change.address
    };
    let others: Vec<(&str, Value, Value)> = changes
        .iter()
        .filter(is_other)
        .map(|other| (&*other.address.resource.kind, plain(&other.change.before), plain(&other.change.after)))
        .collect();
    let others: Vec<(&str, &Value, &Value)> =
        others.iter().map(|(kind, before, after)| (*kind, before, after)).collect();
    let (before, after) = (plain(&change.change.before), plain(&change.change.after));
    let kind = &*change.address.resource.kind;
    providers.get(&change.provider.source)?.renewing(Renewed { kind, before: &before, after: &after, others: &others })
}

fn rollout(
    index: u32,
    change: &InstanceChange,
    renewing: Renewing,
    block: Option<&Written>,
) -> Result<Rollout, Refusal> {
    let address = change.address.to_string();
    let how = match block {
        Some(block) => renewal_of(&block.policy, renewing.size, &renewing.own)?,
        None => renewing.own,
    };
    let (fleet, stages) = renewal_stages(&address, how);
    let is_single = change.address.key == InstanceKey::None;
    Ok(Rollout {
        name: block.filter(|_| is_single).map_or(address, |block| block.name.to_string()),
        is_written: block.is_some(),
        resource: change.address.in_config(),
        provider: change.provider.clone(),
        fleet,
        parts: vec![Parts { server: index, ..Parts::default() }],
        groups: renewing.groups.iter().map(ToString::to_string).collect(),
        moves: Vec::new(),
        forwards: Vec::new(),
        policy: block.map_or_else(Policy::default, |block| block.policy.clone()),
        stages,
        between: Vec::new(),
        span: block.map(|block| block.span),
    })
}
