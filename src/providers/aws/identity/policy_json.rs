//! Policies as texts: when two mean the same, and the form that state keeps.
//!
//! IAM answers with the document as it stores it: lists of one as a plain text, statements in another order, an account number as
//! the ARN of its root. Such a difference is none. Follows <https://github.com/hashicorp/awspolicyequivalence>.

use crate::providers::aws::engine::normal_json;
use crate::value::{Text, Value};
use serde_json::{Map, Value as Json, json};

/// For `Field::same`: two policies that allow and deny the same.
pub fn is_same_policy(old: &Value, new: &Value) -> bool {
    match (old.as_str(), new.as_str()) {
        (Some(old), Some(new)) => means_the_same(&old, &new),
        _ => false,
    }
}

pub fn means_the_same(old: &str, new: &str) -> bool {
    let canonical = |text: &str| serde_json::from_str::<Json>(text).ok().map(canonical);
    old.trim() == new.trim() || matches!((canonical(old), canonical(new)), (Some(old), Some(new)) if old == new)
}

/// For `Field::stored`: no white space, keys in order.
pub fn normal_policy(written: &Value) -> Value {
    written.as_str().map_or_else(|| written.clone(), |text| Value::text(&normal_json(&text)))
}

/// For `Field::stored`: the same with the version first, as IAM's older parser wants it.
pub fn version_first(written: &Value) -> Value {
    written.as_str().map_or_else(|| written.clone(), |text| Value::text(&with_version_first(&text)))
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

/// For `Resource::reconcile`: state keeps its own text of a policy as long as it means what the API says.
pub fn keep_own_text(object: Value, before: &Value, name: &str) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let kept = entries.map(|(key, value)| {
        let own = before.get(name).filter(|own| &**key == name && is_same_policy(own, value));
        (Text::from(&**key), own.unwrap_or(value).clone())
    });
    Value::object(kept.collect::<Vec<_>>())
}

fn canonical(policy: Json) -> Json {
    let Json::Object(mut parts) = policy else { return policy };
    let statements = match parts.remove("Statement") {
        Some(Json::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let mut statements: Vec<Json> = statements.into_iter().map(statement).collect();
    statements.sort_by_cached_key(|one| normal_json(&one.to_string()));
    parts.insert("Statement".into(), Json::Array(statements));
    Json::Object(parts)
}

fn statement(one: Json) -> Json {
    let Json::Object(parts) = one else { return one };
    let parts = parts.into_iter().map(|(key, value)| {
        let value = match key.as_str() {
            "Action" | "NotAction" | "Resource" | "NotResource" => texts(value),
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => conditions(value),
            _ => value,
        };
        (key, value)
    });
    let is_said = |(_, value): &(String, Json)| !matches!(value, Json::Null) && *value != json!("");
    Json::Object(parts.filter(is_said).collect())
}

/// One text or many, as many in order; numbers and truths are texts here.
fn texts(value: Json) -> Json {
    let text = |one: Json| match one {
        Json::String(text) => text,
        other => other.to_string(),
    };
    let mut list: Vec<String> = match value {
        Json::Array(list) => list.into_iter().map(text).collect(),
        single => vec![text(single)],
    };
    list.sort();
    list.dedup();
    json!(list)
}

fn principals(value: Json) -> Json {
    let by_kind = match value {
        Json::Object(kinds) => kinds,
        everybody => Map::from_iter([("AWS".to_owned(), everybody)]),
    };
    Json::Object(by_kind.into_iter().map(|(kind, who)| (kind, accounts(texts(who)))).collect())
}

/// An account number stands for the root of the account.
fn accounts(texts: Json) -> Json {
    let number = |text: &str| {
        let account = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(text);
        account.to_owned()
    };
    let mut list: Vec<String> = texts.as_array().into_iter().flatten().filter_map(Json::as_str).map(number).collect();
    list.sort();
    json!(list)
}

fn conditions(value: Json) -> Json {
    let Json::Object(operators) = value else { return value };
    let of_operator = |operands: Json| match operands {
        Json::Object(operands) => Json::Object(operands.into_iter().map(|(key, value)| (key, texts(value))).collect()),
        other => other,
    };
    Json::Object(operators.into_iter().map(|(operator, operands)| (operator, of_operator(operands))).collect())
}

#[cfg(test)]
mod tests {
    use super::{decoded, means_the_same, with_version_first};

    #[test]
    fn lists_of_one_order_and_roots_make_no_difference() {
        let short = r#"{"Statement":[{"Action":"a","Principal":{"AWS":"123456789012"}},{"Action":["b","c"]}]}"#;
        let long = r#"{"Statement":[{"Action":["c","b"]},{"Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Action":["a"]}]}"#;
        assert!(means_the_same(short, long));
        assert!(!means_the_same(short, &long.replace("\"c\"", "\"d\"")));
    }

    #[test]
    fn the_version_comes_first() {
        let written = r#"{ "Statement": [], "Version": "2012-10-17" }"#;
        assert_eq!(with_version_first(written), r#"{"Version":"2012-10-17","Statement":[]}"#);
        assert_eq!(decoded("%7B%22a%22%3A%20%22%25%22%7D"), r#"{"a": "%"}"#);
    }
}
