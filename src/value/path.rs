//! Where something is inside a value.

use super::quote::quote;
use super::{Data, Text, Value};

/// Steps from a value to something inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<PathStep>);

/// One step of a [`Path`]. An element of a set is found by position in the set's order, which only lasts while the set does not change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    Attribute(Text),
    /// Key of a map.
    Key(Text),
    /// Position in a list, tuple or set.
    Index(usize),
}

impl Path {
    pub fn root() -> Self {
        Self::default()
    }

    pub fn of_attribute(name: &str) -> Self {
        Self(vec![PathStep::Attribute(name.into())])
    }

    pub fn attribute(&self, name: &str) -> Self {
        self.then(PathStep::Attribute(name.into()))
    }

    pub fn key(&self, key: &str) -> Self {
        self.then(PathStep::Key(key.into()))
    }

    pub fn index(&self, index: usize) -> Self {
        self.then(PathStep::Index(index))
    }

    pub fn then(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    pub fn starts_with(&self, prefix: &Path) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// What the value holds there; nothing where a step does not exist, is null or is unknown.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |at, step| match (step, at.data()) {
            (PathStep::Attribute(name) | PathStep::Key(name), _) => at.get(name),
            (PathStep::Index(index), Data::List(_) | Data::Set(_) | Data::Tuple(_)) => at.as_items()?.get(*index),
            _ => None,
        })
    }
}

impl std::fmt::Display for Path {
    /// As messages write it: `.rule[0].tags["a"]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for step in &self.0 {
            match step {
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Key(key) => write!(f, "[{}]", quote(key))?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
