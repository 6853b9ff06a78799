//! Making a value of one type out of a value of another, as Terraform does wherever a type is required.
//!
//! Whether a conversion exists is decided by the types ([`is_convertible`]); a conversion that exists may still fail for a value (`"a"` as
//! a number). Marks stay where they are. A value that fits already comes back as it is, without a copy.

use super::mismatch::mismatch;
use super::quote::quote;
use super::unify::{unify, unify_by};
use super::{
    Data, Entries, Mapping, Number, ObjectType, Path, PathStep, Refinement, Sequence, Text, Type, Unknown, Value,
};
use std::fmt;

/// Why not, and where inside the value.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertError {
    pub path: Path,
    pub message: String,
}

impl ConvertError {
    fn new(path: &Path, message: impl Into<String>) -> Self {
        Self { path: path.clone(), message: message.into() }
    }

    /// The reason with the place: `.rules[0]: a number is required`.
    pub fn located(&self) -> String {
        if self.path.0.is_empty() { self.message.clone() } else { format!("{}: {}", self.path, self.message) }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConvertError {}

impl Value {
    /// See [`convert`].
    pub fn convert(&self, to: &Type) -> Result<Value, ConvertError> {
        convert(self, to)
    }
}

/// The value as one of the type. Optional attributes that are missing become null.
pub fn convert(value: &Value, to: &Type) -> Result<Value, ConvertError> {
    let path = Path::root();
    if !can_become(value, to) {
        return Err(ConvertError::new(&path, mismatch(&value.type_of(), to)));
    }
    convert_part(value, to, &path)
}

/// Whether values of one type can be had from values of another: of all of them, or (unsafe) of some.
pub fn is_convertible(from: &Type, to: &Type, is_unsafe: bool) -> bool {
    let elements_are = |from: &Type, to: &Type| from == to || is_convertible(from, to, is_unsafe);
    match (from, to) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => is_unsafe,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => is_unsafe,
        (Type::Bool, Type::Bool) | (Type::Number, Type::Number) | (Type::String, Type::String) => true,
        (Type::Object(from), Type::Object(to)) => {
            to.attributes.iter().all(|(name, wanted)| match from.attributes.get(name) {
                Some(found) => elements_are(found, wanted),
                None => to.optional.contains(name),
            })
        }
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| elements_are(from, to))
        }
        (Type::List(from), Type::List(to))
        | (Type::Set(from), Type::Set(to) | Type::List(to))
        | (Type::Map(from), Type::Map(to)) => elements_are(from, to),
        (Type::List(from), Type::Set(to)) => is_unsafe && elements_are(from, to),
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => parts_become(from.iter(), to, is_unsafe, true),
        (Type::Object(from), Type::Map(to)) => parts_become(from.attributes.values(), to, is_unsafe, false),
        (Type::Map(from), Type::Object(to)) => {
            is_unsafe
                && to.attributes.iter().all(|(name, wanted)| elements_are(from, wanted) || to.optional.contains(name))
        }
        _ => false,
    }
}

/// Whether parts of several types can be the elements of a collection. "Any" stands for the type that they have in common.
fn parts_become<'a>(parts: impl Iterator<Item = &'a Type>, element: &Type, is_unsafe: bool, is_sequence: bool) -> bool {
    let parts: Vec<Type> = parts.cloned().collect();
    if parts.is_empty() {
        return true;
    }
    let common = match element {
        Type::Dynamic => match unify_by(&parts, is_unsafe) {
            // Nothing can be said of a mixture of unknown and known types.
            Some(Type::Dynamic) if is_sequence && parts.iter().any(|part| *part != Type::Dynamic) => return false,
            Some(common) => common,
            None => return false,
        },
        element => element.clone(),
    };
    parts.iter().all(|part| *part == common || is_convertible(part, &common, is_unsafe))
}

