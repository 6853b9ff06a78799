//! What is wrong with tokens that can never be valid, whatever stands around them.

use super::token::{Token, TokenKind};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};

/// Diagnostics for tokens that can never be valid. Repetitions are not told.
pub fn complain(tokens: &[Token], text: &str, file: FileId, offset: u32) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut told = Told::default();
    for token in tokens {
        if let Some((summary, detail)) = told.problem(token, text) {
            let span = Span { file, start: token.start + offset, end: token.end + offset };
            diagnostics.push(Diagnostic::error(summary, detail).at(span));
        }
    }
    diagnostics
}

/// How often each kind of problem was met.
#[derive(Default)]
struct Told {
    bitwise: u32,
    backticks: u32,
    apostrophes: u32,
    semicolons: u32,
    encoding: u32,
}

impl Told {
    fn problem(&mut self, token: &Token, text: &str) -> Option<(&'static str, &'static str)> {
        use TokenKind::*;
        match token.kind {
            BitwiseAnd => self.bitwise("Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?"),
            BitwiseOr => self.bitwise("Bitwise operators are not supported. Did you mean boolean OR (\"||\")?"),
            BitwiseNot => self.bitwise("Bitwise operators are not supported. Did you mean boolean NOT (\"!\")?"),
            BitwiseXor => self.bitwise("Bitwise operators are not supported."),
            Backtick => pairwise(&mut self.backticks).then_some((
                "Invalid character",
                "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\".",
            )),
            Apostrophe => pairwise(&mut self.apostrophes).then_some((
                "Invalid character",
                "Single quotes are not valid. Use double quotes (\") to enclose strings.",
            )),
            Semicolon => once(&mut self.semicolons).then_some((
                "Invalid character",
                "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.",
            )),
            InvalidEncoding => once(&mut self.encoding).then_some((
                "Invalid character encoding",
                "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.",
            )),
            QuotedNewline => Some((
                "Invalid multi-line string",
                "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax.",
            )),
            InvalidCharacter if matches!(token.text(text), "\u{201c}" | "\u{201d}") => Some((
                "Invalid character",
                "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a \"straight quote\".",
            )),
            InvalidCharacter => Some(("Invalid character", "This character is not used within the language.")),
            _ => None,
        }
    }

    fn bitwise(&mut self, detail: &'static str) -> Option<(&'static str, &'static str)> {
        self.bitwise += 1;
        (self.bitwise <= 4).then_some(("Unsupported operator", detail))
    }
}

fn once(count: &mut u32) -> bool {
    *count += 1;
    *count == 1
}

/// The first and the third: quotes come in pairs, and two pairs are enough to make the point.
fn pairwise(count: &mut u32) -> bool {
    let is_opening = count.is_multiple_of(2);
    *count = (*count + 1).min(3);
    is_opening
}
