//! Dates and times.

use super::entry::text;
use super::timestamp::{Strictness, Timestamp, parse_duration};
use super::{Availability, Call, CallError, Function};
use crate::value::quote::quote;
use crate::value::{Type, Value};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("formatdate", [text("format"), text("time")], Type::String, format_date)
            .documented("`formatdate` converts a timestamp into a different time format.")
            .example(r#"formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")"#, r#""02 Jan 2018 23:12 UTC""#),
        Function::new("plantimestamp", [], Type::String, |call| {
            Ok(match call.context.plan_time {
                Some(seconds) => Value::string(Timestamp::from_unix(seconds).to_string()),
                None => call.unknown(),
            })
        })
        .maybe_null()
        .available(Availability::NotInConsole)
        .documented(
            "`plantimestamp` returns a UTC timestamp string in [RFC 3339](https://tools.ietf.org/html/rfc3339) \
             format, fixed to a constant time representing the time of the plan.",
        )
        .example("length(plantimestamp())", "20"),
        Function::new("timeadd", [text("timestamp"), text("duration")], Type::String, |call| {
            let time = Timestamp::parse(call.text(0), Strictness::Strict)?;
            let duration = parse_duration(call.text(1))?;
            Ok(Value::string(time.plus(duration).to_string()))
        })
        .maybe_null()
        .documented("`timeadd` adds a duration to a timestamp, returning a new timestamp.")
        .example(r#"timeadd("2017-11-22T00:00:00Z", "10m")"#, r#""2017-11-22T00:10:00Z""#),
        Function::new("timecmp", [text("timestamp_a"), text("timestamp_b")], Type::Number, |call| {
            let time = |index: usize| {
                let parsed = Timestamp::parse(call.text(index), Strictness::Lenient);
                parsed.map_err(|message| CallError::argument(index, message))
            };
            Ok(Value::from(time(0)?.instant().cmp(&time(1)?.instant()) as i64))
        })
        .documented(
            "`timecmp` compares two timestamps and returns a number that represents the ordering of the \
             instants those timestamps represent.",
        )
        .example(r#"timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00Z")"#, "-1"),
        Function::new("timestamp", [], Type::String, |call| {
            Ok(Value::string(Timestamp::from_unix(call.context.world.now_seconds()).to_string()))
        })
        .impure()
        .documented(
            "`timestamp` returns a UTC timestamp string in [RFC 3339](https://tools.ietf.org/html/rfc3339) \
             format.",
        )
        .example("length(timestamp())", "20"),
    ]
}

fn format_date(call: &Call<'_>) -> Result<Value, CallError> {
    let time = Timestamp::parse(call.text(1), Strictness::Strict).map_err(|message| CallError::argument(1, message))?;
    let mut out = String::new();
    let mut rest = &call.text(0)[..];
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (token, after) = rest.split_at(length);
        rest = after;
        match first {
            '\'' => out.push_str(&literal(token).ok_or_else(|| CallError::argument(0, "unterminated literal '"))?),
            first if first.is_ascii_alphabetic() => push_verb(&time, first, token, &mut out)?,
            _ => out.push_str(token),
        }
    }
    Ok(Value::text(&out))
}

/// A quoted text, a run of one letter, or anything else up to the next of these.
fn token_length(text: &str, first: char) -> usize {
    let bytes = text.as_bytes();
    if first == '\'' {
        if bytes.get(1) == Some(&b'\'') {
            return 2;
        }
        let mut at = 1;
        while at < bytes.len() {
            match (bytes[at], bytes.get(at + 1)) {
                (b'\'', Some(b'\'')) => at += 2,
                (b'\'', _) => return at + 1,
                _ => at += 1,
            }
        }
        return bytes.len();
    }
    let is_more = |c: char| {
        if first.is_ascii_alphabetic() { c == first } else { !c.is_ascii_alphabetic() && c != '\'' }
    };
    text.find(|c| !is_more(c)).unwrap_or(text.len())
}

/// What is between quotes; two quotes in it are one, and nothing in them is one too.
fn literal(token: &str) -> Option<String> {
    let inner = token[1..].strip_suffix('\'')?;
    Some(if inner.is_empty() { "'".into() } else { inner.replace("''", "'") })
}

fn push_verb(time: &Timestamp, letter: char, token: &str, out: &mut String) -> Result<(), CallError> {
    let civil = time.civil();
    let length = token.len();
    let number = |number: i64| match length {
        1 => Some(number.to_string()),
        2 => Some(format!("{number:02}")),
        _ => None,
    };
    let name = |names: &[&str], index: usize| match length {
        3 => Some(names[index][..3].to_owned()),
        4 => Some(names[index].to_owned()),
        _ => None,
    };
    let is_afternoon = civil.hour >= 12;
    let (text, rule) = match letter {
        'Y' => (
            match length {
                2 => Some(format!("{:02}", civil.year % 100)),
                4 => Some(format!("{:04}", civil.year)),
                _ => None,
            },
            r#"year must either be "YY" or "YYYY""#.to_owned(),
        ),
        'M' => (
            number(civil.month.into()).or_else(|| name(&MONTHS, civil.month as usize - 1)),
            r#"month must be "M", "MM", "MMM", or "MMMM""#.to_owned(),
        ),
        'D' => (number(civil.day.into()), r#"day of month must either be "D" or "DD""#.to_owned()),
        'E' => (name(&WEEKDAYS, time.weekday()), r#"day of week must either be "EEE" or "EEEE""#.to_owned()),
        'h' => (number(civil.hour.into()), r#"24-hour must either be "h" or "hh""#.to_owned()),
        'H' => (number((i64::from(civil.hour) + 11) % 12 + 1), r#"12-hour must either be "H" or "HH""#.to_owned()),
        'A' => ((length == 2).then(|| if is_afternoon { "PM" } else { "AM" }.into()), r#"must be "AA""#.to_owned()),
        'a' => ((length == 2).then(|| if is_afternoon { "pm" } else { "am" }.into()), r#"must be "aa""#.to_owned()),
        'm' => (number(civil.minute.into()), r#"minute must either be "m" or "mm""#.to_owned()),
        's' => (number(civil.second.into()), r#"second must either be "s" or "ss""#.to_owned()),
        'Z' => (
            match (length, time.offset_seconds) {
                (1, 0) => Some("Z".to_owned()),
                (1, _) | (5, _) => Some(time.offset(":")),
                (3, 0) => Some("UTC".to_owned()),
                (3 | 4, _) => Some(time.offset("")),
                _ => None,
            },
            "timezone must be Z, ZZZZ, or ZZZZZ".to_owned(),
        ),
        _ => return Err(CallError::argument(0, format!("invalid date format verb {}", quote(token)))),
    };
    match text {
        Some(text) => out.push_str(&text),
        None => return Err(CallError::argument(0, format!("invalid date format verb {}: {rule}", quote(token)))),
    }
    Ok(())
}
