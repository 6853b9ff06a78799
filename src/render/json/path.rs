//! Paths into values, as JSON and as text.

use crate::value::{Path, PathStep};
use serde_json::Value as Json;

/// Names, keys and positions in an array.
pub fn path_json(path: &Path) -> Json {
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) | PathStep::Key(name) => Json::from(&**name),
        PathStep::Index(index) => Json::from(*index),
    };
    Json::Array(path.0.iter().map(step).collect())
}

/// `network[0].tags["a"]`
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for step in &path.0 {
        match step {
            PathStep::Attribute(name) if text.is_empty() => text.push_str(name),
            PathStep::Attribute(name) => text.push_str(&format!(".{name}")),
            PathStep::Key(key) => text.push_str(&format!("[{}]", crate::addr::quoted(key))),
            PathStep::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