/// Whether there is a conversion for a value of this type: [`is_convertible`] without making the type.
fn can_become(value: &Value, to: &Type) -> bool {
    if fits(value, to) {
        return true;
    }
    match (value.data(), to) {
        (Data::List(items), Type::List(element) | Type::Set(element))
        | (Data::Set(items), Type::List(element) | Type::Set(element)) => {
            items.element() == &**element || is_convertible(items.element(), element, true)
        }
        (Data::Tuple(items), Type::List(element) | Type::Set(element)) if **element != Type::Dynamic => {
            items.iter().all(|item| can_become(item, element))
        }
        (Data::Tuple(items), Type::Tuple(elements)) => {
            items.len() == elements.len() && items.iter().zip(elements.iter()).all(|(item, of)| can_become(item, of))
        }
        (Data::Object(entries), Type::Map(element)) if **element != Type::Dynamic => {
            entries.values().all(|value| can_become(value, element))
        }
        (Data::Object(entries), Type::Object(object)) => {
            object.attributes.iter().all(|(name, of)| match entries.get(name) {
                Some(value) => can_become(value, of),
                None => object.optional.contains(name),
            })
        }
        _ => is_convertible(&value.type_of(), to, true),
    }
}

/// What is inside a value for whose type there is a conversion.
fn convert_part(value: &Value, to: &Type, path: &Path) -> Result<Value, ConvertError> {
    if fits(value, to) {
        return Ok(value.clone());
    }
    let marks = value.marks();
    convert_plain(value, to, path).map(|converted| converted.with_marks(marks))
}

/// The value is of the type already, "any" aside.
fn fits(value: &Value, to: &Type) -> bool {
    match (value.data(), to) {
        (_, Type::Dynamic) => true,
        (Data::Bool(_), Type::Bool) | (Data::Number(_), Type::Number) | (Data::String(_), Type::String) => true,
        (Data::Null(of), to) => of == to && !to.has_dynamic(),
        (Data::Unknown(unknown), to) => unknown.type_of() == to && !to.has_dynamic(),
        (Data::List(items), Type::List(element)) | (Data::Set(items), Type::Set(element)) => {
            items.element() == &**element && !element.has_dynamic() && !has_optional(element)
        }
        (Data::Map(mapping), Type::Map(element)) => {
            mapping.element() == &**element && !element.has_dynamic() && !has_optional(element)
        }
        (Data::Tuple(items), Type::Tuple(elements)) => {
            items.len() == elements.len()
                && items.iter().zip(elements.iter()).all(|(item, element)| fits(item, element))
        }
        (Data::Object(entries), Type::Object(object)) => {
            entries.len() == object.attributes.len()
                && entries
                    .iter()
                    .zip(object.attributes.iter())
                    .all(|((key, value), (name, of))| key == name && fits(value, of))
        }
        _ => false,
    }
}

fn has_optional(of: &Type) -> bool {
    match of {
        Type::List(element) | Type::Set(element) | Type::Map(element) => has_optional(element),
        Type::Tuple(elements) => elements.iter().any(has_optional),
        Type::Object(object) => !object.optional.is_empty() || object.attributes.values().any(has_optional),
        _ => false,
    }
}

