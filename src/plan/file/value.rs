//! Values in a plan file: with their type, with unknown parts, with marks.

use crate::change::{children, marks_of, with_marks_at};
use crate::value::{
    Data, Marks, Path, PathStep, Refinement, Type, Unknown, Value, convert, from_json_as, unknown_paths, write_json,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Attributes as texts, keys as arrays of one text, positions as numbers.
pub type SavedPath = Vec<serde_json::Value>;

/// Unknown parts are null in `value` and named in `unknown`; what is known about them besides their type is whether they can be null.
#[derive(Serialize, Deserialize)]
pub struct SavedValue {
    value: Box<RawValue>,
    #[serde(rename = "type")]
    of: serde_json::Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<(SavedPath, bool)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sensitive: Vec<SavedPath>,
}

impl SavedValue {
    pub fn of(value: &Value) -> Self {
        let sensitive = marks_of(value).into_iter().filter(|(_, marks)| marks.is_sensitive());
        let sensitive = sensitive.map(|(path, _)| path_to_json(&path)).collect();
        let plain = value.clone().unmark_deep().0;
        let unknown: Vec<(SavedPath, bool)> = unknown_paths(&plain)
            .iter()
            .map(|path| {
                let is_not_null = match path.find(&plain).map(Value::data) {
                    Some(Data::Unknown(unknown)) => unknown.refinement.is_not_null,
                    _ => false,
                };
                (path_to_json(path), is_not_null)
            })
            .collect();
        let of = plain.type_of();
        let known = if unknown.is_empty() { plain } else { with_nulls(in_lists(plain)) };
        let mut text = String::new();
        if write_json(&known, &known.type_of(), &mut text).is_err() {
            text = "null".to_owned();
        }
        let value = RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self { value, of: of.to_json(), unknown, sensitive }
    }

    pub fn into_value(self) -> Option<Value> {
        let of = Type::from_json(&self.of)?;
        let json: serde_json::Value = serde_json::from_str(self.value.get()).ok()?;
        let unknown: Vec<(Path, bool)> =
            self.unknown.iter().map(|(path, is_not_null)| (path_from_json(path), *is_not_null)).collect();
        let value = if unknown.is_empty() {
            from_json_as(&json, &of).ok()?
        } else {
            let known = from_json_as(&json, &with_lists(&of)).ok()?;
            convert(&with_unknowns(known, &Path::root(), &unknown), &of).ok()?
        };
        let marks: Vec<_> = self.sensitive.iter().map(|path| (path_from_json(path), Marks::SENSITIVE)).collect();
        Some(with_marks_at(value, &marks))
    }
}

/// Lists in place of sets: with nulls for what is not known, members would come in another order, and equal ones would be one.
fn in_lists(value: Value) -> Value {
    let listed: Vec<Value> = match value.as_items() {
        Some(items) => items.iter().cloned().map(in_lists).collect(),
        None => Vec::new(),
    };
    match value.data() {
        Data::List(items) | Data::Set(items) => Value::list(with_lists(items.element()), listed),
        Data::Tuple(_) => Value::tuple(listed),
        Data::Map(entries) => {
            let parts = entries.entries().iter().map(|(key, part)| (key.clone(), in_lists(part.clone())));
            Value::map(with_lists(entries.element()), parts.collect::<Vec<_>>())
        }
        Data::Object(entries) => {
            Value::object(entries.iter().map(|(name, part)| (name.clone(), in_lists(part.clone()))).collect::<Vec<_>>())
        }
        Data::Null(of) => Value::null(with_lists(of)),
        Data::Unknown(unknown) => {
            Value::refined(Unknown::with(with_lists(unknown.type_of()), unknown.refinement.clone()))
        }
        _ => value,
    }
}

fn with_lists(of: &Type) -> Type {
    match of {
        Type::Set(element) | Type::List(element) => Type::list(with_lists(element)),
        Type::Map(element) => Type::map(with_lists(element)),
        Type::Tuple(parts) => Type::tuple(parts.iter().map(with_lists).collect()),
        Type::Object(object) => {
            Type::object(object.attributes.iter().map(|(name, part)| (name.clone(), with_lists(part))))
        }
        other => other.clone(),
    }
}

fn with_nulls(value: Value) -> Value {
    match value.data() {
        Data::Unknown(unknown) => Value::null(unknown.type_of().clone()),
        _ if value.is_wholly_known() => value,
        _ => value.map_children(&mut with_nulls),
    }
}

fn with_unknowns(value: Value, at: &Path, unknown: &[(Path, bool)]) -> Value {
    if let Some((_, is_not_null)) = unknown.iter().find(|(path, _)| path == at) {
        let refinement = Refinement { is_not_null: *is_not_null, ..Refinement::default() };
        return Value::refined(Unknown::with(value.type_of(), refinement));
    }
    let below: Vec<(Path, bool)> = unknown.iter().filter(|(path, _)| path.starts_with(at)).cloned().collect();
    if below.is_empty() {
        return value;
    }
    let mut steps = children(&value).into_iter().map(|(step, _)| step);
    value.map_children(&mut |child| match steps.next() {
        Some(step) => with_unknowns(child, &at.then(step), &below),
        None => child,
    })
}

pub fn path_to_json(path: &Path) -> SavedPath {
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) => serde_json::json!(name.to_string()),
        PathStep::Key(key) => serde_json::json!([key.to_string()]),
        PathStep::Index(index) => serde_json::json!(index),
    };
    path.0.iter().map(step).collect()
}

pub fn path_from_json(steps: &SavedPath) -> Path {
    let step = |step: &serde_json::Value| match step {
        serde_json::Value::String(name) => PathStep::Attribute(name.as_str().into()),
        serde_json::Value::Array(key) => {
            PathStep::Key(key.first().and_then(serde_json::Value::as_str).unwrap_or_default().into())
        }
        other => PathStep::Index(other.as_u64().unwrap_or_default() as usize),
    };
    Path(steps.iter().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Text;

    fn saved_and_read(value: &Value) -> Value {
        let text = serde_json::to_string(&SavedValue::of(value)).expect("it is written");
        serde_json::from_str::<SavedValue>(&text).expect("it is read").into_value().expect("it is a value")
    }

    #[test]
    fn members_of_sets_keep_what_is_not_known_of_them() {
        let ids = Value::set(Type::String, vec![Value::unknown(Type::String), Value::unknown(Type::String)]);
        assert_eq!(saved_and_read(&ids).as_items().map(<[Value]>::len), Some(2));
        let zone = |id: Value, name: &str| Value::object([(Text::from("id"), id), ("name".into(), Value::text(name))]);
        let zones = vec![zone(Value::unknown(Type::String), "a"), zone(Value::text("z"), "b")];
        let zones = Value::set(zones[0].type_of(), zones);
        let read = saved_and_read(&zones);
        let open: Vec<_> =
            read.as_items().unwrap_or_default().iter().map(|zone| zone.get("id").map(Value::is_known)).collect();
        let names: Vec<_> =
            read.as_items().unwrap_or_default().iter().filter_map(|zone| zone.get("name")).cloned().collect();
        let is_known = |name: &str| names.iter().position(|found| *found == Value::text(name)).and_then(|at| open[at]);
        assert_eq!((is_known("a"), is_known("b")), (Some(false), Some(true)));
        assert_eq!(read.type_of(), zones.type_of());
    }
}
