//! Text to tokens.
//!
//! HCL needs a lexer with modes: quoted strings and heredocs are token sequences of their own, and `${` inside of them leads back
//! to normal mode until the matching brace. The modes are kept on a stack of our own, so nesting cannot exhaust the program's.
//! It works on bytes and looks at characters only where a byte is not ASCII. Token boundaries are those of hclsyntax,
//! because strip markers, heredoc indentation and messages depend on them. What can never be valid becomes a token too: see
//! `complaint`.

use super::token::{Token, TokenKind};
use regex::Regex;
use std::sync::LazyLock;

/// What the text is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// A configuration file or an expression.
    Normal,
    /// Literal text with `${}` and `%{}`.
    Template,
}

/// Cuts the text into tokens, the last of which is the end of the file.
///
/// In a `lossy` text every character U+FFFD stands for bytes that were not UTF-8.
pub fn scan(text: &str, grammar: Grammar, lossy: bool) -> Vec<Token> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: start,
        lossy,
        tokens: Vec::with_capacity(text.len() / 5 + 2),
        modes: vec![if grammar == Grammar::Normal { Mode::Normal } else { Mode::Bare }],
        braces: 0,
        sequences: Vec::new(),
        comments_end: true,
    };
    while lexer.at < lexer.bytes.len() {
        match lexer.modes.last() {
            None | Some(Mode::Normal) => lexer.normal(),
            Some(Mode::Quoted) => lexer.quoted(),
            Some(Mode::Bare) => lexer.bare(),
            Some(Mode::Heredoc { .. }) => lexer.heredoc(),
        }
    }
    lexer.push(TokenKind::EndOfFile, text.len());
    lexer.tokens
}

/// A name as HCL knows them: a letter or underscore, then letters, digits, underscores and dashes.
pub fn is_identifier(text: &str) -> bool {
    identifier_length(text) == text.len() && !text.is_empty()
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    lossy: bool,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
    /// Open braces; the values at which a closing brace ends a template sequence are in `sequences`.
    braces: i32,
    sequences: Vec<i32>,
    /// A `*/` may still follow. Keeps a file full of `/*` from being searched to its end for each.
    comments_end: bool,
}

enum Mode {
    Normal,
    Quoted,
    Bare,
    /// Where the marker's text is, and whether only literal text has been seen on this line.
    Heredoc {
        marker: (usize, usize),
        at_line_start: bool,
    },
}

