//! What a plain word of YAML means: the bools and nulls of version 1.1, the numbers of version 1.2, and dates.

use crate::functions::timestamp::parse_loosely;
use crate::value::quote::quote;
use crate::value::{Number, Value};
use base64::Engine;

const CORE: &str = "tag:yaml.org,2002:";

/// The value of a scalar with its tag, in full and empty where there is none.
pub(super) fn resolve(tag: &str, text: &str, is_quoted: bool) -> Result<Value, String> {
    let kind = match tag.strip_prefix(CORE) {
        Some(kind @ ("str" | "bool" | "int" | "float" | "null" | "timestamp" | "binary")) => kind,
        None if tag.is_empty() => "",
        _ => return Err(format!("unsupported tag {}", quote(tag))),
    };
    let cannot = || format!("cannot parse {} as {tag}", quote(text));
    let mut kind = kind;
    let first = text.bytes().next();
    let may_be_more = first.is_none_or(|first| b"+-0123456789yYnNtTfFoO~.".contains(&first));
    if may_be_more && kind != "str" && kind != "binary" {
        if is_quoted {
            return Ok(Value::text(text));
        }
        if let Some((value, _)) = word(text) {
            return Ok(value);
        }
        if kind.is_empty() && matches!(text, ".nan" | ".NaN" | ".NAN") {
            return Err("floating point NaN is not supported".into());
        }
        match first {
            Some(b'.') => {
                if let Some(number) = Number::parse(text) {
                    return Ok(Value::number(number));
                }
            }
            Some(b'+' | b'-' | b'0'..=b'9') => {
                let timestamp = parse_loosely(text).filter(|_| matches!(kind, "" | "timestamp"));
                if let Some(timestamp) = timestamp {
                    return Ok(Value::string(timestamp.to_string()));
                }
                if is_integer(text) || is_float(text) {
                    kind = "float";
                }
            }
            _ => {}
        }
    }
    match kind {
        "" | "str" => Ok(Value::text(text)),
        "binary" => match base64::engine::general_purpose::STANDARD.decode(text.replace(['\r', '\n'], "")) {
            Ok(_) => Ok(Value::text(text)),
            Err(_) => Err(format!("{}: not valid base64", cannot())),
        },
        "bool" => match word(text) {
            Some((value, "bool")) => Ok(value),
            _ => Err(cannot()),
        },
        "null" => Ok(Value::untyped_null()),
        "timestamp" => parse_loosely(text).map(|time| Value::string(time.to_string())).ok_or_else(cannot),
        _ => number(&text.replace('_', "")).map(Value::number).ok_or_else(cannot),
    }
}

/// Words with a meaning, and the kind they are of.
fn word(text: &str) -> Option<(Value, &'static str)> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            (Value::bool(true), "bool")
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            (Value::bool(false), "bool")
        }
        "" | "~" | "null" | "Null" | "NULL" => (Value::untyped_null(), "null"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => (Value::number(Number::infinity(false)), "float"),
        "-.inf" | "-.Inf" | "-.INF" => (Value::number(Number::infinity(true)), "float"),
        _ => return None,
    })
}

fn is_digits(text: &str, is_digit: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(is_digit)
}

fn is_integer(text: &str) -> bool {
    match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => is_digits(octal, |digit| ('0'..='7').contains(&digit)),
        (_, Some(hexadecimal)) => is_digits(hexadecimal, |digit| digit.is_ascii_hexdigit()),
        _ => is_digits(text.strip_prefix(['+', '-']).unwrap_or(text), |digit| digit.is_ascii_digit()),
    }
}

/// `1.5`, `.5`, `1.`, each with an exponent or without.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_decimal = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_mantissa = is_decimal(whole) && is_decimal(fraction) && !(whole.is_empty() && fraction.is_empty());
    has_mantissa && exponent.is_none_or(|exponent| is_digits(exponent, |digit| digit.is_ascii_digit()))
}

/// Decimal, or with a prefix `0x`, `0o` or `0b`.
fn number(text: &str) -> Option<Number> {
    if let Some(number) = Number::parse(text) {
        return Some(number);
    }
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match unsigned.get(..2)? {
        "0x" | "0X" => (16, &unsigned[2..]),
        "0o" | "0O" => (8, &unsigned[2..]),
        "0b" | "0B" => (2, &unsigned[2..]),
        _ => return None,
    };
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match is_negative {
        true => Some(Number::from(0i64.checked_sub_unsigned(magnitude)?)),
        false => Some(Number::from(magnitude)),
    }
}
