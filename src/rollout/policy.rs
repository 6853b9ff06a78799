//! What a `rollout` block says.

use super::stage::Action;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub strategy: Strategy,
    /// How long a new server may take to be seen healthy.
    pub health_timeout: Duration,
    /// How long it must stay healthy before it counts.
    pub stable_for: Duration,
    pub analysis: Vec<Analysis>,
    /// How long an old server may take to finish its requests.
    pub drain_timeout: Duration,
    pub on_failure: OnFailure,
    /// The longest that the whole rollout may take.
    pub deadline: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    Rolling {
        batch: Amount,
        max_surge: Amount,
        max_unavailable: Amount,
        one_zone_at_a_time: bool,
        pause: Duration,
    },
    BlueGreen {
        bake: Duration,
    },
    /// Per cent of traffic, rising; the last stage, 100, is implied. With manual promotion somebody says when to go on.
    Canary {
        weights: Vec<u8>,
        bake: Duration,
        manual_promotion: bool,
    },
}

/// A number of servers, or a share of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Count(usize),
    Percent(u8),
}

/// Something to look at while traffic flows. It passes only when enough observations were good; one that is missing is not good.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    pub name: String,
    pub probe: Probe,
    pub interval: Duration,
    /// So many bad or missing observations in one hold are forgiven.
    pub failures_allowed: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    /// A request that must be answered with one of the status codes, in time.
    Http { url: String, status: Vec<u16>, latency: Option<Duration> },
    /// A Prometheus instant query whose value must stay below (or above) the threshold.
    Prometheus { url: String, query: String, threshold: f64, must_be_below: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    Rollback,
    Pause,
}

impl Default for Policy {
    /// What a fleet behind a target group gets without a `rollout` block.
    fn default() -> Self {
        Self {
            strategy: Strategy::Rolling {
                batch: Amount::Count(1),
                max_surge: Amount::Count(1),
                max_unavailable: Amount::Count(0),
                one_zone_at_a_time: false,
                pause: Duration::ZERO,
            },
            health_timeout: Duration::from_secs(300),
            stable_for: Duration::ZERO,
            analysis: Vec::new(),
            drain_timeout: Duration::from_secs(300),
            on_failure: OnFailure::Rollback,
            deadline: None,
        }
    }
}

impl Amount {
    pub fn is_none(self) -> bool {
        matches!(self, Amount::Count(0) | Amount::Percent(0))
    }

    /// As a number of servers of a fleet, shares rounded down.
    pub fn floor_of(self, size: usize) -> usize {
        match self {
            Amount::Count(count) => count,
            Amount::Percent(percent) => size * usize::from(percent) / 100,
        }
    }

    /// As a number of servers of a fleet, shares rounded up.
    pub fn ceil_of(self, size: usize) -> usize {
        match self {
            Amount::Count(count) => count,
            Amount::Percent(percent) => (size * usize::from(percent)).div_ceil(100),
        }
    }
}

/// `2` or `25%`
impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Amount::Count(count) => write!(f, "{count}"),
            Amount::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// How long a promotion is waited for where no deadline says less.
const PROMOTION_LIMIT: Duration = Duration::from_secs(24 * 3600);

impl Policy {
    /// How long a gate may take; nothing where it is none.
    pub fn limit_of(&self, action: &Action) -> Option<Duration> {
        match action {
            Action::AwaitHealthy { .. } => Some(self.health_timeout + self.stable_for),
            Action::Drain { .. } => Some(self.drain_timeout),
            Action::Hold { time } => Some(*time),
            Action::AwaitPromotion => Some(self.promotion_limit()),
            Action::Renew { how, .. } => {
                let holds = u32::try_from(how.checkpoints.len()).unwrap_or(u32::MAX);
                Some(how.bake + how.checkpoint_delay * holds)
            }
            _ => None,
        }
    }

    pub fn promotion_limit(&self) -> Duration {
        self.deadline.unwrap_or(PROMOTION_LIMIT)
    }

    /// How long to hold where the strategy says so long: analyses need time for a look, even where nobody asked for any.
    pub fn hold_time(&self, time: Duration) -> Duration {
        let needed = self.analysis.iter().map(|analysis| analysis.interval).max().unwrap_or_default();
        if time.is_zero() { needed } else { time }
    }

    /// How many servers may be out of service at once while `fleet_size` should serve. Only rolling ever takes any.
    pub fn unavailable_of(&self, fleet_size: usize) -> usize {
        match self.strategy {
            Strategy::Rolling { max_unavailable, .. } => max_unavailable.floor_of(fleet_size),
            _ => 0,
        }
    }
}
