//! Collections of any kind: how long they are, what is in them.

use super::entry::{any, list};
use super::{Call, CallError, Context, Function};
use crate::value::{Data, Marks, Number, Refinement, Type, Unknown, Value, equal, unify};
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("alltrue", [list("list", Type::Bool)], Type::Bool, all_true)
            .documented(
                "`alltrue` returns `true` if all elements in a given collection are `true` or `\"true\"`. It also \
             returns `true` if the collection is empty.",
            )
            .example("alltrue([\"true\", true])", "true"),
        Function::new("anytrue", [list("list", Type::Bool)], Type::Bool, any_true)
            .documented(
                "`anytrue` returns `true` if any element in a given collection is `true` or `\"true\"`. It also \
             returns `false` if the collection is empty.",
            )
            .example("anytrue([true, false])", "true"),
        Function::computed("coalesce", [], common_type, coalesce)
            .variadic(any("vals").unknown().dynamic().null())
            .documented(
                "`coalesce` takes any number of arguments and returns the first one that isn't null or an empty \
             string.",
            )
            .example("coalesce(\"\", \"b\")", "\"b\""),
        Function::computed("coalescelist", [], coalesce_list_type, |call| {
            for argument in call.arguments {
                if !argument.is_known() {
                    return Ok(call.unknown());
                }
                if argument.as_items().is_some_and(|items| !items.is_empty()) {
                    return Ok(argument.clone());
                }
            }
            Err("no non-null arguments".into())
        })
        .variadic(any("vals").documented("List or tuple values to test in the given order.").unknown().dynamic().null())
        .documented("`coalescelist` takes any number of list arguments and returns the first one that isn't empty.")
        .example("coalescelist([], [\"c\"])", "[\n  \"c\",\n]"),
        Function::new("contains", [any("list"), any("value")], Type::Bool, contains)
            .documented(
                "`contains` determines whether a given list or set contains a given single value as one of its \
             elements.",
            )
            .example("contains([\"a\", \"b\"], \"a\")", "true"),
        Function::computed("flatten", [any("list").marked()], flatten_type, flatten)
            .documented(
                "`flatten` takes a list and replaces any elements that are lists with a flattened sequence of the \
             list contents.",
            )
            .example("flatten([[\"a\", [\"b\"]], [], [\"c\"]])", "[\n  \"a\",\n  \"b\",\n  \"c\",\n]"),
        Function::new("index", [any("list"), any("value")], Type::Number, index)
            .documented("`index` finds the element index for a given value in a list.")
            .example("index([\"a\", \"b\", \"c\"], \"b\")", "1"),
        Function::computed("length", [any("value").dynamic().unknown().marked()], length_type, length)
            .documented("`length` determines the length of a given list, map, or string.")
            .example("length([\"a\", \"b\"])", "2"),
        Function::computed(
            "matchkeys",
            [list("values", Type::Dynamic), list("keys", Type::Dynamic), list("searchset", Type::Dynamic)],
            |arguments, _| match unify(&[arguments[1].type_of(), arguments[2].type_of()]) {
                Some(_) => Ok(arguments[0].type_of()),
                None => Err("keys and searchset must be of the same type".into()),
            },
            match_keys,
        )
        .documented(
            "`matchkeys` constructs a new list by taking a subset of elements from one list whose indexes \
             match the corresponding indexes of values in another list.",
        )
        .example(r#"matchkeys(["i-1", "i-2"], ["east", "west"], ["west"])"#, "tolist([\n  \"i-2\",\n])"),
        Function::computed("one", [any("list")], one_type, one)
            .maybe_null()
            .documented(
                "`one` takes a list, set, or tuple value with either zero or one elements. If the collection is \
             empty, `one` returns `null`. Otherwise, `one` returns the first element. If there are two or more \
             elements then `one` will return an error.",
            )
            .example("one([\"hello\"])", "\"hello\""),
    ]
}

/// An unknown list of a length between bounds; where they meet, a known list of unknown items.
pub(super) fn list_between(of: &Type, bounds: (Option<u64>, Option<u64>)) -> Value {
    let element = of.element().cloned().unwrap_or(Type::Dynamic);
    match bounds {
        (Some(minimum), Some(maximum)) if minimum == maximum && matches!(of, Type::List(_)) => {
            Value::list(element.clone(), (0..minimum).map(|_| Value::unknown(element.clone())).collect())
        }
        (length_min, length_max) => {
            let refinement = Refinement { is_not_null: true, length_min, length_max, ..Refinement::default() };
            Value::refined(Unknown::with(of.clone(), refinement))
        }
    }
}

