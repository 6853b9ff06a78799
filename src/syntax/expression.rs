//! Operators, terms and what follows a term: attributes, indexes, splats.
//!
//! Binary operators are parsed by precedence climbing; all of them associate to the left. Unary operators bind tighter than any
//! of them: `-1 + 2` is `(-1) + 2`.

use super::parser::Parser;
use super::token::{Token, TokenKind};
use super::tree::{
    BinaryOperator, Expression, ExpressionKind, Template, TemplatePart, Traversal, TraversalStep, TraversalStepKind,
    UnaryOperator,
};
use crate::diag::Span;
use crate::value::{Number, Type, Value};

impl Parser<'_> {
    /// An expression, with the conditional operator.
    pub fn expression(&mut self) -> Expression {
        self.nested(Self::conditional, invalid)
    }

    fn conditional(&mut self) -> Expression {
        let start = self.peek();
        let mark = self.mark();
        let condition = self.binary(0);
        if self.is_lost_since(mark) || self.take(TokenKind::Question).is_none() {
            return condition;
        }
        let mut highest = self.height;
        let mark = self.mark();
        let if_true = self.expression();
        highest = highest.max(self.height);
        if self.is_lost_since(mark) {
            return condition;
        }
        if self.take(TokenKind::Colon).is_none() {
            let detail = "The conditional operator (...?...:...) requires a false expression, delimited by a colon.";
            self.error_since(start, "Missing false expression in conditional", detail, self.peek());
            return condition;
        }
        let mark = self.mark();
        let if_false = self.expression();
        if self.is_lost_since(mark) || !self.grow(highest.max(self.height), start) {
            return condition;
        }
        let span = self.span(start).to(if_false.span);
        let (condition, if_true, if_false) = (Box::new(condition), Box::new(if_true), Box::new(if_false));
        Expression { kind: ExpressionKind::Conditional { condition, if_true, if_false }, span }
    }

    /// Operands joined by operators that bind at least this tight.
    fn binary(&mut self, tightness: u8) -> Expression {
        let mark = self.mark();
        let mut left = self.operand();
        if self.is_lost_since(mark) {
            return left;
        }
        while let Some((operator, own)) = binary_operator(self.peek().kind) {
            if own < tightness {
                break;
            }
            let sign = self.read();
            let left_height = self.height;
            let mark = self.mark();
            let right = self.binary(own + 1);
            if self.is_lost_since(mark) || !self.grow(left_height.max(self.height), sign) {
                break;
            }
            let span = left.span.to(right.span);
            let operator_span = self.span(sign);
            let (operand, right) = (Box::new(left), Box::new(right));
            left = Expression { kind: ExpressionKind::Binary { operator, operator_span, left: operand, right }, span };
        }
        left
    }

    /// A term and what follows it.
    fn operand(&mut self) -> Expression {
        let term = self.term();
        self.traversals(term)
    }

    fn term(&mut self) -> Expression {
        let start = self.peek();
        self.height = 1;
        match start.kind {
            TokenKind::Identifier => self.name_or_call(),
            TokenKind::Number => {
                let token = self.read();
                Expression { kind: ExpressionKind::Literal(self.number(token)), span: self.span(token) }
            }
            TokenKind::OpenQuote | TokenKind::OpenHeredoc => self.nested(Self::quoted_template, invalid),
            TokenKind::OpenParen => self.parentheses(),
            TokenKind::OpenBracket => self.tuple(),
            TokenKind::OpenBrace => self.object(),
            TokenKind::Minus => self.nested(|parser| parser.unary(UnaryOperator::Negate), invalid),
            TokenKind::Bang => self.nested(|parser| parser.unary(UnaryOperator::Not), invalid),
            _ => self.no_term(start),
        }
    }

    fn no_term(&mut self, start: Token) -> Expression {
        if !self.recovering {
            if start.kind == TokenKind::EndOfFile {
                let detail = "Expected the start of an expression, but found the end of the file.";
                self.error("Missing expression", detail, start);
            } else {
                let detail = "Expected the start of an expression, but found an invalid expression token.";
                self.error("Invalid expression", detail, start);
            }
        }
        self.recovering = true;
        self.invalid(self.span(start))
    }

    fn name_or_call(&mut self) -> Expression {
        let token = self.read();
        if matches!(self.peek().kind, TokenKind::OpenParen | TokenKind::DoubleColon) {
            return self.call(token);
        }
        let kind = match token.text(self.text) {
            "true" => ExpressionKind::Literal(Value::bool(true)),
            "false" => ExpressionKind::Literal(Value::bool(false)),
            "null" => ExpressionKind::Literal(Value::untyped_null()),
            _ => ExpressionKind::Traversal(Traversal {
                root: self.name(token),
                root_span: self.span(token),
                steps: Vec::new(),
            }),
        };
        Expression { kind, span: self.span(token) }
    }

    fn unary(&mut self, operator: UnaryOperator) -> Expression {
        let sign = self.read();
        let operand = self.operand();
        self.grow(self.height, sign);
        let operator_span = self.span(sign);
        let span = operator_span.to(operand.span);
        Expression { kind: ExpressionKind::Unary { operator, operator_span, operand: Box::new(operand) }, span }
    }

    fn parentheses(&mut self) -> Expression {
        let open = self.read();
        self.with_newlines(false, |parser| {
            let mark = parser.mark();
            let inner = parser.expression();
            if parser.failed_since(mark) {
                parser.recover(TokenKind::CloseParen);
                return inner;
            }
            let close = parser.peek();
            if close.kind != TokenKind::CloseParen {
                let detail = "Expected a closing parenthesis to terminate the expression.";
                parser.error_since(open, "Unbalanced parentheses", detail, close);
                parser.recovering = true;
            }
            let close = parser.read();
            parser.grow(parser.height, open);
            let span = parser.span(open).to(parser.span(close));
            Expression { kind: ExpressionKind::Parentheses(Box::new(inner)), span }
        })
    }

    /// The value of a number token; unknown where it is none (`1..2`).
    pub fn number(&mut self, token: Token) -> Value {
        match Number::parse(token.text(self.text)) {
            Some(number) => Value::number(number),
            None => {
                self.error("Invalid number literal", "Failed to recognize the value of this number literal.", token);
                Value::unknown(Type::Number)
            }
        }
    }

    /// `.name`, `.0`, `.*`, `[key]` and `[*]` after an expression.
    fn traversals(&mut self, from: Expression) -> Expression {
        let mut result = from;
        loop {
            result = match self.peek().kind {
                TokenKind::Dot => {
                    let dot = self.read();
                    self.after_dot(result, dot)
                }
                TokenKind::OpenBracket => {
                    let open = self.read();
                    if self.next_is(TokenKind::Star) { self.full_splat(result, open) } else { self.index(result, open) }
                }
                _ => return result,
            };
        }
    }

    fn after_dot(&mut self, source: Expression, dot: Token) -> Expression {
        let next = self.peek();
        match next.kind {
            TokenKind::Identifier => {
                self.read();
                let kind = TraversalStepKind::Attribute(self.name(next));
                self.step(source, kind, self.span(dot).to(self.span(next)))
            }
            TokenKind::Number => {
                self.read();
                let kind = self.legacy_index(next, "Use the proper index syntax instead, like", next);
                self.step(source, kind, self.span(dot).to(self.span(next)))
            }
            TokenKind::Star => self.attribute_splat(source, dot),
            _ => {
                self.error("Invalid attribute name", "An attribute name is required after a dot.", next);
                self.recovering = true;
                let span = source.span.to(self.span(dot));
                self.invalid(span)
            }
        }
    }

    /// `.0`, which old versions had for `[0]`.
    fn legacy_index(&mut self, token: Token, advice: &str, subject: Token) -> TraversalStepKind {
        if let Some((first, second)) = token.text(self.text).split_once('.') {
            let detail = format!(
                "When using the legacy index syntax, chaining two indexes together is not permitted. {advice} [{first}][{second}]."
            );
            self.error("Invalid legacy index syntax", detail, subject);
            return TraversalStepKind::Index(Value::unknown(Type::Dynamic));
        }
        TraversalStepKind::Index(self.number(token))
    }

    /// Adds a static step to an expression.
    fn step(&mut self, source: Expression, kind: TraversalStepKind, span: Span) -> Expression {
        let whole = source.span.to(span);
        let step = TraversalStep { kind, span };
        let kind = match source.kind {
            ExpressionKind::Traversal(mut traversal) => {
                traversal.steps.push(step);
                ExpressionKind::Traversal(traversal)
            }
            ExpressionKind::RelativeTraversal { source, mut steps } => {
                steps.push(step);
                ExpressionKind::RelativeTraversal { source, steps }
            }
            kind => {
                self.grow(self.height, self.previous());
                let source = Box::new(Expression { kind, span: source.span });
                ExpressionKind::RelativeTraversal { source, steps: vec![step] }
            }
        };
        Expression { kind, span: whole }
    }

    /// `source.*.name.0`: only names and numbers belong to the splat, an index after them applies to the whole.
    fn attribute_splat(&mut self, source: Expression, dot: Token) -> Expression {
        let star = self.read();
        let marker_span = self.span(dot).to(self.span(star));
        let source_height = self.height;
        let first = self.peek();
        let mut each = Expression { kind: ExpressionKind::SplatItem, span: marker_span };
        let mut last = star;
        self.height = 1;
        while let Some(dot) = self.take(TokenKind::Dot) {
            let next = self.peek();
            let kind = match next.kind {
                TokenKind::Number => {
                    self.read();
                    self.legacy_index(
                        next,
                        "Use the proper index syntax with a full splat expression [*] instead, like",
                        last,
                    )
                }
                TokenKind::Identifier => {
                    self.read();
                    TraversalStepKind::Attribute(self.name(next))
                }
                _ => {
                    if !self.recovering && next.kind == TokenKind::Star {
                        let detail =
                            "A splat expression (*) cannot be used inside another attribute-only splat expression.";
                        self.error("Nested splat expression not allowed", detail, next);
                    } else if !self.recovering {
                        self.error("Invalid attribute name", "An attribute name is required after a dot.", last);
                    }
                    self.recovering = true;
                    return source;
                }
            };
            each = self.step(each, kind, self.span(dot).to(self.span(next)));
            last = next;
        }
        if last != star {
            each.span = self.span(first).to(self.span(last));
        }
        let span = source.span.to(self.span(last));
        self.splat(source, source_height, each, marker_span, span)
    }

    /// `source[*].anything[0]`: everything that follows belongs to the splat.
    fn full_splat(&mut self, source: Expression, open: Token) -> Expression {
        self.read();
        let close = self.close_bracket(
            "Missing close bracket on splat index",
            "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
        );
        let source_height = self.height;
        let marker_span = self.span(open).to(self.span(close));
        let item = Expression { kind: ExpressionKind::SplatItem, span: marker_span };
        self.height = 1;
        let each = self.nested(|parser| parser.traversals(item), invalid);
        let span = source.span.to(each.span);
        self.splat(source, source_height, each, marker_span, span)
    }

    /// Where the bracket is missing, Terraform points at the next one, or the end.
    fn close_bracket(&mut self, summary: &str, detail: &str) -> Token {
        let close = self.read();
        if close.kind == TokenKind::CloseBracket || self.recovering {
            return close;
        }
        let close = self.recover(TokenKind::CloseBracket);
        self.error(summary, detail, close);
        close
    }

    fn splat(
        &mut self,
        source: Expression,
        source_height: u32,
        each: Expression,
        marker_span: Span,
        span: Span,
    ) -> Expression {
        if !self.grow(source_height.max(self.height), self.previous()) {
            return self.invalid(span);
        }
        let (source, each) = (Box::new(source), Box::new(each));
        Expression { kind: ExpressionKind::Splat { source, each, marker_span }, span }
    }

    /// `source[key]`: a static step where the key is a literal.
    fn index(&mut self, source: Expression, open: Token) -> Expression {
        let source_height = self.height;
        let (key, close) = self.with_newlines(false, |parser| {
            let mark = parser.mark();
            let key = parser.expression();
            if parser.is_lost_since(mark) {
                return (key, parser.recover(TokenKind::CloseBracket));
            }
            let close = parser.close_bracket(
                "Missing close bracket on index",
                "The index operator must end with a closing bracket (\"]\").",
            );
            (key, close)
        });
        let open_span = self.span(open);
        let bracket_span = open_span.to(self.span(close));
        if let Some(key) = literal_key(&key) {
            self.height = source_height;
            return self.step(source, TraversalStepKind::Index(key), bracket_span);
        }
        let span = source.span.to(bracket_span);
        if !self.grow(source_height.max(self.height), open) {
            return self.invalid(span);
        }
        let (collection, key) = (Box::new(source), Box::new(key));
        Expression { kind: ExpressionKind::Index { collection, key, open_span, bracket_span }, span }
    }
}

