//! `jsonencode` and `jsondecode`.
//!
//! Decoding reads token by token like Go's decoder, whose messages people know, and whose leniencies stay: after the document a
//! closing bracket is passed over.

use super::entry::{any, text};
use super::{Call, CallError, Context, Function};
use crate::value::quote::quote_char;
use crate::value::{Data, Number, Refinement, Text, Type, Unknown, Value, to_json_text};

/// Deeper documents are refused.
const MAX_DEPTH: usize = 500;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::computed("jsondecode", [text("str")], decode_type, |call| Ok(Document::new(call.text(0)).read()?))
            .maybe_null()
            .documented(
                "`jsondecode` interprets a given string as JSON, returning a representation of the result of \
             decoding that string.",
            )
            .example(r#"jsondecode("{\"hello\": \"world\"}")"#, "{\n  \"hello\" = \"world\"\n}"),
        Function::new("jsonencode", [any("val").unknown().dynamic().null()], Type::String, encode)
            .documented("`jsonencode` encodes a given value to a string using JSON syntax.")
            .example(r#"jsonencode({ hello = "world" })"#, r#""{\"hello\":\"world\"}""#),
    ]
}

fn encode(call: &Call<'_>) -> Result<Value, CallError> {
    let value = &call.arguments[0];
    if !value.is_wholly_known() {
        return Ok(unknown_text(value));
    }
    to_json_text(value).map(Value::string).map_err(|error| error.to_string().into())
}

/// The first character of the text is known where the value cannot be null.
pub(super) fn unknown_text(value: &Value) -> Value {
    let (of, may_be_null) = match value.data() {
        Data::Unknown(unknown) => (unknown.type_of().clone(), !unknown.refinement.is_not_null),
        _ => (value.type_of(), false),
    };
    let prefix = match of {
        _ if may_be_null => None,
        Type::String => Some("\""),
        Type::Object(_) | Type::Map(_) => Some("{"),
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => Some("["),
        _ => None,
    };
    let refinement = Refinement { is_not_null: true, prefix: prefix.map(Text::from), ..Refinement::default() };
    Value::refined(Unknown::with(Type::String, refinement))
}

/// Of an unknown text the beginning may tell.
fn decode_type(arguments: &[Value], _: &Context) -> Result<Type, CallError> {
    let prefix = match arguments[0].data() {
        Data::Unknown(unknown) => unknown.refinement.prefix.as_deref().unwrap_or_default().trim(),
        _ => return Ok(Type::Dynamic),
    };
    match prefix.chars().next() {
        None | Some('{' | '[' | 'n') => Ok(Type::Dynamic),
        Some('"') => Ok(Type::String),
        Some('t' | 'f') => Ok(Type::Bool),
        Some('-' | '.' | '0'..='9') => Ok(Type::Number),
        Some(other) => {
            let shown = quote_char(other);
            Err(CallError::argument(0, format!("a JSON document cannot begin with the character {shown}")))
        }
    }
}

struct Document<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

/// What stands at the reading position may be one of several things; the words are for the message when it is none of them.
const VALUE: &str = " looking for beginning of value";
const KEY: &str = " looking for beginning of object key string";
const AFTER_KEY: &str = " after object key";
const AFTER_ENTRY: &str = " after object key:value pair";
const AFTER_ITEM: &str = " after array element";

impl<'a> Document<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, depth: 0 }
    }

    fn read(mut self) -> Result<Value, String> {
        let value = self.value()?;
        match self.peek() {
            Ok(b']' | b'}') | Err(_) => Ok(value),
            Ok(_) => Err("extraneous data after JSON object".into()),
        }
    }

    /// The next byte that is not space.
    fn peek(&mut self) -> Result<u8, String> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                byte => return Ok(*byte),
            }
        }
        Err("EOF".into())
    }

    fn invalid<T>(&self, expected: &str) -> Result<T, String> {
        let shown = match self.bytes.get(self.at) {
            // The decoder looks at bytes and takes each for a character.
            Some(byte) => match *byte as char {
                '"' => "'\"'".to_owned(),
                character => quote_char(character),
            },
            None => return Err("unexpected EOF".into()),
        };
        Err(format!("invalid character {shown}{expected}"))
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.peek()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => Ok(Value::text(&self.string()?)),
            b't' => self.literal("true", Value::bool(true)),
            b'f' => self.literal("false", Value::bool(false)),
            b'n' => self.literal("null", Value::untyped_null()),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.invalid(VALUE),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("exceeded max depth".into());
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut entries: Vec<(Text, Value)> = Vec::new();
        let mut byte = self.peek()?;
        let mut expected = "";
        while byte != b'}' || expected == KEY {
            if byte != b'"' {
                return self.invalid(expected);
            }
            let key = self.string()?;
            if self.peek()? != b':' {
                return self.invalid(AFTER_KEY);
            }
            self.at += 1;
            let value = self.value()?;
            let key = Value::text(&key).as_str().expect("text is text").clone();
            entries.push((key, value));
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return self.invalid(AFTER_ENTRY),
            }
            expected = KEY;
            byte = self.peek()?;
        }
        self.at += 1;
        Ok(Value::object(entries))
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value()?);
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return self.invalid(AFTER_ITEM),
            }
        }
        self.at += 1;
        Ok(Value::tuple(items))
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            if self.bytes.get(self.at) != Some(&expected) {
                return self.invalid(&format!(" in literal {word} (expecting '{}')", expected as char));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        self.at += usize::from(self.bytes[self.at] == b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits(" in numeric literal")?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits(" after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits(" in exponent of numeric literal")?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        Number::parse(text).map(Value::number).ok_or_else(|| format!("cannot parse {text:?} as a number"))
    }

    /// One digit or more.
    fn digits(&mut self, place: &str) -> Result<(), String> {
        if !self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            return self.invalid(place);
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let mut buffer = [0; 4];
                    bytes.extend_from_slice(self.escape()?.encode_utf8(&mut buffer).as_bytes());
                }
                Some(byte) if *byte >= b' ' => {
                    bytes.push(*byte);
                    self.at += 1;
                }
                _ => return self.invalid(" in string literal"),
            }
        }
        self.at += 1;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn escape(&mut self) -> Result<char, String> {
        let character = match self.bytes.get(self.at) {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(byte @ (b'\\' | b'/' | b'"')) => *byte as char,
            Some(b'u') => return self.unicode_escape(),
            _ => return self.invalid(" in string escape code"),
        };
        self.at += 1;
        Ok(character)
    }

    /// Two halves of a pair make one character; a half alone makes none.
    fn unicode_escape(&mut self) -> Result<char, String> {
        let first = self.unit()?;
        if (0xD800..0xDC00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 1;
            let second = self.unit()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// `u` and four digits.
    fn unit(&mut self) -> Result<u32, String> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.bytes.get(self.at).and_then(|byte| (*byte as char).to_digit(16));
            let Some(digit) = digit else { return self.invalid(" in \\u hexadecimal character escape") };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}