/// How many items at least and at most a collection or structure will have, marks aside.
pub(super) fn length_bounds(value: &Value) -> (Option<u64>, Option<u64>) {
    let exactly = |length: usize| (Some(length as u64), Some(length as u64));
    match value.data() {
        Data::Unknown(unknown) => match unknown.type_of() {
            Type::Tuple(elements) => exactly(elements.len()),
            Type::Object(object) => exactly(object.attributes.len()),
            _ => (unknown.refinement.length_min, unknown.refinement.length_max),
        },
        // Unknown items of a set may turn out to be equal to others.
        Data::Set(items) if items.len() > 1 && !items.elements().is_wholly_known() => {
            (Some(1), Some(items.len() as u64))
        }
        _ => match (value.as_items(), value.as_entries()) {
            (Some(items), _) => exactly(items.len()),
            (None, Some(entries)) => exactly(entries.len()),
            (None, None) => (None, None),
        },
    }
}

/// The length where it is known.
pub(super) fn known_length(value: &Value) -> Option<usize> {
    match length_bounds(value) {
        (Some(minimum), Some(maximum)) if minimum == maximum => usize::try_from(minimum).ok(),
        _ => None,
    }
}

fn all_true(call: &Call<'_>) -> Result<Value, CallError> {
    for item in call.items(0) {
        match item.data() {
            Data::Unknown(_) => return Ok(call.unknown()),
            Data::Bool(true) => {}
            _ => return Ok(false.into()),
        }
    }
    Ok(true.into())
}

fn any_true(call: &Call<'_>) -> Result<Value, CallError> {
    let items = call.items(0);
    match items.iter().any(|item| item.as_bool() == Some(true)) {
        true => Ok(true.into()),
        false if items.iter().all(Value::is_known) => Ok(false.into()),
        false => Ok(call.unknown()),
    }
}

fn common_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let types: Vec<Type> = arguments.iter().map(Value::type_of).collect();
    let common = if types.is_empty() { None } else { unify(&types) };
    common.ok_or_else(|| "all arguments must have the same type".into())
}

fn coalesce(call: &Call<'_>) -> Result<Value, CallError> {
    for argument in call.arguments {
        let value = argument.convert(call.returns).map_err(|error| CallError::panic(error.message))?;
        if !value.is_known() {
            return Ok(call.unknown());
        }
        let is_empty = value.as_str().is_some_and(|text| text.is_empty());
        if !value.is_null() && !is_empty {
            return Ok(value);
        }
    }
    Err("no non-null, non-empty-string arguments".into())
}

/// The type of all, where they agree.
fn coalesce_list_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let mut common: Option<Type> = None;
    let mut is_mixed = false;
    for argument in arguments {
        if !argument.is_known() {
            return Ok(Type::Dynamic);
        }
        let of = argument.type_of();
        if !matches!(of, Type::List(_) | Type::Tuple(_)) {
            return Err("coalescelist arguments must be lists or tuples".into());
        }
        is_mixed |= *common.get_or_insert_with(|| of.clone()) != of;
    }
    match common {
        None => Err("at least one argument is required".into()),
        Some(_) if is_mixed => Ok(Type::Dynamic),
        Some(common) => Ok(common),
    }
}

fn contains(call: &Call<'_>) -> Result<Value, CallError> {
    let Some(items) = call.arguments[0].as_items() else {
        return Err("argument must be list, tuple, or set".into());
    };
    let wanted = &call.arguments[1];
    let mut may_be = false;
    for item in items {
        match equal(wanted, item).as_bool() {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => may_be = true,
        }
    }
    Ok(if may_be { call.unknown() } else { false.into() })
}

fn flatten_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let list = &arguments[0];
    if !list.is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    if list.as_items().is_none() {
        return Err("can only flatten lists, sets and tuples".into());
    }
    Ok(match flat(list).items {
        Some(items) => Type::tuple(items.iter().map(Value::type_of).collect()),
        None => Type::Dynamic,
    })
}

fn flatten(call: &Call<'_>) -> Result<Value, CallError> {
    let list = &call.arguments[0];
    if list.as_items().is_none() {
        return Err(CallError::panic("value is not a collection"));
    }
    let flat = flat(list);
    Ok(match flat.items {
        Some(items) => Value::tuple(items),
        None => call.unknown(),
    }
    .with_marks(flat.marks))
}

/// Items of nested sequences in one row, and the marks of the sequences. No items where some length is not known.
struct Flat {
    items: Option<Vec<Value>>,
    marks: Marks,
}

fn flat(sequence: &Value) -> Flat {
    let mut row = Flat { items: Some(Vec::new()), marks: Marks::NONE };
    row.add(sequence);
    row
}

