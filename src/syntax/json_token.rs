//! The tokens of JSON, cut generously: what looks like one word is one token, so that the parser can say what is wrong with it.

use crate::diag::{FileId, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    /// For those who write HCL in a JSON file.
    Equals,
    Keyword,
    String,
    Number,
    Invalid,
    End,
}

#[derive(Clone, Copy, Debug)]
pub struct JsonToken<'t> {
    pub sign: Sign,
    pub text: &'t str,
    pub span: Span,
}

/// Reads tokens one by one.
pub struct JsonTokens<'t> {
    text: &'t str,
    file: FileId,
    next: JsonToken<'t>,
}

impl<'t> JsonTokens<'t> {
    pub fn new(text: &'t str, file: FileId) -> Self {
        let next = JsonToken { sign: Sign::End, text: "", span: Span::new(file, 0, 0) };
        let mut tokens = Self { text, file, next };
        tokens.next = tokens.scan(0);
        tokens
    }

    pub fn peek(&self) -> JsonToken<'t> {
        self.next
    }

    pub fn read(&mut self) -> JsonToken<'t> {
        let token = self.next;
        self.next = match token.sign {
            Sign::End => token,
            // Nothing beyond it will be understood.
            Sign::Invalid => self.token(Sign::End, token.span.end as usize, 0),
            _ => self.scan(token.span.end as usize),
        };
        token
    }

    pub fn skip_all(&mut self) {
        self.next = self.token(Sign::End, self.text.len(), 0);
    }

    /// Skips to what seems to be the end of the construct in which `found` was not expected.
    pub fn recover(&mut self, found: JsonToken<'t>, open: Sign, close: Sign) {
        let mut nesting = 0;
        let mut token = found;
        while token.sign != Sign::End {
            if token.sign == open {
                nesting += 1;
            } else if token.sign == close {
                nesting -= 1;
                if nesting <= 0 {
                    return;
                }
            }
            token = self.read();
        }
    }

    fn token(&self, sign: Sign, start: usize, length: usize) -> JsonToken<'t> {
        let end = start + length;
        JsonToken { sign, text: &self.text[start..end], span: Span::new(self.file, start, end) }
    }

    fn scan(&self, from: usize) -> JsonToken<'t> {
        let bytes = self.text.as_bytes();
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let start = from + bytes[from..].iter().take_while(|byte| is_blank(byte)).count();
        let rest = &bytes[start..];
        let (sign, length) = match rest.first() {
            None => (Sign::End, 0),
            Some(b'{') => (Sign::OpenBrace, 1),
            Some(b'}') => (Sign::CloseBrace, 1),
            Some(b'[') => (Sign::OpenBracket, 1),
            Some(b']') => (Sign::CloseBracket, 1),
            Some(b',') => (Sign::Comma, 1),
            Some(b':') => (Sign::Colon, 1),
            Some(b'=') => (Sign::Equals, 1),
            Some(b'"') => (Sign::String, string_length(rest)),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => {
                let belongs = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                (Sign::Number, rest.iter().take_while(belongs).count())
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let belongs = |byte: &&u8| byte.is_ascii_alphabetic() || **byte == b'_';
                (Sign::Keyword, rest.iter().take_while(belongs).count())
            }
            Some(_) => (Sign::Invalid, self.text[start..].chars().next().map_or(1, char::len_utf8)),
        };
        self.token(sign, start, length)
    }
}

/// Up to the closing quote, or to the control character or end that comes before it.
fn string_length(bytes: &[u8]) -> usize {
    let mut length = 1;
    while let Some(byte) = bytes.get(length) {
        match byte {
            b'"' => return length + 1,
            b'\\' if bytes.get(length + 1).is_some_and(|next| *next >= 32) => length += 2,
            0..32 => break,
            _ => length += 1,
        }
    }
    length.min(bytes.len())
}

/// The text of a string with its quotes, or the offset at which reading it failed.
pub fn unescape(quoted: &str) -> Result<String, usize> {
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.char_indices().skip(1);
    loop {
        match characters.next() {
            None => return Err(quoted.len()),
            Some((_, '"')) => return Ok(text),
            Some((_, '\\')) => match characters.next() {
                None => return Err(quoted.len()),
                Some((at, 'u')) => {
                    let (character, length) = unicode_escape(&quoted[at + 1..]).map_err(|bad| at + 1 + bad)?;
                    text.push(character);
                    characters.nth(length - 1);
                }
                Some((at, selector)) => text.push(simple_escape(selector).ok_or(at + 1)?),
            },
            Some((_, character)) => text.push(character),
        }
    }
}

fn simple_escape(selector: char) -> Option<char> {
    Some(match selector {
        '"' | '\\' | '/' => selector,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    })
}

/// The character of `XXXX` or of a surrogate pair `XXXX\uXXXX`, and how long that is. Half a pair becomes U+FFFD.
fn unicode_escape(source: &str) -> Result<(char, usize), usize> {
    let first = hexadecimal(source)?;
    if !(0xd800..0xe000).contains(&first) {
        return Ok((char::from_u32(first).unwrap_or('\u{fffd}'), 4));
    }
    let second = source[4..].strip_prefix("\\u").and_then(|second| hexadecimal(second).ok());
    if let Some(second) = second.filter(|second| first < 0xdc00 && (0xdc00..0xe000).contains(second)) {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Ok((char::from_u32(code).unwrap_or('\u{fffd}'), 10));
    }
    Ok(('\u{fffd}', 4))
}

fn hexadecimal(source: &str) -> Result<u32, usize> {
    let digits = source.as_bytes().iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits < 4 {
        return Err(digits + 1);
    }
    Ok(u32::from_str_radix(&source[..4], 16).unwrap_or(0xfffd))
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes() {
        assert_eq!(unescape(r#""a\n\u00e9\ud83d\ude00\ud800x""#).as_deref(), Ok("a\né\u{1F600}\u{fffd}x"));
        assert_eq!(unescape(r#""\x""#), Err(3));
        assert_eq!(unescape(r#""\u12g4""#), Err(6));
        assert_eq!(unescape(r#""open"#), Err(5));
    }
}
