//! Who exists, who is registered, who has been seen healthy, where the traffic goes: the model that plans, tests and views share.

use super::fleet::{Fate, Fleet, Generation, Server};
use super::policy::Policy;
use super::stage::{Action, Group};
use crate::provider::Renewal;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    pub existing: BTreeSet<Server>,
    /// Registered and seen healthy, by group.
    pub ready: BTreeSet<(Server, Group)>,
    /// Registered, health not seen yet.
    pub registered: BTreeSet<(Server, Group)>,
    /// Per cent of traffic that the shadow gets.
    pub weight: u8,
    pub has_shadow: bool,
    /// The provider has begun to replace servers by itself, in this way.
    pub renewal: Option<Renewal>,
}

/// What is promised throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Servers in service, at least.
    pub in_service_min: usize,
}

impl Promise {
    /// The smaller of the sizes before and after, less what the policy lets go.
    pub fn of(fleet: &Fleet, policy: &Policy) -> Self {
        let size = fleet.size_before().min(fleet.size_after());
        Self { in_service_min: size.saturating_sub(policy.unavailable_of(size)) }
    }
}

impl Situation {
    /// The old version, all in service.
    pub fn before(fleet: &Fleet) -> Self {
        let mut situation = Self::settled(fleet.serving_before().into_iter().map(Server::old));
        situation.existing = fleet.with(Fate::has_old).into_iter().map(Server::old).collect();
        situation
    }

    /// The new version, all in service.
    pub fn after(fleet: &Fleet) -> Self {
        let new = fleet.with(Fate::makes_new).into_iter().map(Server::new);
        let kept = fleet.with(|fate| fate == Fate::Keep).into_iter().map(Server::old);
        Self::settled(new.chain(kept))
    }

    fn settled(servers: impl Iterator<Item = Server>) -> Self {
        let existing: BTreeSet<Server> = servers.collect();
        let ready: BTreeSet<_> = existing.iter().map(|server| (*server, Group::Configured)).collect();
        Self { registered: ready.clone(), ready, existing, weight: 0, has_shadow: false, renewal: None }
    }

    /// The situation once the action has succeeded.
    pub fn apply(&mut self, action: &Action) {
        match action {
            Action::MakeShadow => self.has_shadow = true,
            Action::RemoveShadow => {
                self.has_shadow = false;
                self.ready.retain(|(_, group)| *group != Group::Shadow);
                self.registered.retain(|(_, group)| *group != Group::Shadow);
            }
            Action::Adopt => {
                for members in [&mut self.ready, &mut self.registered] {
                    let next = std::mem::take(members).into_iter().filter(|(_, group)| *group == Group::Shadow);
                    *members = next.map(|(server, _)| (server, Group::Configured)).collect();
                }
                (self.weight, self.has_shadow) = (0, false);
            }
            Action::RemoveGroup => {}
            Action::Create { servers } => self.existing.extend(servers),
            Action::Register { servers, group } => {
                self.registered.extend(servers.iter().map(|server| (*server, *group)))
            }
            Action::AwaitHealthy { servers, group } => {
                self.ready.extend(servers.iter().map(|server| (*server, *group)))
            }
            Action::Shift { percent } => self.weight = *percent,
            Action::Hold { .. } | Action::AwaitPromotion => {}
            Action::Renew { servers, how } => {
                let is_new = servers.iter().any(|server| server.generation == Generation::New);
                self.renewal = is_new.then(|| how.clone());
            }
            Action::Drain { servers, group } => {
                for server in servers {
                    self.ready.remove(&(*server, *group));
                    self.registered.remove(&(*server, *group));
                }
            }
            Action::Destroy { servers } => {
                for server in servers {
                    self.existing.remove(server);
                    self.ready.retain(|(ready, _)| ready != server);
                    self.registered.retain(|(registered, _)| registered != server);
                }
            }
        }
    }

    /// Servers that get traffic: ready in a group that has a share of it.
    pub fn in_service(&self) -> BTreeSet<Server> {
        let gets_traffic = |group: Group| match group {
            Group::Configured => self.weight < 100,
            Group::Shadow => self.weight > 0,
        };
        self.ready.iter().filter(|(_, group)| gets_traffic(*group)).map(|(server, _)| *server).collect()
    }

    /// In service by zone.
    pub fn zones(&self, fleet: &Fleet) -> BTreeMap<String, usize> {
        let mut zones = BTreeMap::new();
        for server in self.in_service() {
            *zones.entry(fleet.zone(server).to_owned()).or_insert(0) += 1;
        }
        zones
    }

    /// The share of the fleet's needed capacity that is ready in the shadow, per cent, rounded down.
    pub fn shadow_capacity_percent(&self, needed: usize) -> usize {
        let ready = self.ready.iter().filter(|(_, group)| *group == Group::Shadow).count();
        (ready * 100).checked_div(needed).unwrap_or(100).min(100)
    }

    /// Servers that exist beyond the fleet's own size.
    pub fn surge(&self, fleet: &Fleet) -> usize {
        self.existing.len().saturating_sub(fleet.size_before().max(fleet.size_after()))
    }

    pub fn has_new(&self) -> bool {
        self.existing.iter().any(|server| server.generation == Generation::New)
    }
}