impl Flat {
    fn add(&mut self, sequence: &Value) {
        self.marks = self.marks | sequence.marks();
        if known_length(sequence).is_none() {
            self.items = None;
        }
        for item in sequence.as_items().unwrap_or_default() {
            match item.data() {
                Data::List(_) | Data::Set(_) | Data::Tuple(_) => self.add(item),
                Data::Unknown(unknown) => match unknown.type_of() {
                    Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
                        self.marks = self.marks | item.marks();
                        self.items = None;
                    }
                    Type::Dynamic if item.marks().is_empty() => self.items = None,
                    _ => self.push(item),
                },
                _ => self.push(item),
            }
        }
    }

    fn push(&mut self, item: &Value) {
        if let Some(items) = &mut self.items {
            items.push(item.clone());
        }
    }
}

fn index(call: &Call<'_>) -> Result<Value, CallError> {
    let list = &call.arguments[0];
    let (Data::List(_) | Data::Tuple(_)) = list.data() else {
        return Err("argument must be a list or tuple".into());
    };
    let items = call.items(0);
    if items.is_empty() {
        return Err("cannot search an empty list".into());
    }
    for (index, item) in items.iter().enumerate() {
        match equal(item, &call.arguments[1]).as_bool() {
            Some(true) => return Ok(Value::number(index)),
            Some(false) => {}
            None => return Ok(call.unknown()),
        }
    }
    Err("item not found".into())
}

fn length_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    match arguments[0].data() {
        Data::Bool(_) | Data::Number(_) | Data::Type(_) => {}
        Data::Unknown(unknown) if matches!(unknown.type_of(), Type::Bool | Type::Number | Type::Type) => {}
        _ => return Ok(Type::Number),
    }
    Err("argument must be a string, a collection type, or a structural type".into())
}

/// Characters of text, items of everything else. What is known of an unknown length is kept as bounds.
fn length(call: &Call<'_>) -> Result<Value, CallError> {
    let value = &call.arguments[0];
    let bounds = match value.data() {
        Data::String(text) => {
            let length = text.graphemes(true).count() as u64;
            (Some(length), Some(length))
        }
        Data::Unknown(unknown) if *unknown.type_of() == Type::Dynamic => {
            return Ok(call.unknown().with_marks(value.marks()));
        }
        Data::Unknown(unknown) if *unknown.type_of() == Type::String => {
            let prefix = unknown.refinement.prefix.as_deref().unwrap_or_default();
            (Some(prefix.graphemes(true).count() as u64), None)
        }
        _ => length_bounds(value),
    };
    Ok(number_between(bounds.0.unwrap_or(0), bounds.1).with_marks(value.marks()))
}

fn number_between(lower: u64, upper: Option<u64>) -> Value {
    if upper == Some(lower) {
        return Value::number(lower);
    }
    let refinement = Refinement {
        is_not_null: true,
        lower: Some((Number::from(lower), true)),
        upper: upper.map(|upper| (Number::from(upper), true)),
        ..Refinement::default()
    };
    Value::refined(Unknown::with(Type::Number, refinement))
}

fn match_keys(call: &Call<'_>) -> Result<Value, CallError> {
    let (values, keys) = (call.items(0), call.items(1));
    if values.len() != keys.len() {
        return Err("length of keys and values should be equal".into());
    }
    let empty = || Value::list(call.returns.element().cloned().unwrap_or(Type::Dynamic), Vec::new());
    let common = unify(&[call.arguments[1].type_of(), call.arguments[2].type_of()]).unwrap_or(Type::Dynamic);
    let converted =
        |index: usize| call.arguments[index].convert(&common).map_err(|error| CallError::panic(error.message));
    let (keys, searched) = (converted(1)?, converted(2)?);
    let (keys_known, keys) = (keys.is_wholly_known(), keys.as_items().unwrap_or_default());
    let searched = searched.as_items().unwrap_or_default();
    if searched.is_empty() {
        return Ok(empty());
    }
    if !call.arguments[0].is_wholly_known() || !keys_known {
        return Ok(call.unknown());
    }
    let mut found = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        for wanted in searched {
            match equal(key, wanted).as_bool() {
                Some(true) => {
                    found.push(value.clone());
                    break;
                }
                Some(false) => {}
                None => return Ok(empty()),
            }
        }
    }
    Ok(Value::list(call.returns.element().cloned().unwrap_or(Type::Dynamic), found))
}

const NOT_ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    match arguments[0].type_of() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(elements) if elements.len() <= 1 => Ok(elements.first().cloned().unwrap_or(Type::Dynamic)),
        _ => Err(CallError::argument(0, NOT_ONE)),
    }
}

fn one(call: &Call<'_>) -> Result<Value, CallError> {
    match (known_length(&call.arguments[0]), call.items(0)) {
        (None, _) => Ok(call.unknown()),
        (_, []) => Ok(Value::null(call.returns.clone())),
        (_, [only]) => Ok(only.clone()),
        _ => Err(CallError::argument(0, NOT_ONE)),
    }
}
