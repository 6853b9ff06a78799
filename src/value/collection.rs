//! What collections and structures hold, with the facts they remember about their contents.

use super::{Marks, Text, Type, Value};

/// Items of a list, set or tuple.
pub struct Elements {
    items: Box<[Value]>,
    deep_marks: Marks,
    is_wholly_known: bool,
}

impl Elements {
    pub fn new(items: Vec<Value>) -> Self {
        let deep_marks = items.iter().fold(Marks::NONE, |marks, item| marks | item.deep_marks());
        let is_wholly_known = items.iter().all(Value::is_wholly_known);
        Self { items: items.into(), deep_marks, is_wholly_known }
    }

    pub fn as_slice(&self) -> &[Value] {
        &self.items
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.items.iter()
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn deep_marks(&self) -> Marks {
        self.deep_marks
    }

    pub fn is_wholly_known(&self) -> bool {
        self.is_wholly_known
    }
}

/// A list or set: items of one type.
pub struct Sequence {
    element: Type,
    elements: Elements,
}

impl Sequence {
    pub fn new(element: Type, items: Vec<Value>) -> Self {
        Self { element, elements: Elements::new(items) }
    }

    pub fn element(&self) -> &Type {
        &self.element
    }

    pub fn elements(&self) -> &Elements {
        &self.elements
    }

    pub fn len(&self) -> usize {
        self.elements.len()
    }

    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }
}

/// Entries of a map or object, sorted by key.
pub struct Entries {
    entries: Box<[(Text, Value)]>,
    deep_marks: Marks,
    is_wholly_known: bool,
}

impl Entries {
    /// The later of two entries with one key wins.
    pub fn new(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        let mut entries: Vec<(Text, Value)> = entries.into_iter().collect();
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.reverse();
            entries.dedup_by(|later, earlier| later.0 == earlier.0);
            entries.reverse();
        }
        let deep_marks = entries.iter().fold(Marks::NONE, |marks, (_, value)| marks | value.deep_marks());
        let is_wholly_known = entries.iter().all(|(_, value)| value.is_wholly_known());
        Self { entries: entries.into(), deep_marks, is_wholly_known }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        let index = self.entries.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
        Some(&self.entries[index].1)
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Text, &Value)> + ExactSizeIterator {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Text> + ExactSizeIterator {
        self.entries.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.entries.iter().map(|(_, value)| value)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn deep_marks(&self) -> Marks {
        self.deep_marks
    }

    pub fn is_wholly_known(&self) -> bool {
        self.is_wholly_known
    }
}

/// A map: entries of one type.
pub struct Mapping {
    element: Type,
    entries: Entries,
}

impl Mapping {
    pub fn new(element: Type, entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self { element, entries: Entries::new(entries) }
    }

    pub fn element(&self) -> &Type {
        &self.element
    }

    pub fn entries(&self) -> &Entries {
        &self.entries
    }
}

/// Brings the (unmarked) items of a set into order and drops equal ones.
pub(super) fn sort_set(items: &mut Vec<Value>) {
    super::order::sort_set(items);
}