fn invalid(span: Span) -> Expression {
    Expression { kind: ExpressionKind::Invalid, span }
}

fn literal_key(key: &Expression) -> Option<Value> {
    match &key.kind {
        ExpressionKind::Literal(value) => Some(value.clone()),
        ExpressionKind::Invalid => Some(Value::unknown(Type::Dynamic)),
        ExpressionKind::Template(Template { parts }) => match parts.as_slice() {
            [TemplatePart::Literal { text, .. }] => Some(Value::string(text.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The operator and how tight it binds.
fn binary_operator(kind: TokenKind) -> Option<(BinaryOperator, u8)> {
    Some(match kind {
        TokenKind::Or => (BinaryOperator::Or, 1),
        TokenKind::And => (BinaryOperator::And, 2),
        TokenKind::Equal => (BinaryOperator::Equal, 3),
        TokenKind::NotEqual => (BinaryOperator::NotEqual, 3),
        TokenKind::Greater => (BinaryOperator::Greater, 4),
        TokenKind::GreaterOrEqual => (BinaryOperator::GreaterOrEqual, 4),
        TokenKind::Less => (BinaryOperator::Less, 4),
        TokenKind::LessOrEqual => (BinaryOperator::LessOrEqual, 4),
        TokenKind::Plus => (BinaryOperator::Add, 5),
        TokenKind::Minus => (BinaryOperator::Subtract, 5),
        TokenKind::Star => (BinaryOperator::Multiply, 6),
        TokenKind::Slash => (BinaryOperator::Divide, 6),
        TokenKind::Percent => (BinaryOperator::Modulo, 6),
        _ => return None,
    })
}
