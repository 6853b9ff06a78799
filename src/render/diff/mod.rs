//! The difference between two values as people read it.
//!
//! `block`, `attribute` and `dynamic` compare two values, guided by a schema, a type or nothing but the values, and give a tree of
//! [`Diff`]s; `text` writes such a tree as Terraform does. A value that is shown alone, as in `show`, is a difference with itself.
//! What counts as equal, what is hidden and what is paired with what follows Terraform's `internal/command/jsonformat`,
//! because people compare the two tools' plans.

mod attribute;
mod block;
mod dynamic;
mod pair;
mod scope;
mod sequence;
mod strings;
#[cfg(test)]
mod tests;
mod text;

pub use attribute::diff_of_type;
pub use block::diff_block;
pub use dynamic::diff_dynamic;
pub use pair::{Pair, Side};
pub use scope::Scope;
pub use strings::quoted_as_go;
pub use text::{Options, attribute_name, change_symbol, render, symbol};

use crate::change::Action;
use crate::value::{Text, Value};

/// One difference: what it is made of, what happens, and whether it forces a new object.
#[derive(Clone, Debug)]
pub struct Diff {
    pub kind: Kind,
    /// `NoOp`, `Create`, `Update` or `Delete`.
    pub action: Action,
    pub forces_replacement: bool,
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// Bool, number or string; nothing and null look the same.
    Primitive {
        before: Option<Value>,
        after: Option<Value>,
        is_string: bool,
    },
    Sensitive(Sensitivity),
    SensitiveBlock(Sensitivity),
    /// Known after apply; with what it was before.
    Unknown {
        before: Option<Box<Diff>>,
    },
    /// `shows_context`: unchanged neighbours of a change are shown.
    List {
        elements: Vec<Diff>,
        shows_context: bool,
    },
    /// `is_nested`: its elements are objects with schemas.
    Set {
        elements: Vec<Diff>,
        is_nested: bool,
    },
    Map {
        elements: Vec<(Text, Diff)>,
        is_nested: bool,
    },
    Object {
        attributes: Vec<(Text, Diff)>,
        is_nested: bool,
    },
    Block {
        attributes: Vec<(Text, Diff)>,
        groups: Vec<(Text, BlockGroup)>,
    },
    WriteOnly {
        is_sensitive: bool,
    },
    /// A value of one type became a value of another.
    TypeChange {
        before: Box<Diff>,
        after: Box<Diff>,
    },
}

/// Who was and who will be sensitive, and what happens to the hidden value.
#[derive(Clone, Copy, Debug)]
pub struct Sensitivity {
    pub before: bool,
    pub after: bool,
    pub inner: Action,
}

/// All nested blocks of one type.
#[derive(Clone, Debug)]
pub struct BlockGroup {
    /// With the key, where blocks have one.
    pub blocks: Vec<(Option<Text>, Diff)>,
    pub forces_replacement: bool,
    pub before_sensitive: bool,
    pub after_sensitive: bool,
    /// How many there will be is not known.
    pub is_unknown: bool,
}

impl Diff {
    fn new(kind: Kind, action: Action, forces_replacement: bool) -> Self {
        Self { kind, action, forces_replacement }
    }
}

/// The action of a whole whose parts so far amount to `current`, with one more part.
fn combine(current: Action, next: Action) -> Action {
    match next {
        Action::NoOp => current,
        next if next == current => current,
        _ => Action::Update,
    }
}
