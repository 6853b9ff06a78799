//! Values in a plan file: with their type, with unknown parts, with marks.

use crate::change::{children, marks_of, with_marks_at};
use crate::value::{
    Data, Marks, Path, PathStep, Refinement, Type, Unknown, Value, from_json_as, unknown_paths, write_json,
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
        let unknown = unknown_paths(&plain)
            .iter()
            .map(|path| {
                let is_not_null = match path.find(&plain).map(Value::data) {
                    Some(Data::Unknown(unknown)) => unknown.refinement.is_not_null,
                    _ => false,
                };
                (path_to_json(path), is_not_null)
            })
            .collect();
        let known = with_nulls(plain);
        let of = known.type_of();
        let mut text = String::new();
        if write_json(&known, &of, &mut text).is_err() {
            text = "null".to_owned();
        }
        let value = RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self { value, of: of.to_json(), unknown, sensitive }
    }

    pub fn into_value(self) -> Option<Value> {
        let of = Type::from_json(&self.of)?;
        let json: serde_json::Value = serde_json::from_str(self.value.get()).ok()?;
        let known = from_json_as(&json, &of).ok()?;
        let unknown: Vec<(Path, bool)> =
            self.unknown.iter().map(|(path, is_not_null)| (path_from_json(path), *is_not_null)).collect();
        let value = with_unknowns(known, &Path::root(), &unknown);
        let marks: Vec<_> = self.sensitive.iter().map(|path| (path_from_json(path), Marks::SENSITIVE)).collect();
        Some(with_marks_at(value, &marks))
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
