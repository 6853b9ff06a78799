//! Where rollouts stand: for other terminals, and for whoever takes over after a crash.

use super::{Rollouts, Running};
use crate::rollout::{Action, Group, OnFailure, Stage};
use std::collections::BTreeMap;

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub name: String,
    /// How many stages are through, and how many there are.
    pub done: usize,
    pub total: usize,
    /// `gate web["a"]' healthy`
    pub stage: String,
    pub in_service: usize,
    pub weight: u8,
    pub state: StandingState,
    /// Groups that have a shadow now, which is found by the token.
    pub shadowed: Vec<String>,
    /// Groups that are replaced and can still take all traffic, with the ones that share it.
    pub moved: BTreeMap<String, String>,
    pub token: String,
    pub provider: String,
    pub on_failure: OnFailure,
    /// The provider replaces the servers by itself.
    pub renews: bool,
    /// Ids of servers by their labels, as far as they were noted.
    pub ids: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandingState {
    Waiting,
    Running,
    Paused,
    GoingBack,
    Stopped,
    Done,
}

impl StandingState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::GoingBack => "going back",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

impl Rollouts {
    /// Where every rollout stands.
    pub fn standings(&self) -> Vec<Standing> {
        let signals = self.signals.borrow();
        let standing = |running: &Running| running.standing(signals.paused.contains(&running.plan.name));
        self.list.iter().map(standing).collect()
    }
}

impl Running {
    /// Nobody has begun to leave the group that is replaced.
    fn can_return(&self) -> bool {
        let leaves = |stage: &Stage| matches!(stage.action, Action::Drain { group: Group::Configured, .. });
        self.stage < self.plan.stages.iter().position(leaves)
    }

    fn standing(&self, is_paused: bool) -> Standing {
        let total = self.plan.stages.len();
        let at = self.stage.unwrap_or(0);
        let is_done = at + 1 == total && self.active == 0 && self.ending.is_none() && self.stage.is_some();
        let state = match (&self.ending, &self.way_back) {
            (Some(_), Some(back)) if back.is_over() => {
                if back.has_returned() {
                    StandingState::Done
                } else {
                    StandingState::Stopped
                }
            }
            (Some(_), Some(_)) => StandingState::GoingBack,
            (Some(_), None) => StandingState::Stopped,
            _ if is_done => StandingState::Done,
            _ if is_paused => StandingState::Paused,
            _ if self.stage.is_some() => StandingState::Running,
            _ => StandingState::Waiting,
        };
        Standing {
            name: self.plan.name.clone(),
            done: if is_done { total } else { at },
            total,
            stage: self.plan.stages.get(at).map(|stage| stage.action.describe(&self.plan.fleet)).unwrap_or_default(),
            in_service: self.now.in_service().len(),
            weight: self.now.weight,
            state,
            moved: if self.now.has_shadow && self.can_return() { self.moved.clone() } else { BTreeMap::new() },
            shadowed: if self.now.has_shadow { self.groups.clone() } else { Vec::new() },
            token: self.token().to_string(),
            provider: self.plan.provider.to_string(),
            on_failure: self.plan.policy.on_failure,
            renews: self.plan.renewal().is_some(),
            ids: self.ids.iter().map(|(server, id)| (self.plan.fleet.label(*server), id.to_string())).collect(),
        }
    }
}
