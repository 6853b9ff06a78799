//! UUIDs, random and from names.

use super::entry::text;
use super::{Call, CallError, Function};
use crate::value::{Type, Value};
use uuid::Uuid;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("uuid", [], Type::String, |call| {
            let mut bytes = [0; 16];
            call.context.world.fill_random(&mut bytes);
            // Sixteen random bytes as they are, without the bits that would say so.
            Ok(Value::string(Uuid::from_bytes(bytes).hyphenated().to_string()))
        })
        .impure()
        .documented("`uuid` generates a unique identifier string.")
        .example("length(uuid())", "36"),
        Function::new("uuidv5", [text("namespace"), text("name")], Type::String, uuid_of_name)
            .documented(
                "`uuidv5` generates a _name-based_ UUID, as described in [RFC 4122 section \
             4.3](https://tools.ietf.org/html/rfc4122#section-4.3), also known as a \"version 5\" UUID.",
            )
            .example("uuidv5(\"dns\", \"www.terraform.io\")", "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\""),
    ]
}

fn uuid_of_name(call: &Call<'_>) -> Result<Value, CallError> {
    let namespace = match &**call.text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => parse(other).map_err(|reason| format!("uuidv5() doesn't support namespace {other} ({reason})"))?,
    };
    Ok(Value::string(Uuid::new_v5(&namespace, call.text(1).as_bytes()).hyphenated().to_string()))
}

/// With hyphens, and then also as a URN or in braces (of any shape); or 32 digits.
fn parse(text: &str) -> Result<Uuid, String> {
    let invalid = || "invalid UUID format".to_owned();
    let bytes = match text.len() {
        32 => return Uuid::try_parse_ascii(text.as_bytes()).map_err(|_| invalid()),
        36 => text.as_bytes(),
        38 => &text.as_bytes()[1..37],
        45 => {
            let (prefix, rest) = text.as_bytes().split_at(9);
            if !prefix.eq_ignore_ascii_case(b"urn:uuid:") {
                return Err(format!("invalid urn prefix: {:?}", String::from_utf8_lossy(prefix)));
            }
            rest
        }
        length => return Err(format!("invalid UUID length: {length}")),
    };
    Uuid::try_parse_ascii(bytes).map_err(|_| invalid())
}