fn convert_plain(value: &Value, to: &Type, path: &Path) -> Result<Value, ConvertError> {
    match (value.data(), to) {
        (Data::Null(from), to) => Ok(Value::null(filled_in(from, &to.without_optional()))),
        (Data::Unknown(unknown), to) => Ok(unknown_as(unknown, &filled_in(unknown.type_of(), &to.without_optional()))),
        (Data::Bool(value), Type::String) => Ok(Value::string(if *value { "true" } else { "false" })),
        (Data::Number(number), Type::String) => Ok(Value::string(number.to_string())),
        (Data::String(text), Type::Number) => {
            Number::parse(text).map(Value::number).ok_or_else(|| ConvertError::new(path, "a number is required"))
        }
        (Data::String(text), Type::Bool) => bool_of(text, path),
        // While elements may turn out to be equal, nobody knows which position they will have.
        (Data::Set(items), Type::List(element)) if items.len() > 1 && !items.elements().is_wholly_known() => {
            Ok(Value::unknown(Type::list(filled_in(items.element(), &element.without_optional()))))
        }
        (Data::List(items) | Data::Set(items), Type::List(element)) => {
            sequence(items, element, "list", path).map(|(element, items)| Value::list(element, items))
        }
        (Data::List(items) | Data::Set(items), Type::Set(element)) => {
            sequence(items, element, "set", path).map(|(element, items)| Value::set(element, items))
        }
        (Data::Tuple(items), Type::List(element)) => {
            tuple_items(items.as_slice(), element, "list", path).map(|(element, items)| Value::list(element, items))
        }
        (Data::Tuple(items), Type::Set(element)) => {
            tuple_items(items.as_slice(), element, "set", path).map(|(element, items)| Value::set(element, items))
        }
        (Data::Tuple(items), Type::Tuple(elements)) if items.len() == elements.len() => {
            let convert_item =
                |(index, (item, of)): (usize, (&Value, &Type))| convert_part(item, of, &path.index(index));
            let converted: Result<Vec<Value>, _> =
                items.iter().zip(elements.iter()).enumerate().map(convert_item).collect();
            Ok(Value::tuple(converted?))
        }
        (Data::Map(mapping), Type::Map(element)) => {
            let (element, entries) = map_entries(mapping.entries(), mapping.element(), element, false, path)?;
            Ok(Value::map(element, entries))
        }
        (Data::Object(entries), Type::Map(element)) => {
            let common = common_element(entries.values(), element);
            let (element, entries) = map_entries(entries, &Type::Dynamic, &common, true, path)?;
            Ok(Value::map(element, entries))
        }
        (Data::Object(entries), Type::Object(object)) => object_attributes(entries, object, path),
        (Data::Map(mapping), Type::Object(object)) => map_to_object(mapping, object, path),
        _ => Err(ConvertError::new(path, mismatch(&value.type_of(), to))),
    }
}

fn bool_of(text: &str, path: &Path) -> Result<Value, ConvertError> {
    match text {
        "true" | "1" => Ok(Value::bool(true)),
        "false" | "0" => Ok(Value::bool(false)),
        other => Err(ConvertError::new(
            path,
            match other.to_lowercase().as_str() {
                "true" => "a bool is required; to convert from string, use lowercase \"true\"",
                "false" => "a bool is required; to convert from string, use lowercase \"false\"",
                _ => "a bool is required",
            },
        )),
    }
}

fn sequence(items: &Sequence, element: &Type, kind: &str, path: &Path) -> Result<(Type, Vec<Value>), ConvertError> {
    let convert_item = |(index, item): (usize, &Value)| convert_part(item, element, &path.index(index));
    let converted = items.elements().iter().enumerate().map(convert_item).collect::<Result<_, _>>()?;
    same_type(converted, items.element(), element, path, ("element", kind))
}

fn tuple_items(items: &[Value], element: &Type, kind: &str, path: &Path) -> Result<(Type, Vec<Value>), ConvertError> {
    let common = common_element(items.iter(), element);
    let convert_item = |(index, item): (usize, &Value)| convert_part(item, &common, &path.index(index));
    let mut converted: Vec<Value> = items.iter().enumerate().map(convert_item).collect::<Result<_, _>>()?;
    if kind == "list" && common.has_dynamic() {
        // Terraform names the last element here.
        let common = common_type(&converted, true, &path.index(items.len().saturating_sub(1)))?;
        let convert_item = |(index, item): (usize, &Value)| convert_part(item, &common, &path.index(index));
        converted = converted.iter().enumerate().map(convert_item).collect::<Result<_, _>>()?;
    }
    same_type(converted, &Type::Dynamic, &common, path, ("element", kind))
}

/// "Any" as an element type stands for what the parts of a structure have in common.
fn common_element<'a>(parts: impl Iterator<Item = &'a Value>, element: &Type) -> Type {
    match element {
        Type::Dynamic => unify(&parts.map(Value::type_of).collect::<Vec<_>>()).unwrap_or(Type::Dynamic),
        element => element.clone(),
    }
}

/// The common type of elements that "any" left with different ones.
fn common_type(items: &[Value], is_unsafe: bool, path: &Path) -> Result<Type, ConvertError> {
    let types: Vec<Type> = items.iter().map(Value::type_of).collect();
    unify_by(&types, is_unsafe)
        .ok_or_else(|| ConvertError::new(path, "cannot find a common base type for all elements"))
}

