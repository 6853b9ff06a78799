//! `random_uuid`, `random_uuid4` and `random_uuid7`.

use super::{import_failed, keepers};
use crate::provider::Complaint;
use crate::providers::small::{Kind, Object, computed};
use crate::value::{Type, Value};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::{Builder, Uuid};

pub fn any() -> Kind {
    kind("random_uuid", |object| made(object, Uuid::new_v4()))
}

pub fn version_4() -> Kind {
    kind("random_uuid4", |object| made(object, Uuid::new_v4()))
}

/// Begins with the time, so that later ones sort after earlier ones.
pub fn version_7() -> Kind {
    kind("random_uuid7", |object| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let drawn = Builder::from_unix_timestamp_millis(since.as_millis() as u64, &rand::random()).into_uuid();
        made(object, drawn)
    })
}

fn kind(name: &'static str, make: fn(&Object) -> Result<Value, Complaint>) -> Kind {
    let rules = || vec![computed("id", Type::String).kept(), keepers(), computed("result", Type::String).kept()];
    Kind { import, ..Kind::new(name, rules, make) }
}

fn made(object: &Object, drawn: Uuid) -> Result<Value, Complaint> {
    let text = Value::string(drawn.to_string());
    Ok(object.finished([("id", text.clone()), ("result", text)]))
}

fn import(id: &str) -> Result<Value, Complaint> {
    let text = Uuid::parse_str(id).map_err(|error| import_failed("UUID", error))?.to_string();
    Ok(Value::object([("id".into(), Value::text(&text)), ("result".into(), Value::text(&text))]))
}
