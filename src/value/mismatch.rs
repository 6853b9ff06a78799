//! Why a value of one type cannot be of another, in the words of Terraform.

use super::convert::is_convertible;
use super::quote::quote;
use super::{ObjectType, Text, Type};

/// The first reason that is found, with the place inside the types.
pub fn mismatch(got: &Type, want: &Type) -> String {
    let required = || format!("{} required", want.constraint_name());
    match (got, want) {
        (Type::Object(got), Type::Object(want)) => object_mismatch(got, want),
        (Type::Tuple(_), Type::List(element)) if **element == Type::Dynamic => {
            "all list elements must have the same type".into()
        }
        (Type::Tuple(_), Type::Set(element)) if **element == Type::Dynamic => {
            "all set elements must have the same type".into()
        }
        (Type::Object(_), Type::Map(element)) if **element == Type::Dynamic => {
            "all map elements must have the same type".into()
        }
        (Type::Tuple(parts), Type::List(element) | Type::Set(element)) => {
            let odd =
                parts.iter().enumerate().find(|(_, part)| **part != **element && !is_convertible(part, element, true));
            match odd {
                Some((index, part)) => format!("element {index}: {}", mismatch(part, element)),
                None => format!("all elements must be {}", element.constraint_name()),
            }
        }
        (Type::Object(object), Type::Map(element)) => {
            let odd =
                object.attributes.iter().find(|(_, part)| **part != **element && !is_convertible(part, element, true));
            match odd {
                Some((name, part)) => format!("element {}: {}", quote(name), mismatch(part, element)),
                None => format!("all elements must be {}", element.constraint_name()),
            }
        }
        (Type::List(got) | Type::Set(got), Type::List(want)) => {
            format!("incorrect list element type: {}", mismatch(got, want))
        }
        (Type::List(got) | Type::Set(got), Type::Set(want)) => {
            format!("incorrect set element type: {}", mismatch(got, want))
        }
        (Type::Map(got), Type::Map(want)) => format!("incorrect map element type: {}", mismatch(got, want)),
        _ => required(),
    }
}

fn object_mismatch(got: &ObjectType, want: &ObjectType) -> String {
    let is_missing = |name: &&Text| !got.attributes.contains_key(*name) && !want.optional.contains(*name);
    let missing: Vec<&Text> = want.attributes.keys().filter(is_missing).collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {} is required", quote(one)),
        [one, other] => return format!("attributes {} and {} are required", quote(one), quote(other)),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(|name| format!("{}, ", quote(name))).collect();
            return format!("attributes {}and {} are required", most.concat(), quote(last));
        }
    }
    let mismatched = |is_unsafe: bool| {
        want.attributes.iter().find_map(|(name, wanted)| {
            let found = got.attributes.get(name)?;
            let is_fine = found == wanted || is_convertible(found, wanted, is_unsafe);
            (!is_fine).then(|| format!("attribute {}: {}", quote(name), mismatch(found, wanted)))
        })
    };
    mismatched(true).or_else(|| mismatched(false)).unwrap_or_else(|| "incorrect object attributes".into())
}
