//! Templates: quoted strings, heredocs, template files.
//!
//! In two passes, as strip markers and heredoc indentation look at neighbours. The first makes a flat list of pieces: literal
//! text, interpolations and single directives. The second, in `nesting`, puts `%{if}` ... `%{endif}` and `%{for}` ... `%{endfor}` together.

use super::content::did_you_mean;
use super::nesting::nest;
use super::parser::Parser;
use super::token::{Token, TokenKind};
use super::tree::{Expression, ExpressionKind, Template, TemplatePart};
use crate::diag::Span;
use crate::value::Text;

/// One piece of a flat template.
pub enum Piece {
    Literal { text: String, span: Span },
    Interpolation(Expression),
    If { condition: Expression, span: Span },
    For { key_name: Option<Text>, value_name: Text, collection: Expression, span: Span },
    Else { span: Span },
    EndIf { span: Span },
    EndFor { span: Span },
}

/// A flat template.
struct Pieces {
    pieces: Vec<Piece>,
    span: Span,
    end_span: Span,
    highest: u32,
}

impl Parser<'_> {
    /// A quoted string or heredoc, its opening token not yet read.
    pub fn quoted_template(&mut self) -> Expression {
        let open = self.read();
        let end = open.kind.counterpart().unwrap_or(TokenKind::EndOfFile);
        if let Some(plain) = self.plain_string(open) {
            return plain;
        }
        let mut pieces = self.pieces(end);
        if open.kind == TokenKind::OpenHeredoc && open.text(self.text).starts_with("<<-") {
            flush(&mut pieces.pieces);
        }
        let span = self.span(open).to(self.span(self.previous()));
        self.template(pieces, span)
    }

    /// All of the text as a template.
    pub fn bare_template(&mut self) -> Expression {
        let pieces = self.pieces(TokenKind::EndOfFile);
        let span = pieces.span;
        self.template(pieces, span)
    }

    /// The common case: a quoted string with nothing in it but text.
    fn plain_string(&mut self, open: Token) -> Option<Expression> {
        if open.kind != TokenKind::OpenQuote {
            return None;
        }
        let [TokenKind::QuotedText, TokenKind::CloseQuote] = self.look_ahead_two()?.map(|token| token.kind) else {
            return None;
        };
        let literal = self.read();
        let close = self.read();
        let span = self.span(literal);
        let text = self.literal_text(literal);
        let text = self.shared_text(&text);
        let template = Template { parts: vec![TemplatePart::Literal { text, span }] };
        self.height = 1;
        Some(Expression { kind: ExpressionKind::Template(template), span: self.span(open).to(self.span(close)) })
    }

    fn template(&mut self, pieces: Pieces, span: Span) -> Expression {
        let Pieces { mut pieces, end_span, highest, .. } = pieces;
        self.grow(highest, self.previous());
        if let Some(Piece::Interpolation(inner)) = pieces.pop_if(|piece| matches!(piece, Piece::Interpolation(_))) {
            if pieces.is_empty() {
                return Expression { kind: ExpressionKind::TemplateWrap(Box::new(inner)), span };
            }
            pieces.push(Piece::Interpolation(inner));
        }
        let (parts, problems) = nest(join_literals(pieces), end_span);
        self.diagnostics.extend(problems);
        Expression { kind: ExpressionKind::Template(Template { parts }), span }
    }

    fn pieces(&mut self, end: TokenKind) -> Pieces {
        let start = self.peek();
        let mut pieces = Vec::new();
        let mut strips_next = false;
        let mut after_literal = false;
        let mut highest = 0;
        let last = loop {
            let token = self.read();
            if token.kind == end {
                break token;
            }
            let strips = std::mem::take(&mut strips_next);
            let after = std::mem::take(&mut after_literal);
            match token.kind {
                TokenKind::QuotedText | TokenKind::TemplateText => {
                    let span = self.span(token);
                    let text = self.literal_text(token);
                    let text = if strips { text.trim_start().to_owned() } else { text.into_owned() };
                    pieces.push(Piece::Literal { text, span });
                    after_literal = true;
                }
                TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    if let (true, 3, Some(Piece::Literal { text, .. })) = (after, token.len(), pieces.last_mut()) {
                        text.truncate(text.trim_end().len());
                    }
                    strips_next = self.with_newlines(false, |parser| match token.kind {
                        TokenKind::OpenInterpolation => parser.interpolation(start, end, &mut pieces),
                        _ => parser.directive(token, start, &mut pieces),
                    });
                    highest = highest.max(self.height);
                }
                _ => {
                    if !self.recovering {
                        let detail = "No closing marker was found for the string.";
                        self.error_since(start, "Unterminated template string", detail, token);
                    }
                    break self.recover(end);
                }
            }
        };
        let (start, end_span) = (self.span(start), self.span(last));
        if pieces.is_empty() {
            pieces.push(Piece::Literal { text: String::new(), span: start.end_point() });
        }
        Pieces { pieces, span: start.to(end_span), end_span, highest }
    }

    /// After `${`. True where the end strips the blanks that follow.
    fn interpolation(&mut self, start: Token, end: TokenKind, pieces: &mut Vec<Piece>) -> bool {
        let expression = self.expression();
        pieces.push(Piece::Interpolation(expression));
        let close = self.peek();
        if close.kind == TokenKind::CloseSequence {
            return self.read().len() == 2;
        }
        if !self.recovering {
            self.unclosed_interpolation(start, end, close);
        }
        self.recover(TokenKind::CloseSequence);
        false
    }

    fn unclosed_interpolation(&mut self, start: Token, end: TokenKind, found: Token) {
        const UNCLOSED: &str = "Unclosed template interpolation sequence";
        const EXTRA: &str = "Extra characters after interpolation expression";
        match found.kind {
            TokenKind::EndOfFile => {
                let detail = "There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.";
                self.error(UNCLOSED, detail, start);
            }
            TokenKind::OpenQuote | TokenKind::CloseQuote if end == TokenKind::CloseQuote => {
                let detail = "There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression.";
                self.error(UNCLOSED, detail, start);
            }
            TokenKind::Colon => {
                let detail = "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with \"$${\" instead of just \"${\".";
                self.error_since(start, EXTRA, detail, found);
            }
            _ => {
                let detail = "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with \"$${\" instead of just \"${\".";
                self.error_since(start, EXTRA, detail, found);
            }
        }
    }

    /// After `%{`. True where the end strips the blanks that follow.
    fn directive(&mut self, open: Token, start: Token, pieces: &mut Vec<Piece>) -> bool {
        let keyword = self.peek();
        if keyword.kind != TokenKind::Identifier {
            if !self.recovering {
                let detail = "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.";
                self.error_since(open, "Invalid template directive", detail, keyword);
            }
            self.recover(TokenKind::CloseSequence);
            return false;
        }
        self.read();
        let Some(mut piece) = self.directive_piece(open, keyword) else {
            self.recover(TokenKind::CloseSequence);
            return false;
        };
        let close = self.peek();
        *piece.span_mut() = self.span(open).to(self.span(close));
        pieces.push(piece);
        if close.kind == TokenKind::CloseSequence {
            return self.read().len() == 2;
        }
        if !self.recovering {
            let summary = format!("Extra characters in {} marker", keyword.text(self.text));
            let detail = "Expected a closing brace to end the sequence, but found extra characters.";
            self.error_since(start, summary, detail, close);
        }
        self.recover(TokenKind::CloseSequence);
        false
    }

    fn directive_piece(&mut self, open: Token, keyword: Token) -> Option<Piece> {
        let span = self.span(open);
        self.height = 0;
        Some(match keyword.text(self.text) {
            "if" => Piece::If { condition: self.expression(), span },
            "else" => Piece::Else { span },
            "endif" => Piece::EndIf { span },
            "endfor" => Piece::EndFor { span },
            "for" => return self.for_directive(span),
            given => {
                if !self.recovering {
                    let hint = did_you_mean(given, ["if", "for", "else", "endif", "endfor"]);
                    let detail = format!("{given:?} is not a valid template control keyword.{hint}");
                    self.error_since(open, "Invalid template control keyword", detail, keyword);
                }
                return None;
            }
        })
    }

    fn for_directive(&mut self, span: Span) -> Option<Piece> {
        let Some(mut value_name) = self.take(TokenKind::Identifier) else {
            return self.bad_for_directive("For directive requires variable name after 'for'.");
        };
        let mut key_name = None;
        if self.take(TokenKind::Comma).is_some() {
            key_name = Some(self.name(value_name));
            let Some(second) = self.take(TokenKind::Identifier) else {
                return self.bad_for_directive("For directive requires value variable name after comma.");
            };
            value_name = second;
        }
        if !self.next_is_keyword("in") {
            return self.bad_for_directive("For directive requires 'in' keyword after names.");
        }
        self.read();
        let collection = self.expression();
        Some(Piece::For { key_name, value_name: self.name(value_name), collection, span })
    }

    fn bad_for_directive(&mut self, detail: &str) -> Option<Piece> {
        if !self.recovering {
            self.error("Invalid 'for' directive", detail, self.peek());
        }
        None
    }
}

