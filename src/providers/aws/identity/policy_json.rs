//! Policies as texts: the forms in which state keeps them, and the one in which IAM sends them.

use crate::providers::aws::engine::normal_json;
use crate::value::Value;
use serde_json::{Value as Json, json};

/// For `Field::stored`: no white space, keys in order.
pub fn normal_policy(written: &Value) -> Value {
    written.as_str().map_or_else(|| written.clone(), |text| Value::text(&normal_json(text)))
}

/// For `Field::stored`: the same with the version first, as IAM's older parser wants it.
pub fn version_first(written: &Value) -> Value {
    written.as_str().map_or_else(|| written.clone(), |text| Value::text(&with_version_first(text)))
}

fn with_version_first(text: &str) -> String {
    let normal = normal_json(text);
    let Ok(Json::Object(mut parts)) = serde_json::from_str::<Json>(&normal) else { return normal };
    if parts.get("Version") != Some(&json!("2012-10-17")) || parts.len() < 2 {
        return normal;
    }
    parts.remove("Version");
    let rest = normal_json(&Json::Object(parts).to_string());
    format!("{{\"Version\":\"2012-10-17\",{}", &rest[1..])
}

/// IAM sends documents percent-encoded.
pub fn decoded(document: &str) -> String {
    let bytes = document.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let code = document.get(index + 1..index + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[index], code) {
            (b'%', Some(code)) => {
                plain.push(code);
                index += 3;
            }
            (byte, _) => {
                plain.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decoded, with_version_first};

    #[test]
    fn the_version_comes_first() {
        let written = r#"{ "Statement": [], "Version": "2012-10-17" }"#;
        assert_eq!(with_version_first(written), r#"{"Version":"2012-10-17","Statement":[]}"#);
        assert_eq!(decoded("%7B%22a%22%3A%20%22%25%22%7D"), r#"{"a": "%"}"#);
    }
}
