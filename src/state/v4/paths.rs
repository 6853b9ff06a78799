//! Paths of sensitive attributes: `[[{"type":"get_attr","value":"tags"},{"type":"index","value":{"value":"a","type":"string"}}]]`.

use crate::value::{Path, PathStep, write_text};
use serde_json::Value as Json;

/// What a position in a list or a key of a map is called.
const INDEX: &str = "index";
const ATTRIBUTE: &str = "get_attr";

pub fn read(json: &Json) -> Result<Vec<Path>, String> {
    let paths = json.as_array().ok_or("sensitive_attributes must be an array of paths")?;
    paths.iter().map(read_path).collect()
}

fn read_path(json: &Json) -> Result<Path, String> {
    let steps = json.as_array().ok_or("a sensitive attribute must be an array of steps")?;
    Ok(Path(steps.iter().map(read_step).collect::<Result<_, _>>()?))
}

fn read_step(json: &Json) -> Result<PathStep, String> {
    let value = json.get("value").unwrap_or(&Json::Null);
    match json.get("type").and_then(Json::as_str) {
        Some(ATTRIBUTE) => value
            .as_str()
            .map(|name| PathStep::Attribute(name.into()))
            .ok_or_else(|| "Failed to unmarshal get attr step name".into()),
        Some(INDEX) => match value.get("value") {
            Some(Json::String(key)) => Ok(PathStep::Key(key.as_str().into())),
            Some(Json::Number(number)) => number
                .as_u64()
                .map(|index| PathStep::Index(index as usize))
                .ok_or_else(|| format!("Failed to unmarshal index step key: {number} is not a position")),
            _ => Err("Failed to unmarshal index step key".into()),
        },
        other => Err(format!("Unsupported path step type {:?}", other.unwrap_or_default())),
    }
}

/// Compact JSON; the writer of the file indents it.
pub fn write(paths: &[Path]) -> String {
    let mut out = String::from("[");
    for (index, path) in paths.iter().enumerate() {
        out.push_str(if index > 0 { ",[" } else { "[" });
        for (index, step) in path.0.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_step(step, &mut out);
        }
        out.push(']');
    }
    out.push(']');
    out
}

fn write_step(step: &PathStep, out: &mut String) {
    match step {
        PathStep::Attribute(name) => {
            out.push_str("{\"type\":\"get_attr\",\"value\":");
            write_text(name, out);
            out.push('}');
        }
        PathStep::Key(key) => {
            out.push_str("{\"type\":\"index\",\"value\":{\"value\":");
            write_text(key, out);
            out.push_str(",\"type\":\"string\"}}");
        }
        PathStep::Index(index) => {
            out.push_str(&format!("{{\"type\":\"index\",\"value\":{{\"value\":{index},\"type\":\"number\"}}}}"));
        }
    }
}
