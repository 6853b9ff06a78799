//! Values of the language: what an expression gives, what a provider says, what a state holds.
//!
//! A [`Value`] is 32 bytes and cheap to clone: everything large is shared. Collections remember two facts about
//! all that is inside them, the union of marks and whether all is known, so that "is anything in here secret" costs nothing.
//! Objects and maps keep their entries sorted by key in one allocation; sets keep their elements in the order Terraform shows.
//!
//! What Terraform calls `cty`: the same types, conversions, unification and equality (`type_of`, `convert`, `unify`, `equal`).

mod collection;
mod convert;
mod equal;
mod json;
mod kind;
mod kind_text;
mod marks;
mod mismatch;
mod number;
pub mod operations;
mod order;
mod path;
#[cfg(test)]
mod properties;
pub mod quote;
mod unify;
mod unknown;
mod walk;

pub use collection::{Elements, Entries, Mapping, Sequence};
pub use convert::{ConvertError, convert, is_convertible};
pub use equal::{equal, equal_unmarked};
pub use json::{JsonError, from_json, from_json_as, to_json_text, write_json, write_text};
pub use kind::{ObjectType, Type, object_constraint};
pub use marks::Marks;
pub use mismatch::mismatch;
pub use number::{Decimal, Number};
pub use path::{Path, PathStep};
pub use unify::{unify, unify_safely};
pub use unknown::{Refinement, Unknown};
pub use walk::{mark_paths, marked_paths, unknown_paths};

use std::sync::Arc;

/// Shared immutable text, in Unicode NFC where it came from the language.
pub type Text = Arc<str>;

/// A value with its marks.
#[derive(Clone)]
pub struct Value {
    data: Data,
    marks: Marks,
}

/// What a value is, marks aside.
#[derive(Clone)]
pub enum Data {
    Null(Type),
    Unknown(Arc<Unknown>),
    Bool(bool),
    Number(Number),
    String(Text),
    List(Arc<Sequence>),
    Set(Arc<Sequence>),
    Map(Arc<Mapping>),
    Tuple(Arc<Elements>),
    Object(Arc<Entries>),
    /// A type as a value: what `type(x)` gives; only the console can show it.
    Type(Arc<Type>),
}

impl Value {
    pub fn new(data: Data) -> Self {
        Self { data, marks: Marks::NONE }
    }

    pub fn null(of: Type) -> Self {
        Self::new(Data::Null(of))
    }

    /// `null` as written in configuration: of no particular type.
    pub fn untyped_null() -> Self {
        Self::null(Type::Dynamic)
    }

    pub fn unknown(of: Type) -> Self {
        Self::new(Data::Unknown(Arc::new(Unknown::new(of))))
    }

    pub fn bool(value: bool) -> Self {
        Self::new(Data::Bool(value))
    }

    pub fn number(value: impl Into<Number>) -> Self {
        Self::new(Data::Number(value.into()))
    }

    /// Text that is known to be NFC already (ASCII, or made from other values).
    pub fn string(value: impl Into<Text>) -> Self {
        Self::new(Data::String(value.into()))
    }

    /// Text from outside: brought to NFC.
    pub fn text(value: &str) -> Self {
        use unicode_normalization::UnicodeNormalization;
        if value.is_ascii() || unicode_normalization::is_nfc(value) {
            return Self::string(value);
        }
        Self::string(value.nfc().collect::<String>())
    }

    /// A list. All items have type `element` (or are null or unknown of it).
    pub fn list(element: Type, items: Vec<Value>) -> Self {
        Self::new(Data::List(Arc::new(Sequence::new(element, items))))
    }

    /// A set: sorted into Terraform's order, duplicates dropped. Marks of items move to the set itself.
    /// Several unknown items are kept, as each may turn out different.
    pub fn set(element: Type, mut items: Vec<Value>) -> Self {
        let mut marks = Marks::NONE;
        for item in &mut items {
            let (plain, own) = std::mem::take(item).unmark_deep();
            marks = marks | own;
            *item = plain;
        }
        collection::sort_set(&mut items);
        Self::new(Data::Set(Arc::new(Sequence::new(element, items)))).with_marks(marks)
    }

    pub fn map(element: Type, entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self::new(Data::Map(Arc::new(Mapping::new(element, entries))))
    }

    pub fn tuple(items: Vec<Value>) -> Self {
        Self::new(Data::Tuple(Arc::new(Elements::new(items))))
    }

    /// The later of two entries with one name wins.
    pub fn object(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self::new(Data::Object(Arc::new(Entries::new(entries))))
    }

    pub fn empty_object() -> Self {
        Self::object([])
    }

    pub fn data(&self) -> &Data {
        &self.data
    }

    pub fn into_data(self) -> Data {
        self.data
    }