impl Lexer<'_> {
    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token { kind, start: self.at as u32, end: end as u32 });
        self.at = end;
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The end of the character that starts at `at`.
    fn after_character(&self, at: usize) -> usize {
        at + self.text[at..].chars().next().map_or(1, char::len_utf8)
    }

    fn is_bad_encoding(&self, at: usize) -> bool {
        self.lossy && self.bytes[at] == 0xef && self.text[at..].starts_with('\u{fffd}')
    }

    fn normal(&mut self) {
        use TokenKind::*;
        let (kind, length) = match self.bytes[self.at] {
            b' ' | b'\t' => {
                self.at += 1;
                return;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.identifier(),
            b'0'..=b'9' => return self.number(),
            b'\n' => (Newline, 1),
            b'\r' if self.byte(1) == b'\n' => (Newline, 2),
            b'"' => {
                self.push(OpenQuote, self.at + 1);
                self.modes.push(Mode::Quoted);
                return;
            }
            b'{' => {
                self.braces += 1;
                (OpenBrace, 1)
            }
            b'}' => return self.close_brace(),
            b'~' if self.byte(1) == b'}' => return self.close_stripping_sequence(),
            b'#' => return self.line_comment(),
            b'/' if self.byte(1) == b'/' => return self.line_comment(),
            b'/' if self.byte(1) == b'*' && self.comments_end => return self.block_comment(),
            b'<' if self.byte(1) == b'<' => return self.open_heredoc(),
            b'[' => (OpenBracket, 1),
            b']' => (CloseBracket, 1),
            b'(' => (OpenParen, 1),
            b')' => (CloseParen, 1),
            b',' => (Comma, 1),
            b'*' => (Star, 1),
            b'/' => (Slash, 1),
            b'%' => (Percent, 1),
            b'+' => (Plus, 1),
            b'-' => (Minus, 1),
            b'?' => (Question, 1),
            b'^' => (BitwiseXor, 1),
            b'~' => (BitwiseNot, 1),
            b';' => (Semicolon, 1),
            b'`' => (Backtick, 1),
            b'\'' => (Apostrophe, 1),
            b'.' if self.byte(1) == b'.' && self.byte(2) == b'.' => (Ellipsis, 3),
            b'.' => (Dot, 1),
            b'=' => self.either(b'=', Equal, Assign, Some((b'>', FatArrow))),
            b'!' => self.either(b'=', NotEqual, Bang, None),
            b'>' => self.either(b'=', GreaterOrEqual, Greater, None),
            b'<' => self.either(b'=', LessOrEqual, Less, None),
            b'&' => self.either(b'&', And, BitwiseAnd, None),
            b'|' => self.either(b'|', Or, BitwiseOr, None),
            b':' => self.either(b':', DoubleColon, Colon, None),
            byte if byte.is_ascii() => (InvalidCharacter, 1),
            _ => return self.beyond_ascii(),
        };
        self.push(kind, self.at + length);
    }

    fn either(
        &self,
        second: u8,
        both: TokenKind,
        alone: TokenKind,
        other: Option<(u8, TokenKind)>,
    ) -> (TokenKind, usize) {
        match (self.byte(1), other) {
            (next, _) if next == second => (both, 2),
            (next, Some((byte, kind))) if next == byte => (kind, 2),
            _ => (alone, 1),
        }
    }

    fn identifier(&mut self) {
        let length = identifier_length(&self.text[self.at..]);
        self.push(TokenKind::Identifier, self.at + length);
    }

    fn beyond_ascii(&mut self) {
        match identifier_length(&self.text[self.at..]) {
            0 if self.is_bad_encoding(self.at) => {
                self.push(TokenKind::InvalidEncoding, self.after_character(self.at));
            }
            0 => self.push(TokenKind::InvalidCharacter, self.after_character(self.at)),
            length => self.push(TokenKind::Identifier, self.at + length),
        }
    }

    /// Digits, dots and exponents in any order (the parser refuses `1..2`), but a number does not end with a dot.
    fn number(&mut self) {
        let mut end = self.at + 1;
        let mut ahead = end;
        loop {
            match self.bytes.get(ahead) {
                Some(b'0'..=b'9') => ahead += 1,
                Some(b'.') => {
                    ahead += 1;
                    continue;
                }
                Some(b'e' | b'E') => {
                    let sign = usize::from(matches!(self.bytes.get(ahead + 1), Some(b'+' | b'-')));
                    if !self.bytes.get(ahead + 1 + sign).is_some_and(u8::is_ascii_digit) {
                        break;
                    }
                    ahead += 2 + sign;
                }
                _ => break,
            }
            end = ahead;
        }
        self.push(TokenKind::Number, end);
    }

    fn line_comment(&mut self) {
        let length = self.bytes[self.at..].iter().position(|byte| *byte == b'\n');
        self.push(TokenKind::Comment, length.map_or(self.bytes.len(), |length| self.at + length + 1));
    }

    fn block_comment(&mut self) {
        match self.text[self.at + 2..].find("*/") {
            Some(length) => self.push(TokenKind::Comment, self.at + 2 + length + 2),
            None => {
                self.comments_end = false;
                self.push(TokenKind::Slash, self.at + 1);
            }
        }
    }

    fn close_brace(&mut self) {
        if self.sequences.last() == Some(&self.braces) {
            self.end_sequence(1);
        } else {
            self.push(TokenKind::CloseBrace, self.at + 1);
            self.braces -= 1;
        }
    }

    /// `~}` is always the end of a sequence, so that the parser can say that it closes none.
    fn close_stripping_sequence(&mut self) {
        if self.sequences.last() == Some(&self.braces) {
            self.end_sequence(2);
        } else {
            self.push(TokenKind::CloseSequence, self.at + 2);
            self.braces -= 1;
        }
    }

    fn end_sequence(&mut self, length: usize) {
        self.push(TokenKind::CloseSequence, self.at + length);
        self.braces -= 1;
        self.sequences.pop();
        self.modes.pop();
    }

    /// `<<END` or `<<-END` and a newline; else `<` or `<=`.
    fn open_heredoc(&mut self) {
        let marker = self.at + 2 + usize::from(self.byte(2) == b'-');
        let marker_end = marker + identifier_length(self.text.get(marker..).unwrap_or_default());
        let newline = match &self.bytes[marker_end.min(self.bytes.len())..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        if marker_end == marker || newline == 0 {
            return self.push(TokenKind::Less, self.at + 1);
        }
        self.push(TokenKind::OpenHeredoc, marker_end + newline);
        self.modes.push(Mode::Heredoc { marker: (marker, marker_end), at_line_start: true });
    }

    /// Where a `$` or `%` stands in literal text: a sequence, its escaped form, or just that character as text.
    fn sign(&mut self, text_kind: TokenKind) {
        let sign = self.byte(0);
        let after_brace = |at: usize, bytes: &[u8]| at + 1 + usize::from(bytes.get(at + 1) == Some(&b'~'));
        if self.byte(1) == b'{' {
            let kind = if sign == b'$' { TokenKind::OpenInterpolation } else { TokenKind::OpenDirective };
            self.push(kind, after_brace(self.at + 1, self.bytes));
            self.braces += 1;
            self.sequences.push(self.braces);
            self.modes.push(Mode::Normal);
        } else if self.byte(1) == sign && self.byte(2) == b'{' {
            self.push(text_kind, after_brace(self.at + 2, self.bytes));
        } else {
            self.push(text_kind, self.at + 1);
        }
    }

    fn quoted(&mut self) {
        match self.bytes[self.at] {
            b'"' => {
                self.push(TokenKind::CloseQuote, self.at + 1);
                self.modes.pop();
            }
            b'$' | b'%' if self.at + 1 == self.bytes.len() => self.push(TokenKind::InvalidCharacter, self.at + 1),
            b'$' | b'%' => self.sign(TokenKind::QuotedText),
            b'\n' | b'\r' => {
                let length = self.bytes[self.at..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
                self.push(TokenKind::QuotedNewline, self.at + length);
            }
            _ if self.is_bad_encoding(self.at) => {
                self.push(TokenKind::InvalidEncoding, self.after_character(self.at));
            }
            _ => self.quoted_text(),
        }
    }

    fn quoted_text(&mut self) {
        let mut end = self.at;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'"' | b'$' | b'%' | b'\n' | b'\r' => break,
                b'\\' => match self.bytes.get(end + 1) {
                    None | Some(b'\n' | b'\r') => break,
                    Some(_) => end = self.after_character(end + 1),
                },
                0xef if self.is_bad_encoding(end) => break,
                _ => end += 1,
            }
        }
        match end == self.at {
            true => self.push(TokenKind::InvalidCharacter, self.at + 1),
            false => self.push(TokenKind::QuotedText, end),
        }
    }

    /// The end of the literal text that starts here and stays on this line.
    fn end_of_text(&self) -> usize {
        let mut end = self.at;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'$' | b'%' | b'\n' | b'\r' => break,
                0xef if self.is_bad_encoding(end) => break,
                _ => end += 1,
            }
        }
        end
    }

    /// How long the newline at an offset is.
    fn newline_length(&self, at: usize) -> usize {
        match &self.bytes[at..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        }
    }

    fn bare(&mut self) {
        if matches!(self.bytes[self.at], b'$' | b'%') {
            return self.sign(TokenKind::TemplateText);
        }
        let end = self.end_of_text();
        match end + self.newline_length(end) {
            end if end > self.at => self.push(TokenKind::TemplateText, end),
            _ => self.stray_in_text(end),
        }
    }

    /// A carriage return without a newline, or something that was not UTF-8.
    fn stray_in_text(&mut self, at: usize) {
        if self.is_bad_encoding(at) {
            if at > self.at {
                self.push(TokenKind::TemplateText, at);
            }
            self.push(TokenKind::InvalidEncoding, self.after_character(at));
        } else {
            self.push(TokenKind::InvalidCharacter, self.bytes.len());
        }
    }

    fn heredoc(&mut self) {
        if matches!(self.bytes[self.at], b'$' | b'%') {
            self.set_line_start(false);
            return self.sign(TokenKind::TemplateText);
        }
        let text_end = self.end_of_text();
        let newline = self.newline_length(text_end);
        if newline == 0 {
            self.set_line_start(false);
            let goes_on = matches!(self.bytes.get(text_end), None | Some(b'$' | b'%'));
            return if goes_on { self.push(TokenKind::TemplateText, text_end) } else { self.stray_in_text(text_end) };
        }
        if self.is_heredoc_end(text_end) {
            self.modes.pop();
            self.push(TokenKind::CloseHeredoc, text_end);
            return self.push(TokenKind::Newline, text_end + newline);
        }
        self.set_line_start(true);
        self.push(TokenKind::TemplateText, text_end + newline);
    }

    fn set_line_start(&mut self, value: bool) {
        if let Some(Mode::Heredoc { at_line_start, .. }) = self.modes.last_mut() {
            *at_line_start = value;
        }
    }

    fn is_heredoc_end(&self, text_end: usize) -> bool {
        match self.modes.last() {
            Some(Mode::Heredoc { marker: (start, end), at_line_start: true }) => {
                self.text[self.at..text_end].trim() == &self.text[*start..*end]
            }
            _ => false,
        }
    }
}

