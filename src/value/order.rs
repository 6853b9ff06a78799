//! The order of a set's elements: what Terraform shows and stores.
//!
//! Texts, numbers and booleans stand in their own order; anything else in the order of a canonical text of it. Nulls come after
//! values and unknown elements last. Equal known elements are kept once; unknown ones each may turn out different.

use super::quote::quote;
use super::{Data, Number, Value};
use std::cmp::Ordering;
use std::fmt::Write;

pub(super) fn sort_set(items: &mut Vec<Value>) {
    if items.iter().all(|item| matches!(item.data(), Data::String(_) | Data::Number(_) | Data::Bool(_))) {
        items.sort_by(compare_plain);
        items.dedup_by(|a, b| compare_plain(a, b) == Ordering::Equal);
        return;
    }
    let mut keyed: Vec<(u8, String, Value)> =
        items.drain(..).map(|item| (rank(&item), canonical(&item), item)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| compare_plain(&a.2, &b.2)).then_with(|| a.1.cmp(&b.1)));
    keyed.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1 && a.2.is_wholly_known() && a.2 == b.2);
    items.extend(keyed.into_iter().map(|(_, _, item)| item));
}

fn rank(item: &Value) -> u8 {
    match item.data() {
        Data::Unknown(_) => 2,
        Data::Null(_) => 1,
        _ => 0,
    }
}

/// Primitive values by themselves; others are equal here.
fn compare_plain(a: &Value, b: &Value) -> Ordering {
    match (a.data(), b.data()) {
        (Data::String(a), Data::String(b)) => a.cmp(b),
        // The two zeros are equal but both kept.
        (Data::Number(a), Data::Number(b)) => a.cmp(b).then_with(|| b.is_negative().cmp(&a.is_negative())),
        (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, out: &mut String) {
    match value.data() {
        Data::Unknown(_) => out.push('?'),
        Data::Null(_) => out.push('~'),
        Data::Bool(true) => out.push('T'),
        Data::Bool(false) => out.push('F'),
        Data::Number(number) => write_number(number, out),
        Data::String(text) => out.push_str(&quote(text)),
        Data::Map(mapping) => {
            out.push('{');
            for (key, element) in mapping.entries().iter() {
                out.push_str(&quote(key));
                out.push(':');
                write_canonical(element, out);
                out.push(';');
            }
            out.push('}');
        }
        Data::List(items) | Data::Set(items) => write_all(items.elements().iter(), ('[', ']'), out),
        Data::Tuple(items) => write_all(items.iter(), ('<', '>'), out),
        Data::Object(entries) => write_all(entries.values(), ('<', '>'), out),
        Data::Type(of) => {
            let _ = write!(out, "«{of}»");
        }
    }
}

fn write_all<'a>(values: impl Iterator<Item = &'a Value>, (open, close): (char, char), out: &mut String) {
    out.push(open);
    for value in values {
        write_canonical(value, out);
        out.push(';');
    }
    out.push(close);
}

/// Ten significant digits are all that tells numbers apart here.
fn write_number(number: &Number, out: &mut String) {
    if number.is_infinite() {
        out.push_str(&number.to_string());
        return;
    }
    if number.is_negative() {
        out.push('-');
    }
    out.push_str(&number.decimal().general_to(10, 'e'));
}
