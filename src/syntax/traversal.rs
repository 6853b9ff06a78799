//! A traversal alone, as addresses are written: a name, then names after dots and literal indexes.

use super::parser::Parser;
use super::token::{Token, TokenKind};
use super::tree::{Traversal, TraversalStep, TraversalStepKind};
use crate::value::Value;

impl Parser<'_> {
    /// A traversal up to the end of the text. There is no recovery: the first error ends it.
    pub fn absolute_traversal(&mut self) -> Option<Traversal> {
        let root = self.read();
        if root.kind != TokenKind::Identifier {
            self.error("Variable name required", "Must begin with a variable name.", root);
            return None;
        }
        let mut steps = Vec::new();
        loop {
            let next = self.peek();
            let step = match next.kind {
                TokenKind::EndOfFile => break,
                TokenKind::Dot => self.attribute_step(root),
                TokenKind::OpenBracket => self.index_step(root),
                _ => {
                    let detail = "Expected an attribute access or an index operator.";
                    self.error_since(root, "Invalid character", detail, next);
                    None
                }
            };
            steps.push(step?);
        }
        Some(Traversal { root: self.name(root), root_span: self.span(root), steps })
    }

    fn attribute_step(&mut self, root: Token) -> Option<TraversalStep> {
        let dot = self.read();
        let name = self.read();
        if name.kind != TokenKind::Identifier {
            let detail = match name.kind {
                TokenKind::Star => "Splat expressions (.*) may not be used here.",
                _ => "Dot must be followed by attribute name.",
            };
            self.error_since(root, "Attribute name required", detail, name);
            return None;
        }
        let kind = TraversalStepKind::Attribute(self.name(name));
        Some(TraversalStep { kind, span: self.span(dot).to(self.span(name)) })
    }

    fn index_step(&mut self, root: Token) -> Option<TraversalStep> {
        let open = self.read();
        let mark = self.mark();
        let next = self.peek();
        let key = match next.kind {
            TokenKind::Number => {
                self.read();
                self.number(next)
            }
            TokenKind::OpenQuote => Value::text(&self.quoted_literal().0),
            TokenKind::Star => {
                let detail = "Splat expressions ([*]) may not be used here.";
                self.error_since(root, "Attribute name required", detail, next);
                return None;
            }
            _ => {
                let detail = "Index brackets must contain either a literal number or a literal string.";
                self.error_since(root, "Index value required", detail, next);
                return None;
            }
        };
        let close = self.read();
        if close.kind != TokenKind::CloseBracket {
            let detail = "Index key must be followed by a closing bracket.";
            self.error_since(open, "Unclosed index brackets", detail, close);
        }
        let span = self.span(open).to(self.span(close));
        (!self.failed_since(mark)).then_some(TraversalStep { kind: TraversalStepKind::Index(key), span })
    }
}
