//! Declarations of attributes and blocks.
//!
//! [`Declared`] is what can be said without the SDK: schema and planning follow from it. [`Field`] adds how the SDK is read and written.

use super::Want;
use super::carry::{Getter, Setter};
use crate::provider::Complaint;
use crate::schema::{Attribute, AttributeShape, Block, NestedBlock, Nesting};
use crate::value::{Text, Type, Value};
use std::sync::Arc;

/// Whether a known, non-null value is acceptable; what is wrong with it otherwise.
pub type Check = fn(&Value) -> Result<(), String>;

/// Whether two values mean the same, so that the difference is none.
pub type Same = fn(&Value, &Value) -> bool;

/// Whether what is configured replaces an object, looking at more than one attribute: the former object, the configuration.
pub type Replaces = fn(&Want, &Want) -> bool;

/// What state keeps in place of a written value.
pub type Stored = fn(&Value) -> Value;

/// Reads the attribute from what the API says.
pub type Read<T> = Arc<dyn Fn(&T) -> Value + std::marker::Send + Sync>;

/// Puts the attribute into a create request.
pub type Send<C> = Arc<dyn Fn(C, &Value) -> C + std::marker::Send + Sync>;

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
    pub description: &'static str,
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
            Arc::new(move |found| match (read(found), &of) {
                (value, _) if !value.is_null() => value,
                (_, Type::String) => Value::string(""),
                (_, Type::Number) => Value::from(0),
                (_, Type::Bool) => Value::bool(false),
                (value, _) => value,
            })
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

/// The schema block of declarations.
pub fn block_of(fields: &[Declared]) -> Block {
    let mut block = Block::default();
    for field in fields {
        match &field.nested {
            Some(nested) if !nested.is_attribute => {
                let inner = NestedBlock {
                    nesting: nested.nesting,
                    block: Block { is_deprecated: field.is_deprecated, ..block_of(&nested.fields) },
                    min_items: nested.min_items,
                    max_items: nested.max_items,
                };
                block.blocks.insert(field.name.into(), inner);
            }
            _ => {
                block.attributes.insert(field.name.into(), attribute_of(field));
            }
        }
    }
    block
}

/// The `timeouts` block of the operations that may be waited for.
pub fn timeouts_block(operations: impl Iterator<Item = &'static str>) -> NestedBlock {
    let attributes = operations.map(|name| (Text::from(name), Attribute::optional(Type::String))).collect();
    let block = Block { attributes, ..Block::default() };
    NestedBlock { nesting: Nesting::Single, block, min_items: 0, max_items: 0 }
}

fn attribute_of(field: &Declared) -> Attribute {
    Attribute {
        shape: AttributeShape::Plain(field.of.clone()),
        is_required: field.is_required,
        is_optional: field.is_optional,
        is_computed: field.is_computed,
        is_sensitive: field.is_sensitive,
        is_deprecated: field.is_deprecated,
        is_write_only: field.is_write_only,
        description: field.description.to_owned(),
    }
}

/// What is wrong with a configuration as far as its known parts tell.
pub fn complaints_about(fields: &[Declared], configuration: &Value) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    check_object(fields, configuration, &crate::value::Path::root(), &mut complaints);
    complaints
}

fn check_object(fields: &[Declared], object: &Value, at: &crate::value::Path, complaints: &mut Vec<Complaint>) {
    let is_set = |name: &str| {
        object.get(name).is_some_and(|value| !value.is_null() && value.as_items().is_none_or(|items| !items.is_empty()))
    };
    for field in fields {
        let path = at.attribute(field.name);
        let Some(value) = object.get(field.name) else { continue };
        // What is not known yet may turn out to be null.
        let is_given = |name: &str| is_set(name) && object.get(name).is_some_and(Value::is_known);
        if let Some(other) = field.conflicts.iter().find(|other| is_given(field.name) && is_given(other)) {
            let detail = format!("{:?}: conflicts with {other}", field.name);
            complaints.push(Complaint::error("Conflicting configuration arguments", detail).at(path.clone()));
        }
        check_exactly_one(field, object, &is_set, &path, complaints);
        check_company(field, &is_set, &path, complaints);
        check_needed(field, object, &path, complaints);
        if value.is_null() || !value.is_known() {
            continue;
        }
        let stranger = stranger_among(field, value);
        for problem in
            field.checks.iter().filter_map(|check| check(value).err()).chain(stranger).chain(outside(field, value))
        {
            let summary = if problem.contains(field.name) { problem } else { format!("{}: {problem}", field.name) };
            complaints.push(Complaint::error(summary, "").at(path.clone()));
        }
        if let Some(nested) = &field.nested {
            for (index, item) in value.as_items().unwrap_or_default().iter().enumerate() {
                check_object(&nested.fields, item, &path.index(index), complaints);
            }
        }
    }
}

