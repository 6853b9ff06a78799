//! Literal text of strings: escapes to characters.

use super::parser::Parser;
use super::token::{Token, TokenKind};
use crate::diag::{Diagnostic, Span};
use std::borrow::Cow;

impl<'t> Parser<'t> {
    /// The text that a literal token stands for. Backslashes mean something in quoted strings only.
    pub fn literal_text(&mut self, token: Token) -> Cow<'t, str> {
        let is_quoted = token.kind == TokenKind::QuotedText;
        let source = token.text(self.text);
        // The lexer gives an escaped `${` a token of its own.
        let escape_length = match source.as_bytes() {
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 1,
            _ => 0,
        };
        let source = &source[escape_length..];
        if !is_quoted || !source.contains('\\') {
            return Cow::Borrowed(source);
        }
        let start = self.span(token).start + escape_length as u32;
        let (text, problems) = unescape(source);
        for problem in problems {
            let place = self.span(token);
            let place = Span { start: start + problem.start as u32, end: start + problem.end as u32, ..place };
            self.diagnostics.push(Diagnostic::error("Invalid escape sequence", problem.detail).at(place));
        }
        Cow::Owned(text)
    }

    /// A quoted string in which nothing is interpolated, such as a label: its text and place with the quotes.
    pub fn quoted_literal(&mut self) -> (String, Span) {
        const SUMMARY: &str = "Invalid string literal";
        let open = self.read();
        let mut text = String::new();
        let last = loop {
            let token = self.read();
            match token.kind {
                TokenKind::CloseQuote => break token,
                TokenKind::QuotedText => text.push_str(&self.literal_text(token)),
                TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    let sign = if token.kind == TokenKind::OpenDirective { '%' } else { '$' };
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal \"{sign}\", double it (as \"{sign}{sign}\") to escape it."
                    );
                    self.error_since(open, SUMMARY, detail, token);
                    text.push(sign);
                    text.push_str("{ ... }");
                    self.recover(TokenKind::CloseSequence);
                }
                TokenKind::EndOfFile => {
                    let detail = "Unable to find the closing quote mark before the end of the file.";
                    self.error_since(open, "Unterminated string literal", detail, token);
                    break token;
                }
                _ => {
                    self.error_since(open, SUMMARY, "This item is not valid in a string literal.", token);
                    self.recover(TokenKind::CloseQuote);
                    break token;
                }
            }
        };
        (text, self.span(open).to(self.span(last)))
    }
}

struct Problem {
    start: usize,
    end: usize,
    detail: String,
}

fn unescape(source: &str) -> (String, Vec<Problem>) {
    let mut text = String::with_capacity(source.len());
    let mut problems = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = Escape::of(rest);
        let start = source.len() - rest.len();
        text.push_str(&escape.text);
        problems.extend(escape.problem.map(|detail| Problem { start, end: start + escape.length, detail }));
        rest = &rest[escape.length..];
    }
    text.push_str(rest);
    (text, problems)
}

/// What starts with a backslash: how long it is and what it stands for.
struct Escape<'t> {
    length: usize,
    text: Cow<'t, str>,
    problem: Option<String>,
}

impl<'t> Escape<'t> {
    fn of(source: &'t str) -> Self {
        let Some(selector) = source[1..].chars().next() else {
            let problem = "Backslash must be followed by an escape sequence selector character.".to_owned();
            return Self { length: 1, text: Cow::Borrowed(source), problem: Some(problem) };
        };
        let length = 1 + selector.len_utf8();
        let text = match selector {
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            '"' => "\"",
            '\\' => "\\",
            'u' => {
                return Self::character(
                    source,
                    4,
                    "The \\u escape sequence must be followed by four hexadecimal digits.",
                );
            }
            'U' => {
                return Self::character(
                    source,
                    8,
                    "The \\U escape sequence must be followed by eight hexadecimal digits.",
                );
            }
            other => {
                let problem = format!("The symbol {:?} is not a valid escape sequence selector.", other.to_string());
                return Self { length, text: Cow::Borrowed(&source[1..length]), problem: Some(problem) };
            }
        };
        Self { length, text: Cow::Borrowed(text), problem: None }
    }

    /// `\u00e9` or `\U0001f600`
    fn character(source: &'t str, digits: usize, too_short: &str) -> Self {
        let found = source.as_bytes()[2..].iter().take(digits).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let length = 2 + found;
        let as_written = Cow::Borrowed(&source[..length]);
        if found < digits {
            return Self { length, text: as_written, problem: Some(too_short.to_owned()) };
        }
        let code = u32::from_str_radix(&source[2..length], 16).unwrap_or(u32::MAX);
        match char::from_u32(code) {
            Some(character) => Self { length, text: Cow::Owned(character.to_string()), problem: None },
            None => {
                let problem = format!("Cannot encode character U+{code:04x} in UTF-8.");
                Self { length, text: as_written, problem: Some(problem) }
            }
        }
    }
}
