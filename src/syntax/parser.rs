//! The parser's position, its look-ahead and its recovery. What is parsed is in `body`, `expression`, `construct`, `template` and
//! `traversal`.
//!
//! Diagnostics and the tree after an error are those of hclsyntax: an error that leaves the parser in an unknown place sets
//! `recovering`, which silences what would only be a consequence, and callers skip to a bracket or line end where they know again
//! where they are.
//!
//! Two limits keep hostile input from exhausting the stack, of the parser and of whoever walks the tree: how deep constructs
//! nest, and how high a tree may grow (a chain of a thousand `+` nests nothing, yet its tree is a thousand levels high).

use super::complaint::complain;
use super::lexer::{Grammar, scan};
use super::names::{Names, normalised};
use super::token::{Token, TokenKind};
use super::tree::{Body, Expression, ExpressionKind, Traversal};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::value::Text;

/// How deep brackets, templates, blocks, unary operators and conditionals nest.
pub const DEPTH_LIMIT: u32 = 128;
/// How high the tree of one expression is.
pub const HEIGHT_LIMIT: u32 = 512;

/// A configuration file in native syntax.
pub fn parse_body(text: &str, file: FileId) -> (Body, Diagnostics) {
    parse_body_as(text, file, false)
}

/// A file in which whatever was not UTF-8 has been replaced by U+FFFD (`String::from_utf8_lossy`). That is an error, except in comments.
pub fn parse_lossy_body(text: &str, file: FileId) -> (Body, Diagnostics) {
    parse_body_as(text, file, true)
}

fn parse_body_as(text: &str, file: FileId, lossy: bool) -> (Body, Diagnostics) {
    let parsed = parse_file(text, file, lossy);
    (parsed.body, parsed.diagnostics)
}

/// A file, its tokens and what is wrong with it.
pub(super) struct ParsedFile {
    pub body: Body,
    pub tokens: Vec<Token>,
    pub diagnostics: Diagnostics,
}

pub(super) fn parse_file(text: &str, file: FileId, lossy: bool) -> ParsedFile {
    let mut parser = Parser::new(text, file, 0, Grammar::Normal, lossy);
    let body = parser.body(TokenKind::EndOfFile);
    ParsedFile { body, tokens: parser.tokens, diagnostics: parser.diagnostics }
}

/// One expression that is all of the text. `start` is where the text stands in the file.
pub fn parse_expression(text: &str, file: FileId, start: u32) -> (Expression, Diagnostics) {
    let mut parser = Parser::new(text, file, start, Grammar::Normal, false);
    parser.newlines = false;
    let expression = parser.expression();
    let next = parser.peek();
    if next.kind != TokenKind::EndOfFile && !parser.recovering {
        parser.error(
            "Extra characters after expression",
            "An expression was successfully parsed, but extra characters were found after it.",
            next,
        );
    }
    (expression, parser.diagnostics)
}

/// Text with `${}` and `%{}`, without quotes: template files and strings in JSON. `start` is where the text stands in the file.
pub fn parse_template(text: &str, file: FileId, start: u32) -> (Expression, Diagnostics) {
    let mut parser = Parser::new(text, file, start, Grammar::Template, false);
    let expression = parser.bare_template();
    (expression, parser.diagnostics)
}

/// A traversal that is all of the text, such as an address on the command line. Nothing where it is no traversal.
pub fn parse_traversal(text: &str, file: FileId, start: u32) -> (Option<Traversal>, Diagnostics) {
    let mut parser = Parser::new(text, file, start, Grammar::Normal, false);
    parser.newlines = false;
    let traversal = parser.absolute_traversal();
    (traversal, parser.diagnostics)
}

