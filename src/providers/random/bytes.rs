//! `random_bytes`, `random_id` and `random_uuid`.

use super::keepers;
use crate::provider::Complaint;
use crate::providers::small::{Kind, Object, computed, optional, required};
use crate::value::{Path, Type, Value};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;

pub fn bytes() -> Kind {
    let rules = || {
        vec![
            computed("base64", Type::String).sensitive(),
            computed("hex", Type::String).sensitive(),
            keepers(),
            required("length", Type::Number).replaces(),
        ]
    };
    Kind {
        validate: |configuration| at_least_one(configuration, "length"),
        import: |id| {
            let drawn = STANDARD.decode(id).map_err(|error| import_failed(&error))?;
            Ok(Value::object([
                ("base64".into(), Value::text(id)),
                ("hex".into(), Value::text(&hex(&drawn))),
                ("length".into(), Value::from(drawn.len() as i64)),
            ]))
        },
        ..Kind::new("random_bytes", rules, |object| {
            let drawn = draw(object, "length");
            Ok(object.finished([("base64", Value::text(&STANDARD.encode(&drawn))), ("hex", Value::text(&hex(&drawn)))]))
        })
    }
}

pub fn id() -> Kind {
    let rules = || {
        vec![
            computed("b64_std", Type::String),
            computed("b64_url", Type::String),
            required("byte_length", Type::Number).replaces(),
            computed("dec", Type::String),
            computed("hex", Type::String),
            computed("id", Type::String),
            keepers(),
            optional("prefix", Type::String).replaces(),
        ]
    };
    Kind {
        validate: |configuration| at_least_one(configuration, "byte_length"),
        import: |id| {
            let (prefix, encoded) = id.rsplit_once(',').map_or((None, id), |(prefix, encoded)| (Some(prefix), encoded));
            let drawn = URL_SAFE_NO_PAD.decode(encoded).map_err(|error| import_failed(&error))?;
            let prefix = prefix.map_or(Value::null(Type::String), Value::text);
            let object =
                Value::object([("byte_length".into(), Value::from(drawn.len() as i64)), ("prefix".into(), prefix)]);
            Ok(forms_of(&Object(object), &drawn))
        },
        ..Kind::new("random_id", rules, |object| Ok(forms_of(object, &draw(object, "byte_length"))))
    }
}

/// The drawn bytes in all their forms, each behind the prefix.
fn forms_of(object: &Object, drawn: &[u8]) -> Value {
    let prefix = object.text("prefix").unwrap_or_default();
    let form = |text: String| Value::text(&format!("{prefix}{text}"));
    let known = [
        ("b64_std", form(STANDARD.encode(drawn))),
        ("b64_url", form(URL_SAFE_NO_PAD.encode(drawn))),
        ("dec", form(BigUint::from_bytes_be(drawn).to_string())),
        ("hex", form(hex(drawn))),
        ("id", Value::text(&URL_SAFE_NO_PAD.encode(drawn))),
    ];
    let entries = object.0.as_entries().into_iter().flat_map(|entries| entries.iter());
    let all = entries
        .map(|(name, value)| (name.clone(), value.clone()))
        .chain(known.into_iter().map(|(name, value)| (name.into(), value)));
    Value::object(all.collect::<Vec<_>>())
}

pub fn uuid() -> Kind {
    let rules = || vec![computed("id", Type::String), keepers(), computed("result", Type::String)];
    Kind {
        import: |id| match uuid::Uuid::parse_str(id) {
            Ok(known) => Ok(Value::object([
                ("id".into(), Value::text(&known.to_string())),
                ("result".into(), Value::text(&known.to_string())),
            ])),
            Err(error) => Err(import_failed(&error)),
        },
        ..Kind::new("random_uuid", rules, |object| {
            let drawn = Value::string(uuid::Uuid::new_v4().to_string());
            Ok(object.finished([("id", drawn.clone()), ("result", drawn)]))
        })
    }
}

fn draw(object: &Object, length: &str) -> Vec<u8> {
    let length = object.number(length).and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut drawn = vec![0; length];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut drawn);
    drawn
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn at_least_one(configuration: &Value, name: &str) -> Vec<Complaint> {
    let given = Object(configuration.clone()).number(name);
    let too_small = given.filter(|number| *number < 1);
    too_small
        .map(|number| {
            Complaint::error(
                "Invalid Attribute Value",
                format!("Attribute {name} value must be at least 1, got: {number}"),
            )
            .at(Path::of_attribute(name))
        })
        .into_iter()
        .collect()
}

fn import_failed(error: &dyn std::fmt::Display) -> Complaint {
    Complaint::error(
        "Import Random ID Error",
        format!("There was an error during the parsing of the ID.\n\nOriginal Error: {error}"),
    )
}
