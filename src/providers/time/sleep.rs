//! `time_sleep`: waits on the way up, or on the way down.

use super::moment::{Moment, no_triggers, object};
use super::triggers;
use crate::provider::Complaint;
use crate::providers::small::checks::matching;
use crate::providers::small::{Kind, Object, computed, optional};
use crate::value::{Path, Type, Value};
use std::time::Duration;

const DURATIONS: [&str; 2] = ["create_duration", "destroy_duration"];

pub fn sleep() -> Kind {
    let rules = || {
        let durations = DURATIONS.map(|name| optional(name, Type::String));
        durations.into_iter().chain([computed("id", Type::String).kept(), triggers()]).collect()
    };
    Kind {
        validate,
        pause,
        import,
        ..Kind::new("time_sleep", rules, |object| Ok(object.finished([("id", Moment::now().text())])))
    }
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let is_absent = |name: &&str| configuration.get(name).is_none_or(Value::is_null);
    let mut complaints = Vec::new();
    if DURATIONS.iter().all(is_absent) {
        for (name, other) in [(DURATIONS[0], DURATIONS[1]), (DURATIONS[1], DURATIONS[0])] {
            let detail = format!("At least one attribute out of [{other},{name}] must be specified");
            complaints.push(Complaint::error("Invalid Attribute Combination", detail).at(Path::of_attribute(name)));
        }
    }
    for name in DURATIONS {
        let rule = "must be a number immediately followed by ms (milliseconds), s (seconds), m (minutes), or h (hours). For example, \
                    \"30s\" for 30 seconds.";
        complaints.extend(matching(configuration, name, |given| duration(given).is_some(), rule));
    }
    complaints
}

fn pause(object: &Value, is_create: bool) -> Duration {
    let name = if is_create { DURATIONS[0] } else { DURATIONS[1] };
    Object(object.clone()).text(name).and_then(|given| duration(&given)).unwrap_or_default()
}

/// `30s`, `1.5h`: one number and one unit.
fn duration(given: &str) -> Option<Duration> {
    let unit_at = given.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = given.split_at(unit_at);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = match number.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(number),
    };
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok().filter(|_| is_number)?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

/// `CREATEDURATION,DESTROYDURATION`
fn import(id: &str) -> Result<Value, Complaint> {
    let unexpected = || {
        let detail = format!(
            "Unexpected format of ID ({id:?}), expected CREATEDURATION,DESTROYDURATION where at least one value is non-empty"
        );
        Complaint::error("Unexpected Format of ID", detail)
    };
    let (create, destroy) = id.split_once(',').filter(|both| *both != ("", "")).ok_or_else(unexpected)?;
    let value = |given: &str| match given {
        "" => Ok(Value::null(Type::String)),
        given => duration(given).map(|_| Value::text(given)).ok_or_else(|| {
            Complaint::error("Import time sleep error", format!("The duration {given:?} cannot be parsed."))
        }),
    };
    Ok(object([
        ("create_duration", value(create)?),
        ("destroy_duration", value(destroy)?),
        ("id", Moment::now().text()),
        no_triggers(),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_one_number_and_one_unit() {
        assert_eq!(duration("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(duration("200ms"), Some(Duration::from_millis(200)));
        for wrong in ["", "s", "1", "1m30s", ".5s", "1.s", "1 s", "-1s", "1d"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
