//! Access policies that mean the same.
//!
//! AWS gives a policy back in a form of its own: a list of one as its only element, lists in any order, an account by the ARN of its
//! root. Such differences are none, and state keeps what was written, as `hashicorp/aws` does.

use crate::value::{Text, Value};
use serde_json::{Map, Value as Json};

/// For `Field::same`: two policies that allow and deny the same.
pub fn is_same_policy(old: &Value, new: &Value) -> bool {
    let plain = |value: &Value| serde_json::from_str(value.as_str()?).ok().map(|policy| plain_policy(&policy));
    old == new || matches!((plain(old), plain(new)), (Some(old), Some(new)) if old == new)
}

/// For `Resource::reconcile`: the attribute as it was written, where what was read means the same.
pub fn written_policy(object: Value, before: &Value, name: &str) -> Value {
    let written = before.get(name).filter(|written| written.is_known() && !written.is_null());
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let kept = entries.map(|(key, value)| match written {
        Some(written) if &**key == name && is_same_policy(value, written) => (Text::clone(key), written.clone()),
        _ => (key.clone(), value.clone()),
    });
    Value::object(kept.collect::<Vec<_>>())
}

fn plain_policy(policy: &Json) -> Json {
    let Json::Object(entries) = policy else { return policy.clone() };
    let entry = |(key, value): (&String, &Json)| match key.as_str() {
        "Statement" => (key.clone(), sorted(items(value).into_iter().map(plain_statement).collect())),
        _ => (key.clone(), value.clone()),
    };
    in_order(entries.iter().map(entry).collect())
}

fn plain_statement(statement: &Json) -> Json {
    let Json::Object(entries) = statement else { return statement.clone() };
    let entry = |(key, value): (&String, &Json)| match key.as_str() {
        "Effect" => Some((key.clone(), value.clone())),
        "Sid" => value.as_str().is_none_or(|sid| !sid.is_empty()).then(|| (key.clone(), value.clone())),
        // Everybody, in two ways of writing it.
        "Principal" | "NotPrincipal" if value == "*" => Some((key.clone(), serde_json::json!({ "AWS": ["*"] }))),
        _ => Some((key.clone(), plain_lists(value))),
    };
    in_order(entries.iter().filter_map(entry).collect())
}

/// Every leaf a sorted list of texts.
fn plain_lists(value: &Json) -> Json {
    match value {
        Json::Object(entries) => {
            in_order(entries.iter().map(|(key, value)| (key.clone(), plain_lists(value))).collect())
        }
        _ => sorted(items(value).into_iter().map(plain_text).collect()),
    }
}

fn plain_text(value: &Json) -> Json {
    match value {
        Json::String(text) => Json::String(account_of_root(text).unwrap_or_else(|| text.clone())),
        Json::Bool(_) | Json::Number(_) => Json::String(value.to_string()),
        other => other.clone(),
    }
}

/// `arn:aws:iam::123456789012:root` is the account 123456789012.
fn account_of_root(text: &str) -> Option<String> {
    let mut parts = text.strip_prefix("arn:")?.splitn(2, ":iam::");
    let account = parts.nth(1)?.strip_suffix(":root")?;
    Some(account.to_owned())
}

fn items(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn sorted(mut items: Vec<Json>) -> Json {
    items.sort_by_key(Json::to_string);
    items.dedup();
    Json::Array(items)
}

fn in_order(entries: Vec<(String, Json)>) -> Json {
    let mut entries = entries;
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    Json::Object(Map::from_iter(entries))
}

#[cfg(test)]
mod tests {
    use super::is_same_policy;
    use crate::value::Value;

    fn check(old: &str, new: &str, expected: bool) {
        assert_eq!(is_same_policy(&Value::text(old), &Value::text(new)), expected, "{old} and {new}");
    }

    #[test]
    fn forms_of_one_policy_are_the_same() {
        check(
            r#"{"Statement":{"Action":["s3:Get*","s3:Put*"],"Principal":"*","Effect":"Allow","Sid":""},"Version":"2012-10-17"}"#,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["s3:Put*","s3:Get*"]}]}"#,
            true,
        );
        check(
            r#"{"Statement":[{"Principal":{"AWS":"123456789012"},"Condition":{"Bool":{"aws:SecureTransport":false}}}]}"#,
            r#"{"Statement":[{"Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#,
            true,
        );
    }

    #[test]
    fn another_action_is_another_policy() {
        check(r#"{"Statement":[{"Action":"s3:GetObject"}]}"#, r#"{"Statement":[{"Action":"s3:PutObject"}]}"#, false);
        check("no policy", "none either", false);
    }
}
