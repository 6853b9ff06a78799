//! Text in quotes as messages show it: Go's `%q`, which is what Terraform's messages are made with.

use super::Marks;
use std::fmt::Write;

pub fn quote(text: &str) -> String {
    quoted(text.chars(), '"')
}

/// A single character, in its own quotes.
pub fn quote_char(character: char) -> String {
    quoted(std::iter::once(character), '\'')
}

/// A text that messages name, unless it is secret.
pub fn quote_unless_sensitive(text: &str, marks: Marks) -> String {
    if marks.is_sensitive() { "(sensitive value)".into() } else { quote(text) }
}

fn quoted(characters: impl Iterator<Item = char>, quotes: char) -> String {
    let mut out = String::from(quotes);
    for c in characters {
        match c {
            c if c == quotes || c == '\\' => out.extend(['\\', c]),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if c == ' ' || is_printable(c) => out.push(c),
            c if (c as u32) < 0x80 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if (c as u32) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => {
                let _ = write!(out, "\\U{:08x}", c as u32);
            }
        }
    }
    out.push(quotes);
    out
}

/// Letters, marks, numbers, punctuation and symbols. Spaces other than the plain one, controls, formats, private and unassigned
/// characters are not.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    if c.is_whitespace() || c.is_control() {
        return false;
    }
    // Debug formatting escapes what is not printable, and marks that would join the quote; the latter are printable.
    let mut escaped = c.escape_debug();
    escaped.next() != Some('\\') || unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(quote("a\"b\\\n\u{1}"), r#""a\"b\\\n\x01""#);
        assert_eq!(quote("héllo ✓ e\u{301}"), "\"héllo ✓ e\u{301}\"");
        assert_eq!(quote("\u{a0}\u{200b}\u{10ffff}"), r#""\u00a0\u200b\U0010ffff""#);
    }
}
