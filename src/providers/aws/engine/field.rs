//! Declarations of attributes and blocks.
//!
//! [`Declared`] is what can be said without the SDK: schema and planning follow from it. [`Field`] adds how the SDK is read and written.

use super::carry::{Getter, Setter};
use super::declared::{Check, Declared, Nested, Replaces, Same, Stored, Suppressed};
use super::planning::zero_of;
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use std::sync::Arc;

/// Reads the attribute from what the API says.
pub type Read<T> = Arc<dyn Fn(&T) -> Value + std::marker::Send + Sync>;

/// Puts the attribute into a create request.
pub type Send<C> = Arc<dyn Fn(C, &Value) -> C + std::marker::Send + Sync>;

/// An attribute with its way from and to the SDK. `T` is what the API says, `C` the request that creates.
pub struct Field<T, C> {
    pub declared: Declared,
    pub read: Option<Read<T>>,
    pub send: Option<Send<C>>,
    /// Name of the change that brings an update of it about, see `Resource::change`.
    pub change: Option<&'static str>,
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
        let declared = Declared {
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
            description: "",
        };
        Self { declared, read: None, send: None, change: None }
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
    pub fn never_null(mut self) -> Self
    where
        T: 'static,
    {
        let of = self.declared.of.clone();
        self.read = self.read.map(|read| -> Read<T> {
            Arc::new(move |found| Some(read(found)).filter(|value| !value.is_null()).unwrap_or_else(|| zero_of(&of)))
        });
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
        let declared = self.declared.clone();
        self.read = Some(Arc::new(move |found| fit(complete(getter.get(found), &declared), &declared.of)));
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
        setter: impl Fn(C, Option<E>) -> C + std::marker::Send + Sync + 'static,
    ) -> Self {
        self.to(move |request, value: &Value| setter(request, value.as_str().map(|text| E::from(text))))
    }

    /// The same attribute of an object that is not created by us.
    pub fn never_sent<D>(self) -> Field<T, D> {
        Field { declared: self.declared, read: self.read, send: None, change: self.change }
    }

    /// The same attribute of a data source: computed, and read as the resource reads it, from this part of what was found.
    pub fn found<U>(self, part: fn(&U) -> &T) -> Field<U, ()>
    where
        T: 'static,
        U: 'static,
    {
        let read = self.read.map(|read| -> Read<U> { Arc::new(move |whole| read(part(whole))) });
        Field { read, ..Field::new(self.declared.name, self.declared.of) }.computed()
    }

    /// Shown as another type: a list as a set, objects without some of their parts.
    pub fn shown_as(mut self, of: Type) -> Self
    where
        T: 'static,
    {
        self.declared.of = of.clone();
        self.read = self.read.map(|read| -> Read<T> { Arc::new(move |found| fit(read(found), &of)) });
        self
    }

    /// Which change of the resource updates it in place.
    pub fn changed_by(mut self, change: &'static str) -> Self {
        self.change = Some(change);
        self
    }
}

/// A read value in the attribute's own type (a list that is kept as a set, say).
fn fit(value: Value, of: &Type) -> Value {
    crate::value::convert(&value, of).unwrap_or_else(|_| Value::null(of.clone()))
}

/// Nested blocks with everything that is declared: what a getter leaves out is null, or no block.
fn complete(value: Value, declared: &Declared) -> Value {
    let Some(nested) = &declared.nested else { return value };
    let whole = |item: &Value| {
        Value::object(nested.fields.iter().map(|field| {
            let inner = item.get(field.name).filter(|inner| !inner.is_null()).cloned();
            let inner = inner.map_or_else(|| nothing(field), |inner| complete(inner, field));
            (Text::from(field.name), inner)
        }))
    };
    match value.as_items() {
        Some(items) => Value::tuple(items.iter().map(whole).collect()),
        None => nothing(declared),
    }
}

/// No block, or a null.
fn nothing(declared: &Declared) -> Value {
    match (&declared.nested, &declared.of) {
        (Some(nested), Type::List(_) | Type::Set(_)) if !nested.is_attribute => {
            fit(Value::tuple(Vec::new()), &declared.of)
        }
        (_, of) => Value::null(of.clone()),
    }
}
