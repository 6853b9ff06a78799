//! Points in time as RFC 3339 writes them, read as Go reads them.
//!
//! Two readers exist in Terraform: `timecmp` accepts an hour of one digit, a comma before fractions and offsets of 24 hours,
//! `timeadd` and `formatdate` do not. What is wrong is said in terms of the part that the reader was at and what was left to read.

use crate::value::quote::quote;
use std::fmt;

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A point in time and the offset it was written with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Timestamp {
    unix_seconds: i64,
    nanoseconds: u32,
    pub offset_seconds: i64,
}

/// Date and time of day where the timestamp was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Strictness {
    Strict,
    Lenient,
}

impl Timestamp {
    /// In UTC.
    pub fn from_unix(unix_seconds: i64) -> Self {
        Self { unix_seconds, nanoseconds: 0, offset_seconds: 0 }
    }

    pub fn parse(text: &str, strictness: Strictness) -> Result<Self, String> {
        let parsed = read(text).and_then(|time| match strictness {
            Strictness::Lenient => Ok(time),
            Strictness::Strict => check_strictly(text).map(|()| time),
        });
        parsed.map_err(|problem| format!("not a valid RFC3339 timestamp: {}", problem.message(strictness)))
    }

    pub fn instant(self) -> (i64, u32) {
        (self.unix_seconds, self.nanoseconds)
    }

    pub fn plus(self, nanoseconds: i64) -> Self {
        let total = i64::from(self.nanoseconds) + nanoseconds % NANOS_PER_SECOND;
        let seconds = self.unix_seconds + nanoseconds / NANOS_PER_SECOND + total.div_euclid(NANOS_PER_SECOND);
        Self { unix_seconds: seconds, nanoseconds: total.rem_euclid(NANOS_PER_SECOND) as u32, ..self }
    }

    pub fn civil(self) -> Civil {
        let local = self.unix_seconds + self.offset_seconds;
        let (days, seconds) = (local.div_euclid(SECONDS_PER_DAY), local.rem_euclid(SECONDS_PER_DAY) as u32);
        let (year, month, day) = date_of(days);
        Civil { year, month, day, hour: seconds / 3600, minute: seconds / 60 % 60, second: seconds % 60 }
    }

    /// Days since Sunday.
    pub fn weekday(self) -> usize {
        let days = (self.unix_seconds + self.offset_seconds).div_euclid(SECONDS_PER_DAY);
        (days + 4).rem_euclid(7) as usize
    }

