//! What a planned change means for those who use what the object serves or keeps.
//!
//! A provider says it per resource type, from the planned values alone; the plan adds what only it knows, such as who else
//! is behind a load balancer. Where it says nothing, nobody is thought to notice.

use crate::value::Value;

/// How bad it is; the worst is last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Nobody notices.
    #[default]
    None,
    /// Seconds, up to a restart or a failover.
    Brief,
    /// For as long as it takes to make something anew, or for good.
    Outage,
    /// Something is gone that cannot be made again.
    DataLoss,
}

/// With the reason: `"it is destroyed without a final snapshot"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub impact: Impact,
    /// A clause about the object, without its name and without a full stop. Empty where nobody notices.
    pub reason: String,
}

/// What becomes of an object that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Updated,
    Replaced { creates_first: bool },
    Destroyed,
}

/// A change for a provider to judge. Values carry no marks; what the API decides is unknown.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    pub kind: &'a str,
    pub fate: Fate,
    pub before: &'a Value,
    /// Null where it is destroyed.
    pub after: &'a Value,
}

/// What the loss of an object of some types means: a line of a provider's table.
pub struct Loss {
    pub kinds: &'static [&'static str],
    /// It is destroyed.
    pub gone: (Impact, &'static str),
    /// It is destroyed before its successor is made.
    pub gap: (Impact, &'static str),
    /// Its successor is made first.
    pub succession: (Impact, &'static str),
}

impl Impact {
    /// For programs: `data_loss`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Brief => "brief",
            Self::Outage => "outage",
            Self::DataLoss => "data_loss",
        }
    }

    /// For people: `data loss`.
    pub fn words(self) -> &'static str {
        if self == Self::DataLoss { "data loss" } else { self.name() }
    }
}

impl Verdict {
    pub fn new(impact: Impact, reason: impl Into<String>) -> Self {
        Self { impact, reason: reason.into() }
    }
}

impl Judged<'_> {
    /// What a table of losses says; it says nothing of updates.
    pub fn by_loss(&self, losses: &[Loss]) -> Verdict {
        let Some(loss) = losses.iter().find(|loss| loss.kinds.contains(&self.kind)) else { return Verdict::default() };
        let (impact, reason) = match self.fate {
            Fate::Updated => return Verdict::default(),
            Fate::Destroyed => loss.gone,
            Fate::Replaced { creates_first: false } => loss.gap,
            Fate::Replaced { creates_first: true } => loss.succession,
        };
        Verdict::new(impact, reason)
    }

    /// The worst of what a table of attributes says of an update.
    pub fn by_update(&self, attributes: &[(&str, Impact, &str)]) -> Verdict {
        let changed = attributes.iter().filter(|(name, ..)| self.fate == Fate::Updated && self.changes(name));
        let worst = changed.max_by_key(|(_, impact, _)| *impact);
        worst.map_or_else(Verdict::default, |(_, impact, reason)| Verdict::new(*impact, *reason))
    }

    /// Whether an attribute gets another value, or one that is not known yet.
    pub fn changes(&self, name: &str) -> bool {
        self.before.get(name) != self.after.get(name)
    }

    /// Whether a switch is on now.
    pub fn is_on(&self, name: &str) -> bool {
        self.before.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// The text of an attribute now, unless it is empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.before.get(name).and_then(Value::as_str).map(|text| &**text).filter(|text| !text.is_empty())
    }
}
