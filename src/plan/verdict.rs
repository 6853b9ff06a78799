//! What the changes mean for those who use the stack: each provider's verdict, and what only the whole plan shows.
//!
//! A server's provider says what the loss of one server means. Whether anybody notices depends on how its fleet is rolled out, and where
//! it is not, on who else is in its target groups, which attachments tell.

use super::Rollout;
use super::options::Providers;
use crate::addr::{ResourceInstance, ResourceMode};
use crate::change::{Action, InstanceChange};
use crate::provider::{Fate, Impact, Judged, TrafficRole, Verdict};
use crate::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A change that somebody notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    pub address: ResourceInstance,
    /// The generation, where an old one is destroyed.
    pub deposed: Option<Text>,
    pub verdict: Verdict,
}

/// The changes that somebody notices, in their order.
pub(super) fn verdicts(changes: &[InstanceChange], providers: &Providers, rollouts: &[Rollout]) -> Vec<Noticed> {
    let fronts = Fronts::of(changes, providers);
    let rolled_out = rolled_out(rollouts);
    let left: BTreeSet<usize> =
        rollouts.iter().flat_map(|rollout| &rollout.moves).map(|group| group.to as usize).collect();
    let judge = |(index, change): (usize, &InstanceChange)| {
        let fate = fate_of(change)?;
        let provider = providers.get(&change.provider.source)?;
        let plain = |value: &Value| value.clone().unmark_deep().0;
        let (before, after) = (plain(&change.change.before), plain(&change.change.after));
        let kind = &*change.address.resource.kind;
        let verdict = provider.verdict(Judged { kind, fate, before: &before, after: &after });
        let verdict = match provider.traffic_role(kind) {
            // Its members are in service behind the next one before it goes.
            Some(TrafficRole::Group { .. }) if left.contains(&index) => Verdict::default(),
            Some(TrafficRole::Server { id, .. }) if fate != Fate::Updated && verdict.impact != Impact::None => {
                let in_groups = || before.get(id).and_then(Value::as_str).and_then(|id| fronts.loss_of(id));
                rolled_out.get(&index).cloned().or_else(in_groups).unwrap_or(verdict)
            }
            _ => verdict,
        };
        // An old generation serves nobody; what it keeps may still be lost.
        let verdict =
            if change.deposed.is_some() && verdict.impact < Impact::DataLoss { Verdict::default() } else { verdict };
        let noticed = Noticed { address: change.address.clone(), deposed: change.deposed.clone(), verdict };
        (noticed.verdict.impact != Impact::None).then_some(noticed)
    };
    changes.iter().enumerate().filter_map(judge).collect()
}

/// By the position of a server's change: what those notice whom its fleet serves.
fn rolled_out(rollouts: &[Rollout]) -> BTreeMap<usize, Verdict> {
    let servers = rollouts.iter().flat_map(|rollout| {
        let least = rollout.stages.iter().map(|stage| stage.after.in_service().len()).min().unwrap_or(0);
        let verdict = match least {
            0 => Verdict::new(
                Impact::Outage,
                format!("its rollout leaves nobody of {} in service for a while", rollout.fleet.name),
            ),
            _ => Verdict::default(),
        };
        rollout.parts.iter().map(move |parts| (parts.server as usize, verdict.clone()))
    });
    servers.collect()
}

fn fate_of(change: &InstanceChange) -> Option<Fate> {
    if change.address.resource.mode != ResourceMode::Managed {
        return None;
    }
    match change.change.action {
        Action::Update => Some(Fate::Updated),
        Action::DeleteThenCreate => Some(Fate::Replaced { creates_first: false }),
        Action::CreateThenDelete => Some(Fate::Replaced { creates_first: true }),
        Action::Delete => Some(Fate::Destroyed),
        Action::NoOp | Action::Create | Action::Read | Action::Forget | Action::ForgetThenCreate => None,
    }
}

/// Which servers stand behind which target groups now, by the ids of both.
#[derive(Default)]
struct Fronts {
    members: BTreeMap<Text, BTreeSet<Text>>,
    /// Servers whose present generation goes.
    leaving: BTreeSet<Text>,
    /// The groups' addresses.
    names: BTreeMap<Text, String>,
}

impl Fronts {
    fn of(changes: &[InstanceChange], providers: &Providers) -> Self {
        let mut fronts = Self::default();
        for change in changes.iter().filter(|change| change.deposed.is_none()) {
            let role =
                providers.get(&change.provider.source).and_then(|it| it.traffic_role(&change.address.resource.kind));
            let text = |name: &str| change.change.before.get(name).and_then(Value::as_str).cloned();
            match role {
                Some(TrafficRole::Server { id, .. }) => {
                    let goes = fate_of(change).is_some_and(|fate| fate != Fate::Updated);
                    fronts.leaving.extend(text(id).filter(|_| goes));
                }
                Some(TrafficRole::Group { id }) => {
                    fronts.names.extend(text(id).map(|id| (id, change.address.to_string())));
                }
                Some(TrafficRole::Attachment { server, group, .. }) => {
                    if let (Some(server), Some(group)) = (text(server), text(group)) {
                        fronts.members.entry(group).or_default().insert(server);
                    }
                }
                Some(TrafficRole::Fleet | TrafficRole::Forward { .. }) | None => {}
            }
        }
        fronts
    }

    /// What it means that this server goes now; nothing where it stands behind no group.
    fn loss_of(&self, server: &str) -> Option<Verdict> {
        let groups = self.members.iter().filter(|(_, members)| members.contains(server));
        let losses = groups.map(|(group, members)| {
            let name = self.names.get(group).map_or(&**group, String::as_str);
            let staying = members.iter().filter(|member| !self.leaving.contains(*member)).count();
            match (members.len(), staying) {
                (1, _) => Verdict::new(Impact::Outage, format!("it is alone in {name}")),
                (count, 0) => Verdict::new(Impact::Outage, format!("all {count} members of {name} go at once")),
                (count, _) => {
                    let others =
                        format!("{staying} of {count} members of {name} stay; what runs on the others is cut off");
                    Verdict::new(Impact::Brief, others)
                }
            }
        });
        losses.max_by_key(|verdict| verdict.impact)
    }
}
