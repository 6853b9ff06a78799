//! The changes of tokens that Terraform's `fmt` makes besides blanks.
//!
//! - Labels are quoted, and comments between them dropped: `resource a b {` becomes `resource "a" "b" {`.
//! - An argument that is nothing but one interpolation loses the quotes: `"${x}"` becomes `x`, in parentheses where it spans lines.
//! - The `type` of a variable loses the quotes of old versions, and a bare `list` becomes `list(any)`.

use super::Piece;
use super::label::Labels;
use crate::diag::Span;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::{Block, Body};

/// All tokens but the end of the file, rewritten.
pub fn pieces<'t>(text: &'t str, tokens: &[Token], body: &Body, labels: &'t Labels) -> Vec<Piece<'t>> {
    let mut rewriter = Rewriter { text, tokens, labels, next: 0, pieces: Vec::with_capacity(tokens.len()) };
    rewriter.body(body, None, 0);
    rewriter.copy_to(text.len() as u32);
    rewriter.pieces
}

struct Rewriter<'t, 'a> {
    text: &'t str,
    tokens: &'a [Token],
    labels: &'t Labels,
    next: usize,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Rewriter<'t, '_> {
    /// `around` is the kind of block whose body this is, `depth` how many blocks are around.
    fn body(&mut self, body: &Body, around: Option<&str>, depth: usize) {
        let mut attributes = body.attributes.iter().peekable();
        let mut blocks = body.blocks.iter().peekable();
        loop {
            let next_block = blocks.peek().map_or(u32::MAX, |block| block.kind_span.start);
            if let Some(attribute) = attributes.next_if(|attribute| attribute.span.start < next_block) {
                self.copy_to(attribute.expression.span.start);
                let is_type = depth == 1 && around == Some("variable") && &*attribute.name == "type";
                self.expression(attribute.expression.span, is_type);
            } else if let Some(block) = blocks.next() {
                self.labels(block);
                self.body(&block.body, Some(&block.kind), depth + 1);
            } else {
                return;
            }
        }
    }

    fn piece(&self, token: &Token) -> Piece<'t> {
        Piece::new(token.kind, token.text(self.text))
    }

    /// The tokens up to an offset, which are then behind us.
    fn take_to(&mut self, offset: u32) -> &[Token] {
        let rest = &self.tokens[self.next..];
        let count = rest.iter().take_while(|token| token.start < offset).count();
        self.next += count;
        &rest[..count]
    }

    fn copy_to(&mut self, offset: u32) {
        let start = self.next;
        self.take_to(offset);
        for token in &self.tokens[start..self.next] {
            self.pieces.push(self.piece(token));
        }
    }

    fn labels(&mut self, block: &Block) {
        self.copy_to(block.kind_span.end);
        for label in &block.labels {
            // What stands before a label can only be comments.
            self.take_to(label.span.start);
            if self.text.as_bytes().get(label.span.start as usize) == Some(&b'"') {
                self.copy_to(label.span.end);
                if let (Some(text), [.., literal, _]) = (self.labels.get(label.span.start), self.pieces.as_mut_slice())
                {
                    literal.text = text;
                }
            } else {
                self.pieces.push(Piece::new(TokenKind::OpenQuote, "\""));
                self.copy_to(label.span.end);
                if let Some(name) = self.pieces.last_mut() {
                    name.kind = TokenKind::QuotedText;
                }
                self.pieces.push(Piece::new(TokenKind::CloseQuote, "\""));
            }
        }
    }

    fn expression(&mut self, span: Span, is_type: bool) {
        let start = self.next;
        self.take_to(span.end);
        let tokens = &self.tokens[start..self.next];
        if is_type {
            self.type_expression(tokens);
        } else if let Some(inner) = unwrapped(tokens) {
            self.unwrap(inner);
        } else {
            self.push(tokens);
        }
    }

    fn push(&mut self, tokens: &[Token]) {
        for token in tokens {
            self.pieces.push(self.piece(token));
        }
    }

    fn unwrap(&mut self, inner: &[Token]) {
        let is_newline = |token: &Token| token.kind == TokenKind::Newline;
        let start = inner.iter().position(|token| !is_newline(token)).unwrap_or(inner.len());
        let end = inner.iter().rposition(|token| !is_newline(token)).map_or(start, |last| last + 1);
        let inner = &inner[start..end];
        let is_parenthesised = inner.len() > 1
            && inner.first().is_some_and(|token| token.kind == TokenKind::OpenParen)
            && inner.last().is_some_and(|token| token.kind == TokenKind::CloseParen);
        let needs_parentheses = inner.iter().any(is_newline) && !is_parenthesised;
        if needs_parentheses {
            self.pieces.push(Piece::new(TokenKind::OpenParen, "("));
        }
        self.push(inner);
        if needs_parentheses {
            self.pieces.push(Piece::new(TokenKind::CloseParen, ")"));
        }
    }

    fn type_expression(&mut self, tokens: &[Token]) {
        let name_and_element = match tokens {
            [name] if name.kind == TokenKind::Identifier => (name.text(self.text), "any"),
            [open, name, _] if open.kind == TokenKind::OpenQuote && name.kind == TokenKind::QuotedText => {
                (name.text(self.text), "string")
            }
            _ => return self.push(tokens),
        };
        match (name_and_element, tokens.len()) {
            ((name @ ("list" | "map"), element), _) | ((name @ "set", element), 1) => self.collection(name, element),
            (("string", _), 3) => self.pieces.push(Piece::new(TokenKind::Identifier, "string")),
            _ => self.push(tokens),
        }
    }

    fn collection(&mut self, name: &'t str, element: &'t str) {
        self.pieces.extend([
            Piece::new(TokenKind::Identifier, name),
            Piece::new(TokenKind::OpenParen, "("),
            Piece::new(TokenKind::Identifier, element),
            Piece::new(TokenKind::CloseParen, ")"),
        ]);
    }
}

/// What is inside of `"${...}"`, where that is one interpolation and nothing else.
fn unwrapped(tokens: &[Token]) -> Option<&[Token]> {
    use TokenKind::*;
    let [open, sequence, inner @ .., sequence_end, close] = tokens else { return None };
    let ends = (open.kind, sequence.kind, sequence_end.kind, close.kind);
    if ends != (OpenQuote, OpenInterpolation, CloseSequence, CloseQuote) || inner.is_empty() {
        return None;
    }
    let mut quotes = 0;
    for token in inner {
        match token.kind {
            OpenQuote => quotes += 1,
            CloseQuote => quotes -= 1,
            // Two interpolations next to each other, or text between them.
            OpenInterpolation | CloseSequence | QuotedText if quotes <= 0 => return None,
            _ => {}
        }
    }
    Some(inner)
}
