//! Durations as people write them: `90s`, `5m`, `1h30m`, `500ms`.

use std::time::Duration;

/// Units from the largest to the smallest, in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Whole numbers with units, or a plain `0`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        let (_, milliseconds) = UNITS.iter().find(|(unit, _)| *unit == &rest[..end])?;
        total = total.checked_add(number.checked_mul(*milliseconds)?)?;
        rest = &rest[end..];
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// `1h30m`, `5m`, `0s`
pub fn render_duration(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, milliseconds) in UNITS {
        let count = left / milliseconds;
        left %= milliseconds;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_written_again() {
        for text in ["1h30m", "5m", "90s", "500ms", "1m500ms"] {
            let duration = parse_duration(text).unwrap_or_else(|| panic!("{text} is a duration"));
            assert_eq!(parse_duration(&render_duration(duration)), Some(duration));
        }
        assert_eq!(render_duration(Duration::from_secs(90)), "1m30s");
        assert_eq!(render_duration(Duration::ZERO), "0s");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "5", "m", "5 m", "-1s", "1.5h", "5x", "99999999999999999999h"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
