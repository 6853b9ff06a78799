//! What state keeps of an answer, beside what was planned or known before.
//!
//! Hashicorp's older types cannot tell null from empty, so their SDK puts it back: after an apply state says what the plan said wherever the
//! answer says nothing else, and a refresh keeps the empty list that was there. A state that goes back and forth needs the same rules
//! (`normalizeNullValues` in terraform-plugin-sdk).

use super::super::declared::Declared;
use super::super::planning::zero_of;
use crate::value::{Data, Text, Type, Value};

/// A block of which anything is said has no nulls: what is left out is the zero of its type. A block that says nothing keeps its nulls.
pub fn zeros_in_blocks(declared: &Declared, value: Value) -> Value {
    let Some(nested) = declared.nested.as_ref().filter(|nested| !nested.is_attribute) else { return value };
    value.map_children(&mut |block| {
        let says_anything = block.as_entries().is_some_and(|parts| parts.iter().any(|(_, part)| is_said(part)));
        let parts = nested.fields.iter().map(|field| {
            let part = block.get(field.name).cloned().unwrap_or_else(|| Value::null(field.of.clone()));
            let part = if says_anything && part.is_null() { zero_of(&field.of) } else { part };
            (Text::from(field.name), zeros_in_blocks(field, part))
        });
        if block.as_entries().is_some() { Value::object(parts.collect::<Vec<_>>()) } else { block }
    })
}

fn is_said(part: &Value) -> bool {
    !part.is_null() && !is_empty(part)
}

/// State after an apply of `planned`.
pub fn settle_applied(found: Value, planned: &Value) -> Value {
    let is_known = planned.is_known();
    if !is_known {
        return found;
    }
    let is_collection = matches!(found.type_of(), Type::List(_) | Type::Set(_) | Type::Map(_));
    if is_collection && (planned.is_null() && is_empty(&found) || is_empty(planned) && found.is_null()) {
        return planned.clone();
    }
    match planned.data() {
        Data::Null(_) => found,
        Data::Object(_) | Data::Map(_) => each(found, planned, settle_applied),
        Data::Bool(_) | Data::Number(_) | Data::String(_) if !found.is_null() => found,
        Data::List(_) => item_by_item(found, planned),
        _ if planned.is_wholly_known() => planned.clone(),
        _ => found,
    }
}

/// With the former value of each of these attributes that is null now.
pub fn keep_unsaid(found: Value, prior: &Value, names: &[&str]) -> Value {
    let Some(entries) = found.as_entries().filter(|_| !names.is_empty()) else { return found };
    let settled = entries.iter().map(|(name, value)| {
        let former = prior.get(name).filter(|_| value.is_null() && names.contains(&&**name));
        (name.clone(), former.unwrap_or(value).clone())
    });
    Value::object(settled.collect::<Vec<_>>())
}

/// State after a refresh of `prior`.
pub fn settle_read(found: Value, prior: &Value) -> Value {
    match prior.data() {
        Data::Object(_) => each(found, prior, settle_read),
        Data::List(_) if found.is_null() && is_empty(prior) => prior.clone(),
        _ => found,
    }
}

/// Attribute by attribute.
fn each(found: Value, before: &Value, settle: fn(Value, &Value) -> Value) -> Value {
    let Some(entries) = found.as_entries() else { return found };
    let settled = entries.iter().map(|(key, value)| {
        let value = before.get(key).map_or_else(|| value.clone(), |before| settle(value.clone(), before));
        (Text::from(&**key), value)
    });
    match found.type_of() {
        Type::Map(element) => Value::map((*element).clone(), settled.collect::<Vec<_>>()),
        _ => Value::object(settled.collect::<Vec<_>>()),
    }
}

fn item_by_item(found: Value, planned: &Value) -> Value {
    let (Some(items), Some(before)) = (found.as_items(), planned.as_items()) else { return found };
    if items.len() != before.len() {
        return found;
    }
    let settled = items.iter().zip(before).map(|(item, before)| settle_applied(item.clone(), before)).collect();
    Value::list(found.type_of().element().cloned().unwrap_or(Type::Dynamic), settled)
}

fn is_empty(value: &Value) -> bool {
    value.as_items().is_some_and(<[Value]>::is_empty) || value.as_entries().is_some_and(|entries| entries.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::aws::engine::{block_list, flag, text, texts};

    fn object(name: &str, value: Value) -> Value {
        Value::object([(Text::from(name), value)])
    }

    #[test]
    fn a_block_that_says_anything_has_no_nulls() {
        let logs = || vec![text("bucket").optional(), flag("enabled").optional(), texts("names").optional()];
        let declared = block_list::<(), ()>("logs", 1, logs()).optional().declared;
        let block = |bucket: Value, enabled: Value, names: Value| {
            let block =
                Value::object([(Text::from("bucket"), bucket), ("enabled".into(), enabled), ("names".into(), names)]);
            Value::list(block.type_of(), vec![block])
        };
        let nothing = || Value::null(Type::list(Type::String));
        let said = block(Value::text("a"), Value::null(Type::Bool), nothing());
        let whole = block(Value::text("a"), Value::bool(false), Value::list(Type::String, Vec::new()));
        assert_eq!(zeros_in_blocks(&declared, said), whole);
        let silent = block(Value::null(Type::String), Value::null(Type::Bool), nothing());
        assert_eq!(zeros_in_blocks(&declared, silent.clone()), silent);
    }

    #[test]
    fn an_apply_keeps_null_for_an_empty_answer_and_a_refresh_does_not() {
        let nothing = object("ids", Value::null(Type::set(Type::String)));
        let empty = object("ids", Value::set(Type::String, Vec::new()));
        assert_eq!(settle_applied(empty.clone(), &nothing), nothing);
        assert_eq!(settle_read(empty.clone(), &nothing), empty);
    }

    #[test]
    fn a_refresh_keeps_only_what_the_type_names_where_the_answer_leaves_it_out() {
        let object = |draining: Value, delay: Value| {
            Value::object([(Text::from("draining"), draining), ("delay".into(), delay)])
        };
        let prior = object(Value::bool(true), Value::from(300));
        let found = object(Value::null(Type::Bool), Value::null(Type::Number));
        assert_eq!(keep_unsaid(found, &prior, &["draining"]), object(Value::bool(true), Value::null(Type::Number)));
    }

    #[test]
    fn an_apply_keeps_the_blocks_of_a_set_as_they_were_planned() {
        let block = |port: Value| object("icmp_code", port);
        let set = |port: Value| object("egress", Value::set(block(port.clone()).type_of(), vec![block(port)]));
        let planned = set(Value::null(Type::Number));
        assert_eq!(settle_applied(set(Value::from(0)), &planned), planned);
        let open = set(Value::unknown(Type::Number));
        assert_eq!(settle_applied(set(Value::from(0)), &open), set(Value::from(0)));
    }

    #[test]
    fn an_apply_keeps_what_the_answer_leaves_out() {
        let planned = object("class", Value::text("STANDARD"));
        assert_eq!(settle_applied(object("class", Value::null(Type::String)), &planned), planned);
        assert_eq!(
            settle_read(object("class", Value::null(Type::String)), &planned),
            object("class", Value::null(Type::String))
        );
    }
}
