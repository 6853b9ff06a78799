//! What somebody asks of rollouts from another terminal while they run.

use super::Rollouts;

/// What somebody asks of a rollout that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub kind: OrderKind,
    /// Nothing: all.
    pub rollout: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    Pause,
    Resume,
    Promote,
    Abort,
}

impl OrderKind {
    const ALL: [Self; 4] = [Self::Pause, Self::Resume, Self::Promote, Self::Abort];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::Abort => "abort",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl Rollouts {
    /// What somebody asked for from another terminal; for all rollouts where no name is given.
    pub fn order(&mut self, order: &Order) {
        let names: Vec<String> = self
            .list
            .iter()
            .map(|running| running.plan.name.clone())
            .filter(|name| order.rollout.as_ref().is_none_or(|wanted| wanted == name))
            .collect();
        self.signals.send_modify(|signals| {
            for name in names {
                match order.kind {
                    OrderKind::Pause => drop(signals.paused.insert(name)),
                    OrderKind::Resume => drop(signals.paused.remove(&name)),
                    OrderKind::Promote => *signals.promotions.entry(name).or_default() += 1,
                    OrderKind::Abort => drop(signals.aborted.insert(name)),
                }
            }
        });
    }
}