/// What may not be configured alone, or not left out together with others.
fn check_company(
    field: &Declared,
    is_set: &dyn Fn(&str) -> bool,
    path: &crate::value::Path,
    complaints: &mut Vec<Complaint>,
) {
    let with = |others: &[&'static str]| {
        let mut names: Vec<&str> = others.iter().copied().chain([field.name]).collect();
        names.sort_unstable();
        names
    };
    let mut complain = |names: &[&str], rule: &str| {
        let detail = format!("{:?}: {rule} of `{}` must be specified", field.name, names.join(","));
        complaints.push(Complaint::error("Missing required argument", detail).at(path.clone()));
    };
    if is_set(field.name) && !field.needs.iter().all(|name| is_set(name)) {
        complain(&with(&field.needs), "all");
    }
    let either = with(&field.at_least_one);
    if !field.at_least_one.is_empty() && !either.iter().any(|name| is_set(name)) {
        complain(&either, "one");
    }
}

/// What may be left out only where another attribute says so.
fn check_needed(field: &Declared, object: &Value, path: &crate::value::Path, complaints: &mut Vec<Complaint>) {
    let Some((attribute, values)) = field.needed_unless else { return };
    let other = object.get(attribute);
    let is_excused = other.is_some_and(|other| !other.is_known())
        || other.and_then(Value::as_str).is_some_and(|other| values.contains(&&**other));
    if !is_excused && object.get(field.name).is_none_or(Value::is_null) {
        let detail = format!("{:?} must be set unless {attribute} is {}.", field.name, values.join(" or "));
        complaints.push(Complaint::error("Missing required argument", detail).at(path.clone()));
    }
}

fn stranger_among(field: &Declared, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !field.members.is_empty() && !field.members.contains(&&***text))?;
    let members = field.members.iter().map(|member| format!("{member:?}")).collect::<Vec<_>>().join(" ");
    Some(format!("expected {} to be one of [{members}], got {text}", field.name))
}

/// A number that is out of range, in hashicorp's words.
fn outside(field: &Declared, value: &Value) -> Option<String> {
    let (least, most) = field.range?;
    let number = value.as_number()?.to_i64().filter(|number| *number < least || *number > most)?;
    Some(format!("expected {} to be in the range ({least} - {most}), got {number}", field.name))
}

fn check_exactly_one(
    field: &Declared,
    object: &Value,
    is_set: &dyn Fn(&str) -> bool,
    path: &crate::value::Path,
    complaints: &mut Vec<Complaint>,
) {
    if field.exactly_one.is_empty() {
        return;
    }
    let mut names: Vec<&str> = field.exactly_one.iter().copied().chain([field.name]).collect();
    names.sort_unstable();
    // What is not known yet may turn out to be null, or to be the one.
    let (given, open): (Vec<&str>, Vec<&str>) =
        names.iter().filter(|name| is_set(name)).partition(|name| object.get(name).is_some_and(Value::is_known));
    let list = names.join(",");
    let (given_list, is_first) = (given.join(","), names.first() == Some(&field.name));
    if given.is_empty() && open.is_empty() && is_first {
        let detail = format!("one of `{list}` must be specified");
        complaints.push(Complaint::error("Invalid combination of arguments", detail).at(path.clone()));
    } else if given.len() > 1 && given.contains(&field.name) {
        let detail =
            format!("{:?}: only one of `{list}` can be specified, but `{given_list}` were specified.", field.name);
        complaints.push(Complaint::error("Invalid combination of arguments", detail).at(path.clone()));
    }
}