    /// `+05:30`, with the separator given.
    pub fn offset(self, separator: &str) -> String {
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        let minutes = self.offset_seconds.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        let sign = if year < 0 { "-" } else { "" };
        let year = year.abs();
        write!(f, "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.offset_seconds == 0 { f.write_str("Z") } else { f.write_str(&self.offset(":")) }
    }
}

/// Days since 1970 of a date in the Gregorian calendar, also before it was in use.
fn days_of(year: i64, month: u32, day: u32) -> i64 {
    // Years that begin in March have their odd day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_index = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_index + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_of`].
fn date_of(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_index + 2) / 5 + 1) as u32;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 } as u32;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Which part could not be read.
#[derive(Debug, PartialEq)]
enum Problem {
    /// A named part, and what stood in its place, to the end.
    Part(&'static str, String),
    /// A punctuation mark, likewise.
    Mark(&'static str, String),
    DayOutOfRange,
    /// Text after the end.
    Extra(String),
}

impl Problem {
    fn message(&self, strictness: Strictness) -> String {
        match self {
            Self::DayOutOfRange => "day out of range".into(),
            Self::Mark("T", _) => "missing required time introducer 'T'".into(),
            Self::Mark(mark, found) if found.is_empty() => format!("end of string where {mark:?} is expected"),
            Self::Mark(mark, found) => format!("found {} where {mark:?} is expected", quote(found)),
            Self::Part(what, found) if found.is_empty() => format!("end of string before {what}"),
            Self::Part("hour", found) if strictness == Strictness::Strict && found.contains(':') => {
                "hour must be between 0 and 23 inclusive".into()
            }
            Self::Part(what @ ("hour" | "minute"), found) if strictness == Strictness::Strict && found.len() != 2 => {
                format!("{what} must have exactly two digits")
            }
            Self::Part(what, found) => format!("cannot use {} as {what}", quote(found)),
            Self::Extra(found) => format!("cannot use {} as timestamp segment", quote(found)),
        }
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn mark(&mut self, mark: &'static str) -> Result<(), Problem> {
        self.0 = self.0.strip_prefix(mark).ok_or_else(|| Problem::Mark(mark, self.0.into()))?;
        Ok(())
    }

    /// Two digits, or one where that is allowed; a number out of range is reported with what comes after it.
    fn number(
        &mut self,
        what: &'static str,
        is_short: bool,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, Problem> {
        let length = self.0.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if length == 0 || length == 1 && !is_short {
            return Err(Problem::Part(what, self.0.into()));
        }
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let number = digits.parse().unwrap_or(0);
        if range.contains(&number) { Ok(number) } else { Err(Problem::Part(what, self.0.into())) }
    }

    fn year(&mut self) -> Result<i64, Problem> {
        let wrong = || Problem::Part("year", self.0.into());
        let digits = self.0.get(..4).ok_or_else(wrong)?;
        let year = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let year = year.ok_or_else(wrong)?;
        self.0 = &self.0[4..];
        Ok(year)
    }

    /// `.5`, any number of digits of which nine count.
    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.0.strip_prefix(['.', ',']) else { return 0 };
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return 0;
        }
        self.0 = &digits[length..];
        format!("{:0<9}", &digits[..length.min(9)]).parse().unwrap_or(0)
    }

    fn offset(&mut self) -> Result<i64, Problem> {
        if let Some(rest) = self.0.strip_prefix('Z') {
            self.0 = rest;
            return Ok(0);
        }
        let wrong = |found: &str| Problem::Part("UTC offset", found.into());
        let start = self.0;
        let text = start.get(..6).filter(|text| text.as_bytes()[3] == b':').ok_or_else(|| wrong(start))?;
        self.0 = &start[6..];
        let digits = |range: std::ops::Range<usize>| {
            let digits = text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse::<i64>().ok()).ok_or_else(|| wrong(start))
        };
        let (hours, minutes) = (digits(1..3)?, digits(4..6)?);
        if hours > 24 || minutes > 60 {
            return Err(wrong(self.0));
        }
        match text.as_bytes()[0] {
            b'+' => Ok(hours * 3600 + minutes * 60),
            b'-' => Ok(-(hours * 3600 + minutes * 60)),
            _ => Err(wrong(start)),
        }
    }
}

fn read(text: &str) -> Result<Timestamp, Problem> {
    let mut reader = Reader(text);
    let year = reader.year()?;
    reader.mark("-")?;
    let month = reader.number("month", false, 1..=12)?;
    reader.mark("-")?;
    let day = reader.number("day of month", false, 0..=99)?;
    reader.mark("T")?;
    let hour = reader.number("hour", true, 0..=23)?;
    reader.mark(":")?;
    let minute = reader.number("minute", false, 0..=59)?;
    reader.mark(":")?;
    let second = reader.number("second", false, 0..=59)?;
    let nanoseconds = reader.fraction();
    let offset_seconds = reader.offset()?;
    if !reader.0.is_empty() {
        return Err(Problem::Extra(reader.0.into()));
    }
    if day < 1 || day > days_in(year, month) {
        return Err(Problem::DayOutOfRange);
    }
    let seconds_of_day = i64::from(hour * 3600 + minute * 60 + second);
    let unix_seconds = days_of(year, month, day) * SECONDS_PER_DAY + seconds_of_day - offset_seconds;
    Ok(Timestamp { unix_seconds, nanoseconds, offset_seconds })
}

/// The forms that YAML knows: a date, with a time after `T`, `t` or a blank; all but the year with one digit or two.
pub(super) fn parse_loosely(text: &str) -> Option<Timestamp> {
    let mut reader = Reader(text);
    let part = |reader: &mut Reader<'_>, most: u32| reader.number("", true, 0..=most).ok();
    let year = reader.year().ok()?;
    reader.mark("-").ok()?;
    let month = reader.number("", true, 1..=12).ok()?;
    reader.mark("-").ok()?;
    let day = part(&mut reader, 31)?;
    let mut time = Timestamp::default();
    let mut seconds_of_day = 0;
    if !reader.0.is_empty() {
        let has_offset = !reader.0.starts_with(' ');
        reader.0 = reader.0.strip_prefix(['T', 't', ' '])?;
        let hour = part(&mut reader, 23)?;
        reader.mark(":").ok()?;
        let minute = part(&mut reader, 59)?;
        reader.mark(":").ok()?;
        seconds_of_day = hour * 3600 + minute * 60 + part(&mut reader, 59)?;
        time.nanoseconds = reader.fraction();
        if has_offset {
            time.offset_seconds = reader.offset().ok()?;
        }
    }
    let is_date = day >= 1 && day <= days_in(year, month) && reader.0.is_empty();
    time.unix_seconds = days_of(year, month, day) * SECONDS_PER_DAY + i64::from(seconds_of_day) - time.offset_seconds;
    is_date.then_some(time)
}

/// What the lenient reader lets pass and RFC 3339 does not.
fn check_strictly(text: &str) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    if bytes[12] == b':' {
        return Err(Problem::Part("hour", text[11..12].into()));
    }
    if bytes[19] == b',' {
        return Err(Problem::Extra(",".into()));
    }
    let zone = &text[text.len() - 6..];
    let number = |digits: &str| digits.parse::<u32>().unwrap_or(0);
    let is_wrong = !text.ends_with('Z') && (number(&zone[1..3]) >= 24 || number(&zone[4..6]) >= 60);
    if is_wrong { Err(Problem::Part("UTC offset", zone.into())) } else { Ok(()) }
}

