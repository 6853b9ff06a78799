//! Types by name, each built when somebody first asks for it: a stack uses a few of many, and what is never built is never loaded.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A type's name, and what builds it from that.
pub type Entry<T> = (&'static str, fn(&'static str) -> Box<T>);

pub struct Registry<T: ?Sized>(BTreeMap<&'static str, Item<T>>);

struct Item<T: ?Sized> {
    build: fn(&'static str) -> Box<T>,
    built: OnceLock<Box<T>>,
}

impl<T: ?Sized> Registry<T> {
    pub fn of(entries: &[&[Entry<T>]]) -> Self {
        let item = |(name, build): &Entry<T>| (*name, Item { build: *build, built: OnceLock::new() });
        Self(entries.iter().copied().flatten().map(item).collect())
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        let (name, item) = self.0.get_key_value(name)?;
        Some(item.built.get_or_init(|| (item.build)(name)))
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}
