//! `format` and `formatlist`: verbs like printf's.
//!
//! `%v` is a value as it prints, `%#v` as JSON, `%d %b %o %x %X` an integer, `%e %E %f %g %G` any number, `%s %q` text, `%t` a bool.
//! Between them may stand flags (`#`, `0`, `-`, `+`, space), a width, a precision and `[2]`, the number of the argument.
//! Widths of text count characters as people see them.

mod float;

use super::collection::known_length;
use super::entry::{any, text};
use super::{Call, CallError, Function};
use crate::value::quote::quote_char;
use crate::value::{Data, Number, Refinement, Text, Type, Unknown, Value, to_json_text, write_text};
use num_bigint::BigInt;
use unicode_segmentation::UnicodeSegmentation;

/// Widest padding and longest fraction that are done.
const MAX_WIDTH: usize = 1_000_000;

pub(super) fn functions() -> Vec<Function> {
    let arguments = || any("args").null().unknown();
    vec![
        Function::new("format", [text("format")], Type::String, |call| {
            let (format, values) = (call.text(0), &call.arguments[1..]);
            if !values.iter().all(Value::is_wholly_known) {
                return Ok(unknown_text(format));
            }
            Ok(Value::text(&render(format, values)?))
        })
        .variadic(arguments())
        .documented(
            "The `format` function produces a string by formatting a number of other values according to a \
             specification string. It is similar to the `printf` function in C, and other similar functions in \
             other programming languages.",
        )
        .example(r#"format("Hello, %s! %03d", "Ann", 7)"#, r#""Hello, Ann! 007""#),
        Function::new("formatlist", [text("format")], Type::list(Type::String), format_list)
            .variadic(arguments())
            .documented(
                "`formatlist` produces a list of strings by formatting a number of other values according to a \
             specification string.",
            )
            .example(r#"formatlist("%s-%d", ["a", "b"], 1)"#, "tolist([\n  \"a-1\",\n  \"b-1\",\n])"),
    ]
}

/// The text begins with what stands before the first verb.
fn unknown_text(format: &str) -> Value {
    let prefix = format.find('%').filter(|at| *at > 0).map(|at| Text::from(&format[..at]));
    let refinement = Refinement { is_not_null: true, prefix, ..Refinement::default() };
    Value::refined(Unknown::with(Type::String, refinement))
}

/// Sequences go item by item, all of one length; other values are the same in every text.
fn format_list(call: &Call<'_>) -> Result<Value, CallError> {
    let (format, values) = (call.text(0), &call.arguments[1..]);
    let mut length: Option<(usize, usize)> = None;
    let mut is_unknown = false;
    for (index, value) in values.iter().enumerate() {
        let of = match value.data() {
            Data::List(_) | Data::Set(_) | Data::Tuple(_) => None,
            Data::Unknown(unknown) => Some(unknown.type_of()),
            _ => continue,
        };
        match of {
            Some(Type::List(_) | Type::Set(_) | Type::Dynamic) => {
                is_unknown = true;
                continue;
            }
            Some(Type::Tuple(_)) => is_unknown = true,
            Some(_) => continue,
            None => {}
        }
        let Some(own) = known_length(value) else {
            is_unknown = true;
            continue;
        };
        match length {
            Some((chooser, wanted)) if wanted != own => {
                let message = format!(
                    "argument {} has length {own}, which is inconsistent with argument {} of length {wanted}",
                    index + 1,
                    chooser + 1
                );
                return Err(CallError::argument(index + 1, message));
            }
            Some(_) => {}
            None => length = Some((index, own)),
        }
    }
    if is_unknown {
        return Ok(call.unknown());
    }
    let mut texts = Vec::new();
    for index in 0..length.map_or(1, |(_, length)| length) {
        let item = |value: &Value| value.as_items().map_or_else(|| value.clone(), |items| items[index].clone());
        let row: Vec<Value> = values.iter().map(item).collect();
        if !row.iter().all(Value::is_wholly_known) {
            texts.push(Value::refined(Unknown::not_null(Type::String)));
            continue;
        }
        let fail = |error: CallError| format!("error on format iteration {index}: {}", error.message());
        texts.push(Value::text(
            &render(format, &row).map_err(|error| if values.is_empty() { error } else { fail(error).into() })?,
        ));
    }
    Ok(Value::list(Type::String, texts))
}

/// One `%...` of a format.
struct Verb<'f> {
    raw: &'f str,
    offset: usize,
    argument: usize,
    mode: char,
    is_sharp: bool,
    is_zero: bool,
    is_left: bool,
    has_plus: bool,
    has_space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Every verb replaced; arguments left over are an error.
fn render(format: &str, values: &[Value]) -> Result<String, CallError> {
    let mut out = String::with_capacity(format.len() + 16);
    let mut rest = format;
    let mut next = 1;
    let mut highest = 0;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let start = format.len() - rest.len() + at;
        if rest[at + 1..].starts_with('%') {
            out.push('%');
            rest = &rest[at + 2..];
            continue;
        }
        let verb = read_verb(format, start, next)?;
        rest = &format[start + verb.raw.len()..];
        highest = highest.max(verb.argument);
        next = verb.argument + 1;
        let Some(value) = values.get(verb.argument.wrapping_sub(1)) else {
            let (raw, given) = (crate::value::quote::quote(verb.raw), values.len());
            let message = format!(
                "not enough arguments for {raw} at {start}: need index {} but have {given} total",
                verb.argument
            );
            return Err(message.into());
        };
        verb.append(value, &mut out)?;
    }
    out.push_str(rest);
    if highest < values.len() {
        let what = match highest {
            0 => "no verbs in format string".to_owned(),
            used => format!("only {used} used by format string"),
        };
        return Err(CallError::argument(highest + 1, format!("too many arguments; {what}")));
    }
    Ok(out)
}

/// Flags, width, precision, argument number, letter: in this order.
fn read_verb(format: &str, offset: usize, next: usize) -> Result<Verb<'_>, CallError> {
    let bytes = format.as_bytes();
    let mut verb = Verb {
        raw: "",
        offset,
        argument: next,
        mode: 'v',
        is_sharp: false,
        is_zero: false,
        is_left: false,
        has_plus: false,
        has_space: false,
        width: None,
        precision: None,
    };
    let mut at = offset + 1;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'#' => verb.is_sharp = true,
            b'0' => verb.is_zero = true,
            b'-' => verb.is_left = true,
            b'+' => verb.has_plus = true,
            b' ' => verb.has_space = true,
            _ => break,
        }
        at += 1;
    }
    let number = |at: &mut usize| {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        format[start..*at].parse::<usize>().unwrap_or(if start == *at { 0 } else { MAX_WIDTH }).min(MAX_WIDTH)
    };
    if bytes.get(at).is_some_and(u8::is_ascii_digit) {
        verb.width = Some(number(&mut at));
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        verb.precision = Some(number(&mut at));
    }
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        if !matches!(bytes.get(at), Some(b'1'..=b'9')) {
            return Err(unexpected(format, at));
        }
        verb.argument = number(&mut at);
        if bytes.get(at) != Some(&b']') {
            return Err(unexpected(format, at));
        }
        at += 1;
    }
    match bytes.get(at) {
        Some(letter) if letter.is_ascii_alphabetic() => {
            verb.mode = *letter as char;
            verb.raw = &format[offset..=at];
            Ok(verb)
        }
        _ => Err(unexpected(format, at)),
    }
}

