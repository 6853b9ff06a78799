//! What can be said of an attribute or block without the SDK: schema and planning follow from it.

use super::Want;
use crate::schema::Nesting;
use crate::value::{Type, Value};
use std::sync::Arc;

/// Whether a known, non-null value is acceptable; what is wrong with it otherwise.
pub type Check = fn(&Value) -> Result<(), String>;

/// Whether two values mean the same, so that the difference is none.
pub type Same = fn(&Value, &Value) -> bool;

/// Whether what is configured replaces an object, looking at more than one attribute: the former object, the configuration.
pub type Replaces = fn(&Want, &Want) -> bool;

/// Whether, given the whole configuration, a change from the former to the latter value counts for nothing.
pub type Suppressed = fn(&Value, &Value, &Value) -> bool;

/// What state keeps in place of a written value.
pub type Stored = fn(&Value) -> Value;

/// The rules of one attribute or nested block.
#[derive(Clone)]
pub struct Declared {
    pub name: &'static str,
    pub of: Type,
    /// A nested block (or, `is_attribute`, an attribute that is written like one).
    pub nested: Option<Nested>,
    pub is_required: bool,
    pub is_optional: bool,
    pub is_computed: bool,
    pub is_sensitive: bool,
    pub is_write_only: bool,
    pub is_deprecated: bool,
    /// A change needs a new object.
    pub replaces: bool,
    /// A change needs a new server, unless `servers { immutable = false }`.
    pub replaces_server: bool,
    /// A change needs a new object while the flag of this name is set.
    pub replaces_when: Option<&'static str>,
    /// A change from the former to the latter value needs a new object.
    pub replaces_if: Option<Same>,
    /// A change needs a new object where this says so.
    pub replaces_where: Option<Replaces>,
    pub default: Option<Value>,
    pub stored: Option<Stored>,
    pub checks: Vec<Check>,
    /// The only texts that are taken; any where empty.
    pub members: &'static [&'static str],
    /// The numbers that are allowed, both ends included.
    pub range: Option<(i64, i64)>,
    pub same: Option<Same>,
    pub suppressed: Option<Suppressed>,
    /// Becomes unknown when one of these changes.
    pub follows: Vec<&'static str>,
    /// Only while this flag is set.
    pub follows_while: Option<&'static str>,
    /// At most one of this and these may be configured.
    pub conflicts: Vec<&'static str>,
    /// Exactly one of this and these must be configured.
    pub exactly_one: Vec<&'static str>,
    /// At least one of this and these must be configured.
    pub at_least_one: Vec<&'static str>,
    /// Where this is configured, these must be too.
    pub needs: Vec<&'static str>,
    /// Must be configured unless another attribute has one of these values.
    pub needed_unless: Option<(&'static str, &'static [&'static str])>,
    /// Says nothing unless another attribute has one of these values.
    pub only_when: Option<(&'static str, &'static [&'static str])>,
    /// Name of the change that brings an update of it about, see `Resource::change`.
    pub change: Option<&'static str>,
    /// The API says it.
    pub is_read: bool,
    /// The zero of its type where the API says nothing.
    pub is_never_null: bool,
    pub description: &'static str,
}

impl Declared {
    /// Of this type, and nothing else said.
    pub fn new(name: &'static str, of: Type) -> Self {
        Self {
            name,
            of,
            nested: None,
            is_required: false,
            is_optional: false,
            is_computed: false,
            is_sensitive: false,
            is_write_only: false,
            is_deprecated: false,
            replaces: false,
            replaces_server: false,
            replaces_when: None,
            replaces_if: None,
            replaces_where: None,
            default: None,
            stored: None,
            checks: Vec::new(),
            members: &[],
            range: None,
            same: None,
            suppressed: None,
            follows: Vec::new(),
            follows_while: None,
            conflicts: Vec::new(),
            exactly_one: Vec::new(),
            at_least_one: Vec::new(),
            needs: Vec::new(),
            needed_unless: None,
            only_when: None,
            change: None,
            is_read: false,
            is_never_null: false,
            description: "",
        }
    }
}

/// Blocks inside a block.
#[derive(Clone)]
pub struct Nested {
    pub nesting: Nesting,
    pub fields: Arc<Vec<Declared>>,
    pub min_items: u64,
    pub max_items: u64,
    /// Terraform's "attributes as blocks": an attribute whose value is a collection of objects, also written as blocks.
    pub is_attribute: bool,
}
