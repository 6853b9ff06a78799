//! What is compared: a value before, a value after, and which parts of them matter.

use super::Scope;
use crate::change::Action;
use crate::render::json::canonical_text;
use crate::value::{Data, Entries, Text, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// One side of a comparison.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side<'a> {
    pub value: Option<&'a Value>,
    /// Somebody put it there: a null in a list is, an attribute that is not set is not.
    pub is_explicit: bool,
}

#[derive(Clone, Debug)]
pub struct Pair<'a> {
    pub before: Side<'a>,
    pub after: Side<'a>,
    /// Where a change needs a new object.
    pub replacing: Scope<'a>,
    /// What is worth showing.
    pub relevant: Scope<'a>,
    /// Empty strings are told from null; false for what may come from providers that cannot tell.
    pub distinguishes_empty: bool,
    /// Of this whole nothing is known yet, so of its parts neither.
    pub parts_are_unknown: bool,
}

static UNKNOWN: LazyLock<Value> = LazyLock::new(|| Value::unknown(crate::value::Type::Dynamic));

impl<'a> Side<'a> {
    pub fn none() -> Self {
        Self::default()
    }

    fn explicit(value: Option<&'a Value>) -> Self {
        Self { value, is_explicit: value.is_some() }
    }

    fn implied(value: Option<&'a Value>) -> Self {
        Self { value, is_explicit: false }
    }

    /// Absent, null or unknown.
    pub fn is_nil(&self) -> bool {
        self.known().is_none()
    }

    /// The value, if it is known and not null.
    pub fn known(&self) -> Option<&'a Value> {
        self.value.filter(|value| value.is_known() && !value.is_null())
    }

    pub fn is_missing(&self) -> bool {
        !self.is_explicit && self.is_nil()
    }

    pub fn is_unknown(&self) -> bool {
        self.value.is_some_and(|value| !value.is_known())
    }

    pub fn is_sensitive(&self) -> bool {
        self.value.is_some_and(|value| value.marks().is_sensitive())
    }

    pub fn entries(&self) -> Option<&'a Entries> {
        self.known()?.as_entries()
    }

    pub fn items(&self) -> &'a [Value] {
        self.known().and_then(Value::as_items).unwrap_or_default()
    }

    pub fn is_empty_text(&self) -> bool {
        self.known().and_then(Value::as_str).is_some_and(|text| text.is_empty())
    }

    /// For comparing: the value as JSON, marks aside.
    pub fn text(&self) -> Cow<'static, str> {
        self.known().map_or(Cow::Borrowed("null"), |value| Cow::Owned(canonical_text(value)))
    }
}

impl<'a> Pair<'a> {
    pub fn new(before: Option<&'a Value>, after: Option<&'a Value>) -> Self {
        Self {
            before: Side::implied(before),
            after: Side::implied(after),
            replacing: Scope::nowhere(),
            relevant: Scope::everywhere(),
            distinguishes_empty: false,
            parts_are_unknown: false,
        }
    }

    /// A value that is only shown.
    pub fn of(value: &'a Value) -> Self {
        Self::new(Some(value), Some(value))
    }

    pub fn forces_replacement(&self) -> bool {
        self.replacing.is_here()
    }

    /// What happens to the whole, from its two values.
    pub fn action(&self) -> Action {
        let after_is_missing = self.after.is_missing() && !self.after.is_unknown();
        match (self.before.is_missing(), after_is_missing) {
            (true, false) => Action::Create,
            (false, true) => Action::Delete,
            _ if self.is_same() => Action::NoOp,
            _ => Action::Update,
        }
    }

    fn is_same(&self) -> bool {
        self.has_same_value() && self.before.is_sensitive() == self.after.is_sensitive()
    }

    pub fn has_same_value(&self) -> bool {
        match (self.before.known(), self.after.known()) {
            (None, None) => true,
            (Some(before), Some(after)) => is_same_value(before, after),
            _ => false,
        }
    }

