//! Sets, and products of them.

use super::collection::{known_length, length_bounds};
use super::entry::{Parameter, any};
use super::{Call, CallError, Context, Function};
use crate::value::{Marks, Refinement, Type, Unknown, Value, unify};
use std::collections::HashSet;

/// Bounds on the length of an unknown product are kept up to here.
const MAX_FACTOR: u64 = 1024;
const MAX_BOUND: u64 = 2048;
/// Products that would not fit in memory are refused.
const MAX_PRODUCT: usize = 1 << 26;

pub(super) fn functions() -> Vec<Function> {
    let set = |name| Parameter::new(name, Type::set(Type::Dynamic)).dynamic();
    vec![
        Function::computed("setintersection", [set("first_set")], common_set, |call| {
            combine(call, false, |left, right| {
                let right = Members::of(right);
                left.into_iter().filter(|item| right.contains(item)).collect()
            })
        })
        .variadic(set("other_sets"))
        .documented("The `setintersection` function takes multiple sets and produces a single set containing only the \
             elements that all of the given sets have in common. In other words, it computes the \
             [intersection](https://en.wikipedia.org/wiki/Intersection_\\(set_theory\\)) of the sets.")
        .example(r#"setintersection(["a", "b"], ["b", "c"])"#, "toset([\n  \"b\",\n])"),
        Function::computed("setproduct", [], product_type, product)
            .variadic(any("sets").documented("The sets to consider. Also accepts lists and tuples, and if all arguments are of list or tuple \
             type then the result will preserve the input ordering").marked().unknown())
            .documented("The `setproduct` function finds all of the possible combinations of elements from all of the \
             given sets by computing the [Cartesian product](https://en.wikipedia.org/wiki/Cartesian_product).")
            .example(r#"length(setproduct(["a", "b"], [1, 2]))"#, "4"),
        Function::computed("setsubtract", [set("a"), set("b")], common_set, |call| {
            combine(call, false, |left, right| {
                let right = Members::of(right);
                left.into_iter().filter(|item| !right.contains(item)).collect()
            })
        })
        .documented("The `setsubtract` function returns a new set containing the elements from the first set that are \
             not present in the second set. In other words, it computes the [relative \
             complement](https://en.wikipedia.org/wiki/Complement_\\(set_theory\\)#Relative_complement) of the \
             second set.")
        .example(r#"setsubtract(["a", "b", "c"], ["a", "c"])"#, "toset([\n  \"b\",\n])"),
        Function::computed("setunion", [set("first_set")], common_set, |call| {
            combine(call, true, |left, right| [&left, right].concat())
        })
        .variadic(set("other_sets"))
        .documented("The `setunion` function takes multiple sets and produces a single set containing the elements \
             from all of the given sets. In other words, it computes the \
             [union](https://en.wikipedia.org/wiki/Union_\\(set_theory\\)) of the sets.")
        .example(r#"setunion(["a"], ["b"])"#, "toset([\n  \"a\",\n  \"b\",\n])"),
    ]
}

/// A set of what all elements can become. Empty sets of no particular type fit any other.
fn common_set(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let mut elements = Vec::new();
    for argument in arguments {
        let element = argument.type_of().element().cloned().unwrap_or(Type::Dynamic);
        if element != Type::Dynamic || argument.as_items().is_none_or(|items| !items.is_empty()) {
            elements.push(element);
        }
    }
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    let common = unify(&elements).ok_or("given sets must all have compatible element types")?;
    Ok(Type::set(common))
}

fn combine(
    call: &Call<'_>,
    allows_unknown_items: bool,
    operation: fn(Vec<Value>, &[Value]) -> Vec<Value>,
) -> Result<Value, CallError> {
    let mut result: Option<Vec<Value>> = None;
    for (index, argument) in call.arguments.iter().enumerate() {
        let set = argument.convert(call.returns).map_err(|error| CallError::argument(index, error.message))?;
        if !allows_unknown_items && !set.is_wholly_known() {
            // An unknown item may turn out to be in the other set, or equal to another item.
            return Ok(call.unknown());
        }
        let items = set.as_items().unwrap_or_default();
        result = Some(match result {
            None => items.to_vec(),
            Some(left) => operation(left, items),
        });
    }
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    Ok(Value::set(element, result.unwrap_or_default()))
}

/// Items to look others up in.
enum Members<'a> {
    Texts(HashSet<&'a str>),
    Any(&'a [Value]),
}

impl<'a> Members<'a> {
    fn of(items: &'a [Value]) -> Self {
        let texts: Option<HashSet<&str>> = items.iter().map(|item| item.as_str().map(|text| &**text)).collect();
        texts.map_or(Self::Any(items), Self::Texts)
    }

    fn contains(&self, item: &Value) -> bool {
        match self {
            Self::Texts(texts) => item.as_str().is_some_and(|text| texts.contains(&**text)),
            Self::Any(items) => items.contains(item),
        }
    }
}

fn product_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    if arguments.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let mut has_set = false;
    let mut elements = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        elements.push(match argument.type_of() {
            Type::Set(element) => {
                has_set = true;
                (*element).clone()
            }
            Type::List(element) => (*element).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => {
                unify(&types).ok_or_else(|| CallError::argument(index, "all elements must be of the same type"))?
            }
            _ => return Err(CallError::argument(index, "a set or a list is required")),
        });
    }
    let tuple = Type::tuple(elements);
    Ok(if has_set { Type::set(tuple) } else { Type::list(tuple) })
}

fn product(call: &Call<'_>) -> Result<Value, CallError> {
    let marks = call.arguments.iter().fold(Marks::NONE, |marks, argument| marks | argument.marks());
    let is_known = |argument: &Value| argument.is_known() && known_length(argument).is_some();
    if !call.arguments.iter().all(is_known) {
        return Ok(unknown_product(call).with_marks(marks));
    }
    let sequences: Vec<&[Value]> = (0..call.arguments.len()).map(|index| call.items(index)).collect();
    let total = sequences.iter().try_fold(1usize, |total, items| total.checked_mul(items.len()));
    let total = total.filter(|total| *total <= MAX_PRODUCT).ok_or("the product has too many elements")?;
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    let types = match &element {
        Type::Tuple(types) => types.to_vec(),
        _ => Vec::new(),
    };
    let mut columns = Vec::new();
    for (index, (items, of)) in sequences.iter().zip(&types).enumerate() {
        let converted: Result<Vec<Value>, CallError> = items
            .iter()
            .map(|item| item.convert(of).map_err(|error| CallError::argument(index, error.message)))
            .collect();
        columns.push(converted?);
    }
    let row = |mut at: usize| {
        let mut cells: Vec<Value> = Vec::with_capacity(columns.len());
        for column in columns.iter().rev() {
            cells.push(column[at % column.len()].clone());
            at /= column.len();
        }
        cells.reverse();
        Value::tuple(cells)
    };
    let rows = (0..total).map(row).collect();
    let product = match call.returns {
        Type::List(_) => Value::list(element, rows),
        _ => Value::set(element, rows),
    };
    Ok(product.with_marks(marks))
}

/// Bounds of the length, as far as those of the arguments give them.
fn unknown_product(call: &Call<'_>) -> Value {
    let mut maximum = 1u64;
    for argument in call.arguments {
        match length_bounds(argument).1 {
            Some(length) if length <= MAX_FACTOR => maximum *= length,
            _ => return call.unknown(),
        }
        if maximum > MAX_BOUND {
            return call.unknown();
        }
    }
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    match (maximum, call.returns) {
        (0, Type::List(_)) => Value::list(element, Vec::new()),
        (0, _) => Value::set(element, Vec::new()),
        _ => {
            let refinement = Refinement {
                is_not_null: true,
                length_min: Some(1),
                length_max: Some(maximum),
                ..Refinement::default()
            };
            Value::refined(Unknown::with(call.returns.clone(), refinement))
        }
    }
}
