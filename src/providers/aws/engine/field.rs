//! Declarations of attributes and blocks.
//!
//! [`Declared`] is what can be said without the SDK: schema and planning follow from it. [`Field`] adds how the SDK is read and written.

use super::carry::{Getter, Setter};
use super::declared::{Check, Declared, Nested, Replaces, Same, Stored, Suppressed};
use super::shaping::shaped;
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use std::sync::Arc;

/// Reads the attribute from what the API says.
pub type Read<T> = Arc<dyn Fn(&T) -> Value + Send + Sync>;

/// What the API says of an object, a value for each attribute that it says.
pub fn values_of<T>(reads: &[Option<Read<T>>], object: &T) -> Vec<Option<Value>> {
    reads.iter().map(|read| Some(read.as_ref()?(object))).collect()
}

/// Puts the attribute into a create request.
pub type Fill<C> = Arc<dyn Fn(C, &Value) -> C + Send + Sync>;

/// An attribute with its way from and to the SDK. `T` is what the API says, `C` the request that creates.
pub struct Field<T, C> {
    pub declared: Declared,
    pub read: Option<Read<T>>,
    pub send: Option<Fill<C>>,
}

pub fn text<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::String)
}

pub fn number<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::Number)
}

pub fn flag<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::Bool)
}

pub fn texts<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::list(Type::String))
}

pub fn numbers<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::list(Type::Number))
}

pub fn set_of_text<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::set(Type::String))
}

pub fn map_of_text<T, C>(name: &'static str) -> Field<T, C> {
    Field::new(name, Type::map(Type::String))
}

/// Nested blocks in order; `max` zero is any number.
pub fn block_list<T, C>(name: &'static str, max: u64, fields: Vec<Field<(), ()>>) -> Field<T, C> {
    Field::nested(name, Nesting::List, max, fields, false)
}

/// Nested blocks without order.
pub fn block_set<T, C>(name: &'static str, fields: Vec<Field<(), ()>>) -> Field<T, C> {
    Field::nested(name, Nesting::Set, 0, fields, false)
}

/// An attribute whose value is a set (or list) of objects, also written as blocks.
pub fn objects<T, C>(name: &'static str, nesting: Nesting, fields: Vec<Field<(), ()>>) -> Field<T, C> {
    Field::nested(name, nesting, 0, fields, true)
}

impl<T, C> Field<T, C> {
    fn new(name: &'static str, of: Type) -> Self {
        Self { declared: Declared::new(name, of), read: None, send: None }
    }

    fn nested(
        name: &'static str,
        nesting: Nesting,
        max_items: u64,
        fields: Vec<Field<(), ()>>,
        is_attribute: bool,
    ) -> Self {
        let fields: Vec<Declared> = fields.into_iter().map(|field| field.declared).collect();
        let object = Type::object(fields.iter().map(|field| (Text::from(field.name), field.of.clone())));
        let of = match nesting {
            Nesting::Set => Type::set(object),
            Nesting::List => Type::list(object),
            Nesting::Map => Type::map(object),
            Nesting::Single | Nesting::Group => object,
        };
        let mut field = Self::new(name, of);
        field.declared.nested =
            Some(Nested { nesting, fields: Arc::new(fields), min_items: 0, max_items, is_attribute });
        field
    }

    pub fn required(mut self) -> Self {
        self.declared.is_required = true;
        if let Some(nested) = &mut self.declared.nested {
            nested.min_items = 1;
        }
        self
    }

    pub fn optional(mut self) -> Self {
        self.declared.is_optional = true;
        self
    }

    pub fn computed(mut self) -> Self {
        self.declared.is_computed = true;
        self
    }

    pub fn sensitive(mut self) -> Self {
        self.declared.is_sensitive = true;
        self
    }

    /// Sent, never kept: see `Call::configuration`.
    pub fn write_only(mut self) -> Self {
        self.declared.is_write_only = true;
        self
    }

    /// State keeps the zero of the type (`""`, 0, false) where the API says nothing, as hashicorp's older types do.
    pub fn never_null(mut self) -> Self {
        self.declared.is_never_null = true;
        self
    }

    /// What a known value must keep to.
    pub fn check(mut self, check: Check) -> Self {
        self.declared.checks.push(check);
        self
    }

