//! `random_bytes` and `random_id`.

use super::{import_failed, keepers};
use crate::provider::Complaint;
use crate::providers::small::checks::at_least_one;
use crate::providers::small::{Kind, Object, Source, computed, optional, required};
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;

pub fn bytes() -> Kind {
    let rules = || {
        vec![
            computed("base64", Type::String).sensitive().kept(),
            computed("hex", Type::String).sensitive().kept(),
            optional("keepers", Type::map(Type::String)).replaces(),
            required("length", Type::Number).replaces(),
        ]
    };
    Kind {
        validate: |configuration| at_least_one(configuration, "length"),
        import: |id| {
            let drawn = STANDARD.decode(id).map_err(|error| import_failed("bytes", error))?;
            Ok(Value::object([
                ("base64".into(), Value::text(id)),
                ("hex".into(), Value::text(&hex(&drawn))),
                ("length".into(), Value::from(drawn.len() as i64)),
            ]))
        },
        ..Kind::new("random_bytes", rules, make_bytes)
    }
}

pub fn ephemeral_bytes() -> Source {
    let rules = || {
        vec![
            computed("base64", Type::String).sensitive(),
            computed("hex", Type::String).sensitive(),
            required("length", Type::Number),
        ]
    };
    Source {
        name: "random_bytes",
        rules,
        validate: |configuration| at_least_one(configuration, "length"),
        read: make_bytes,
    }
}

fn make_bytes(object: &Object) -> Result<Value, Complaint> {
    let drawn = draw(object, "length")?;
    Ok(object.finished([("base64", Value::text(&STANDARD.encode(&drawn))), ("hex", Value::text(&hex(&drawn)))]))
}

pub fn id() -> Kind {
    let rules = || {
        vec![
            computed("b64_std", Type::String).kept(),
            computed("b64_url", Type::String).kept(),
            required("byte_length", Type::Number).replaces(),
            computed("dec", Type::String).kept(),
            computed("hex", Type::String).kept(),
            computed("id", Type::String).kept(),
            keepers(),
            optional("prefix", Type::String).replaces(),
        ]
    };
    Kind {
        import: |id| {
            let (prefix, encoded) = id.rsplit_once(',').unwrap_or(("", id));
            let drawn = URL_SAFE_NO_PAD.decode(encoded).map_err(|error| import_failed("ID", error))?;
            let shown = if prefix.is_empty() { Value::null(Type::String) } else { Value::text(prefix) };
            let own = [("byte_length".into(), Value::from(drawn.len() as i64)), ("prefix".into(), shown)];
            let forms = forms_of(prefix, &drawn).map(|(name, value)| (name.into(), value));
            Ok(Value::object(own.into_iter().chain(forms)))
        },
        ..Kind::new("random_id", rules, |object| {
            let drawn = draw(object, "byte_length")?;
            Ok(object.finished(forms_of(&object.text("prefix").unwrap_or_default(), &drawn)))
        })
    }
}

/// The drawn bytes in all their forms, each behind the prefix.
fn forms_of(prefix: &str, drawn: &[u8]) -> [(&'static str, Value); 5] {
    let form = |text: String| Value::text(&format!("{prefix}{text}"));
    [
        ("b64_std", form(STANDARD.encode(drawn))),
        ("b64_url", form(URL_SAFE_NO_PAD.encode(drawn))),
        ("dec", form(BigUint::from_bytes_be(drawn).to_string())),
        ("hex", form(hex(drawn))),
        ("id", Value::text(&URL_SAFE_NO_PAD.encode(drawn))),
    ]
}

/// More than anybody needs, and little enough not to fill the memory by mistake.
const MOST_BYTES: i64 = 1 << 24;

fn draw(object: &Object, name: &str) -> Result<Vec<u8>, Complaint> {
    let length = object.number(name).unwrap_or_default();
    if !(0..=MOST_BYTES).contains(&length) {
        let detail = format!("The {name} must be a number between 0 and {MOST_BYTES}, got: {length}.");
        return Err(Complaint::error("Randomness Generation Error", detail));
    }
    let mut drawn = vec![0; length as usize];
    rand::Rng::fill_bytes(&mut rand::rng(), &mut drawn);
    Ok(drawn)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
