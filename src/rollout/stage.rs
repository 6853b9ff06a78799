//! One stage of a rollout.

use super::fleet::{Fleet, Generation, Server};
use super::renewal::describe_renewal;
use super::situation::Situation;
use crate::provider::Renewal;
use std::time::Duration;

/// One thing done, or waited for, before the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub action: Action,
    /// Who serves once it is done.
    pub after: Situation,
}

/// Which target group: the configured one, or the one that the rollout makes beside it and removes at the end. For a fleet whose group is
/// replaced they are the one that is configured before and the one that is configured afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Configured,
    Shadow,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    MakeShadow,
    RemoveShadow,
    /// What forwards to the former group forwards to the next one instead, as configured.
    Adopt,
    /// On the way back: the next group goes.
    RemoveGroup,
    Create {
        servers: Vec<Server>,
    },
    Register {
        servers: Vec<Server>,
        group: Group,
    },
    /// A gate: passes when all were seen healthy for as long as the policy says.
    AwaitHealthy {
        servers: Vec<Server>,
        group: Group,
    },
    /// Per cent of traffic that the shadow gets.
    Shift {
        percent: u8,
    },
    /// A gate: time passes and every analysis stays good.
    Hold {
        time: Duration,
    },
    /// A gate: somebody says go on.
    AwaitPromotion,
    /// Takes servers out of a group and waits until their requests are done.
    Drain {
        servers: Vec<Server>,
        group: Group,
    },
    Destroy {
        servers: Vec<Server>,
    },
    /// The provider replaces the servers of the fleets by itself: to the new version, or back to the old one. A gate.
    Renew {
        servers: Vec<Server>,
        how: Renewal,
    },
}

impl Action {
    /// It waits for something to be observed and may fail without anybody's mistake.
    pub fn is_gate(&self) -> bool {
        matches!(self, Self::AwaitHealthy { .. } | Self::Hold { .. } | Self::AwaitPromotion | Self::Renew { .. })
    }

    pub fn servers(&self) -> &[Server] {
        match self {
            Self::Create { servers }
            | Self::Register { servers, .. }
            | Self::AwaitHealthy { servers, .. }
            | Self::Drain { servers, .. }
            | Self::Destroy { servers }
            | Self::Renew { servers, .. } => servers,
            _ => &[],
        }
    }

    /// What is done, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::MakeShadow => "make the shadow",
            Self::RemoveShadow => "remove the shadow",
            Self::Adopt => "turn",
            Self::RemoveGroup => "remove the new group",
            Self::Create { .. } => "create",
            Self::Register { .. } => "register",
            Self::AwaitHealthy { .. } => "gate",
            Self::Shift { .. } => "shift",
            Self::Hold { .. } => "hold",
            Self::AwaitPromotion => "wait for promotion",
            Self::Drain { .. } => "drain",
            Self::Destroy { .. } => "destroy",
            Self::Renew { .. } => "renew",
        }
    }

    /// `gate web[0]' healthy`, for people and logs.
    pub fn describe(&self, fleet: &Fleet) -> String {
        let names = || self.servers().iter().map(|server| fleet.label(*server)).collect::<Vec<_>>().join(" ");
        let place = |group: &Group| match group {
            Group::Configured => "",
            Group::Shadow if fleet.moves => " (new group)",
            Group::Shadow => " (shadow)",
        };
        match self {
            Self::MakeShadow if fleet.moves => "let the new group share the traffic".to_owned(),
            Self::RemoveShadow if fleet.moves => "let the new group share nothing any more".to_owned(),
            Self::Shift { percent } if fleet.moves && *percent > 0 => {
                format!("shift {percent} % of the traffic to the new group")
            }
            Self::Adopt => "turn what forwards to the new group".to_owned(),
            Self::RemoveGroup => "remove the new group".to_owned(),
            Self::MakeShadow => "make the shadow group".to_owned(),
            Self::RemoveShadow => "remove the shadow group".to_owned(),
            Self::Create { .. } => format!("create {}", names()),
            Self::Register { group, .. } => format!("register {}{}", names(), place(group)),
            Self::AwaitHealthy { group, .. } => format!("gate {} healthy{}", names(), place(group)),
            Self::Shift { percent: 0 } => "return all traffic to the configured group".to_owned(),
            Self::Shift { percent } => format!("shift {percent} % of the traffic to the shadow group"),
            Self::Hold { time } => format!("hold {}", super::render_duration(*time)),
            Self::AwaitPromotion => "wait for promotion".to_owned(),
            Self::Drain { group, .. } => format!("drain {}{}", names(), place(group)),
            Self::Destroy { .. } => format!("destroy {}", names()),
            Self::Renew { servers, .. } if servers.iter().all(|server| server.generation == Generation::Old) => {
                format!("renew the servers of {} as they were", names())
            }
            Self::Renew { how, .. } => format!("renew the servers of {}: {}", names(), describe_renewal(how)),
        }
    }

    /// Nothing would be done.
    fn is_empty(&self) -> bool {
        match self {
            Self::MakeShadow
            | Self::RemoveShadow
            | Self::Adopt
            | Self::RemoveGroup
            | Self::Shift { .. }
            | Self::AwaitPromotion => false,
            Self::Hold { time } => time.is_zero(),
            _ => self.servers().is_empty(),
        }
    }
}

/// Drops stages that do nothing and works out who serves after each, from the old version on.
pub(super) fn with_situations(fleet: &Fleet, actions: Vec<Action>) -> Vec<Stage> {
    with_situations_from(Situation::before(fleet), actions)
}

/// The same from any situation.
pub(super) fn with_situations_from(mut situation: Situation, actions: Vec<Action>) -> Vec<Stage> {
    let mut stages = Vec::new();
    for action in actions.into_iter().filter(|action| !action.is_empty()) {
        situation.apply(&action);
        stages.push(Stage { action, after: situation.clone() });
    }
    stages
}