/// The length of the identifier that the text starts with, or 0.
fn identifier_length(text: &str) -> usize {
    static UNICODE_NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{ID_Start}_][\p{ID_Continue}-]*").ok());
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || !byte.is_ascii()) {
        return 0;
    }
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = bytes.iter().position(|byte| !is_plain(byte)).unwrap_or(bytes.len());
    if bytes.get(length).is_none_or(u8::is_ascii) {
        return length;
    }
    UNICODE_NAME.as_ref().and_then(|name| name.find(text)).map_or(length, |found| found.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(TokenKind, &str)]) {
        let tokens = scan(text, Grammar::Normal, false);
        let found: Vec<_> = tokens.iter().map(|token| (token.kind, token.text(text))).collect();
        let (last, found) = found.split_last().expect("there is always the end");
        assert_eq!(last.0, TokenKind::EndOfFile);
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_do_not_end_with_a_dot() {
        use TokenKind::*;
        check("1.5e3", &[(Number, "1.5e3")]);
        check("1.e", &[(Number, "1"), (Dot, "."), (Identifier, "e")]);
        check("1...", &[(Number, "1"), (Ellipsis, "...")]);
    }

    #[test]
    fn names_have_dashes_and_letters_of_any_script() {
        use TokenKind::*;
        check("größe-1 日本", &[(Identifier, "größe-1"), (Identifier, "日本")]);
        check("a\u{1F600}", &[(Identifier, "a"), (InvalidCharacter, "\u{1F600}")]);
        assert!(is_identifier("a-b") && !is_identifier("a b") && !is_identifier("") && !is_identifier("-a"));
    }

    #[test]
    fn signs_in_strings() {
        use TokenKind::*;
        check(
            r#""$$${a}%""#,
            &[
                (OpenQuote, "\""),
                (QuotedText, "$"),
                (QuotedText, "$${"),
                (QuotedText, "a}"),
                (QuotedText, "%"),
                (CloseQuote, "\""),
            ],
        );
        check(
            r#""${ {} ~}""#,
            &[
                (OpenQuote, "\""),
                (OpenInterpolation, "${"),
                (OpenBrace, "{"),
                (CloseBrace, "}"),
                (CloseSequence, "~}"),
                (CloseQuote, "\""),
            ],
        );
    }

    #[test]
    fn heredocs_end_at_their_marker_alone_on_a_line() {
        use TokenKind::*;
        check(
            "<<-END\n a $x\n END b\n END \n",
            &[
                (OpenHeredoc, "<<-END\n"),
                (TemplateText, " a "),
                (TemplateText, "$"),
                (TemplateText, "x\n"),
                (TemplateText, " END b\n"),
                (CloseHeredoc, " END "),
                (Newline, "\n"),
            ],
        );
        check("1 << 2", &[(Number, "1"), (Less, "<"), (Less, "<"), (Number, "2")]);
    }

    #[test]
    fn comments() {
        use TokenKind::*;
        check("a # b\n/* c\n*/ d", &[(Identifier, "a"), (Comment, "# b\n"), (Comment, "/* c\n*/"), (Identifier, "d")]);
        check("/* a", &[(Slash, "/"), (Star, "*"), (Identifier, "a")]);
    }
}