/// In quotes, with everything beyond ASCII as bytes.
fn quote_bytes(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' | 0x7F => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    format!("\"{}\"", text.bytes().map(escape).collect::<String>())
}

/// `1h30m`, `-1.5h`, `300ms`: nanoseconds.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote_bytes(text));
    let (is_negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let whole_length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(whole_length);
        let fraction_length = after.strip_prefix('.').map(|after| after.bytes().take_while(u8::is_ascii_digit).count());
        let (fraction, after) = match fraction_length {
            Some(length) => (&after[1..=length], &after[1 + length..]),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        let nanoseconds: u128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quote_bytes(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            unknown => {
                return Err(format!("time: unknown unit {} in duration {}", quote_bytes(unknown), quote_bytes(text)));
            }
        };
        let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        // Digits beyond what a double can tell apart make no difference.
        let digits = &fraction[..fraction.len().min(18)];
        let part = digits
            .parse::<u64>()
            .map_or(0.0, |part| part as f64 * (nanoseconds as f64 / 10f64.powi(digits.len() as i32)));
        total = whole
            .checked_mul(nanoseconds)
            .and_then(|whole| total.checked_add(whole + part as u128))
            .ok_or_else(invalid)?;
        if total > 1 << 63 {
            return Err(invalid());
        }
        rest = after;
    }
    let signed = if is_negative { -(total as i128) } else { total as i128 };
    i64::try_from(signed).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for days in [-719_468, -1, 0, 59, 60, 11_016, 2_932_896] {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(Timestamp::from_unix(951_782_400).to_string(), "2000-02-29T00:00:00Z");
    }

    #[test]
    fn durations_add_up() {
        assert_eq!(parse_duration("1h30m15.5s"), Ok(5_415_500_000_000));
        assert_eq!(parse_duration("-.5h"), Ok(-1_800_000_000_000));
        assert_eq!(parse_duration("1d"), Err("time: unknown unit \"d\" in duration \"1d\"".into()));
        assert_eq!(parse_duration("2562048h"), Err("time: invalid duration \"2562048h\"".into()));
    }
}
