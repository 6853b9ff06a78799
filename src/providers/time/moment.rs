//! `time_static` and `time_offset`: a moment kept, and one so far from it.

use crate::provider::{Complaint, Planned};
use crate::providers::small::{Kind, Object, Rule, check_set, computed, optional, optional_computed};
use crate::value::{Text, Type, Value};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// Parts of a moment that the provider shows.
pub const PARTS: [&str; 7] = ["day", "hour", "minute", "month", "second", "unix", "year"];

pub fn fixed() -> Kind {
    let rules = || {
        let mut rules: Vec<Rule> = PARTS.iter().map(|name| computed(name, Type::Number)).collect();
        rules.push(computed("id", Type::String));
        rules.push(optional_computed("rfc3339", Type::String).replaces());
        rules.push(optional("triggers", Type::map(Type::String)).replaces());
        rules
    };
    Kind {
        import: |id| {
            moment_of(id).map(|moment| with_parts(&moment, [("rfc3339", text(&moment)), ("id", text(&moment))]))
        },
        ..Kind::new("time_static", rules, make_fixed)
    }
}

fn make_fixed(object: &Object) -> Result<Value, Complaint> {
    let moment = base_of(object, "rfc3339")?;
    Ok(fill(object, with_parts(&moment, [("rfc3339", text(&moment)), ("id", text(&moment))])))
}

const OFFSETS: [&str; 6] =
    ["offset_days", "offset_hours", "offset_minutes", "offset_months", "offset_seconds", "offset_years"];

pub fn offset() -> Kind {
    let rules = || {
        let mut rules: Vec<Rule> = PARTS.iter().map(|name| computed(name, Type::Number).recomputed()).collect();
        rules.extend(OFFSETS.iter().map(|name| optional(name, Type::Number)));
        rules.push(optional_computed("base_rfc3339", Type::String).replaces());
        rules.push(computed("id", Type::String));
        rules.push(computed("rfc3339", Type::String).recomputed());
        rules.push(optional("triggers", Type::map(Type::String)).replaces());
        rules
    };
    Kind {
        validate: |configuration| {
            check_set(
                configuration,
                &["offset_seconds", "offset_minutes", "offset_hours", "offset_days", "offset_months", "offset_years"],
                false,
            )
        },
        adjust: adjust_offset,
        update: make_offset,
        ..Kind::new("time_offset", rules, make_offset)
    }
}

fn make_offset(object: &Object) -> Result<Value, Complaint> {
    let base = base_of(object, "base_rfc3339")?;
    let moment = add(&base, object, "offset")?;
    Ok(fill(
        object,
        with_parts(&moment, [("base_rfc3339", text(&base)), ("id", text(&base)), ("rfc3339", text(&moment))]),
    ))
}

/// A changed offset is worked out at once: the plan shows the new moment.
fn adjust_offset(prior: &Value, planned: &mut Planned) {
    let object = Object(planned.object.clone());
    let is_changed = !prior.is_null() && OFFSETS.iter().any(|name| prior.get(name) != planned.object.get(name));
    if is_changed
        && object.text("base_rfc3339").is_some()
        && planned.object.get("offset_days").is_some_and(Value::is_known)
    {
        match make_offset(&object) {
            Ok(known) => planned.object = known,
            Err(complaint) => planned.complaints.push(complaint),
        }
    }
}

/// The configured moment, or now.
pub fn base_of(object: &Object, name: &str) -> Result<Zoned, Complaint> {
    match object.text(name) {
        Some(given) => moment_of(&given),
        None => {
            let now = Timestamp::now();
            Ok(Timestamp::from_second(now.as_second()).unwrap_or(now).to_zoned(TimeZone::UTC))
        }
    }
}

pub fn moment_of(given: &str) -> Result<Zoned, Complaint> {
    let moment: Timestamp = given.parse().map_err(|error| {
        Complaint::error("Invalid RFC3339 String Value", format!("{given:?} is not an RFC 3339 timestamp: {error}."))
    })?;
    Ok(moment.to_zoned(TimeZone::UTC))
}

pub fn text(moment: &Zoned) -> Value {
    Value::text(&moment.timestamp().to_string())
}

/// `base` moved by the `PREFIX_years` ... `PREFIX_seconds` of the object. Days beyond the end of a month run over into the next, as Go's do.
pub fn add(base: &Zoned, object: &Object, prefix: &str) -> Result<Zoned, Complaint> {
    let part = |name: &str| object.number(&format!("{prefix}_{name}")).unwrap_or(0);
    let moved = || -> Result<Zoned, jiff::Error> {
        let months = i64::from(base.year()) * 12 + i64::from(base.month()) - 1 + part("years") * 12 + part("months");
        let first = DateTime::new(
            months.div_euclid(12) as i16,
            months.rem_euclid(12) as i8 + 1,
            1,
            base.hour(),
            base.minute(),
            base.second(),
            0,
        )?;
        let span = Span::new()
            .try_days(i64::from(base.day()) - 1 + part("days"))?
            .try_hours(part("hours"))?
            .try_minutes(part("minutes"))?
            .try_seconds(part("seconds"))?;
        first.to_zoned(TimeZone::UTC)?.checked_add(span)
    };
    moved().map_err(|error| {
        Complaint::error(
            "Time out of range",
            format!("The moment that the {prefix}s lead to cannot be represented: {error}."),
        )
    })
}

/// An object of the moment's parts and some more.
pub fn with_parts<const N: usize>(moment: &Zoned, more: [(&str, Value); N]) -> Value {
    let number = |name: &str| match name {
        "day" => i64::from(moment.day()),
        "hour" => i64::from(moment.hour()),
        "minute" => i64::from(moment.minute()),
        "month" => i64::from(moment.month()),
        "second" => i64::from(moment.second()),
        "unix" => moment.timestamp().as_second(),
        _ => i64::from(moment.year()),
    };
    let parts = PARTS.iter().map(|name| (Text::from(*name), Value::from(number(name))));
    Value::object(parts.chain(more.into_iter().map(|(name, value)| (Text::from(name), value))).collect::<Vec<_>>())
}

/// The planned object with what is known now.
pub fn fill(object: &Object, known: Value) -> Value {
    let entries = object.0.as_entries().into_iter().flat_map(|entries| entries.iter());
    let filled = entries.map(|(name, old)| (name.clone(), known.get(name).cloned().unwrap_or_else(|| old.clone())));
    Object(Value::object(filled.collect::<Vec<_>>())).finished([])
}