    /// The marks of the value itself, not of what is inside.
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// The marks of the value and of everything inside it.
    pub fn deep_marks(&self) -> Marks {
        self.marks
            | match &self.data {
                Data::List(items) | Data::Set(items) => items.elements().deep_marks(),
                Data::Map(mapping) => mapping.entries().deep_marks(),
                Data::Tuple(items) => items.deep_marks(),
                Data::Object(entries) => entries.deep_marks(),
                _ => Marks::NONE,
            }
    }

    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks = self.marks | marks;
        self
    }

    /// The value without its own marks, and those marks.
    pub fn unmark(mut self) -> (Self, Marks) {
        let marks = std::mem::replace(&mut self.marks, Marks::NONE);
        (self, marks)
    }

    /// The value without any mark inside, and the union of what was there.
    pub fn unmark_deep(self) -> (Self, Marks) {
        let marks = self.deep_marks();
        if marks.is_empty() {
            return (self, marks);
        }
        let plain = self.map_children(&mut |child| child.unmark_deep().0);
        (plain.unmark().0, marks)
    }

    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Known at the top; parts may still be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self.data, Data::Unknown(_))
    }

    pub fn is_wholly_known(&self) -> bool {
        match &self.data {
            Data::Unknown(_) => false,
            Data::List(items) | Data::Set(items) => items.elements().is_wholly_known(),
            Data::Map(mapping) => mapping.entries().is_wholly_known(),
            Data::Tuple(items) => items.is_wholly_known(),
            Data::Object(entries) => entries.is_wholly_known(),
            _ => true,
        }
    }

    pub fn as_str(&self) -> Option<&Text> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Items of a known list, set or tuple.
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(items) | Data::Set(items) => Some(items.elements().as_slice()),
            Data::Tuple(items) => Some(items.as_slice()),
            _ => None,
        }
    }

    /// Entries of a known map or object.
    pub fn as_entries(&self) -> Option<&Entries> {
        match &self.data {
            Data::Map(mapping) => Some(mapping.entries()),
            Data::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// An attribute of an object or an element of a map. Marks of the container are not added.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_entries()?.get(name)
    }

    /// What says nothing: null, "", 0, false, or a collection without elements.
    pub fn is_zero(&self) -> bool {
        match &self.data {
            Data::Null(_) => true,
            Data::Bool(value) => !value,
            Data::String(text) => text.is_empty(),
            Data::Number(number) => number.is_zero(),
            _ => {
                self.as_items().is_some_and(<[Value]>::is_empty)
                    || self.as_entries().is_some_and(|them| them.is_empty())
            }
        }
    }

    /// The type of the value.
    pub fn type_of(&self) -> Type {
        match &self.data {
            Data::Null(of) => of.clone(),
            Data::Unknown(unknown) => unknown.type_of().clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(items) => Type::list(items.element().clone()),
            Data::Set(items) => Type::set(items.element().clone()),
            Data::Map(mapping) => Type::map(mapping.element().clone()),
            Data::Tuple(items) => Type::tuple(items.as_slice().iter().map(Value::type_of).collect()),
            Data::Object(entries) => Type::object(entries.iter().map(|(name, value)| (name.clone(), value.type_of()))),
            Data::Type(_) => Type::Type,
        }
    }

    /// Rebuilds a known collection or structure with every direct child replaced; other values come back as they are.
    /// The value's own marks stay. The children must keep their types (for lists, sets and maps).
    pub fn map_children(self, change: &mut dyn FnMut(Value) -> Value) -> Value {
        let marks = self.marks;
        let data = match self.data {
            Data::List(items) => {
                let changed = items.elements().iter().cloned().map(change).collect();
                Data::List(Arc::new(Sequence::new(items.element().clone(), changed)))
            }
            Data::Set(items) => {
                let changed = items.elements().iter().cloned().map(change).collect();
                return Value::set(items.element().clone(), changed).with_marks(marks);
            }
            Data::Map(mapping) => {
                let changed: Vec<_> =
                    mapping.entries().iter().map(|(key, value)| (key.clone(), change(value.clone()))).collect();
                Data::Map(Arc::new(Mapping::new(mapping.element().clone(), changed)))
            }
            Data::Tuple(items) => {
                let changed = items.iter().cloned().map(change).collect();
                Data::Tuple(Arc::new(Elements::new(changed)))
            }
            Data::Object(entries) => {
                let changed: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), change(value.clone()))).collect();
                Data::Object(Arc::new(Entries::new(changed)))
            }
            other => other,
        };
        Value { data, marks }
    }
}

impl Default for Value {
    fn default() -> Self {
        Self::untyped_null()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::number(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::text(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::text(&value)
    }
}

impl std::fmt::Debug for Value {
    /// As configuration would write it, roughly; nothing secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.marks.is_sensitive() {
            return f.write_str("(sensitive value)");
        }
        match &self.data {
            Data::Null(_) => f.write_str("null"),
            Data::Unknown(unknown) => write!(f, "unknown({})", unknown.type_of()),
            Data::Bool(value) => write!(f, "{value}"),
            Data::Number(number) => write!(f, "{number}"),
            Data::String(text) => write!(f, "{text:?}"),
            Data::List(_) | Data::Tuple(_) => f.debug_list().entries(self.as_items().unwrap_or_default()).finish(),
            Data::Set(_) => f.debug_set().entries(self.as_items().unwrap_or_default()).finish(),
            Data::Map(_) | Data::Object(_) => {
                f.debug_map().entries(self.as_entries().into_iter().flat_map(|entries| entries.iter())).finish()
            }
            Data::Type(of) => write!(f, "{of}"),
        }
    }
}
