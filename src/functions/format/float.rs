//! Numbers with a fraction: `%e`, `%f`, `%g`, from exact decimal digits.

use super::Verb;
use crate::value::Number;

/// `%v`: as few digits as possible, with an exponent from 10^6 on and below 10^-4.
pub(super) fn shortest(number: &Number) -> String {
    if number.is_infinite() {
        return number.to_string();
    }
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{}", number.shortest_decimal().general('e'))
}

pub(super) fn format(verb: &Verb<'_>, number: &Number) -> String {
    let sign = verb.sign(number.is_negative());
    if number.is_infinite() {
        let sign = if sign.is_empty() { "+" } else { sign };
        return verb.align(format!("{sign}Inf"), verb.width);
    }
    let body = match (verb.mode, verb.precision) {
        ('f', precision) => number.decimal().fixed_to(precision.unwrap_or(6)),
        ('e' | 'E', precision) => {
            let places = precision.unwrap_or(6);
            let digits = i64::try_from(places).unwrap_or(i64::MAX).saturating_add(1);
            number.decimal().round_to_digits(digits).scientific(places, verb.mode)
        }
        (mode, Some(precision)) => number.decimal().general_to(precision, if mode == 'G' { 'E' } else { 'e' }),
        (mode, None) => number.shortest_decimal().general(if mode == 'G' { 'E' } else { 'e' }),
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + body.len());
    if verb.is_zero && !verb.is_left {
        return format!("{sign}{}{body}", "0".repeat(missing));
    }
    verb.align(format!("{sign}{body}"), verb.width)
}
