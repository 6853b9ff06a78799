//! What brackets make: function calls, tuples, objects and `for`.

use super::parser::Parser;
use super::token::{Token, TokenKind};
use super::tree::{Call, Expression, ExpressionKind, For, ObjectItem, ObjectKey};
use crate::diag::{Diagnostic, Span};
use crate::value::{Data, Text};

impl Parser<'_> {
    /// `name(arguments)` and `namespace::name(arguments)`; the first name has been read.
    pub fn call(&mut self, name: Token) -> Expression {
        let mut open = self.read();
        let mut full_name = name.text(self.text).to_owned();
        let mut last_name = name;
        while open.kind == TokenKind::DoubleColon {
            let next = self.read();
            if next.kind != TokenKind::Identifier {
                let detail = "Function scope resolution symbol :: must be followed by a function name in this scope.";
                self.error_since(name, "Missing function name", detail, next);
                return self.no_call(name, next);
            }
            full_name.push_str("::");
            full_name.push_str(next.text(self.text));
            last_name = next;
            open = self.read();
        }
        if open.kind != TokenKind::OpenParen {
            let detail = "Function selector must be followed by an open parenthesis to begin the function call.";
            self.error_since(name, "Missing open parenthesis", detail, open);
            return self.no_call(name, open);
        }
        let (arguments, expands_last, close) = self.with_newlines(false, |parser| parser.arguments(name, open));
        let name_span = self.span(name).to(self.span(last_name));
        let (open_span, close_span) = (self.span(open), self.span(close));
        let call = Call { name: full_name.into(), name_span, arguments, expands_last, open_span, close_span };
        Expression { kind: ExpressionKind::Call(Box::new(call)), span: name_span.to(close_span) }
    }

    fn no_call(&mut self, name: Token, last: Token) -> Expression {
        self.recover_over(TokenKind::OpenParen);
        self.invalid(self.span(name).to(self.span(last)))
    }

    /// The arguments, whether the last is expanded, and the closing parenthesis.
    fn arguments(&mut self, name: Token, open: Token) -> (Vec<Expression>, bool, Token) {
        let mut arguments = Vec::new();
        let mut highest = 0;
        let mut expands_last = false;
        let close = loop {
            if let Some(close) = self.take(TokenKind::CloseParen) {
                break close;
            }
            let mark = self.mark();
            arguments.push(self.expression());
            highest = highest.max(self.height);
            if self.is_lost_since(mark) {
                break self.recover(TokenKind::CloseParen);
            }
            let separator = self.read();
            match separator.kind {
                TokenKind::Comma => {}
                TokenKind::CloseParen => break separator,
                TokenKind::Ellipsis => {
                    expands_last = true;
                    if let Some(close) = self.take(TokenKind::CloseParen) {
                        break close;
                    }
                    if !self.recovering {
                        let detail = "An expanded function argument (with ...) must be immediately followed by closing parentheses.";
                        self.error_since(name, "Missing closing parenthesis", detail, separator);
                    }
                    break self.recover(TokenKind::CloseParen);
                }
                TokenKind::EndOfFile => {
                    let detail = "There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parenthesis nesting elsewhere in this file.";
                    let place = self.span(name).to(self.span(open));
                    self.diagnostics.push(Diagnostic::error("Unterminated function call", detail).at(place));
                    break separator;
                }
                _ => {
                    let detail = "A comma is required to separate each function argument from the next.";
                    self.error_since(name, "Missing argument separator", detail, separator);
                    break self.recover(TokenKind::CloseParen);
                }
            }
        };
        self.grow(highest, open);
        (arguments, expands_last, close)
    }

    /// `[a, b]` or `[for ...]`
    pub fn tuple(&mut self) -> Expression {
        let open = self.read();
        self.with_newlines(false, |parser| {
            if parser.next_is_keyword("for") { parser.for_expression(open) } else { parser.tuple_items(open) }
        })
    }

    fn tuple_items(&mut self, open: Token) -> Expression {
        let mut items = Vec::new();
        let mut highest = 0;
        let close = loop {
            if let Some(close) = self.take(TokenKind::CloseBracket) {
                break close;
            }
            let mark = self.mark();
            items.push(self.expression());
            highest = highest.max(self.height);
            if self.is_lost_since(mark) {
                break self.recover(TokenKind::CloseBracket);
            }
            let next = self.peek();
            match next.kind {
                TokenKind::Comma => {
                    self.read();
                }
                TokenKind::CloseBracket => break self.read(),
                _ => {
                    self.no_item_separator(open, next);
                    break self.recover(TokenKind::CloseBracket);
                }
            }
        };
        self.grow(highest, open);
        Expression { kind: ExpressionKind::Tuple(items), span: self.span(open).to(self.span(close)) }
    }

    fn no_item_separator(&mut self, open: Token, found: Token) {
        if self.recovering {
        } else if found.kind == TokenKind::EndOfFile {
            let detail = "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.";
            self.error("Unterminated tuple constructor expression", detail, open);
        } else {
            let detail = "Expected a comma to mark the beginning of the next item.";
            self.error_since(open, "Missing item separator", detail, found);
        }
    }

    /// `{a = b}` or `{for ...}`
    pub fn object(&mut self) -> Expression {
        let open = self.read();
        // Newlines separate the items of an object, but they may stand before `for`.
        if self.with_newlines(false, |parser| parser.next_is_keyword("for")) {
            return self.with_newlines(false, |parser| parser.for_expression(open));
        }
        self.with_newlines(true, |parser| parser.object_items(open))
    }

    fn object_items(&mut self, open: Token) -> Expression {
        let mut items = Vec::new();
        let mut highest = 0;
        let close = loop {
            let next = self.peek();
            match next.kind {
                TokenKind::Newline => {
                    self.read();
                    continue;
                }
                TokenKind::CloseBrace => break self.read(),
                _ => {}
            }
            let mark = self.mark();
            let key = self.expression();
            highest = highest.max(self.height);
            if self.is_lost_since(mark) {
                break self.recover(TokenKind::CloseBrace);
            }
            let sign = self.peek();
            if !matches!(sign.kind, TokenKind::Assign | TokenKind::Colon) {
                self.no_object_value(open, sign);
                break self.recover(TokenKind::CloseBrace);
            }
            self.read();
            let mark = self.mark();
            let value = self.expression();
            highest = highest.max(self.height);
            if self.is_lost_since(mark) {
                break self.recover(TokenKind::CloseBrace);
            }
            let key = object_key(key, next.kind == TokenKind::OpenParen);
            items.push(ObjectItem { key, value });
            let end = self.peek();
            match end.kind {
                TokenKind::CloseBrace => break self.read(),
                TokenKind::Comma | TokenKind::Newline => {
                    self.read();
                }
                _ => {
                    let detail = "Expected a newline or comma to mark the beginning of the next attribute.";
                    self.broken_object(open, end, "Missing attribute separator", detail);
                    break self.recover(TokenKind::CloseBrace);
                }
            }
        };
        self.grow(highest, open);
        Expression { kind: ExpressionKind::Object(items), span: self.span(open).to(self.span(close)) }
    }

    fn no_object_value(&mut self, open: Token, found: Token) {
        match found.kind {
            TokenKind::Newline | TokenKind::Comma => {
                let detail = "Expected an attribute value, introduced by an equals sign (\"=\").";
                self.broken_object(open, found, "Missing attribute value", detail);
            }
            TokenKind::Identifier => {
                let detail = "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to given an attribute name containing periods or spaces, write the name in quotes to create a string literal.";
                if !self.recovering {
                    self.error_since(open, "Missing key/value separator", detail, found);
                }
            }
            _ => {
                let detail = "Expected an equals sign (\"=\") to mark the beginning of the attribute value.";
                self.broken_object(open, found, "Missing key/value separator", detail);
            }
        }
    }

    fn broken_object(&mut self, open: Token, found: Token, summary: &str, detail: &str) {
        if self.recovering {
        } else if found.kind == TokenKind::EndOfFile {
            let detail = "There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.";
            self.error("Unterminated object constructor expression", detail, open);
        } else {
            self.error_since(open, summary, detail, found);
        }
    }

    /// `for key, value in collection : result if condition` up to the closing bracket; the opening one has been read.
    fn for_expression(&mut self, open: Token) -> Expression {
        let makes_object = open.kind == TokenKind::OpenBrace;
        let end = if makes_object { TokenKind::CloseBrace } else { TokenKind::CloseBracket };
        let Some(parsed) = self.for_parts(open) else {
            let close = self.recover(end);
            let span = self.span(open).to(self.span(close));
            return self.invalid(span);
        };
        let close = match self.take(end) {
            Some(close) => close,
            None => {
                self.bad_for(open, "Extra characters after the end of the 'for' expression.");
                self.recover(end)
            }
        };
        self.check_for(&parsed, makes_object, self.span(open).to(self.span(close)));
        let (open_span, close_span) = (self.span(open), self.span(close));
        let ForParts { key_name, value_name, collection, key, value, ellipsis, condition } = parsed;
        let groups = ellipsis.is_some();
        let parts = For { key_name, value_name, collection, key, value, condition, groups, open_span, close_span };
        Expression { kind: ExpressionKind::For(Box::new(parts)), span: open_span.to(close_span) }
    }

    /// Everything between the brackets; nothing where the rest cannot be understood.
    fn for_parts(&mut self, open: Token) -> Option<ForParts> {
        self.read();
        let Some(mut value_name) = self.take(TokenKind::Identifier) else {
            self.bad_for(open, "For expression requires variable name after 'for'.");
            return None;
        };
        let mut key_name = None;
        if self.take(TokenKind::Comma).is_some() {
            key_name = Some(self.name(value_name));
            let Some(second) = self.take(TokenKind::Identifier) else {
                self.bad_for(open, "For expression requires value variable name after comma.");
                return None;
            };
            value_name = second;
        }
        if !self.next_is_keyword("in") {
            self.bad_for(open, "For expression requires the 'in' keyword after its name declarations.");
            return None;
        }
        self.read();
        let mut highest = 0;
        let collection = self.for_operand(&mut highest)?;
        if self.take(TokenKind::Colon).is_none() {
            self.bad_for(open, "For expression requires a colon after the collection expression.");
            return None;
        }
        let mark = self.mark();
        let mut value = self.expression();
        highest = highest.max(self.height);
        let mut key = None;
        if self.take(TokenKind::FatArrow).is_some() {
            key = Some(std::mem::replace(&mut value, self.expression()));
            highest = highest.max(self.height);
        }
        if self.is_lost_since(mark) {
            return None;
        }
        let ellipsis = self.take(TokenKind::Ellipsis).map(|token| self.span(token));
        let mut condition = None;
        if self.next_is_keyword("if") {
            self.read();
            condition = Some(self.for_operand(&mut highest)?);
        }
        self.grow(highest, open);
        Some(ForParts { key_name, value_name: self.name(value_name), collection, key, value, ellipsis, condition })
    }

    fn for_operand(&mut self, highest: &mut u32) -> Option<Expression> {
        let mark = self.mark();
        let operand = self.expression();
        *highest = (*highest).max(self.height);
        (!self.is_lost_since(mark)).then_some(operand)
    }

    fn bad_for(&mut self, open: Token, detail: &str) {
        if !self.recovering {
            self.error_since(open, BAD_FOR, detail, self.peek());
        }
    }

    fn check_for(&mut self, parts: &ForParts, makes_object: bool, whole: Span) {
        let mut complain =
            |detail: &str, at: Span| self.diagnostics.push(Diagnostic::error(BAD_FOR, detail).at(at).within(whole));
        match &parts.key {
            Some(key) if !makes_object => complain("Key expression is not valid when building a tuple.", key.span),
            None if makes_object => complain("Key expression is required when building an object.", parts.value.span),
            _ => {}
        }
        if let Some(ellipsis) = parts.ellipsis.filter(|_| !makes_object) {
            complain("Grouping ellipsis (...) cannot be used when building a tuple.", ellipsis);
        }
    }
}

const BAD_FOR: &str = "Invalid 'for' expression";

struct ForParts {
    key_name: Option<Text>,
    value_name: Text,
    collection: Expression,
    key: Option<Expression>,
    value: Expression,
    ellipsis: Option<Span>,
    condition: Option<Expression>,
}

/// A bare word is a name, keywords included; anything in parentheses is an expression.
fn object_key(key: Expression, is_parenthesised: bool) -> ObjectKey {
    let span = key.span;
    let name: Option<Text> = match &key.kind {
        _ if is_parenthesised => None,
        ExpressionKind::Traversal(traversal) if traversal.steps.is_empty() => Some(traversal.root.clone()),
        ExpressionKind::Literal(value) => match value.data() {
            Data::Bool(true) => Some("true".into()),
            Data::Bool(false) => Some("false".into()),
            Data::Null(_) => Some("null".into()),
            _ => None,
        },
        _ => None,
    };
    name.map_or_else(|| ObjectKey::Expression(key), |text| ObjectKey::Name { text, span })
}
