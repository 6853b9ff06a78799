//! Import: from the id that a person gives to what the object is read by. Most ids are the object's own.

use super::{Imports, Life};
use crate::provider::{Complaint, ImportRequest, Imported, Private};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use crate::providers::aws::engine::declared::Declared;
use crate::value::{Text, Value};
use std::sync::Arc;

impl Life {
    pub(super) async fn import_object(
        &self,
        aws: &Arc<Aws>,
        request: ImportRequest,
    ) -> Result<Imported, Vec<Complaint>> {
        let known: Imports = match &self.rules.read_import {
            None => vec![("id", Value::text(&request.id))],
            Some(read) => read(aws.clone(), request.id.clone()).await.map_err(|failure| {
                vec![failure.complaint(&format!("importing {} ({})", self.rules.label, request.id))]
            })?,
        };
        let attributes = self.declared.iter().map(|declared| {
            let said = known.iter().find(|(name, _)| *name == declared.name).map(|(_, value)| value.clone());
            // What the API does not keep is as it would be if nobody had written it.
            let value = said.or_else(|| declared.default.clone().filter(|_| !declared.is_read));
            (Text::from(declared.name), value.unwrap_or_else(|| Value::null(declared.of.clone())))
        });
        let mut entries: Vec<(Text, Value)> = attributes.collect();
        if !self.rules.timeouts.is_empty() {
            entries.push(("timeouts".into(), Value::null(self.timeouts_type())));
        }
        Ok(Imported { kind: request.kind, object: Value::object(entries), private: Private::from([]) })
    }
}

/// Of attributes that exclude each other the one that says most; without what is nothing alone, and without zeros that may not be written.
/// In blocks too.
pub fn writable(fields: &[Declared], object: Value) -> Value {
    if object.as_entries().is_none() {
        return object;
    }
    let value =
        |declared: &Declared| object.get(declared.name).cloned().unwrap_or_else(|| Value::null(declared.of.clone()));
    let excludes = |one: &Declared, other: &str| one.conflicts.contains(&other) || one.exactly_one.contains(&other);
    let mut by_weight: Vec<&Declared> = fields.iter().collect();
    // What says something and would not come by itself weighs most.
    by_weight.sort_by_key(|declared| (value(declared).is_zero(), declared.is_computed));
    let mut kept: Vec<&Declared> = Vec::new();
    for declared in by_weight {
        let is_excluded = |other: &&Declared| excludes(other, declared.name) || excludes(declared, other.name);
        let is_refused = value(declared).is_zero() && refuses(declared, &value(declared));
        if !says_nothing(&value(declared)) && !is_refused && !kept.iter().any(is_excluded) {
            kept.push(declared);
        }
    }
    // What goes only with others goes with them; an empty text is not written.
    let is_written = |declared: &&&Declared| value(declared).as_str().is_none_or(|text| !text.is_empty());
    let names: Vec<&str> = kept.iter().filter(is_written).map(|declared| declared.name).collect();
    kept.retain(|declared| declared.needs.iter().all(|name| names.contains(name)));
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let written = entries.map(|(name, value)| {
        let value = match kept.iter().find(|declared| declared.name == &**name) {
            Some(Declared { nested: Some(nested), .. }) if value.as_items().is_some() => {
                value.clone().map_children(&mut |item| writable(&nested.fields, item))
            }
            None if &**name != "timeouts" => Value::null(value.type_of()),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    Value::object(written.collect::<Vec<_>>())
}

/// The zero that state keeps where nothing is said may not be what somebody could write.
fn refuses(declared: &Declared, zero: &Value) -> bool {
    declared.range.is_some_and(|(least, _)| least > 0)
        || !declared.members.is_empty() && zero.as_str().is_some_and(|text| !declared.members.contains(&&**text))
        || !zero.is_null() && declared.checks.iter().any(|check| check(zero).is_err())
}

/// Null, or a block of nothing but that: written, it would ask for its defaults.
fn says_nothing(value: &Value) -> bool {
    match (value.as_items(), value.as_entries()) {
        _ if value.is_null() => true,
        (Some(items), _) => !items.is_empty() && items.iter().all(says_nothing),
        (_, Some(entries)) => {
            !entries.is_empty() && entries.iter().all(|(_, value)| says_nothing(value) || has_none(value))
        }
        _ => false,
    }
}

fn has_none(blocks: &Value) -> bool {
    blocks.as_items().is_some_and(<[Value]>::is_empty)
}

/// For types whose objects cannot be named by one id.
pub async fn not_importable(_aws: Arc<Aws>, _id: String) -> Result<Imports, Failure> {
    Err(Failure::new("import", "", "the type doesn't support import"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::aws::engine::{block_list, number, text};
    use crate::value::from_json;
    use serde_json::json;

    #[test]
    fn what_is_written_has_no_block_that_says_nothing_and_no_zero_that_is_refused() {
        let inner = || vec![number("size").optional().between(1, 9)];
        let parts = || {
            vec![
                text("mode").optional().one_of(&["on", "off"]),
                text("note").optional(),
                block_list("inner", 1, inner()).optional(),
            ]
        };
        let block = |name| block_list::<(), ()>(name, 1, parts()).optional().declared;
        let fields = [block("silent"), block("said")];
        let object = json!({
            "silent": [{ "mode": null, "note": null, "inner": [] }],
            "said": [{ "mode": "", "note": "", "inner": [{ "size": 0 }] }],
        });
        let written = writable(&fields, from_json(&object));
        assert!(written.get("silent").is_some_and(Value::is_null));
        let said = written.get("said").and_then(Value::as_items).expect("it is written");
        assert!(said[0].get("mode").is_some_and(Value::is_null));
        assert_eq!(said[0].get("note"), Some(&Value::text("")));
    }
}
