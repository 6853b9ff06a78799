//! `random_string` and `random_password`.

use super::keepers;
use crate::provider::{Complaint, PlanRequest, Planned};
use crate::providers::small::checks::{at_least_one, at_least_one_true};
use crate::providers::small::{Kind, Object, Rule, Source, computed, optional, optional_computed, required};
use crate::value::{Path, Type, Value};
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Value as Json, json};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC: &str = "0123456789";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// Letters beyond which nobody means it.
const MOST_LETTERS: i64 = 1 << 20;

const MINIMA: [&str; 4] = ["min_upper", "min_lower", "min_numeric", "min_special"];

pub fn string() -> Kind {
    let rules = || {
        let mut rules = rules();
        rules.push(computed("result", Type::String).kept());
        rules
    };
    Kind {
        version: 2,
        validate,
        adjust,
        import: |id| Ok(imported(id, id, &[])),
        upgrade: |_, attributes| Ok(filled_in(attributes)),
        ..Kind::new("random_string", rules, |object| {
            let drawn = draw(object)?;
            Ok(object.finished([("id", Value::text(&drawn)), ("result", Value::text(&drawn))]))
        })
    }
}

pub fn password() -> Kind {
    let rules = || {
        let mut rules = rules();
        rules.push(computed("bcrypt_hash", Type::String).sensitive().kept());
        rules.push(computed("result", Type::String).sensitive().kept());
        rules
    };
    Kind {
        version: 3,
        validate,
        adjust,
        import: |id| Ok(imported(id, "none", &[("bcrypt_hash", Value::text(&hash(id)?))])),
        upgrade: |_, attributes| with_hash(filled_in(attributes)),
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

/// A password that no state remembers.
pub fn ephemeral_password() -> Source {
    let rules = || {
        let switches = ["lower", "numeric", "special", "upper"].map(|name| optional_computed(name, Type::Bool));
        let minima = MINIMA.map(|name| optional_computed(name, Type::Number));
        let own = [
            computed("bcrypt_hash", Type::String).sensitive(),
            required("length", Type::Number),
            optional("override_special", Type::String),
            computed("result", Type::String).sensitive(),
        ];
        switches.into_iter().chain(minima).chain(own).collect()
    };
    Source {
        name: "random_password",
        rules,
        validate,
        read: |object| {
            let switch = |name| Value::bool(object.flag(name).unwrap_or(true));
            let minimum = |name| Value::from(object.number(name).unwrap_or(0));
            let drawn = draw(object)?;
            Ok(object.finished([
                ("lower", switch("lower")),
                ("numeric", switch("numeric")),
                ("special", switch("special")),
                ("upper", switch("upper")),
                ("min_lower", minimum("min_lower")),
                ("min_numeric", minimum("min_numeric")),
                ("min_special", minimum("min_special")),
                ("min_upper", minimum("min_upper")),
                ("result", Value::text(&drawn)),
                ("bcrypt_hash", Value::text(&hash(&drawn)?)),
            ]))
        },
    }
}

/// What string and password share: all but the result.
fn rules() -> Vec<Rule> {
    let is_more_than_dropped = |prior: &Value, planned: &Value| {
        // Older versions kept an empty text where nothing was given.
        !(planned.is_null() && prior.as_str().is_some_and(|text| text.is_empty()))
    };
    vec![
        computed("id", Type::String).kept(),
        keepers(),
        required("length", Type::Number).replaces(),
        optional("lower", Type::Bool).default(true).replaces(),
        optional("min_lower", Type::Number).default(0).replaces(),
        optional("min_numeric", Type::Number).default(0).replaces(),
        optional("min_special", Type::Number).default(0).replaces(),
        optional("min_upper", Type::Number).default(0).replaces(),
        optional_computed("number", Type::Bool).deprecated().replaces(),
        optional_computed("numeric", Type::Bool).replaces(),
        optional("override_special", Type::String).replaces_if(is_more_than_dropped),
        optional("special", Type::Bool).default(true).replaces(),
        optional("upper", Type::Bool).default(true).replaces(),
    ]
}

/// `number` is an older name of `numeric`: what one says holds for both; true where neither says anything.
fn adjust(request: &PlanRequest<'_>, planned: &mut Planned) {
    let configured = |name: &str| request.configuration.get(name).filter(|value| !value.is_null()).cloned();
    let both = match (configured("number"), configured("numeric")) {
        (Some(number), Some(numeric)) => {
            if number.is_known() && numeric.is_known() && number != numeric {
                let summary = "Number and numeric are both configured with different values";
                planned.complaints.push(Complaint::error(summary, "Number is deprecated, use numeric instead"));
            }
            return;
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Value::bool(true),
    };
    planned.object = Object(planned.object.clone()).with([("number", both.clone()), ("numeric", both)]);
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let object = Object(configuration.clone());
    let mut complaints = at_least_one(configuration, "length");
    let is_open = |name: &&str| configuration.get(name).is_some_and(|value| !value.is_known());
    let least: i64 = MINIMA.iter().filter_map(|name| object.number(name)).fold(0, i64::saturating_add);
    if let Some(length) = object.number("length").filter(|length| *length < least && !MINIMA.iter().any(is_open)) {
        let detail = format!("Attribute length value must be at least sum of {}, got: {length}", MINIMA.join(" + "));
        complaints.push(Complaint::error("Invalid Attribute Value", detail).at(Path::of_attribute("length")));
    }
    for name in ["number", "numeric"] {
        complaints.extend(at_least_one_true(configuration, &["special", "upper", "lower"], name));
    }
    complaints
}

fn draw(object: &Object) -> Result<String, Complaint> {
    let special = object.text("override_special").filter(|text| !text.is_empty()).unwrap_or_else(|| SPECIAL.into());
    let classes = [("upper", UPPER), ("lower", LOWER), ("numeric", NUMERIC), ("special", &*special)];
    let is_allowed = |name: &str| object.flag(name) != Some(false);
    let allowed: Vec<char> =
        classes.iter().filter(|(name, _)| is_allowed(name)).flat_map(|(_, letters)| letters.chars()).collect();
    let length = object.number("length").unwrap_or_default();
    if allowed.is_empty() {
        return Err(failed("the character set specified is empty"));
    }
    if length > MOST_LETTERS {
        return Err(failed("the length is beyond all measure"));
    }
    let mut random = rand::rng();
    let mut pick = |letters: &[char]| letters[random.random_range(0..letters.len())];
    let mut drawn = Vec::new();
    for (name, letters) in classes {
        let letters: Vec<char> = letters.chars().collect();
        let least = object.number(&format!("min_{name}")).unwrap_or(0).clamp(0, MOST_LETTERS);
        drawn.extend((0..least).map(|_| pick(&letters)));
    }
    let missing = usize::try_from(length).unwrap_or_default().saturating_sub(drawn.len());
    drawn.extend((0..missing).map(|_| pick(&allowed)));
    drawn.shuffle(&mut rand::rng());
    Ok(drawn.into_iter().collect())
}

fn failed(problem: &str) -> Complaint {
    let detail = "While attempting to generate a random value for this resource, a read error was generated.";
    Complaint::error("Random Read Error", format!("{detail}\n\nOriginal Error: {problem}"))
}

/// What bcrypt sees of a password: hashicorp's provider cuts longer ones.
fn hashed_part(password: &str) -> &[u8] {
    &password.as_bytes()[..password.len().min(72)]
}

fn hash(password: &str) -> Result<String, Complaint> {
    bcrypt::hash(hashed_part(password), 10)
        .map_err(|error| Complaint::error("Hash Generation Error", error.to_string()))
}

fn imported(result: &str, id: &str, more: &[(&str, Value)]) -> Value {
    let flags = ["lower", "number", "numeric", "special", "upper"].map(|name| (name, Value::bool(true)));
    let least = MINIMA.map(|name| (name, Value::from(0)));
    let own = [("id", Value::text(id)), ("length", Value::from(result.len() as i64)), ("result", Value::text(result))];
    let all = flags.into_iter().chain(least).chain(own).chain(more.iter().cloned());
    Value::object(all.map(|(name, value)| (name.into(), value)).collect::<Vec<_>>())
}

/// What older versions left out gets the value that changes nothing.
fn filled_in(mut attributes: Json) -> Json {
    let Some(entries) = attributes.as_object_mut() else { return attributes };
    let length = entries.get("result").and_then(Json::as_str).unwrap_or_default().len();
    let mut fill = |name: &str, value: Json| {
        if entries.get(name).is_none_or(Json::is_null) {
            entries.insert(name.into(), value);
        }
    };
    fill("length", json!(length));
    MINIMA.iter().for_each(|name| fill(name, json!(0)));
    ["lower", "number", "special", "upper"].iter().for_each(|name| fill(name, json!(true)));
    let number = entries["number"].clone();
    entries.insert("numeric".into(), number);
    attributes
}

/// Older versions had no hash, or a wrong one.
fn with_hash(mut attributes: Json) -> Result<Json, Complaint> {
    let Some(entries) = attributes.as_object_mut() else { return Ok(attributes) };
    let text = |name: &str| entries.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (result, saved) = (text("result"), text("bcrypt_hash"));
    if !bcrypt::verify(hashed_part(&result), &saved).unwrap_or(false) {
        entries.insert("bcrypt_hash".into(), hash(&result)?.into());
    }
    Ok(attributes)
}
