//! What an analysis observes, by whoever can reach the network.

use crate::rollout::Probe;
use async_trait::async_trait;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    Good,
    /// With what was seen. A value that is missing, or a question that nobody answered, is bad.
    Bad(String),
}

#[async_trait]
pub trait Probes: Send + Sync {
    /// Looks once.
    async fn observe(&self, probe: &Probe) -> Observation;
}

/// Nobody can look: every observation is missing.
pub struct NoProbes;

#[async_trait]
impl Probes for NoProbes {
    async fn observe(&self, _probe: &Probe) -> Observation {
        Observation::Bad("nothing could be observed".to_owned())
    }
}
