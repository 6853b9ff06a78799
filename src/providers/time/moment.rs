//! A moment as the provider knows it: to the second, with the offset from UTC that it was written with.

use crate::provider::Complaint;
use crate::providers::small::Object;
use crate::value::{Path, Type, Value};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

pub const PARTS: [&str; 7] = ["day", "hour", "minute", "month", "second", "unix", "year"];

#[derive(Clone, PartialEq)]
pub struct Moment(Zoned);

#[derive(Clone, Copy)]
pub enum Unit {
    Years,
    Months,
    Days,
    Hours,
    Minutes,
    Seconds,
}

impl Moment {
    pub fn now() -> Self {
        let now = Timestamp::now();
        Self(Timestamp::from_second(now.as_second()).unwrap_or(now).to_zoned(TimeZone::UTC))
    }

    /// RFC 3339 as Go reads it.
    pub fn parse(given: &str) -> Result<Self, Complaint> {
        let invalid = |problem: String| {
            let detail = format!(
                "A string value was provided that is not valid RFC3339 string format.\n\nGiven Value: {given}\nError: {problem}"
            );
            Complaint::error("Invalid RFC3339 String Value", detail)
        };
        let zone_at = given.rfind(['Z', '+', '-']).filter(|at| *at >= "2006-01-02T15:04:05".len());
        let (Some(zone_at), Some(b'T')) = (zone_at, given.as_bytes().get(10)) else {
            return Err(invalid("it must be like 2006-01-02T15:04:05Z".into()));
        };
        let local: DateTime = given[..zone_at].parse().map_err(|error: jiff::Error| invalid(error.to_string()))?;
        let timestamp: Timestamp = given.parse().map_err(|error: jiff::Error| invalid(error.to_string()))?;
        let as_utc = local.to_zoned(TimeZone::UTC).map_err(|error| invalid(error.to_string()))?.timestamp();
        let offset = jiff::tz::Offset::from_seconds((as_utc.as_second() - timestamp.as_second()) as i32);
        let zone = offset.map_or(TimeZone::UTC, TimeZone::fixed);
        let whole = Timestamp::from_second(timestamp.as_second()).unwrap_or(timestamp);
        Ok(Self(whole.to_zoned(zone)))
    }

    /// The moment that an attribute says; nothing where it says none yet.
    pub fn of(object: &Object, name: &str) -> Result<Option<Self>, Complaint> {
        object.text(name).filter(|text| !text.is_empty()).map(|text| Self::parse(&text)).transpose()
    }

    pub fn is_past(&self) -> bool {
        Timestamp::now() > self.0.timestamp()
    }

    pub fn text(&self) -> Value {
        let seconds = self.0.offset().seconds();
        let local = self.0.datetime().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let (sign, distance) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
        Value::string(match seconds {
            0 => format!("{local}Z"),
            _ => format!("{local}{sign}{:02}:{:02}", distance / 3600, distance / 60 % 60),
        })
    }

    pub fn parts(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let part = |name: &str| match name {
            "day" => i64::from(self.0.day()),
            "hour" => i64::from(self.0.hour()),
            "minute" => i64::from(self.0.minute()),
            "month" => i64::from(self.0.month()),
            "second" => i64::from(self.0.second()),
            "unix" => self.0.timestamp().as_second(),
            _ => i64::from(self.0.year()),
        };
        PARTS.map(|name| (name, Value::from(part(name)))).into_iter()
    }

    /// So much later. Days beyond the end of a month run over into the next one, as Go's do.
    pub fn later(&self, amount: i64, unit: Unit) -> Result<Self, Complaint> {
        let moved = match unit {
            Unit::Years => self.months_later(amount.saturating_mul(12)),
            Unit::Months => self.months_later(amount),
            Unit::Days => Span::new().try_days(amount).and_then(|span| self.0.checked_add(span)),
            Unit::Hours => Span::new().try_hours(amount).and_then(|span| self.0.checked_add(span)),
            Unit::Minutes => Span::new().try_minutes(amount).and_then(|span| self.0.checked_add(span)),
            Unit::Seconds => Span::new().try_seconds(amount).and_then(|span| self.0.checked_add(span)),
        };
        moved.map(Self).map_err(|error| {
            Complaint::error("Time out of range", format!("The resulting moment cannot be represented: {error}."))
        })
    }

    fn months_later(&self, amount: i64) -> Result<Zoned, jiff::Error> {
        let months = (i64::from(self.0.year()) * 12 + i64::from(self.0.month()) - 1).saturating_add(amount);
        let year = i16::try_from(months.div_euclid(12)).unwrap_or(i16::MAX);
        let first = Date::new(year, months.rem_euclid(12) as i8 + 1, 1)?;
        let day = first.checked_add(Span::new().try_days(i64::from(self.0.day()) - 1)?)?;
        day.to_datetime(self.0.time()).to_zoned(self.0.time_zone().clone())
    }
}

/// Complains about texts that are no moments.
pub fn check_moments(configuration: &Value, names: &[&str]) -> Vec<Complaint> {
    let object = Object(configuration.clone());
    let check = |name: &&str| {
        let given = object.text(name)?;
        Moment::parse(&given).err().map(|complaint| complaint.at(Path::of_attribute(name)))
    };
    names.iter().filter_map(check).collect()
}

/// The fields of an id: a moment, then numbers, each of which may be left out.
pub fn imported_numbers<'a>(fields: &[&str], names: &[&'a str]) -> Result<Vec<(&'a str, Value)>, Complaint> {
    let number = |(field, name): (&&str, &&'a str)| match *field {
        "" => Ok((*name, Value::null(Type::Number))),
        field => match field.parse::<i64>() {
            Ok(number) => Ok((*name, Value::from(number))),
            Err(error) => Err(Complaint::error(
                "Import time error",
                format!(
                    "The {name} parameter that was supplied could not be parsed as Int64.\n\nOriginal Error: {error}"
                ),
            )),
        },
    };
    fields.iter().zip(names).map(number).collect()
}

/// What imported objects have as triggers.
pub fn no_triggers() -> (&'static str, Value) {
    ("triggers", Value::map(Type::String, []))
}

/// An object of attributes that are known.
pub fn object<'a>(attributes: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(given: &str, amount: i64, unit: Unit) -> String {
        let moment = Moment::parse(given).unwrap().later(amount, unit).unwrap();
        moment.text().as_str().unwrap().to_string()
    }

    #[test]
    fn moments_move_as_in_go() {
        assert_eq!(later("2020-01-31T10:00:00Z", 1, Unit::Months), "2020-03-02T10:00:00Z");
        assert_eq!(later("2020-02-29T10:00:00Z", 1, Unit::Years), "2021-03-01T10:00:00Z");
        assert_eq!(later("2020-03-31T23:30:00+02:00", -1, Unit::Months), "2020-03-02T23:30:00+02:00");
        assert_eq!(later("2020-12-31T23:30:00-05:30", 45, Unit::Minutes), "2021-01-01T00:15:00-05:30");
        assert_eq!(later("2020-12-31T23:59:59.9Z", 1, Unit::Seconds), "2021-01-01T00:00:00Z");
    }

    #[test]
    fn only_rfc_3339_is_a_moment() {
        for wrong in [
            "",
            "2020-01-01",
            "2020-01-01 00:00:00Z",
            "2020-01-01T00:00:00",
            "2020-13-01T00:00:00Z",
            "é020-01-01T00:00:00Z",
        ] {
            assert!(Moment::parse(wrong).is_err(), "{wrong}");
        }
    }
}
