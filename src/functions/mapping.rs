//! Maps and objects.

use super::entry::{Parameter, any, list, text};
use super::{Call, CallError, Context, Function};
use crate::value::{Data, Marks, Text, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn functions() -> Vec<Function> {
    let map_of_lists = || Type::map(Type::list(Type::String));
    vec![
        Function::computed(
            "keys",
            [any("inputMap").documented("The map to extract keys from. May instead be an object-typed value, in which case the result is a \
             tuple of the object attributes.").unknown().marked()],
            |arguments, _| match arguments[0].type_of() {
                Type::Map(_) => Ok(Type::list(Type::String)),
                Type::Object(object) => Ok(Type::tuple(vec![Type::String; object.attributes.len()])),
                _ => Err(CallError::argument(0, "must have map or object type")),
            },
            keys,
        )
        .documented("`keys` takes a map and returns a list containing the keys from that map.")
        .example("keys({ a = 1, c = 2 })", "[\n  \"a\",\n  \"c\",\n]"),
        Function::computed("lookup", [any("inputMap").marked().unknown(), text("key").marked().unknown()], lookup_type, lookup)
            .variadic(any("default").unknown().dynamic().null().marked())
            .maybe_null()
            .documented("`lookup` retrieves the value of a single element from a map, given its key. If the given key does \
             not exist, the given default value is returned instead.")
            .example(r#"lookup({ a = "ay", b = "bee" }, "c", "what?")"#, "\"what?\""),
        Function::computed(
            "map",
            [],
            |_, _| {
                Err("the \"map\" function was deprecated in Terraform v0.12 and is no longer available; use tomap({ ... }) \
                     syntax to write a literal map"
                    .into())
            },
            |_| unreachable!("the type is an error already"),
        )
        .maybe_null()
        .variadic(any("vals").unknown().dynamic().null())
        .example("can(map())", "false"),
        Function::computed("merge", [], merge_type, merge)
            .variadic(any("maps").dynamic().null().marked())
            .documented("`merge` takes an arbitrary number of maps or objects, and returns a single map or object that \
             contains a merged set of elements from all arguments.")
            .example("merge({ a = 1 }, { a = 2, b = 3 })", "{\n  \"a\" = 2\n  \"b\" = 3\n}"),
        Function::new("transpose", [Parameter::new("values", map_of_lists())], map_of_lists(), transpose)
            .documented("`transpose` takes a map of lists of strings and swaps the keys and values to produce a new map of \
             lists of strings.")
            .example(
                r#"transpose({ a = ["1"], b = ["1"] })"#,
                "tomap({\n  \"1\" = tolist([\n    \"a\",\n    \"b\",\n  ])\n})",
            ),
        Function::computed(
            "values",
            [any("mapping").marked()],
            |arguments, _| match arguments[0].type_of() {
                Type::Map(element) => Ok(Type::List(element)),
                Type::Object(object) => Ok(Type::tuple(object.attributes.values().cloned().collect())),
                _ => Err("values() requires a map as the first argument".into()),
            },
            |call| {
                let mapping = &call.arguments[0];
                let values = mapping.as_entries().into_iter().flat_map(|entries| entries.values().cloned()).collect();
                let values = match call.returns {
                    Type::List(element) => Value::list((**element).clone(), values),
                    _ => Value::tuple(values),
                };
                Ok(values.with_marks(mapping.marks()))
            },
        )
        .documented("`values` takes a map and returns a list containing the values of the elements in that map.")
        .example("values({ a = 3, b = 1 })", "[\n  3,\n  1,\n]"),
        Function::computed("zipmap", [list("keys", Type::String).marked(), any("values").marked()], zipmap_type, zipmap)
            .documented("`zipmap` constructs a map from a list of keys and a corresponding list of values.")
            .example(r#"zipmap(["a", "b"], [1, 2])"#, "{\n  \"a\" = 1\n  \"b\" = 2\n}"),
    ]
}

/// Entries as an object, or as a map where the type is one.
fn mapping(of: &Type, entries: impl IntoIterator<Item = (Text, Value)>) -> Value {
    match of {
        Type::Map(element) => Value::map((**element).clone(), entries),
        _ => Value::object(entries),
    }
}

fn keys(call: &Call<'_>) -> Result<Value, CallError> {
    let argument = &call.arguments[0];
    let names = |names: &mut dyn Iterator<Item = &Text>| names.map(|name| Value::string(name.clone())).collect();
    let keys = match argument.data() {
        Data::Map(map) => Value::list(Type::String, names(&mut map.entries().keys())),
        Data::Object(entries) => Value::tuple(names(&mut entries.keys())),
        _ => match argument.type_of() {
            // The attributes of an object are known by its type.
            Type::Object(object) => Value::tuple(names(&mut object.attributes.keys())),
            _ => call.unknown(),
        },
    };
    Ok(keys.with_marks(argument.marks()))
}

fn lookup_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let [map, key, defaults @ ..] = arguments else { return Ok(Type::Dynamic) };
    if defaults.len() > 1 {
        return Err(format!("lookup() takes two or three arguments, got {}", arguments.len()).into());
    }
    let default = defaults.first();
    let attribute = |of: Option<Type>, key: &str| match (of, default) {
        (Some(of), _) => Ok(of),
        (None, Some(default)) => Ok(default.type_of()),
        (None, None) => Err(CallError::argument(0, format!("the given object has no attribute {key:?}"))),
    };
    match (map.data(), key.as_str()) {
        (Data::Object(_), None) => Ok(Type::Dynamic),
        (Data::Object(entries), Some(key)) => attribute(entries.get(key).map(Value::type_of), key),
        (Data::Map(map), _) => element_type(map.element(), default),
        _ => match (map.type_of(), key.as_str()) {
            (Type::Object(_), None) => Ok(Type::Dynamic),
            (Type::Object(object), Some(key)) => attribute(object.attributes.get(key).cloned(), key),
            (Type::Map(element), _) => element_type(&element, default),
            _ => Err(CallError::argument(0, "lookup() requires a map as the first argument")),
        },
    }
}

fn element_type(element: &Type, default: Option<&Value>) -> Result<Type, CallError> {
    match default {
        Some(default) if default.convert(element).is_err() => {
            Err(CallError::argument(2, "the default value must have the same type as the map elements"))
        }
        _ => Ok(element.clone()),
    }
}

fn lookup(call: &Call<'_>) -> Result<Value, CallError> {
    let (map, key) = (&call.arguments[0], &call.arguments[1]);
    let marks = map.marks() | key.marks();
    let (Some(entries), Some(name)) = (map.as_entries(), key.as_str()) else {
        return Ok(call.unknown().with_marks(marks));
    };
    let found = match (entries.get(name), call.arguments.get(2)) {
        (Some(found), _) => found.clone(),
        (None, Some(default)) => default.convert(call.returns).map_err(|error| error.message)?,
        (None, None) => {
            let shown = if key.marks().is_sensitive() { "(sensitive value)".into() } else { format!("{name:?}") };
            return Err(format!("lookup failed to find key {shown}").into());
        }
    };
    Ok(found.with_marks(marks))
}

/// The common type of all arguments where there is one, else an object of all attributes.
fn merge_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let mut attributes: BTreeMap<Text, Type> = BTreeMap::new();
    let mut first = None;
    let mut is_uniform = true;
    let mut is_known = true;
    for argument in arguments {
        let of = argument.type_of();
        match &of {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(object) if !argument.is_null() => {
                attributes.extend(object.attributes.iter().map(|(name, of)| (name.clone(), of.clone())));
            }
            Type::Map(element) if !argument.is_null() => match argument.as_entries() {
                Some(entries) => attributes.extend(entries.keys().map(|key| (key.clone(), (**element).clone()))),
                None => is_known = false,
            },
            Type::Object(_) | Type::Map(_) => {}
            other => {
                let got = other.friendly_name();
                return Err(format!("arguments must be maps or objects, got {got:?}").into());
            }
        }
        is_uniform &= *first.get_or_insert_with(|| of.clone()) == of;
    }
    match first {
        None => Ok(Type::empty_object()),
        Some(first) if is_uniform => Ok(first),
        Some(_) if !is_known => Ok(Type::Dynamic),
        Some(_) => Ok(Type::object(attributes)),
    }
}

fn merge(call: &Call<'_>) -> Result<Value, CallError> {
    let marks = call.arguments.iter().filter(|map| !map.is_null()).fold(Marks::NONE, |marks, map| marks | map.marks());
    let entries = call.arguments.iter().filter_map(Value::as_entries).flat_map(|entries| entries.iter());
    let merged: Vec<(Text, Value)> = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(mapping(call.returns, merged).with_marks(marks))
}

fn transpose(call: &Call<'_>) -> Result<Value, CallError> {
    let map = &call.arguments[0];
    if !map.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut keys_of: BTreeMap<Text, Vec<Value>> = BTreeMap::new();
    for (key, list) in map.as_entries().into_iter().flat_map(|entries| entries.iter()) {
        let items = list.as_items().ok_or("input must not contain null list")?;
        for item in items {
            let text = item.as_str().ok_or("input list must not contain null string")?;
            keys_of.entry(text.clone()).or_default().push(Value::string(Arc::clone(key)));
        }
    }
    let lists = keys_of.into_iter().map(|(text, keys)| (text, Value::list(Type::String, keys)));
    Ok(Value::map(Type::list(Type::String), lists))
}

fn zipmap_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let (keys, values) = (&arguments[0], &arguments[1]);
    let types = match values.type_of() {
        Type::List(element) => return Ok(Type::Map(element)),
        Type::Tuple(types) => types,
        _ => return Err("values argument must be a list or tuple value".into()),
    };
    if !keys.is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    let keys = keys.as_items().unwrap_or_default();
    check_lengths(keys.len(), types.len())?;
    let mut attributes = Vec::new();
    for (index, (key, of)) in keys.iter().zip(types.iter()).enumerate() {
        let key = key.as_str().ok_or_else(|| format!("keys list has null value at index {index}"))?;
        attributes.push((key.clone(), of.clone()));
    }
    Ok(Type::object(attributes))
}

fn check_lengths(keys: usize, values: usize) -> Result<(), CallError> {
    match keys == values {
        true => Ok(()),
        false => Err(format!("number of keys ({keys}) does not match number of values ({values})").into()),
    }
}

fn zipmap(call: &Call<'_>) -> Result<Value, CallError> {
    let (keys, values) = (&call.arguments[0], &call.arguments[1]);
    let mut marks = keys.marks() | values.marks();
    if !keys.is_wholly_known() {
        return Ok(call.unknown().with_marks(marks));
    }
    let (keys, values) = (call.items(0), call.items(1));
    check_lengths(keys.len(), values.len())?;
    let mut entries = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(values) {
        marks = marks | key.marks();
        let key = key.as_str().ok_or_else(|| CallError::panic("value is null"))?;
        entries.push((key.clone(), value.clone()));
    }
    Ok(mapping(call.returns, entries).with_marks(marks))
}