/// The element type that the converted items have, which must be one.
fn same_type(
    items: Vec<Value>,
    from: &Type,
    element: &Type,
    path: &Path,
    (parts, kind): (&str, &str),
) -> Result<(Type, Vec<Value>), ConvertError> {
    let wanted = element.without_optional();
    if !wanted.has_dynamic() {
        return Ok((wanted, items));
    }
    if items.is_empty() {
        return Ok((if wanted == Type::Dynamic { from.clone() } else { wanted }, items));
    }
    // Elements of no particular type take that of the others.
    let of = items.iter().map(Value::type_of).find(|of| *of != Type::Dynamic).unwrap_or(Type::Dynamic);
    let settle = |item: Value| match item.data() {
        Data::Null(Type::Dynamic) => Some(Value::null(of.clone()).with_marks(item.marks())),
        Data::Unknown(unknown) if *unknown.type_of() == Type::Dynamic => {
            Some(Value::unknown(of.clone()).with_marks(item.marks()))
        }
        _ => (item.type_of() == of).then_some(item),
    };
    let settled: Option<Vec<Value>> = items.into_iter().map(settle).collect();
    let problem = || ConvertError::new(path, format!("{parts} types must all match for conversion to {kind}"));
    settled.ok_or_else(problem).map(|items| (of, items))
}

fn map_entries(
    entries: &Entries,
    from: &Type,
    element: &Type,
    is_object: bool,
    path: &Path,
) -> Result<(Type, Vec<(Text, Value)>), ConvertError> {
    let convert_all = |values: &[Value], to: &Type| -> Result<Vec<Value>, ConvertError> {
        entries.keys().zip(values).map(|(key, value)| convert_part(value, to, &path.key(key))).collect()
    };
    let values: Vec<Value> = entries.values().cloned().collect();
    let mut values = convert_all(&values, element)?;
    let is_structured = element.is_collection() || matches!(element, Type::Object(_));
    if is_structured && element.has_dynamic() && !values.is_empty() {
        let common = common_type(&values, is_object, path)?;
        values = convert_all(&values, &common)?;
    }
    let (element, values) =
        same_type(values, from, element, path, (if is_object { "attribute" } else { "element" }, "map"))?;
    Ok((element, entries.keys().cloned().zip(values).collect()))
}

fn object_attributes(entries: &Entries, object: &ObjectType, path: &Path) -> Result<Value, ConvertError> {
    let mut attributes = Vec::with_capacity(object.attributes.len());
    for (name, of) in &object.attributes {
        let value = match entries.get(name) {
            Some(value) => convert_part(value, of, &path.then(PathStep::Attribute(name.clone())))?,
            None => Value::null(of.without_optional()),
        };
        attributes.push((name.clone(), value));
    }
    Ok(Value::object(attributes))
}

fn map_to_object(mapping: &Mapping, object: &ObjectType, path: &Path) -> Result<Value, ConvertError> {
    let (entries, element) = (mapping.entries(), mapping.element());
    let mut attributes = Vec::with_capacity(object.attributes.len());
    for (key, value) in entries.iter() {
        let Some(of) = object.attributes.get(key) else { continue };
        if element != of && !is_convertible(element, of, true) {
            let (name, reason) = (quote(key), mismatch(element, of));
            let message = format!("map element type is incompatible with attribute {name}: {reason}");
            return Err(ConvertError::new(path, message));
        }
        attributes.push((key.clone(), convert_part(value, of, &path.key(key))?));
    }
    for (name, of) in object.attributes.iter().filter(|(name, _)| !entries.contains_key(name)) {
        if !object.optional.contains(name) {
            let message = format!("map has no element for required attribute {}", quote(name));
            return Err(ConvertError::new(path, message));
        }
        attributes.push((name.clone(), Value::null(of.without_optional())));
    }
    Ok(Value::object(attributes))
}

