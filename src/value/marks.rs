//! Marks: facts that stick to a value and to everything computed from it.

use std::ops::BitOr;

/// A set of marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Marks(u8);

impl Marks {
    pub const NONE: Marks = Marks(0);
    /// Never printed.
    pub const SENSITIVE: Marks = Marks(1);
    /// Never stored: not in state, not in a plan.
    pub const EPHEMERAL: Marks = Marks(2);
    /// Came from a deprecated attribute.
    pub const DEPRECATED: Marks = Marks(4);

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    pub fn is_sensitive(self) -> bool {
        self.contains(Self::SENSITIVE)
    }

    pub fn is_ephemeral(self) -> bool {
        self.contains(Self::EPHEMERAL)
    }
}

impl BitOr for Marks {
    type Output = Marks;
    fn bitor(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}
