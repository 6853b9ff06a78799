//! `data "aws_iam_policy_document"`: a policy written as blocks. No call is made.
//!
//! Source documents come first, the blocks go over them, override documents over all: a statement takes the place of an earlier
//! one with its Sid. <https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_policy_document>

use super::statement;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Failure, Lookup, Want, block_list, block_set, set_of_text, string_hash, text, texts,
};
use crate::value::{Data, Type, Value};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

const VERSION: &str = "2012-10-17";

pub struct Document {
    json: String,
    minified: String,
    statements: Value,
}

pub fn policy_document() -> Lookup {
    let principals = || vec![set_of_text("identifiers").required(), text("type").required()];
    let condition = vec![text("test").required(), texts("values").required(), text("variable").required()];
    let statement = vec![
        set_of_text("actions").optional(),
        block_set("condition", condition).optional(),
        text("effect").optional(),
        set_of_text("not_actions").optional(),
        block_set("not_principals", principals()).optional(),
        set_of_text("not_resources").optional(),
        block_set("principals", principals()).optional(),
        set_of_text("resources").optional(),
        text("sid").optional(),
    ];
    let fields = vec![
        text("id").optional().computed().from(|found: &Document| Some(string_hash(&found.json).to_string())),
        text("json").computed().from(|found: &Document| Some(found.json.clone())),
        text("minified_json").computed().from(|found: &Document| Some(found.minified.clone())),
        text("override_json").optional().deprecated(),
        texts("override_policy_documents").optional(),
        text("policy_id").optional(),
        text("source_json").optional().deprecated(),
        texts("source_policy_documents").optional(),
        block_list("statement", 0, statement).optional().from(|found: &Document| found.statements.clone()),
        text("version").default(VERSION),
    ];
    Lookup::new("IAM Policy Document", fields, assemble)
}

async fn assemble(_: Arc<Aws>, want: Want) -> Result<Document, Failure> {
    let merged = merge(&want).map_err(|problem| Failure::new("writing the policy", "", problem))?;
    let escaped = |text: String| text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let statements = want.0.get("statement").cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
    Ok(Document {
        json: escaped(format!("{merged:#}")),
        minified: escaped(merged.to_string()),
        statements: statements.map_children(&mut whole),
    })
}

/// A statement as state keeps it: with its effect, and without nulls.
fn whole(block: Value) -> Value {
    let entries = block.as_entries().into_iter().flat_map(|entries| entries.iter());
    let said = entries.map(|(name, value)| match (&**name, value.is_null()) {
        ("effect", true) => (name.clone(), Value::text("Allow")),
        _ => (name.clone(), zero(value.clone())),
    });
    Value::object(said.collect::<Vec<_>>())
}

fn zero(value: Value) -> Value {
    match value.data() {
        Data::Null(Type::String) => Value::text(""),
        Data::Null(Type::Set(of)) => Value::set((**of).clone(), Vec::new()),
        _ => value,
    }
}

/// A document on its way: its parts in the order in which they are written.
#[derive(Default)]
struct Policy {
    version: String,
    id: String,
    statements: Vec<Json>,
}

fn merge(want: &Want) -> Result<Json, String> {
    let mut merged = Policy::default();
    if let Some(source) = want.filled("source_json") {
        merged.put(parse(&source)?);
    }
    for (index, source) in want.texts("source_policy_documents").iter().filter(|source| !source.is_empty()).enumerate()
    {
        let source = parse(source)?;
        let is_there = |sid: &str| !sid.is_empty() && merged.statements.iter().any(|one| statement::sid(one) == sid);
        if let Some(double) = source.statements.iter().map(statement::sid).find(|sid| is_there(sid)) {
            return Err(format!(
                "duplicate Sid ({double}) in source_policy_documents (item {index}). Remove the Sid or ensure Sids are unique."
            ));
        }
        merged.put(source);
    }
    merged.put(of_blocks(want)?);
    for text in want.texts("override_policy_documents").into_iter().chain(want.filled("override_json")) {
        if !text.is_empty() {
            merged.put(parse(&text)?);
        }
    }
    Ok(merged.written())
}

fn of_blocks(want: &Want) -> Result<Policy, String> {
    let version = want.filled("version").unwrap_or_else(|| VERSION.into());
    let mut statements: Vec<Json> = Vec::new();
    for block in want.items("statement") {
        let sid = block.text("sid").unwrap_or_default();
        if !sid.is_empty() && statements.iter().any(|one| statement::sid(one) == sid) {
            return Err(format!("duplicate Sid ({sid}). Remove the Sid or ensure the Sid is unique."));
        }
        statements.push(statement::of_block(&block, &version)?);
    }
    Ok(Policy { version, id: want.text("policy_id").unwrap_or_default(), statements })
}

fn parse(text: &str) -> Result<Policy, String> {
    let parsed: Json = serde_json::from_str(text).map_err(|problem| format!("not a policy document: {problem}"))?;
    let said = |key: &str| parsed.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let statements = match parsed.get("Statement") {
        Some(Json::Array(list)) => list.iter().map(statement::of_json).collect(),
        Some(single) => vec![statement::of_json(single)],
        None => Vec::new(),
    };
    Ok(Policy { version: said("Version"), id: said("Id"), statements })
}

impl Policy {
    fn put(&mut self, over: Policy) {
        if !over.id.is_empty() {
            self.id = over.id;
        }
        if over.version > self.version {
            self.version = over.version;
        }
        for one in over.statements {
            let sid = statement::sid(&one);
            match self.statements.iter_mut().find(|former| !sid.is_empty() && statement::sid(former) == sid) {
                Some(former) => *former = one,
                None => self.statements.push(one),
            }
        }
    }

    fn written(self) -> Json {
        let mut parts = Map::new();
        for (key, text) in [("Version", self.version), ("Id", self.id)] {
            if !text.is_empty() {
                parts.insert(key.into(), json!(text));
            }
        }
        if !self.statements.is_empty() {
            parts.insert("Statement".into(), Json::Array(self.statements));
        }
        Json::Object(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::providers::aws::engine::Want;
    use crate::value::from_json;
    use serde_json::json;

    #[test]
    fn statements_are_written_as_the_real_provider_writes_them() {
        let statement = json!({ "actions": ["s3:Get*", "s3:List*"], "resources": ["*"], "principals": [
            { "type": "Service", "identifiers": ["ec2.amazonaws.com"] }, { "type": "AWS", "identifiers": ["b", "a"] },
        ] });
        let written = merge(&Want(from_json(&json!({ "statement": [statement] })))).expect("a policy").to_string();
        assert_eq!(
            written,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:List*","s3:Get*"],"Resource":"*","Principal":{"AWS":["b","a"],"Service":"ec2.amazonaws.com"}}]}"#
        );
    }

    #[test]
    fn a_statement_with_the_same_sid_takes_the_place_of_the_former() {
        let source = r#"{"Statement":[{"Sid":"one","Effect":"Deny"},{"Sid":"two","Effect":"Deny"}]}"#;
        let statement = json!({ "sid": "two", "actions": ["a"] });
        let want = json!({ "source_json": source, "statement": [statement] });
        let written = merge(&Want(from_json(&want))).expect("a policy").to_string();
        assert_eq!(
            written,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"Deny"},{"Sid":"two","Effect":"Allow","Action":"a"}]}"#
        );
    }
}