/// The wanted type with its "any" parts as in the given one.
fn filled_in(from: &Type, to: &Type) -> Type {
    let common = |parts: Vec<Type>| unify(&parts).unwrap_or(Type::Dynamic);
    match (from, to) {
        (Type::Dynamic, to) => to.clone(),
        (from, Type::Dynamic) => from.clone(),
        (Type::Map(from), Type::Map(to)) => Type::map(filled_in(from, to)),
        (Type::Object(from), Type::Map(to)) => {
            Type::map(filled_in(&common(from.attributes.values().cloned().collect()), to))
        }
        (Type::Set(from) | Type::List(from), Type::Set(to)) => Type::set(filled_in(from, to)),
        (Type::Tuple(from), Type::Set(to)) => Type::set(filled_in(&common(from.to_vec()), to)),
        (Type::Set(from) | Type::List(from), Type::List(to)) => Type::list(filled_in(from, to)),
        (Type::Tuple(from), Type::List(to)) => Type::list(filled_in(&common(from.to_vec()), to)),
        (Type::Map(from), Type::Object(to)) => {
            Type::object(to.attributes.iter().map(|(name, of)| (name.clone(), filled_in(from, of))))
        }
        (Type::Object(from), Type::Object(to)) => Type::object(to.attributes.iter().map(|(name, of)| {
            let known = from.attributes.get(name).map_or(of.clone(), |from| filled_in(from, of));
            (name.clone(), known)
        })),
        (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
            Type::tuple(from.iter().zip(to.iter()).map(|(from, to)| filled_in(from, to)).collect())
        }
        (_, to) => to.clone(),
    }
}

/// An unknown value of another type, with what stays known about it.
fn unknown_as(unknown: &Unknown, to: &Type) -> Value {
    let known = &unknown.refinement;
    let mut refinement = Refinement { is_not_null: known.is_not_null, ..Refinement::default() };
    match (unknown.type_of(), to) {
        (Type::Object(object), Type::Map(_)) => {
            refinement = refinement.with_length(object.attributes.len(), object.attributes.len())
        }
        (Type::Tuple(elements), Type::List(_)) => refinement = refinement.with_length(elements.len(), elements.len()),
        (Type::Tuple(elements), Type::Set(_)) => {
            refinement = refinement.with_length(elements.len().min(1), elements.len())
        }
        (from, Type::Set(_)) if from.is_collection() => {
            refinement.length_min = known.length_min.map(|least| least.min(1));
            refinement.length_max = known.length_max;
        }
        (from, to) if from.is_collection() && to.is_collection() => {
            refinement.length_min = known.length_min;
            refinement.length_max = known.length_max;
        }
        (from, to) if from == to => refinement = known.clone(),
        _ => {}
    }
    Value::refined(Unknown::with(to.clone(), refinement))
}

impl Refinement {
    fn with_length(self, least: usize, most: usize) -> Self {
        Self { length_min: Some(least as u64), length_max: Some(most as u64), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::object_constraint;

    fn check(value: Value, to: Type, expected: &str) {
        let shown = convert(&value, &to).map_or_else(|error| error.to_string(), |value| format!("{value:?}"));
        assert_eq!(shown, expected);
    }

    #[test]
    fn primitives_become_each_other() {
        check(Value::from("5"), Type::Number, "5");
        check(Value::from("x"), Type::Number, "a number is required");
        check(Value::from("True"), Type::Bool, "a bool is required; to convert from string, use lowercase \"true\"");
        check(Value::from(true), Type::String, "\"true\"");
    }

    #[test]
    fn structures_become_collections_of_what_they_have_in_common() {
        let mixed = Value::tuple(vec![Value::from("a"), Value::from(1)]);
        check(mixed.clone(), Type::list(Type::Dynamic), "[\"a\", \"1\"]");
        check(mixed, Type::set(Type::String), "{\"1\", \"a\"}");
        let odd = Value::tuple(vec![Value::from("a"), Value::empty_object()]);
        check(odd, Type::list(Type::Dynamic), "all list elements must have the same type");
    }

    #[test]
    fn objects_need_their_attributes() {
        let of = object_constraint([("a".into(), Type::String), ("b".into(), Type::Number)], ["b".into()]);
        check(Value::empty_object(), of.clone(), "attribute \"a\" is required");
        check(
            Value::object([("a".into(), Value::from(1)), ("z".into(), Value::from(1))]),
            of,
            "{\"a\": \"1\", \"b\": null}",
        );
    }

    #[test]
    fn sets_are_ordered_by_value_not_by_insertion() {
        let set = Value::set(Type::Number, vec![Value::from(10), Value::from(9), Value::from(10)]);
        assert_eq!(format!("{set:?}"), "{9, 10}");
    }
}