    /// The action to start with where the parts decide.
    pub fn action_of_presence(&self) -> Action {
        match (self.before.is_nil(), self.after.is_nil()) {
            (true, false) => Action::Create,
            (false, true) => Action::Delete,
            _ => Action::NoOp,
        }
    }

    /// Shows what was, as if nothing changed.
    pub fn as_unchanged(&self) -> Self {
        Self { after: self.before, distinguishes_empty: false, parts_are_unknown: false, ..self.clone() }
    }

    pub fn as_deleted(&self) -> Self {
        Self { after: Side::none(), distinguishes_empty: false, parts_are_unknown: false, ..self.clone() }
    }

    pub fn as_created(&self) -> Self {
        Self { before: Side::none(), distinguishes_empty: false, parts_are_unknown: false, ..self.clone() }
    }

    /// An element of a map or dynamic object: there if its key is.
    pub fn key(&self, key: &str) -> Self {
        let side = |side: Side<'a>| Side::explicit(side.entries().and_then(|entries| entries.get(key)));
        let after = if self.parts_are_unknown { Side::implied(Some(&UNKNOWN)) } else { side(self.after) };
        self.part(side(self.before), after, |scope| scope.key(key), self.distinguishes_empty)
    }

    /// An attribute of an object or block: always there, maybe null. What does not matter is shown as unchanged.
    pub fn attribute(&self, name: &str) -> Self {
        let mut part = self.key(name).relevant_part();
        part.before.is_explicit = false;
        part.after.is_explicit = false;
        part
    }

    /// Items of two sequences.
    pub fn items(&self, before: Option<usize>, after: Option<usize>) -> Self {
        let old = before.and_then(|index| self.before.items().get(index));
        let new = after.and_then(|index| self.after.items().get(index));
        let index = if old.is_some() { before } else { after }.unwrap_or(0);
        self.part(Side::explicit(old), Side::explicit(new), |scope| scope.index(index), false)
    }

    fn part(
        &self,
        before: Side<'a>,
        after: Side<'a>,
        narrow: impl Fn(&Scope<'a>) -> Scope<'a>,
        distinguishes_empty: bool,
    ) -> Self {
        Self {
            before,
            after,
            replacing: narrow(&self.replacing),
            relevant: narrow(&self.relevant),
            distinguishes_empty,
            parts_are_unknown: false,
        }
    }

    /// The pair itself, or, where it does not matter, as if unchanged.
    pub fn relevant_part(self) -> Self {
        if self.relevant.is_inside() { self } else { self.as_unchanged() }
    }

    /// All keys of both sides in order.
    pub fn keys(&self) -> Vec<Text> {
        let keys = |side: Side<'a>| side.entries().into_iter().flat_map(Entries::keys).cloned();
        keys(self.before).chain(keys(self.after)).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Equal as JSON: a list is a tuple, an object is a map, marks and unknown parts do not count.
pub fn is_same_value(before: &Value, after: &Value) -> bool {
    match (before.data(), after.data()) {
        (Data::Bool(before), Data::Bool(after)) => before == after,
        (Data::Number(before), Data::Number(after)) => before == after,
        (Data::String(before), Data::String(after)) => before == after,
        _ => match (before.as_items(), after.as_items()) {
            (Some(before), Some(after)) => {
                before.len() == after.len()
                    && before.iter().zip(after).all(|(before, after)| {
                        let known = |value: &Value| value.is_known() && !value.is_null();
                        match (known(before), known(after)) {
                            (true, true) => is_same_value(before, after),
                            (before, after) => before == after,
                        }
                    })
            }
            (None, None) => has_same_entries(before, after),
            _ => false,
        },
    }
}

fn has_same_entries(before: &Value, after: &Value) -> bool {
    let (Some(before), Some(after)) = (before.as_entries(), after.as_entries()) else { return false };
    let mut old = before.iter().filter(|(_, value)| value.is_known());
    let mut new = after.iter().filter(|(_, value)| value.is_known());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return true,
            (Some((key, before)), Some((other_key, after))) if key == other_key => {
                let are_null = before.is_null() && after.is_null();
                if !are_null && !is_same_value(before, after) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}
