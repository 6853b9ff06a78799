//! `random_integer` and `random_shuffle`: one of many, and many in another order.

use super::keepers;
use crate::provider::Complaint;
use crate::providers::small::{Kind, Object, computed, optional, required};
use crate::value::{Type, Value};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

pub fn integer() -> Kind {
    let rules = || {
        vec![
            computed("id", Type::String).kept(),
            keepers(),
            required("max", Type::Number).replaces(),
            required("min", Type::Number).replaces(),
            computed("result", Type::Number).kept(),
            optional("seed", Type::String).replaces(),
        ]
    };
    Kind { import: import_integer, ..Kind::new("random_integer", rules, draw_integer) }
}

fn draw_integer(object: &Object) -> Result<Value, Complaint> {
    let (min, max) = (object.number("min").unwrap_or_default(), object.number("max").unwrap_or_default());
    if max < min {
        return Err(Complaint::error(
            "Create Random Integer Error",
            "The minimum (minVal) value needs to be smaller than or equal to maximum (maxVal) value.",
        ));
    }
    let drawn = generator(object).random_range(min..=max);
    Ok(object.finished([("id", Value::string(drawn.to_string())), ("result", Value::from(drawn))]))
}

/// `result,min,max[,seed]`
fn import_integer(id: &str) -> Result<Value, Complaint> {
    let parts: Vec<&str> = id.split(',').collect();
    let number = |index: usize| parts.get(index).and_then(|part| part.parse::<i64>().ok());
    match (number(0), number(1), number(2), parts.len()) {
        (Some(result), Some(min), Some(max), 3 | 4) => Ok(Value::object([
            ("id".into(), Value::text(parts[0])),
            ("max".into(), Value::from(max)),
            ("min".into(), Value::from(min)),
            ("result".into(), Value::from(result)),
            ("seed".into(), parts.get(3).map_or(Value::null(Type::String), |seed| Value::text(seed))),
        ])),
        _ => Err(Complaint::error(
            "Import Random Integer Error",
            "Invalid import usage: expecting {result},{min},{max} or {result},{min},{max},{seed}",
        )),
    }
}

pub fn shuffle() -> Kind {
    let rules = || {
        vec![
            computed("id", Type::String).kept(),
            required("input", Type::list(Type::String)).replaces(),
            keepers(),
            computed("result", Type::list(Type::String)).kept(),
            optional("result_count", Type::Number).replaces(),
            optional("seed", Type::String).replaces(),
        ]
    };
    Kind::new("random_shuffle", rules, |object| {
        let input: Vec<Value> = object.get("input").as_items().unwrap_or_default().to_vec();
        // Far beyond what a list can hold in a state; keeps a slip of the finger from filling the memory.
        const MOST_RESULTS: usize = 1 << 20;
        let wanted = object
            .number("result_count")
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(input.len())
            .min(MOST_RESULTS);
        let mut random = generator(object);
        let mut result = Vec::with_capacity(wanted);
        // More than there are: the input is dealt again.
        while result.len() < wanted && !input.is_empty() {
            let mut round = input.clone();
            round.shuffle(&mut random);
            result.extend(round.into_iter().take(wanted - result.len()));
        }
        Ok(object.finished([("id", Value::string("-")), ("result", Value::list(Type::String, result))]))
    })
}

/// The same seed gives the same draw, here as long as the program is the same; Go's generator is another.
fn generator(object: &Object) -> StdRng {
    match object.text("seed").filter(|seed| !seed.is_empty()) {
        Some(seed) => {
            use sha2::{Digest, Sha256};
            StdRng::from_seed(Sha256::digest(seed.as_bytes()).into())
        }
        None => StdRng::from_rng(&mut rand::rng()),
    }
}
