//! `time_sleep`: waits on the way up, or on the way down.

use super::moment::{base_of, text};
use crate::provider::Complaint;
use crate::providers::small::{Kind, Object, check_set, computed, optional};
use crate::value::{Path, Type, Value};
use std::time::Duration;

pub fn sleep() -> Kind {
    let rules = || {
        vec![
            optional("create_duration", Type::String),
            optional("destroy_duration", Type::String),
            computed("id", Type::String),
            optional("triggers", Type::map(Type::String)).replaces(),
        ]
    };
    Kind {
        validate,
        pause,
        ..Kind::new("time_sleep", rules, |object| Ok(object.finished([("id", text(&base_of(object, "id")?))])))
    }
}

fn validate(configuration: &Value) -> Vec<Complaint> {
    let mut complaints = check_set(configuration, &["create_duration", "destroy_duration"], false);
    let object = Object(configuration.clone());
    for name in ["create_duration", "destroy_duration"] {
        if let Some(given) = object.text(name).filter(|given| duration(given).is_none()) {
            let detail = format!(
                "Attribute {name} must be a number immediately followed by ms (milliseconds), s (seconds), m (minutes), or h (hours). For \
                 example, \"30s\" for 30 seconds., got: {given}"
            );
            complaints.push(Complaint::error("Invalid Attribute Value Match", detail).at(Path::of_attribute(name)));
        }
    }
    complaints
}

fn pause(object: &Value, is_create: bool) -> Duration {
    let name = if is_create { "create_duration" } else { "destroy_duration" };
    Object(object.clone()).text(name).and_then(|given| duration(&given)).unwrap_or_default()
}

fn duration(given: &str) -> Option<Duration> {
    let split = given.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = given.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * factor).ok()
}
