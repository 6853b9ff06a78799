//! Names that expressions introduce: a chain of frames on the stack, nothing is copied per iteration.

use crate::value::{Entries, Value};

/// Some names on top of those of the parent.
pub struct Frame<'f> {
    parent: Option<&'f Frame<'f>>,
    bindings: Bindings<'f>,
}

enum Bindings<'f> {
    /// `for key, value in ...`
    Pair { key: Option<(&'f str, Value)>, value: (&'f str, Value) },
    /// Every entry of an object: the variables of a template.
    All(&'f Entries),
    /// The item of the splat being evaluated; it has no name.
    SplatItem(Value),
}

impl<'f> Frame<'f> {
    /// The names of one iteration.
    pub fn iteration(parent: Option<&'f Frame<'f>>, key: Option<(&'f str, Value)>, value: (&'f str, Value)) -> Self {
        Self { parent, bindings: Bindings::Pair { key, value } }
    }

    pub fn entries(entries: &'f Entries) -> Self {
        Self { parent: None, bindings: Bindings::All(entries) }
    }

    pub fn splat_item(parent: Option<&'f Frame<'f>>, item: Value) -> Self {
        Self { parent, bindings: Bindings::SplatItem(item) }
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.chain().find_map(|frame| match &frame.bindings {
            Bindings::Pair { value, .. } if value.0 == name => Some(&value.1),
            Bindings::Pair { key: Some(key), .. } if key.0 == name => Some(&key.1),
            Bindings::All(entries) => entries.get(name),
            _ => None,
        })
    }

    pub fn binds(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The item of the innermost splat.
    pub fn current_item(&self) -> Option<&Value> {
        self.chain().find_map(|frame| match &frame.bindings {
            Bindings::SplatItem(item) => Some(item),
            _ => None,
        })
    }

    /// All names, innermost first.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for frame in self.chain() {
            match &frame.bindings {
                Bindings::Pair { key, value } => {
                    names.extend(key.as_ref().map(|key| key.0));
                    names.push(value.0);
                }
                Bindings::All(entries) => names.extend(entries.keys().map(|key| &**key)),
                Bindings::SplatItem(_) => {}
            }
        }
        names
    }

    fn chain(&self) -> impl Iterator<Item = &Frame<'f>> {
        std::iter::successors(Some(self), |frame| frame.parent)
    }
}