fn unexpected(format: &str, at: usize) -> CallError {
    match format[at..].chars().next() {
        Some(character) => format!("unrecognized format character {} at offset {at}", quote_char(character)).into(),
        None => format!("invalid format string starting at offset {at}").into(),
    }
}

impl Verb<'_> {
    fn append(&self, value: &Value, out: &mut String) -> Result<(), CallError> {
        if self.mode != 'v' && value.is_null() {
            return Err(self.unsupported("null value cannot be formatted"));
        }
        let text = match self.mode {
            'v' => self.pad(self.as_it_is(value)?),
            't' => self.converted(value, &Type::Bool)?.as_bool().unwrap_or_default().to_string(),
            'b' | 'd' | 'o' | 'x' | 'X' => self.integer(self.number(value)?)?,
            'e' | 'E' | 'f' | 'g' | 'G' => float::format(self, &self.number(value)?),
            's' | 'q' => self.text(value)?,
            other => {
                let (raw, offset) = (crate::value::quote::quote(self.raw), self.offset);
                return Err(format!("unsupported format verb {} in {raw} at offset {offset}", quote_char(other)).into());
            }
        };
        out.push_str(&text);
        Ok(())
    }

    fn unsupported(&self, why: &str) -> CallError {
        format!("unsupported value for {} at {}: {why}", crate::value::quote::quote(self.raw), self.offset).into()
    }

    fn converted(&self, value: &Value, to: &Type) -> Result<Value, CallError> {
        value.convert(to).map_err(|error| self.unsupported(&error.message))
    }

    fn number(&self, value: &Value) -> Result<Number, CallError> {
        let number = self.converted(value, &Type::Number)?;
        Ok(number.as_number().expect("it was converted to a number").clone())
    }

    fn as_it_is(&self, value: &Value) -> Result<String, CallError> {
        match value.data() {
            Data::String(text) if !self.is_sharp => Ok(text.to_string()),
            Data::Number(number) if !self.is_sharp => Ok(float::shortest(number)),
            _ => to_json_text(value).map_err(|error| self.unsupported(&error.to_string())),
        }
    }

    fn text(&self, value: &Value) -> Result<String, CallError> {
        let value = self.converted(value, &Type::String)?;
        let text = value.as_str().expect("it was converted to text");
        let text: String = match self.precision {
            None | Some(0) => text.to_string(),
            Some(precision) => text.graphemes(true).take(precision).collect(),
        };
        if self.mode == 's' {
            return Ok(self.pad(text));
        }
        let mut quoted = String::new();
        write_text(&text, &mut quoted);
        Ok(self.pad(quoted))
    }

    /// To the width, counted in characters.
    fn pad(&self, text: String) -> String {
        let length = text.graphemes(true).count();
        let Some(missing) = self.width.and_then(|width| width.checked_sub(length)) else { return text };
        let padding = if self.is_zero { "0" } else { " " }.repeat(missing);
        if self.is_left { text + &padding } else { padding + &text }
    }

    /// As Go formats big integers.
    fn integer(&self, number: Number) -> Result<String, CallError> {
        let integer = number.to_integer().ok_or_else(|| self.unsupported("an integer is required"))?;
        let radix = match self.mode {
            'b' => 2,
            'o' => 8,
            'd' => 10,
            _ => 16,
        };
        let mut digits = integer.magnitude().to_str_radix(radix);
        if self.mode == 'X' {
            digits.make_ascii_uppercase();
        }
        let sign = self.sign(integer < BigInt::ZERO);
        let prefix = match self.mode {
            'b' if self.is_sharp => "0b",
            'o' if self.is_sharp => "0",
            'x' if self.is_sharp => "0x",
            'X' if self.is_sharp => "0X",
            _ => "",
        };
        let mut zeros = 0;
        let mut has_spaces = self.width;
        match self.precision {
            Some(0) if digits == "0" => digits.clear(),
            Some(precision) => zeros = precision.saturating_sub(digits.len()),
            None if self.is_zero && !self.is_left => {
                let written = sign.len() + prefix.len() + digits.len();
                zeros = self.width.unwrap_or(0).saturating_sub(written);
                has_spaces = None;
            }
            None => {}
        }
        if digits.is_empty() && self.precision == Some(0) {
            return Ok(" ".repeat(self.width.unwrap_or(0)));
        }
        let body = format!("{sign}{prefix}{}{digits}", "0".repeat(zeros));
        Ok(self.align(body, has_spaces))
    }

    fn sign(&self, is_negative: bool) -> &'static str {
        match is_negative {
            true => "-",
            false if self.has_plus => "+",
            false if self.has_space => " ",
            false => "",
        }
    }

    /// With spaces to a width in bytes.
    fn align(&self, body: String, width: Option<usize>) -> String {
        let padding = " ".repeat(width.unwrap_or(0).saturating_sub(body.len()));
        if self.is_left { body + &padding } else { padding + &body }
    }
}
