//! Lists and tuples: order and position.

use super::call::whole;
use super::collection::{known_length, length_bounds, list_between};
use super::entry::{any, list, number};
use super::{Call, CallError, Context, Function};
use crate::value::{Marks, Number, Type, Value, equal, unify};
use std::collections::HashSet;

/// More numbers than this are taken for a mistake.
const MAX_RANGE: usize = 1024;

pub(super) fn functions() -> Vec<Function> {
    let gone = |name, body| {
        Function::computed(name, [], body, |_| unreachable!("the type is an error already"))
            .maybe_null()
            .variadic(any("vals").unknown().dynamic().null())
    };
    vec![
        Function::computed(
            "chunklist",
            [
                list("list", Type::Dynamic).marked(),
                number("size").documented("The maximum length of each chunk. All but the last element of the result is guaranteed to be of \
             exactly this size.").marked(),
            ],
            |arguments, _| Ok(Type::list(arguments[0].type_of())),
            chunk,
        )
        .documented("`chunklist` splits a single list into fixed-size chunks, returning a list of lists.")
        .example(r#"length(chunklist(["a", "b", "c"], 2))"#, "2"),
        Function::new("compact", [list("list", Type::String)], Type::list(Type::String), |call| {
            if !call.arguments[0].is_wholly_known() {
                return Ok(call.unknown());
            }
            let is_text = |item: &&Value| item.as_str().is_some_and(|text| !text.is_empty());
            Ok(Value::list(Type::String, call.items(0).iter().filter(is_text).cloned().collect()))
        })
        .documented("`compact` takes a list of strings and returns a new list with any empty string elements removed.")
        .example(r#"compact(["a", "", null])"#, "tolist([\n  \"a\",\n])"),
        Function::computed("concat", [], concat_type, concat)
            .variadic(any("seqs").marked())
            .documented("`concat` takes two or more lists and combines them into a single list.")
            .example(r#"concat(["a", ""], ["b"])"#, "[\n  \"a\",\n  \"\",\n  \"b\",\n]"),
        Function::computed(
            "distinct",
            [list("list", Type::Dynamic)],
            |arguments, _| Ok(arguments[0].type_of()),
            distinct,
        )
        .documented("`distinct` takes a list and returns a new list with any duplicate elements removed.")
        .example(r#"distinct(["a", "b", "a"])"#, "tolist([\n  \"a\",\n  \"b\",\n])"),
        Function::computed("element", [any("list").marked(), number("index")], element_type, element)
            .maybe_null()
            .documented("`element` retrieves a single element from a list.")
            .example(r#"element(["a", "b", "c"], 4)"#, "\"b\""),
        gone("list", |_, _| {
            Err("the \"list\" function was deprecated in Terraform v0.12 and is no longer available; use tolist([ ... ]) \
                 syntax to write a literal list"
                .into())
        })
        .example("can(list())", "false"),
        Function::new("range", [], Type::list(Type::Number), range)
            .variadic(number("params"))
            .documented("`range` generates a list of numbers using a start value, a limit value, and a step value.")
            .example("range(3)", "tolist([\n  0,\n  1,\n  2,\n])"),
        Function::computed("reverse", [any("list").marked()], reverse_type, |call| {
            let reversed = call.items(0).iter().rev().cloned().collect();
            Ok(sequence(call.returns, reversed).with_marks(call.arguments[0].marks()))
        })
        .documented("`reverse` takes a sequence and produces a new sequence of the same length with all of the same \
             elements as the given sequence but in reverse order.")
        .example("reverse([1, 2])", "[\n  2,\n  1,\n]"),
        Function::computed(
            "slice",
            [any("list").marked(), number("start_index"), number("end_index")],
            slice_type,
            slice,
        )
        .documented("`slice` extracts some consecutive elements from within a list.")
        .example(r#"slice(["a", "b", "c", "d"], 1, 3)"#, "[\n  \"b\",\n  \"c\",\n]"),
        Function::new("sort", [list("list", Type::String).unknown()], Type::list(Type::String), sort)
            .documented("`sort` takes a list of strings and returns a new list with those strings sorted \
             lexicographically.")
            .example(r#"sort(["e", "d", "a"])"#, "tolist([\n  \"a\",\n  \"d\",\n  \"e\",\n])"),
    ]
}

/// Items as a tuple, or as a list where the type is one.
fn sequence(of: &Type, items: Vec<Value>) -> Value {
    match of {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    }
}

fn chunk(call: &Call<'_>) -> Result<Value, CallError> {
    let (list, size) = (&call.arguments[0], &call.arguments[1]);
    let marks = list.marks() | size.marks();
    let size = whole(call.number(1)).map_err(|message| format!("invalid size: {message}"))?;
    let size = usize::try_from(size).map_err(|_| "the size argument must be positive")?;
    let items = call.items(0);
    let of = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    let chunks = match size {
        _ if items.is_empty() => Vec::new(),
        0 => vec![sequence(&of, items.to_vec())],
        size => items.chunks(size).map(|chunk| sequence(&of, chunk.to_vec())).collect(),
    };
    Ok(Value::list(of, chunks).with_marks(marks))
}

fn concat_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    if arguments.is_empty() {
        return Err("at least one argument is required".into());
    }
    let types: Vec<Type> = arguments.iter().map(Value::type_of).collect();
    let are_lists = types.iter().all(|of| matches!(of, Type::List(_)));
    if are_lists && let Some(common) = unify(&types) {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (index, (argument, of)) in arguments.iter().zip(types).enumerate() {
        match of {
            Type::Tuple(own) => elements.extend(own.iter().cloned()),
            Type::List(_) if !argument.is_known() => return Ok(Type::Dynamic),
            Type::List(element) => {
                let count = argument.as_items().map_or(0, <[Value]>::len);
                elements.extend(std::iter::repeat_n((*element).clone(), count));
            }
            other => {
                let got = other.friendly_name();
                return Err(CallError::argument(index, format!("all arguments must be lists or tuples; got {got}")));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(call: &Call<'_>) -> Result<Value, CallError> {
    let mut items = Vec::new();
    let mut marks = Marks::NONE;
    for (index, argument) in call.arguments.iter().enumerate() {
        let converted;
        let argument = match call.returns {
            Type::List(_) => {
                let fail = |error: crate::value::ConvertError| CallError::argument(index, error.message);
                converted = argument.convert(call.returns).map_err(fail)?;
                &converted
            }
            _ => argument,
        };
        marks = marks | argument.marks();
        items.extend_from_slice(argument.as_items().unwrap_or_default());
    }
    Ok(sequence(call.returns, items).with_marks(marks))
}

fn distinct(call: &Call<'_>) -> Result<Value, CallError> {
    if !call.arguments[0].is_wholly_known() {
        return Ok(call.unknown());
    }
    let items = call.items(0);
    let texts: Option<Vec<&str>> = items.iter().map(|item| item.as_str().map(|text| &**text)).collect();
    let kept: Vec<Value> = match texts {
        Some(texts) => {
            let mut seen = HashSet::new();
            let is_new = texts.iter().map(|text| seen.insert(*text));
            items.iter().zip(is_new).filter(|(_, is_new)| *is_new).map(|(item, _)| item.clone()).collect()
        }
        None => items.iter().fold(Vec::new(), |mut kept, item| {
            let is_there = kept.iter().any(|other| equal(other, item).as_bool() == Some(true));
            if !is_there {
                kept.push(item.clone());
            }
            kept
        }),
    };
    Ok(sequence(call.returns, kept))
}

fn element_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    match arguments[0].type_of() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(elements) => {
            let Some(index) = arguments[1].as_number() else { return Ok(Type::Dynamic) };
            let index = whole(index).map_err(|message| format!("invalid index: {message}"))?;
            if elements.is_empty() {
                return Err("cannot use element function with an empty list".into());
            }
            let index = index % elements.len() as i64;
            match usize::try_from(index) {
                Ok(index) => Ok(elements[index].clone()),
                Err(_) => Err(CallError::panic(format!("runtime error: index out of range [{index}]"))),
            }
        }
        other => Err(format!("cannot read elements from {}", other.friendly_name()).into()),
    }
}

fn element(call: &Call<'_>) -> Result<Value, CallError> {
    let index = whole(call.number(1)).map_err(|message| format!("invalid index: {message}"))?;
    let items = call.items(0);
    if items.is_empty() {
        return Err("cannot use element function with an empty list".into());
    }
    let index = index.rem_euclid(items.len() as i64) as usize;
    Ok(items[index].clone().with_marks(call.arguments[0].marks()))
}

fn range(call: &Call<'_>) -> Result<Value, CallError> {
    let unit = |start: &Number, end: &Number| Number::from(if end < start { -1i64 } else { 1 });
    let zero = Number::from(0i64);
    let (start, end, step) = match call.arguments.len() {
        1 => (zero.clone(), call.number(0), unit(&zero, call.number(0))),
        2 => (call.number(0).clone(), call.number(1), unit(call.number(0), call.number(1))),
        3 => (call.number(0).clone(), call.number(1), call.number(2).clone()),
        _ => return Err("must have one, two, or three arguments".into()),
    };
    let is_down = step < zero;
    if is_down && *end > start {
        return Err(CallError::argument(1, "end must be less than start when step is negative"));
    }
    if !is_down && *end < start {
        return Err(CallError::argument(1, "end must be greater than start when step is positive"));
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while if is_down { number > *end } else { number < *end } {
        if numbers.len() >= MAX_RANGE {
            return Err(format!(
                "more than {MAX_RANGE} values were generated; either decrease the difference between start and end or \
                 use a smaller step"
            )
            .into());
        }
        numbers.push(Value::number(number.clone()));
        number = number.add(&step).ok_or_else(|| CallError::panic("addition of infinities with opposite signs"))?;
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    match arguments[0].type_of() {
        Type::Tuple(elements) => Ok(Type::tuple(elements.iter().rev().cloned().collect())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        other => {
            let got = other.friendly_name();
            Err(CallError::argument(0, format!("can only reverse list or tuple values, not {got}")))
        }
    }
}

fn slice_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let of = arguments[0].type_of();
    match &of {
        Type::Set(_) => Err(CallError::argument(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the ordering \
             of the result is not important",
        )),
        Type::List(_) => slice_bounds(arguments).map(|_| of.clone()),
        Type::Tuple(elements) => Ok(match slice_bounds(arguments)? {
            (Some(start), Some(end)) => Type::tuple(elements[start..end].to_vec()),
            _ => Type::Dynamic,
        }),
        _ => Err(CallError::argument(0, "must be a list or tuple value")),
    }
}

fn slice(call: &Call<'_>) -> Result<Value, CallError> {
    let marks = call.arguments[0].marks();
    let (Some(start), Some(end)) = slice_bounds(call.arguments)? else {
        return Ok(Value::unknown(Type::Dynamic).with_marks(marks));
    };
    Ok(sequence(call.returns, call.items(0)[start..end].to_vec()).with_marks(marks))
}

/// Start and end as far as they are known, checked as far as the length is.
fn slice_bounds(arguments: &[Value]) -> Result<(Option<usize>, Option<usize>), CallError> {
    let length = known_length(&arguments[0]);
    let bound = |index: usize, name: &str| -> Result<Option<usize>, CallError> {
        let Some(number) = arguments[index].as_number() else { return Ok(None) };
        let fail = |message: String| CallError::argument(index, message);
        let bound = whole(number).map_err(|message| fail(format!("invalid {name} index: {message}")))?;
        let bound = usize::try_from(bound).map_err(|_| fail(format!("{name} index must not be less than zero")))?;
        match length.is_some_and(|length| bound > length) {
            true => Err(fail(format!("{name} index must not be greater than the length of the list"))),
            false => Ok(Some(bound)),
        }
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    match (start, end) {
        (Some(from), Some(to)) if from > to => {
            Err(CallError::argument(1, "start index must not be greater than end index"))
        }
        _ => Ok((start, end)),
    }
}

fn sort(call: &Call<'_>) -> Result<Value, CallError> {
    let list = &call.arguments[0];
    if !list.is_wholly_known() {
        return Ok(list_between(call.returns, length_bounds(list)));
    }
    let items = call.items(0);
    if let Some(index) = items.iter().position(Value::is_null) {
        return Err(format!("given list element {index} is null; a null string cannot be sorted").into());
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::list(Type::String, sorted))
}
