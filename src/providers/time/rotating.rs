//! `time_rotating`: a moment that is due for renewal when its time is up.

use super::moment::{PARTS, add, base_of, fill, moment_of, text, with_parts};
use crate::provider::{Complaint, Planned};
use crate::providers::small::{Kind, Object, Rule, check_set, computed, optional, optional_computed};
use crate::value::{Path, Type, Value};
use jiff::{Timestamp, Zoned};

const ROTATIONS: [&str; 5] =
    ["rotation_days", "rotation_hours", "rotation_minutes", "rotation_months", "rotation_years"];

pub fn rotating() -> Kind {
    let rules = || {
        let mut rules: Vec<Rule> = PARTS.iter().map(|name| computed(name, Type::Number)).collect();
        rules.extend(ROTATIONS.iter().map(|name| optional(name, Type::Number)));
        rules.push(computed("id", Type::String));
        rules.push(optional_computed("rfc3339", Type::String).replaces());
        rules.push(optional_computed("rotation_rfc3339", Type::String));
        rules.push(optional("triggers", Type::map(Type::String)).replaces());
        rules
    };
    Kind { validate, adjust, update: make, is_present, ..Kind::new("time_rotating", rules, make) }
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let names = [
        "rotation_minutes",
        "rotation_hours",
        "rotation_days",
        "rotation_months",
        "rotation_years",
        "rotation_rfc3339",
    ];
    let mut complaints = check_set(configuration, &names, false);
    let object = Object(configuration.clone());
    for name in ROTATIONS.iter().filter(|name| object.number(name).is_some_and(|number| number < 1)) {
        let detail =
            format!("Attribute {name} value must be at least 1, got: {}", object.number(name).unwrap_or_default());
        complaints.push(Complaint::error("Invalid Attribute Value", detail).at(Path::of_attribute(name)));
    }
    complaints
}

fn make(object: &Object) -> Result<Value, Complaint> {
    let base = base_of(object, "rfc3339")?;
    let rotation = rotation_of(object, &base)?;
    Ok(fill(
        object,
        with_parts(&base, [("rfc3339", text(&base)), ("id", text(&base)), ("rotation_rfc3339", text(&rotation))]),
    ))
}

/// When the moment is due: as configured, or so long after the base.
fn rotation_of(object: &Object, base: &Zoned) -> Result<Zoned, Complaint> {
    if ROTATIONS.iter().any(|name| object.number(name).is_some()) {
        return add(base, object, "rotation");
    }
    object.text("rotation_rfc3339").map_or_else(|| Ok(base.clone()), |given| moment_of(&given))
}

fn adjust(prior: &Value, planned: &mut Planned) {
    let is_changed = |name: &str| prior.get(name) != planned.object.get(name);
    if prior.is_null() || !ROTATIONS.iter().chain(&["rotation_rfc3339"]).any(|name| is_changed(name)) {
        return;
    }
    let object = Object(planned.object.clone());
    if object.text("rfc3339").is_some() {
        match make(&object) {
            Ok(known) => planned.object = known,
            Err(complaint) => planned.complaints.push(complaint),
        }
    }
}

/// One that is due counts as gone, so that it is made anew.
fn is_present(object: &Value) -> Result<bool, Complaint> {
    let due = Object(object.clone()).text("rotation_rfc3339").map(|text| moment_of(&text)).transpose()?;
    Ok(due.is_none_or(|due| Timestamp::now() < due.timestamp()))
}
