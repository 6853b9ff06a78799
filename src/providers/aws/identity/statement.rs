//! Statements of a policy document, as JSON in the order and form that hashicorp's provider writes.
//!
//! A list of one is a plain text, several go from Z to A; principals and conditions of one kind are put together. All of that is
//! kept, because a policy is compared and hashed as text in many a module.

use crate::providers::aws::engine::Want;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

const KEYS: &[&str] =
    &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

/// Where policy variables are not known yet.
const OLD_VERSION: &str = "2008-10-17";

/// From a `statement` block.
pub fn of_block(block: &Want, version: &str) -> Result<Json, String> {
    let mut parts = Map::new();
    let mut put = |key: &str, value: Json| {
        if !is_nothing(&value) {
            parts.insert(key.to_owned(), value);
        }
    };
    put("Sid", json!(block.text("sid").unwrap_or_default()));
    put("Effect", json!(block.filled("effect").unwrap_or_else(|| "Allow".into())));
    put("Action", one_or_many(block.texts("actions")));
    put("NotAction", one_or_many(block.texts("not_actions")));
    put("Resource", one_or_many(with_variables(block.texts("resources"), version)?));
    put("NotResource", one_or_many(with_variables(block.texts("not_resources"), version)?));
    put("Principal", principals(&block.items("principals"), version)?);
    put("NotPrincipal", principals(&block.items("not_principals"), version)?);
    put("Condition", conditions(&block.items("condition"), version)?);
    Ok(Json::Object(parts))
}

/// From another document: known parts in our order.
pub fn of_json(written: &Json) -> Json {
    let known = KEYS.iter().filter_map(|key| {
        let value = written.get(key).filter(|value| !is_nothing(value))?;
        let value = match *key {
            "Principal" | "NotPrincipal" if value.is_object() => sorted(value, |who| {
                let mut list: Vec<Json> = who.as_array().cloned().unwrap_or_else(|| vec![who.clone()]);
                list.sort_by(|one, other| other.as_str().cmp(&one.as_str()));
                if who.is_array() { json!(list) } else { who.clone() }
            }),
            "Principal" | "NotPrincipal" => json!("*"),
            "Condition" => sorted(value, |operands| sorted(operands, plain_condition)),
            _ => value.clone(),
        };
        Some(((*key).to_owned(), value))
    });
    Json::Object(known.collect())
}

pub fn sid(statement: &Json) -> &str {
    statement.get("Sid").and_then(Json::as_str).unwrap_or_default()
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

fn sorted(object: &Json, of: impl Fn(&Json) -> Json) -> Json {
    let entries: BTreeMap<&String, &Json> = object.as_object().into_iter().flatten().collect();
    Json::Object(entries.into_iter().map(|(key, value)| (key.clone(), of(value))).collect())
}

fn plain_condition(value: &Json) -> Json {
    match value {
        Json::Bool(truth) => json!(truth.to_string()),
        other => other.clone(),
    }
}

fn one_or_many(mut texts: Vec<String>) -> Json {
    texts.sort_by(|one, other| other.cmp(one));
    match texts.as_slice() {
        [] => Json::Null,
        [single] => json!(single),
        _ => json!(texts),
    }
}

/// `&{aws:username}`, which HCL leaves alone, is `${aws:username}`.
fn with_variables(texts: Vec<String>, version: &str) -> Result<Vec<String>, String> {
    let replace = |text: String| {
        if version == OLD_VERSION && text.contains("&{") {
            return Err(format!(
                "found &{{ sequence in ({text}), which is not supported in document version 2008-10-17"
            ));
        }
        Ok(text.replace("&{", "${"))
    };
    texts.into_iter().map(replace).collect()
}

fn principals(blocks: &[Want], version: &str) -> Result<Json, String> {
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for block in blocks {
        let mut identifiers = with_variables(block.texts("identifiers"), version)?;
        identifiers.sort_by(|one, other| other.cmp(one));
        by_kind.entry(block.text("type").unwrap_or_default()).or_default().extend(identifiers);
    }
    if by_kind.len() == 1 && by_kind.get("*").is_some_and(|identifiers| identifiers == &["*"]) {
        return Ok(json!("*"));
    }
    Ok(Json::Object(by_kind.into_iter().map(|(kind, texts)| (kind, in_given_order(texts))).collect()))
}

fn conditions(blocks: &[Want], version: &str) -> Result<Json, String> {
    let mut by_test: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for block in blocks {
        let values = with_variables(block.texts("values"), version)?;
        let variables = by_test.entry(block.text("test").unwrap_or_default()).or_default();
        variables.entry(block.text("variable").unwrap_or_default()).or_default().extend(values);
    }
    let of_test = |variables: BTreeMap<String, Vec<String>>| {
        Json::Object(variables.into_iter().map(|(variable, values)| (variable, in_given_order(values))).collect())
    };
    Ok(Json::Object(by_test.into_iter().map(|(test, variables)| (test, of_test(variables))).collect()))
}

fn in_given_order(texts: Vec<String>) -> Json {
    match texts.as_slice() {
        [single] => json!(single),
        _ => json!(texts),
    }
}
