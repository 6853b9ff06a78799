//! `terraform fmt`: canonical blanks between tokens, and the few rewrites of tokens that Terraform makes.
//!
//! `rewrite` turns the tokens of a parsed file into pieces (quoted labels, `"${x}"` unwrapped, old type names), `label` how labels are
//! written, `layout` decides the blanks before each piece line by line, `spacing` those between two pieces of a line. Byte for byte what
//! hclwrite and Terraform's `fmt` make, so it keeps their oddities: columns are counted over everything between two newline tokens, a heredoc
//! with all its text included.

mod label;
mod layout;
mod rewrite;
mod spacing;

use super::parser::parse_file;
use super::token::TokenKind;
use crate::diag::{Diagnostics, FileId};
use label::Labels;

/// The text in canonical form, or what is wrong with it. In a `lossy` text U+FFFD stands for what was not UTF-8.
pub fn format(text: &str, file: FileId, lossy: bool) -> Result<String, Diagnostics> {
    let parsed = parse_file(text, file, lossy);
    if parsed.diagnostics.has_errors() {
        return Err(parsed.diagnostics);
    }
    let labels = Labels::of(&parsed.body, text);
    let mut pieces = rewrite::pieces(text, &parsed.tokens, &parsed.body, &labels);
    layout::lay_out(&mut pieces);
    Ok(write(&pieces, text.len()))
}

/// A token and the blanks before it.
#[derive(Clone, Copy, Debug)]
struct Piece<'t> {
    kind: TokenKind,
    text: &'t str,
    blanks: u32,
}

impl<'t> Piece<'t> {
    fn new(kind: TokenKind, text: &'t str) -> Self {
        Self { kind, text, blanks: 0 }
    }

    fn ends_line(&self) -> bool {
        self.kind == TokenKind::Newline || (self.kind == TokenKind::Comment && self.text.ends_with('\n'))
    }

    /// How many more brackets are open after it.
    fn nesting(&self) -> i32 {
        use TokenKind::*;
        match self.kind {
            OpenBrace | OpenBracket | OpenParen | OpenInterpolation | OpenDirective => 1,
            CloseBrace | CloseBracket | CloseParen | CloseSequence => -1,
            _ => 0,
        }
    }
}

const BLANKS: &str = "                                                                ";

fn write(pieces: &[Piece], size: usize) -> String {
    let mut text = String::with_capacity(size + size / 8);
    for piece in pieces {
        let mut blanks = piece.blanks as usize;
        while blanks > BLANKS.len() {
            text.push_str(BLANKS);
            blanks -= BLANKS.len();
        }
        text.push_str(&BLANKS[..blanks]);
        text.push_str(piece.text);
    }
    text
}
