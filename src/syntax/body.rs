//! Bodies: arguments and blocks.

use super::parser::Parser;
use super::token::{Token, TokenKind};
use super::tree::{Attribute, Block, Body, Label};
use crate::diag::{Diagnostic, Span};
use std::collections::HashMap;
use std::sync::Arc;

const NEEDED: &str = "Argument or block definition required";

enum Item {
    Attribute(Attribute),
    Block(Block),
}

impl Parser<'_> {
    /// Arguments and blocks up to the end token, which is read too. The opening brace has been read.
    pub fn body(&mut self, end: TokenKind) -> Body {
        self.nested(|parser| parser.body_items(end), |span| Body { span: Some(span), ..Body::default() })
    }

    fn body_items(&mut self, end: TokenKind) -> Body {
        let start = self.previous();
        let mut body = Body::default();
        let mut names = Names::default();
        let last = loop {
            let next = self.peek();
            if next.kind == end {
                break self.read();
            }
            match next.kind {
                TokenKind::Newline => {
                    self.read();
                }
                TokenKind::Identifier => match self.body_item() {
                    Some(Item::Block(block)) => body.blocks.push(block),
                    Some(Item::Attribute(attribute)) => match names.existing(&body.attributes, &attribute) {
                        Some(existing) => self.redefined(&attribute, existing),
                        None => body.attributes.push(attribute),
                    },
                    None => {}
                },
                _ => {
                    self.not_an_item(start, end);
                    let last = self.previous();
                    self.recover(end);
                    break last;
                }
            }
        };
        body.span = Some(self.span(start).to(self.span(last)));
        body
    }

    fn redefined(&mut self, attribute: &Attribute, existing: Span) {
        let detail = format!(
            "The argument \"{}\" was already set at {}. Each argument may be set only once.",
            attribute.name,
            existing.mention()
        );
        self.diagnostics.push(Diagnostic::error("Attribute redefined", detail).at(attribute.name_span));
    }

    /// Reads what is no item and says so.
    fn not_an_item(&mut self, start: Token, end: TokenKind) {
        let bad = self.read();
        if self.recovering {
            return;
        }
        match bad.kind {
            TokenKind::OpenQuote => {
                self.error("Invalid argument name", "Argument names must not be quoted.", bad);
            }
            TokenKind::EndOfFile if end == TokenKind::CloseBrace => {
                self.error("Unclosed configuration block", UNCLOSED_BLOCK, start);
            }
            _ => self.error(NEEDED, "An argument or block definition is required here.", bad),
        }
    }

    fn body_item(&mut self) -> Option<Item> {
        let name = self.read();
        match self.peek().kind {
            TokenKind::Assign => Some(Item::Attribute(self.attribute(name, false))),
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Identifier => Some(Item::Block(self.block(name))),
            _ => {
                self.recover_after_item();
                self.no_definition(name);
                None
            }
        }
    }

    fn no_definition(&mut self, name: Token) {
        let detail = "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to introduce the argument value.";
        self.error(NEEDED, detail, name);
    }

    /// `name = expression` and, unless in a single-line block, the newline.
    fn attribute(&mut self, name: Token, in_line: bool) -> Attribute {
        let equals = self.read();
        let mark = self.mark();
        let expression = self.expression();
        let mut last = self.previous();
        if self.is_lost_since(mark) {
            self.recover_after_item();
        } else if !in_line {
            let end = self.peek();
            if matches!(end.kind, TokenKind::Newline | TokenKind::EndOfFile) {
                self.read();
            } else {
                self.no_newline(name, end);
                last = self.previous();
                self.recover_after_item();
            }
        }
        let name_span = self.span(name);
        Attribute {
            name: self.name(name),
            name_span,
            equals_span: self.span(equals),
            expression: Arc::new(expression),
            span: name_span.to(self.span(last)),
        }
    }

    fn no_newline(&mut self, name: Token, end: Token) {
        if self.recovering {
            return;
        }
        if end.kind == TokenKind::Comma {
            let detail = "Argument definitions must be separated by newlines, not commas. An argument definition must end with a newline.";
            self.error_since(name, "Unexpected comma after argument", detail, end);
        } else {
            let detail = "An argument definition must end with a newline.";
            self.error_since(name, "Missing newline after argument", detail, end);
        }
    }

    /// `kind label "label" { ... }`
    fn block(&mut self, kind: Token) -> Block {
        let mut labels = Vec::new();
        let open = loop {
            let next = self.peek();
            match next.kind {
                TokenKind::OpenBrace => break self.read(),
                TokenKind::OpenQuote => {
                    let (text, span) = self.quoted_literal();
                    labels.push(Label { text: text.into(), span });
                }
                TokenKind::Identifier => {
                    self.read();
                    labels.push(Label { text: self.name(next), span: self.span(next) });
                }
                _ => {
                    self.bad_block_header(kind, next);
                    self.recover_after_item();
                    return self.finished_block(kind, labels, Body::default(), kind, kind);
                }
            }
        };
        let body = match self.peek().kind {
            TokenKind::Newline | TokenKind::EndOfFile | TokenKind::CloseBrace => Some(self.body(TokenKind::CloseBrace)),
            _ => self.single_line_body(kind, open),
        };
        let close = self.previous();
        let end = self.peek();
        if matches!(end.kind, TokenKind::Newline | TokenKind::EndOfFile) {
            self.read();
        } else {
            if !self.recovering {
                let detail = "A block definition must end with a newline.";
                self.error_since(kind, "Missing newline after block definition", detail, end);
            }
            self.recover_after_item();
        }
        let span = Some(self.span(open).to(self.span(close)));
        let body = body.unwrap_or(Body { span, ..Body::default() });
        self.finished_block(kind, labels, body, open, close)
    }

    fn finished_block(&mut self, kind: Token, labels: Vec<Label>, mut body: Body, open: Token, close: Token) -> Block {
        body.span = body.span.or(Some(self.span(kind)));
        Block {
            kind: self.name(kind),
            kind_span: self.span(kind),
            labels,
            body: Arc::new(body),
            open_brace_span: self.span(open),
            close_brace_span: self.span(close),
        }
    }

    fn bad_block_header(&mut self, kind: Token, found: Token) {
        let detail = match found.kind {
            TokenKind::Assign => {
                "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block."
            }
            TokenKind::Newline => {
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the block header."
            }
            _ if self.recovering => return,
            _ => "Either a quoted string block label or an opening brace (\"{\") is expected here.",
        };
        self.error_since(kind, "Invalid block definition", detail, found);
    }

    /// `argument = value }` on the line of the opening brace.
    fn single_line_body(&mut self, kind: Token, open: Token) -> Option<Body> {
        let attribute = self.single_attribute();
        self.close_single_line(kind, open);
        let attribute = attribute?;
        Some(Body { span: Some(attribute.span), attributes: vec![attribute], ..Body::default() })
    }

    fn single_attribute(&mut self) -> Option<Attribute> {
        let name = self.read();
        if name.kind != TokenKind::Identifier {
            self.recover_after_item();
            self.error(NEEDED, "An argument or block definition is required here.", name);
            return None;
        }
        let next = self.peek();
        match next.kind {
            TokenKind::Assign => return Some(self.attribute(name, true)),
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Identifier => {
                let detail = format!(
                    "A single-line block definition can contain only a single argument. If you meant to define argument \"{}\", use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.",
                    name.text(self.text)
                );
                self.recover_after_item();
                let place = self.span(name).to(self.span(next));
                self.diagnostics.push(Diagnostic::error("Argument definition required", detail).at(place));
            }
            _ => {
                self.recover_after_item();
                self.no_definition(name);
            }
        }
        None
    }

    fn close_single_line(&mut self, kind: Token, open: Token) {
        const SUMMARY: &str = "Invalid single-argument block definition";
        let next = self.peek();
        match next.kind {
            TokenKind::CloseBrace => {
                self.read();
                return;
            }
            TokenKind::Comma => self.error(
                SUMMARY,
                "Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.",
                next,
            ),
            TokenKind::Newline => self.error(
                SUMMARY,
                "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
                next,
            ),
            _ if self.recovering => {}
            TokenKind::EndOfFile => {
                let context = self.span(kind).to(self.span(open));
                let unclosed = Diagnostic::error("Unclosed configuration block", UNCLOSED_BLOCK);
                self.diagnostics.push(unclosed.at(self.span(open)).within(context));
            }
            _ => self.error(
                SUMMARY,
                "A single-line block definition must end with a closing brace immediately after its single argument definition.",
                next,
            ),
        }
        self.recover(TokenKind::CloseBrace);
    }
}

const UNCLOSED_BLOCK: &str = "There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.";

/// Finds an argument set twice. Few bodies have many arguments, so only those get a table.
#[derive(Default)]
struct Names {
    table: HashMap<Arc<str>, Span>,
}

impl Names {
    const FEW: usize = 24;

    fn existing(&mut self, attributes: &[Attribute], new: &Attribute) -> Option<Span> {
        if attributes.len() < Self::FEW {
            return attributes.iter().find(|attribute| attribute.name == new.name).map(|found| found.name_span);
        }
        for attribute in &attributes[self.table.len()..] {
            self.table.insert(attribute.name.clone(), attribute.name_span);
        }
        self.table.get(&new.name).copied()
    }
}
