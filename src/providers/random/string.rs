//! `random_string` and `random_password`.

use super::keepers;
use crate::provider::{Complaint, Planned};
use crate::providers::small::{Kind, Object, Rule, computed, optional, optional_computed, required};
use crate::value::{Path, Type, Value};
use rand::Rng;
use rand::seq::SliceRandom;
use serde_json::{Value as Json, json};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC: &str = "0123456789";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

pub fn string() -> Kind {
    let rules = || rules(false);
    Kind {
        version: 2,
        validate,
        adjust,
        import: |id| Ok(imported(id, id, &[])),
        upgrade: |version, attributes| upgraded(version, attributes, false),
        ..Kind::new("random_string", rules, |object| {
            let drawn = draw(object)?;
            Ok(object.finished([("id", Value::text(&drawn)), ("result", Value::text(&drawn))]))
        })
    }
}

pub fn password() -> Kind {
    let rules = || {
        let mut rules = rules(true);
        rules.push(computed("bcrypt_hash", Type::String).sensitive());
        rules
    };
    Kind {
        version: 3,
        validate,
        adjust,
        import: |id| Ok(imported(id, "none", &[("bcrypt_hash", Value::text(&hash(id)?))])),
        upgrade: |version, attributes| upgraded(version, attributes, true),
        ..Kind::new("random_password", rules, |object| {
            let drawn = draw(object)?;
            Ok(object.finished([
                ("id", Value::string("none")),
                ("result", Value::text(&drawn)),
                ("bcrypt_hash", Value::text(&hash(&drawn)?)),
            ]))
        })
    }
}

fn rules(is_secret: bool) -> Vec<Rule> {
    let result = computed("result", Type::String);
    vec![
        computed("id", Type::String),
        keepers(),
        required("length", Type::Number).replaces(),
        optional("lower", Type::Bool).default(true).replaces(),
        optional("min_lower", Type::Number).default(0).replaces(),
        optional("min_numeric", Type::Number).default(0).replaces(),
        optional("min_special", Type::Number).default(0).replaces(),
        optional("min_upper", Type::Number).default(0).replaces(),
        optional_computed("number", Type::Bool).deprecated().replaces(),
        optional_computed("numeric", Type::Bool).replaces(),
        optional("override_special", Type::String).replaces(),
        if is_secret { result.sensitive() } else { result },
        optional("special", Type::Bool).default(true).replaces(),
        optional("upper", Type::Bool).default(true).replaces(),
    ]
}

/// `number` is an older name of `numeric`: what one says holds for both; true where neither says anything.
fn adjust(prior: &Value, planned: &mut Planned) {
    let known = |name: &str| planned.object.get(name).filter(|value| value.is_known() && !value.is_null()).cloned();
    let changed = |name: &str| known(name).filter(|value| prior.is_null() || prior.get(name) != Some(value));
    let both = changed("numeric")
        .or_else(|| changed("number"))
        .or_else(|| known("numeric"))
        .unwrap_or_else(|| Value::bool(true));
    let entries = planned.object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let adjusted = entries.map(|(name, value)| {
        (name.clone(), if matches!(&**name, "number" | "numeric") { both.clone() } else { value.clone() })
    });
    planned.object = Value::object(adjusted.collect::<Vec<_>>());
    if !prior.is_null() && prior.get("numeric") == Some(&both) {
        planned
            .requires_replace
            .retain(|path| *path != Path::of_attribute("numeric") && *path != Path::of_attribute("number"));
    }
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let object = Object(configuration.clone());
    let mut complaints = super::bytes::at_least_one(configuration, "length");
    let minimum: i64 =
        ["min_lower", "min_numeric", "min_special", "min_upper"].iter().filter_map(|name| object.number(name)).sum();
    if let Some(length) = object.number("length").filter(|length| *length >= 1 && *length < minimum) {
        let detail = format!(
            "Attribute length value must be at least sum of min_upper + min_lower + min_numeric + min_special, got: {length}"
        );
        complaints.push(Complaint::error("Invalid Attribute Value", detail).at(Path::of_attribute("length")));
    }
    complaints
}

fn draw(object: &Object) -> Result<String, Complaint> {
    let special = object.text("override_special").filter(|text| !text.is_empty()).unwrap_or_else(|| SPECIAL.into());
    let classes = [("upper", UPPER), ("lower", LOWER), ("numeric", NUMERIC), ("special", &*special)];
    let allowed: Vec<char> = classes
        .iter()
        .filter(|(name, _)| object.flag(name) != Some(false))
        .flat_map(|(_, letters)| letters.chars())
        .collect();
    if allowed.is_empty() {
        return Err(Complaint::error(
            "Random Read Error",
            "The character set specified is empty: allow at least one kind of character.",
        ));
    }
    let mut random = rand::rng();
    let mut pick = |letters: &[char]| letters[random.random_range(0..letters.len())];
    let mut drawn = Vec::new();
    for (name, letters) in classes {
        let letters: Vec<char> = letters.chars().collect();
        let least = object.number(&format!("min_{name}")).unwrap_or(0).max(0);
        drawn.extend((0..least).map(|_| pick(&letters)));
    }
    let length = object.number("length").and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    while drawn.len() < length {
        drawn.push(pick(&allowed));
    }
    drawn.shuffle(&mut rand::rng());
    Ok(drawn.into_iter().collect())
}

/// bcrypt takes 72 bytes; hashicorp's provider cuts longer passwords there.
fn hash(password: &str) -> Result<String, Complaint> {
    let cut = &password.as_bytes()[..password.len().min(72)];
    bcrypt::hash(cut, 10).map_err(|error| Complaint::error("Hash Generation Error", error.to_string()))
}

fn imported(result: &str, id: &str, more: &[(&str, Value)]) -> Value {
    let flags = ["lower", "number", "numeric", "special", "upper"].iter().map(|name| (*name, Value::bool(true)));
    let least = ["min_lower", "min_numeric", "min_special", "min_upper"].iter().map(|name| (*name, Value::from(0)));
    let own = [
        ("id", Value::text(id)),
        ("length", Value::from(result.chars().count() as i64)),
        ("result", Value::text(result)),
    ];
    let all = flags.chain(least).chain(own).chain(more.iter().cloned());
    Value::object(all.map(|(name, value)| (name.into(), value)).collect::<Vec<_>>())
}

/// What older versions left out gets the value that changes nothing.
fn upgraded(version: u64, mut attributes: Json, is_password: bool) -> Json {
    let Some(entries) = attributes.as_object_mut() else { return attributes };
    let result = entries.get("result").and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut fill = |name: &str, value: Json| {
        if entries.get(name).is_none_or(Json::is_null) {
            entries.insert(name.into(), value);
        }
    };
    fill("length", json!(result.chars().count()));
    for name in ["min_lower", "min_numeric", "min_special", "min_upper"] {
        fill(name, json!(0));
    }
    for name in ["lower", "number", "special", "upper"] {
        fill(name, json!(true));
    }
    let number = entries.get("number").cloned().unwrap_or(json!(true));
    if entries.get("numeric").is_none_or(Json::is_null) {
        entries.insert("numeric".into(), number);
    }
    if is_password && (version == 0 || entries.get("bcrypt_hash").is_none_or(Json::is_null)) {
        entries.insert("bcrypt_hash".into(), hash(&result).map_or(Json::Null, Json::String));
    }
    attributes
}