    /// A known text must be one of these.
    pub fn one_of(mut self, members: &'static [&'static str]) -> Self {
        self.declared.members = members;
        self
    }

    /// A known number is from `least` to `most`.
    pub fn between(mut self, least: i64, most: i64) -> Self {
        self.declared.range = Some((least, most));
        self
    }

    pub fn deprecated(mut self) -> Self {
        self.declared.is_deprecated = true;
        self
    }

    pub fn replaces(mut self) -> Self {
        self.declared.replaces = true;
        self
    }

    /// A change needs a new server, unless servers are changed by stopping and starting them.
    pub fn replaces_server(mut self) -> Self {
        self.declared.replaces_server = true;
        self
    }

    /// A change needs a new object while `flag`, another attribute, is set.
    pub fn replaces_when(mut self, flag: &'static str) -> Self {
        self.declared.replaces_when = Some(flag);
        self
    }

    /// A change from the former to the latter value needs a new object where this says so.
    pub fn replaces_if(mut self, is_other: Same) -> Self {
        self.declared.replaces_if = Some(is_other);
        self
    }

    /// A change needs a new object where the former object and the configuration say so.
    pub fn replaces_where(mut self, is_other: Replaces) -> Self {
        self.declared.replaces_where = Some(is_other);
        self
    }

    /// State and plan keep this in place of what is written: a checksum, say.
    pub fn stored(mut self, stored: Stored) -> Self {
        self.declared.stored = Some(stored);
        self
    }

    /// Optional, and this where the configuration says nothing.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.declared.is_optional = true;
        self.declared.default = Some(value.into());
        self
    }

    pub fn same(mut self, same: Same) -> Self {
        self.declared.same = Some(same);
        self
    }

    /// A change counts for nothing where this says so of the whole configuration, the old and the new value.
    pub fn suppressed(mut self, suppressed: Suppressed) -> Self {
        self.declared.suppressed = Some(suppressed);
        self
    }

    /// A block that the API always has: leaving it out of the configuration changes nothing.
    pub fn kept_if_omitted(self) -> Self {
        self.same(|_, planned| planned.as_items().is_some_and(<[Value]>::is_empty))
    }

    /// So many blocks are the most.
    pub fn at_most(mut self, max_items: u64) -> Self {
        if let Some(nested) = &mut self.declared.nested {
            nested.max_items = max_items;
        }
        self
    }

    pub fn follows(mut self, names: &[&'static str]) -> Self {
        self.declared.follows.extend(names);
        self
    }

    /// The same, while `flag`, another attribute, is set.
    pub fn follows_while(mut self, flag: &'static str, names: &[&'static str]) -> Self {
        self.declared.follows_while = Some(flag);
        self.follows(names)
    }

    pub fn conflicts(mut self, names: &[&'static str]) -> Self {
        self.declared.conflicts.extend(names);
        self
    }

    pub fn exactly_one(mut self, names: &[&'static str]) -> Self {
        self.declared.exactly_one.extend(names);
        self
    }

    pub fn at_least_one(mut self, names: &[&'static str]) -> Self {
        self.declared.at_least_one.extend(names);
        self
    }

    pub fn needs(mut self, names: &[&'static str]) -> Self {
        self.declared.needs.extend(names);
        self
    }

    /// Must be configured unless `attribute` has one of `values`.
    pub fn needed_unless(mut self, attribute: &'static str, values: &'static [&'static str]) -> Self {
        self.declared.needed_unless = Some((attribute, values));
        self
    }

    /// Says nothing, and is no difference, unless `attribute` has one of `values`.
    pub fn only_when(mut self, attribute: &'static str, values: &'static [&'static str]) -> Self {
        self.declared.only_when = Some((attribute, values));
        self
    }

    /// How the API's answer is read.
    pub fn from<M>(mut self, getter: impl Getter<T, M>) -> Self {
        self.declared.is_read = true;
        self.read = Some(Arc::new(move |found| getter.get(found)));
        self
    }

    /// How the create request is filled. Only known, non-null values are sent.
    pub fn to<M>(mut self, setter: impl Setter<C, M>) -> Self {
        self.send = Some(Arc::new(move |request, value| setter.set(request, value)));
        self
    }

    /// As `to`, for setters that take one of the SDK's enums.
    pub fn enum_to<E: for<'a> From<&'a str> + 'static>(
        self,
        setter: impl Fn(C, Option<E>) -> C + Send + Sync + 'static,
    ) -> Self {
        self.to(move |request, value: &Value| setter(request, value.as_str().map(|text| E::from(text))))
    }

    /// The same attribute of an object that is not created by us.
    pub fn never_sent<D>(self) -> Field<T, D> {
        Field { declared: self.declared, read: self.read, send: None }
    }

    /// The same attribute of a data source: computed, and read as the resource reads it, from this part of what was found.
    pub fn found<U>(self, part: fn(&U) -> &T) -> Field<U, ()>
    where
        T: 'static,
        U: 'static,
    {
        let declared = self.declared;
        let field = Field::new(declared.name, declared.of.clone()).computed();
        match self.read {
            Some(read) => field.from(move |whole: &U| shaped(read(part(whole)), &declared)),
            None => field,
        }
    }

    /// Shown as another type: a list as a set, objects without some of their parts.
    pub fn shown_as(mut self, of: Type) -> Self {
        self.declared.of = of;
        self
    }

    /// Which change of the resource updates it in place.
    pub fn changed_by(mut self, change: &'static str) -> Self {
        self.declared.change = Some(change);
        self
    }
}