pub(super) struct Parser<'t> {
    pub text: &'t str,
    file: FileId,
    offset: u32,
    tokens: Vec<Token>,
    next: usize,
    /// Newlines are tokens here, not blanks.
    pub newlines: bool,
    pub recovering: bool,
    pub diagnostics: Diagnostics,
    depth: u32,
    /// Of the expression parsed last.
    pub height: u32,
    names: Names,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, file: FileId, offset: u32, grammar: Grammar, lossy: bool) -> Self {
        let tokens = scan(text, grammar, lossy);
        let diagnostics = complain(&tokens, text, file, offset);
        Self {
            text,
            file,
            offset,
            tokens,
            next: 0,
            newlines: true,
            recovering: false,
            diagnostics,
            depth: 0,
            height: 0,
            names: Names::new(),
        }
    }

    /// The next token that counts, and the index after it.
    fn look(&self) -> (Token, usize) {
        let mut index = self.next;
        while let Some(token) = self.tokens.get(index) {
            index += 1;
            match token.kind {
                TokenKind::Newline if !self.newlines => {}
                TokenKind::Comment => {
                    // A line comment holds the newline that ends an argument.
                    if self.newlines && token.text(self.text).ends_with('\n') {
                        return (Token { kind: TokenKind::Newline, ..*token }, index);
                    }
                }
                _ => return (*token, index),
            }
        }
        let end = self.text.len() as u32;
        (Token { kind: TokenKind::EndOfFile, start: end, end }, self.tokens.len())
    }

    pub fn peek(&self) -> Token {
        self.look().0
    }

    pub fn read(&mut self) -> Token {
        let (token, next) = self.look();
        self.next = next;
        token
    }

    /// The next two tokens whatever they are.
    pub fn look_ahead_two(&self) -> Option<[Token; 2]> {
        Some([*self.tokens.get(self.next)?, *self.tokens.get(self.next + 1)?])
    }

    pub fn next_is(&self, kind: TokenKind) -> bool {
        self.peek().kind == kind
    }

    /// Reads the next token if it is of this kind.
    pub fn take(&mut self, kind: TokenKind) -> Option<Token> {
        self.next_is(kind).then(|| self.read())
    }

    pub fn next_is_keyword(&self, keyword: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Identifier && token.text(self.text) == keyword
    }

    /// The token read last.
    pub fn previous(&self) -> Token {
        match self.next.checked_sub(1).and_then(|index| self.tokens.get(index)) {
            Some(token) => *token,
            None => self.peek(),
        }
    }

    pub fn span(&self, token: Token) -> Span {
        Span { file: self.file, start: token.start + self.offset, end: token.end + self.offset }
    }

    pub fn name(&mut self, token: Token) -> Text {
        self.names.share(token.text(self.text))
    }

    /// Literal text in NFC, as all strings of the language are.
    pub fn shared_text(&mut self, text: &str) -> Text {
        if text.is_ascii() { self.names.share(text) } else { normalised(text) }
    }

    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>, subject: Token) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(self.span(subject)));
    }

    /// An error that is shown with everything from another token on.
    pub fn error_since(&mut self, start: Token, summary: impl Into<String>, detail: impl Into<String>, subject: Token) {
        let (start, subject) = (self.span(start), self.span(subject));
        self.diagnostics.push(Diagnostic::error(summary, detail).at(subject).within(start.to(subject)));
    }

    pub fn mark(&self) -> usize {
        self.diagnostics.len()
    }

    pub fn failed_since(&self, mark: usize) -> bool {
        self.diagnostics.len() > mark
    }

    /// Something went wrong since, and the parser does not know where it is.
    pub fn is_lost_since(&self, mark: usize) -> bool {
        self.recovering && self.failed_since(mark)
    }

    /// Parses something one level deeper, unless that is too deep.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> T, give_up: impl FnOnce(Span) -> T) -> T {
        if self.depth >= DEPTH_LIMIT {
            let place = self.peek();
            if !self.recovering {
                let detail = format!("Nesting of more than {DEPTH_LIMIT} levels is not supported.");
                self.error("Too many levels of nesting", detail, place);
            }
            self.recovering = true;
            self.height = 1;
            return give_up(self.span(place));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Notes the height of an expression around others, the highest of which is given; false where that is too high.
    pub fn grow(&mut self, highest: u32, place: Token) -> bool {
        self.height = highest + 1;
        let fits = self.height <= HEIGHT_LIMIT;
        if !fits {
            if !self.recovering {
                let detail = format!(
                    "An expression of more than {HEIGHT_LIMIT} chained operations is not supported. Give parts of it a name in a \"locals\" block."
                );
                self.error("Expression too complex", detail, place);
            }
            self.recovering = true;
        }
        fits
    }

    /// Parses with newlines counting or not, whatever holds around.
    pub fn with_newlines<T>(&mut self, newlines: bool, parse: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::replace(&mut self.newlines, newlines);
        let parsed = parse(self);
        self.newlines = around;
        parsed
    }

    /// Skips to after the closing bracket of the construct that the parser is in, or to the end.
    pub fn recover(&mut self, end: TokenKind) -> Token {
        self.recovering = true;
        let start = end.counterpart();
        let mut nesting = 0;
        loop {
            let token = self.read();
            let kind = match token.kind {
                TokenKind::OpenDirective if end == TokenKind::CloseSequence => TokenKind::OpenInterpolation,
                kind => kind,
            };
            if kind == end {
                if nesting == 0 {
                    return token;
                }
                nesting -= 1;
            } else if kind == TokenKind::EndOfFile {
                return token;
            } else if Some(kind) == start {
                nesting += 1;
            }
        }
    }

    /// Skips over the next pair of brackets.
    pub fn recover_over(&mut self, start: TokenKind) {
        loop {
            let kind = self.read().kind;
            if kind == start || kind == TokenKind::EndOfFile {
                break;
            }
        }
        if let Some(end) = start.counterpart() {
            self.recover(end);
        }
    }

    /// Skips to after the line that ends an argument or block, with all brackets that were opened closed.
    pub fn recover_after_item(&mut self) {
        use TokenKind::*;
        self.recovering = true;
        let mut open: Vec<TokenKind> = Vec::new();
        loop {
            let kind = self.read().kind;
            match kind {
                Newline if open.is_empty() => return,
                EndOfFile => return,
                OpenBrace | OpenBracket | OpenParen | OpenQuote | OpenHeredoc => open.push(kind),
                OpenInterpolation | OpenDirective => open.push(OpenInterpolation),
                CloseBrace | CloseBracket | CloseParen | CloseQuote | CloseHeredoc | CloseSequence => {
                    while let Some(opened) = open.pop() {
                        if Some(opened) == kind.counterpart() {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
    }

    pub fn invalid(&mut self, span: Span) -> Expression {
        self.height = 1;
        Expression { kind: ExpressionKind::Invalid, span }
    }
}
