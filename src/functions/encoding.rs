//! Base64, character sets, compression and URLs.

use super::entry::text;
use super::{Call, CallError, Function, charset, gzip};
use crate::value::quote::{quote, quote_unless_sensitive};
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("base64decode", [text("str").marked().unknown()], Type::String, |call| {
            let (encoded, marks) = call.arguments[0].clone().unmark();
            let Some(encoded) = encoded.as_str() else { return Ok(call.unknown().with_marks(marks)) };
            let bytes = decode_base64(encoded)
                .map_err(|_| format!("failed to decode base64 data {}", quote_unless_sensitive(encoded, marks)))?;
            let text = String::from_utf8(bytes)
                .map_err(|_| "the result of decoding the provided string is not valid UTF-8")?;
            Ok(Value::text(&text).with_marks(marks))
        })
        .documented(
            "`base64decode` takes a string containing a Base64 character sequence and returns the original \
             string.",
        )
        .example("base64decode(\"SGVsbG8gV29ybGQ=\")", "\"Hello World\""),
        Function::new("base64encode", [text("str")], Type::String, |call| {
            Ok(Value::string(STANDARD.encode(call.text(0).as_bytes())))
        })
        .documented("`base64encode` applies Base64 encoding to a string.")
        .example("base64encode(\"Hello World\")", "\"SGVsbG8gV29ybGQ=\""),
        Function::new("base64gzip", [text("str")], Type::String, |call| {
            Ok(Value::string(STANDARD.encode(gzip::compress(call.text(0).as_bytes()))))
        })
        .documented("`base64gzip` compresses a string with gzip and then encodes the result in Base64 encoding.")
        .example("base64gzip(\"a\")", "\"H4sIAAAAAAAA/0oEAAAA//8BAAD//0O+t+gBAAAA\""),
        Function::new("textdecodebase64", [text("source"), text("encoding")], Type::String, decode_text)
            .documented(
                "`textdecodebase64` function decodes a string that was previously Base64-encoded, and then \
             interprets the result as characters in a specified character encoding.",
            )
            .example("textdecodebase64(\"SABlAGwAbABvAA==\", \"UTF-16LE\")", "\"Hello\""),
        Function::new("textencodebase64", [text("string"), text("encoding")], Type::String, encode_text)
            .documented(
                "`textencodebase64` encodes the unicode characters in a given string using a specified character \
             encoding, returning the result base64 encoded because Terraform language strings are always \
             sequences of unicode characters.",
            )
            .example("textencodebase64(\"Hello\", \"UTF-16LE\")", "\"SABlAGwAbABvAA==\""),
        Function::new("urlencode", [text("str")], Type::String, |call| Ok(Value::string(url_encode(call.text(0)))))
            .documented("`urlencode` applies URL encoding to a given string.")
            .example("urlencode(\"foo:bar@localhost?x=1\")", "\"foo%3Abar%40localhost%3Fx%3D1\""),
    ]
}

/// The bytes, or where the first symbol is that does not belong. Line breaks are passed over.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, usize> {
    let symbols: Vec<(usize, u8)> =
        text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).collect();
    let plain: Vec<u8> = symbols.iter().map(|(_, byte)| *byte).collect();
    lenient().decode(&plain).map_err(|_| first_wrong(&symbols, text.len()))
}

/// Unused bits at the end may have any value.
fn lenient() -> base64::engine::GeneralPurpose {
    let config = base64::engine::general_purpose::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config)
}

fn first_wrong(symbols: &[(usize, u8)], length: usize) -> usize {
    let is_symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let end = symbols.iter().position(|(_, byte)| !is_symbol(*byte)).unwrap_or(symbols.len());
    let start_of_group = end - end % 4;
    let at = |index: usize| symbols.get(index).map_or(length, |(offset, _)| *offset);
    match symbols.get(end) {
        // Too short: the offset is that of the group that lacks symbols.
        None => at(start_of_group),
        Some((_, b'=')) => match (end % 4, symbols.get(end + 1)) {
            (2, Some((_, b'='))) => at(end + 2),
            (2, None) => length,
            (3, _) => at(end + 1),
            _ => at(end),
        },
        Some((offset, _)) => *offset,
    }
}

fn charset_named(call: &Call<'_>) -> Result<charset::Charset, CallError> {
    let name = call.text(1);
    charset::find(name).ok_or_else(|| {
        let shown = quote(name);
        let message = format!("{shown} is not a supported IANA encoding name or alias in this Terraform version");
        CallError::argument(1, message)
    })
}

fn encode_text(call: &Call<'_>) -> Result<Value, CallError> {
    let charset = charset_named(call)?;
    let bytes = charset.encode(call.text(0)).ok_or_else(|| {
        let name = charset.name();
        CallError::argument(0, format!("the given string contains characters that cannot be represented in {name}"))
    })?;
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn decode_text(call: &Call<'_>) -> Result<Value, CallError> {
    let charset = charset_named(call)?;
    let bytes = decode_base64(call.text(0)).map_err(|offset| {
        CallError::argument(0, format!("the given value is has an invalid base64 symbol at offset {offset}"))
    })?;
    let text = charset.decode(&bytes).ok_or_else(|| {
        let name = charset.name();
        CallError::argument(0, format!("the given string contains symbols that are not defined for {name}"))
    })?;
    Ok(Value::text(&text))
}

/// For a query: a space is a plus sign.
fn url_encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            byte => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}