impl Piece {
    fn span_mut(&mut self) -> &mut Span {
        match self {
            Self::Interpolation(expression) => &mut expression.span,
            Self::Literal { span, .. }
            | Self::If { span, .. }
            | Self::For { span, .. }
            | Self::Else { span }
            | Self::EndIf { span }
            | Self::EndFor { span } => span,
        }
    }
}

/// `<<-`: removes the indentation of the least indented line from all lines. Blank lines do not count.
fn flush(pieces: &mut [Piece]) {
    let indentation = |text: &str| text.chars().take_while(|character| character.is_whitespace()).count();
    let mut least = usize::MAX;
    let mut starts: Vec<usize> = Vec::new();
    let mut at_line_start = true;
    for (index, piece) in pieces.iter().enumerate() {
        let text = match piece {
            Piece::Literal { text, .. } => Some(text.as_str()),
            _ => None,
        };
        if std::mem::take(&mut at_line_start) {
            let is_blank = |text: &str| text.ends_with('\n') && text.trim_start().is_empty();
            match text {
                None => least = 0,
                Some(text) if is_blank(text) => {}
                Some(text) => {
                    least = least.min(indentation(text));
                    starts.push(index);
                }
            }
        }
        at_line_start = text.is_some_and(|text| text.ends_with('\n'));
    }
    for index in starts {
        if let Piece::Literal { text, span } = &mut pieces[index] {
            let cut = text.char_indices().nth(least).map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
            span.start += cut as u32;
        }
    }
}

/// Puts neighbouring literals together.
fn join_literals(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Literal { text, span }), Piece::Literal { text: more, span: more_span }) => {
                text.push_str(&more);
                span.end = more_span.end;
            }
            (_, piece) => joined.push(piece),
        }
    }
    joined
}
