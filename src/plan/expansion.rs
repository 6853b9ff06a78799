//! Which instances a block with `count` or `for_each` has, and what `count.index` and `each` are in each of them.

use crate::addr::InstanceKey;
use crate::value::{Text, Type, Value};
use std::sync::Arc;

/// The instances of one block in one module instance.
#[derive(Clone, Debug)]
pub enum Expansion {
    /// Neither `count` nor `for_each`.
    Single,
    Count(u64),
    /// Key and value, sorted by key.
    ForEach(Arc<[(Text, Value)]>),
}

/// What `count` and `each` mean in one instance.
#[derive(Clone, Debug, Default)]
pub struct Repetition {
    pub count_index: Option<u64>,
    pub each_key: Option<Text>,
    /// Absent where the configuration has no such key any more.
    pub each_value: Option<Value>,
}

impl Expansion {
    pub fn len(&self) -> usize {
        match self {
            Self::Single => 1,
            Self::Count(count) => usize::try_from(*count).unwrap_or(usize::MAX),
            Self::ForEach(entries) => entries.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys in order.
    pub fn keys(&self) -> Box<dyn Iterator<Item = InstanceKey> + '_> {
        match self {
            Self::Single => Box::new(std::iter::once(InstanceKey::None)),
            Self::Count(count) => Box::new((0..*count).map(InstanceKey::Index)),
            Self::ForEach(entries) => Box::new(entries.iter().map(|(key, _)| InstanceKey::Key(key.clone()))),
        }
    }

    pub fn contains(&self, key: &InstanceKey) -> bool {
        match (self, key) {
            (Self::Single, InstanceKey::None) => true,
            (Self::Count(count), InstanceKey::Index(index)) => index < count,
            (Self::ForEach(_), InstanceKey::Key(key)) => self.position_of(key).is_some(),
            _ => false,
        }
    }

    pub fn repetition(&self, key: &InstanceKey) -> Repetition {
        match (self, key) {
            (_, InstanceKey::None) => Repetition::default(),
            (_, InstanceKey::Index(index)) => Repetition { count_index: Some(*index), ..Repetition::default() },
            (Self::ForEach(entries), InstanceKey::Key(key)) => Repetition {
                each_key: Some(key.clone()),
                each_value: self.position_of(key).map(|position| entries[position].1.clone()),
                ..Repetition::default()
            },
            (_, InstanceKey::Key(key)) => Repetition { each_key: Some(key.clone()), ..Repetition::default() },
        }
    }

    fn position_of(&self, key: &str) -> Option<usize> {
        match self {
            Self::ForEach(entries) => entries.binary_search_by(|(name, _)| (**name).cmp(key)).ok(),
            _ => None,
        }
    }

    /// One value for all instances: the value itself, a tuple, or an object.
    pub fn collect(&self, value_of: &mut dyn FnMut(&InstanceKey) -> Value) -> Value {
        match self {
            Self::Single => value_of(&InstanceKey::None),
            Self::Count(count) => Value::tuple((0..*count).map(|index| value_of(&InstanceKey::Index(index))).collect()),
            Self::ForEach(entries) => {
                Value::object(entries.iter().map(|(key, _)| (key.clone(), value_of(&InstanceKey::Key(key.clone())))))
            }
        }
    }
}

impl Repetition {
    /// `count` and `each` where only the key is known to be of some instance: the value is not to be relied on.
    pub fn of_key(key: &InstanceKey) -> Self {
        match key {
            InstanceKey::None => Self::default(),
            InstanceKey::Index(index) => Self { count_index: Some(*index), ..Self::default() },
            InstanceKey::Key(key) => {
                Self { each_key: Some(key.clone()), each_value: Some(Value::unknown(Type::Dynamic)), ..Self::default() }
            }
        }
    }
}
